"""A fitted model as a file of C."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

import skreg
from skreg._exporting.description import (
    Classifier,
    Regressor,
    TabularClassifier,
    TabularRegressor,
)
from skreg._exporting.models import describe, name_kind
from skreg.export._ensembles import write_tabular_classifier, write_tabular_regressor
from skreg.export._inputs import describe_inputs
from skreg.export._models import write_classifier, write_regressor
from skreg.export._source import Source
from skreg.export._steps import write_steps
from skreg.neural_network import (
    MLPClassifier,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
)

_WRITERS = {
    Classifier: write_classifier,
    Regressor: write_regressor,
    TabularClassifier: write_tabular_classifier,
    TabularRegressor: write_tabular_regressor,
}
_TITLE = "{} of skreg {} in C99, which needs <math.h> alone."
_KINDS = MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor


def to_c(
    model: BaseEstimator,
    path: str | os.PathLike | None = None,
    *,
    name: str = "model",
    dtype: type[np.floating] | None = None,
) -> str:
    """Write a fitted estimator as a file of C, for microcontrollers and other languages.

    The file is standard C99, needs nothing but <math.h>, allocates no memory and has no state. Its
    comment at the top tells how to call it.

    Parameters
    ----------
    model : estimator
        A fitted MLPClassifier, MLPRegressor, TabularMLPClassifier or TabularMLPRegressor, or the
        same with "CV"; or a Pipeline of augmenters, SmoothClipScaler, scikit-learn's
        StandardScaler, RobustScaler, MinMaxScaler and MaxAbsScaler, and one of the first two.

    path : str or path-like, default=None
        Where to write the file, if anywhere.

    name : str, default="model"
        With which all names in the file begin: give two files of a program different ones.

    dtype : {np.float32, np.float64}, default=None
        Type of the weights and of what is computed with them. None is the type in which `predict`
        computes; np.float32 halves the file of a network trained in float64.

    Returns
    -------
    source : str
        The file. With `name="model"`, it defines

        - `int model_predict(const float x[])` for classifiers, which returns the place of the
          class in `model_classes`, and `void model_predict(const float x[], int labels[])` for
          multilabel targets;
        - `void model_predict_proba(const float x[], float proba[])` for classifiers;
        - `void model_predict(const float x[], float y[])` for regressors;

        with `double` in place of `float` in networks of float64. Those of tables take a `double
        row[]`: numbers, NAN where they are missing, and for strings what `double model_level(int
        column, const char *level)` returns for them.

    Raises
    ------
    NotFittedError
        If the model is not fitted.

    OSError
        If the file cannot be written.

    TypeError
        If the model is not one of those above.

    ValueError
        If `name` or `dtype` are not as they should be, or a part of the model has no equivalent in
        C: classes or levels that are neither strings nor numbers, weights that are not finite, an
        activation of your own, or other steps of a Pipeline.

    See Also
    --------
    skreg.onnx.to_onnx : The same as a graph of ONNX.

    Examples
    --------
    >>> from skreg import MLPClassifier
    >>> from skreg.export import to_c
    >>> mlp = MLPClassifier(4, solver="lbfgs", random_state=0)
    >>> source = to_c(mlp.fit([[0.0], [1.0]], ["no", "yes"]))
    >>> print(*[line for line in source.splitlines() if line.startswith("int")], sep="\\n")
    int model_predict(const double x[1]);
    int model_predict(const double x[1])
    """
    if not (isinstance(name, str) and re.fullmatch("[A-Za-z_][A-Za-z_0-9]*", name)):
        raise ValueError(f"name must be a name in C, got {name!r}.")
    if dtype not in (None, np.float32, np.float64):
        raise ValueError(f"dtype must be np.float32, np.float64 or None, got {dtype!r}.")
    steps, final = _take_apart(model)
    description = describe(final)
    network = getattr(description, "members", [description])[0].network
    source = Source(name, network.dtype if dtype is None else dtype)
    source.steps = write_steps(source, steps, network.dtype)
    _WRITERS[type(description)](source, description)
    names = ", ".join(type(each).__name__ for each in (*dict(steps).values(), final))
    title = _TITLE.format(names, skreg.__version__)
    text = source.as_file(title, describe_inputs(source, model, description))
    if path is not None:
        Path(path).write_text(text, encoding="ascii")
    return text


def _take_apart(model):
    """The steps in front of the network, with their names, and the network.

    Raises
    ------
    TypeError
        If it is not one that can be written, or takes rows that no steps can be in front of.
    """
    steps, kinds = [], _KINDS
    if isinstance(model, Pipeline):
        check_is_fitted(model)
        *steps, (_, model) = model.steps
        kinds = _KINDS if not steps else _KINDS[:2]
    if not isinstance(model, kinds):
        names = ", ".join(each.__name__ for each in kinds)
        where = "The last step of the pipeline" if steps else "model"
        advice = ": pass its best_estimator_" if hasattr(model, "best_estimator_") else ""
        raise TypeError(f"{where} must be a fitted {names}, got {name_kind(model)}{advice}.")
    return steps, model

"""A fitted model as a graph of its own."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator

import skreg
from skreg._exporting.models import DESCRIBED, describe, name_kind
from skreg.onnx._graph import Graph, import_onnx
from skreg.onnx._writers import inputs_of, outputs_of, write

if TYPE_CHECKING:
    from onnx import ModelProto


def to_onnx(model: BaseEstimator, *, dtype: type[np.floating] = np.float32) -> ModelProto:
    """Convert a fitted model to an ONNX graph, which predicts without Python.

    Only the package onnx is needed. Pipelines are converted by skl2onnx, see :func:`register`. The
    graph does what `predict` and `predict_proba` do, or `transform`; it knows nothing of intervals
    and spread.

    Parameters
    ----------
    model : estimator
        A fitted estimator or transformer of skreg. Augmenters leave X unchanged.

    dtype : {np.float32, np.float64}, default=np.float32
        Type of the numbers that go in, in which networks compute and which come out. With float32,
        weights of networks trained in float64 are rounded, and predictions agree to about six
        digits. Columns that need more than seven digits, such as times in seconds, need float64.
        Tables are encoded in float64 in any case. Predictions of regressors are float64 if float32
        cannot tell their targets apart, as in `predict`.

    Returns
    -------
    onnx : onnx.ModelProto
        The graph. Its inputs are

        - "X" of shape (n_samples, n_features), dense, of numbers;
        - for tables with names of columns or strings, one input of shape (n_samples, 1) for each
          column, of the name of the column (x0, x1, ... if there are none), of strings if its
          levels are, else of numbers.

        A missing number is NaN, a missing string "", "nan" or "None". The outputs are

        - "output_label" of shape (n_samples,) and "output_probability" of shape
          (n_samples, n_classes) for classifiers, where labels are strings or int64; indicators and
          probabilities of shape (n_samples, n_labels) for multilabel targets;
        - "variable" of shape (n_samples, n_outputs) for regressors and transformers; with a list of
          quantiles, of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles).

    Raises
    ------
    ImportError
        If onnx is not installed.

    NotFittedError
        If the model is not fitted.

    TypeError
        If the model is not one of skreg.

    ValueError
        If `dtype` is neither of the two, or a part of the model has no equivalent in ONNX: an
        activation of your own, or a column with levels of several types.

    See Also
    --------
    register : Convert pipelines with skl2onnx.

    Examples
    --------
    >>> from skreg import MLPClassifier
    >>> from skreg.onnx import to_onnx
    >>> mlp = MLPClassifier(4, solver="lbfgs", random_state=0)
    >>> mlp.fit([[0.0], [1.0]], ["no", "yes"]).predict([[1.0]])
    array(['yes'], dtype='<U3')
    >>> onnx = to_onnx(mlp)  # doctest: +SKIP
    >>> with open("mlp.onnx", "wb") as file:  # doctest: +SKIP
    ...     file.write(onnx.SerializeToString())
    """
    import_onnx()
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be np.float32 or np.float64, got {dtype!r}.")
    _check_is_ours(model)
    description, dtype = describe(model), np.dtype(dtype)
    inputs = inputs_of(description, dtype)
    outputs = _rename(outputs_of(description, dtype), {port.name for port in inputs})
    graph = Graph(dtype, _unique({port.name for port in inputs + outputs}))
    for port, result in zip(outputs, write(graph, description, inputs)):
        graph.end(port.name, result)
    facts = {"producer_name": "skreg", "producer_version": skreg.__version__}
    return graph.as_model(inputs, outputs, **facts)


def _check_is_ours(model):
    if isinstance(model, tuple(DESCRIBED)):
        return
    kind = name_kind(model)
    if isinstance(model, type):
        kind, advice = f"the class {kind}", "pass an object of it"
    elif hasattr(model, "best_estimator_"):
        advice = "pass its best_estimator_"
    else:
        advice = "call skreg.onnx.register() and then skl2onnx.to_onnx(model, X), for pipelines too"
    raise TypeError(
        f"model must be a fitted estimator or transformer of skreg, got {kind}: {advice}."
    )


def _rename(ports, taken):
    """Underscores behind names that are taken."""
    renamed = []
    for port in ports:
        while port.name in taken:
            port = port._replace(name=f"{port.name}_")
        renamed.append(port)
    return renamed


def _unique(taken):
    """A function that makes a name that was neither taken nor made before from another."""
    numbers = count()

    def make(name):
        return next(new for i in numbers if (new := f"{name}_{i}") not in taken)

    return make

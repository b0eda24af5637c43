"""The parameters and attributes that networks along a path have beside those of a network."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any, Literal

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._training.split import Splitter
from skreg._typing import Floats
from skreg._validation import Names
from skreg.neural_network._classifier import ClassifierParameters
from skreg.neural_network._fields import COUNT_FROM_1, parameter, with_parameters
from skreg.neural_network._regressor import RegressorParameters

COUNT_FROM_2 = Interval(Integral, 2, None, closed="left")


@with_parameters
class PathParameters:
    """Parameters of a path of networks and of its cross-validation.

    Parameters
    ----------
    verbose : bool, default=False
        Whether to print one line for each fit.

    warm_start : bool, default=False
        Whether the final network continues from that of the previous call, at the penalties that
        cross-validation has chosen now. Cross-validation always starts anew.

    early_stopping : bool, default=False
        Whether to stop each training when the score on a validation set stops improving, and to
        keep the weights of the best epoch. The validation set is split off the rows to train on.

    scoring : str, callable or None, default=None
        What cross-validation chooses by: the name of a scorer, a callable `(estimator, X, y)`, or
        "loss" for the negative loss. None means accuracy for classifiers, R² for
        `loss="squared_error"` and the negative loss otherwise. Sample weights are passed to scorers
        that accept them. With `early_stopping`, each fit also chooses its epoch by it.

    l1s : int, array-like of float or None, default=10
        The strengths of `l1` to try, or how many: they are then spaced evenly on a log scale, from
        one at which all weights become zero down to a 10 000th of it. It follows from the data: for
        a linear network it is the smallest such strength, for L layers `E / L * (G / E) ** (1 / L)`
        where E is the loss of the best constant prediction and G the largest entry of its gradient
        with respect to the weights of a linear network. None does not vary `l1`.

    l2s : int, array-like of float or None, default=None
        The same for `l2`, where the strongest one is `2 * E / L * (G / E) ** (2 / L)` with the
        largest singular value of the gradient as G. None does not vary `l2`.

    dropouts : int, array-like of float or None, default=None
        The rates of `dropout` to try, or how many: they are then spaced evenly from 0.5 to 0. None
        does not vary `dropout`.

    path_max_iter : int, "auto" or None, default="auto"
        Maximum number of epochs of each network that begins with the weights of another one, which
        is all but the first. "auto" is a tenth of `max_iter`, or more for few rows, so that there
        are at least 200 mini-batches; with "lbfgs", it is `max_iter`. With None, every network
        begins anew and is trained for `max_iter` epochs.

    cv : int, cross-validation splitter, iterable or None, default=None
        The folds: their number (None is 5), one of scikit-learn's splitters, or pairs of arrays of
        row numbers. A number means `StratifiedKFold` for classes and `KFold` otherwise.

    refit : bool, default=True
        Whether to train a network on all rows. Without it there are scores but no predictions.

    one_standard_error : bool, default=False
        Whether to choose the strongest penalties whose mean score is at most one standard error
        below the best, rather than the best. The strongest `l1` counts first, then `l2`, then
        `dropout`.

    n_jobs : int or None, default=None
        Number of threads, each of which trains one network at a time. They share X, and results do
        not depend on it. None is one, unless within a `joblib.parallel_config` context, and -1 all
        cores.
    """

    l1s: int | Floats | None = parameter(COUNT_FROM_2, "array-like", None, default=10)
    l2s: int | Floats | None = parameter(COUNT_FROM_2, "array-like", None, default=None)
    dropouts: int | Floats | None = parameter(COUNT_FROM_2, "array-like", None, default=None)
    path_max_iter: int | Literal["auto"] | None = parameter(
        COUNT_FROM_1, Names({"auto"}), None, default="auto"
    )
    cv: int | Splitter | Iterable | None = parameter("cv_object", default=None)
    refit: bool = parameter("boolean", default=True)
    one_standard_error: bool = parameter("boolean", default=False)
    n_jobs: int | None = parameter(Integral, None, default=None)


@with_parameters
class ClassifierPathParameters(PathParameters, ClassifierParameters):
    """The same with those of classifiers.

    Parameters
    ----------
    calibration : {"temperature", None}, default=None
        Whether to divide scores by a temperature of at least 1, for which the log-loss on the rows
        that folds left out is lowest [16]_, so that probabilities are as sure as they are right
        there. Classes stay the same.
    """


@with_parameters
class RegressorPathParameters(PathParameters, RegressorParameters):
    """The same with those of regressors."""


class PathAttributes:
    """What a path of networks has after `fit`, beside the attributes of the final network.

    Attributes
    ----------
    l1_ : float
        The `l1` that was chosen, or the parameter if it was not varied.

    l2_ : float
        The same for `l2`.

    dropout_ : float
        The same for `dropout`.

    best_score_ : float
        The mean score of the chosen point over the folds.

    l1s_ : ndarray of shape (n_l1s,)
        The values of `l1` that were tried, from strong to weak; one if it was not varied.

    l2s_ : ndarray of shape (n_l2s,)
        The same for `l2`.

    dropouts_ : ndarray of shape (n_dropouts,)
        The same for `dropout`.

    scores_ : ndarray of shape (n_folds, n_l1s, n_l2s, n_dropouts)
        Scores on the rows left out, in the order of the values above. After Ctrl-C, those of
        networks that were not trained are NaN.

    path_ : dict of ndarray
        A row per point, for `pandas.DataFrame`: "l1", "l2" and "dropout"; "mean_score" and
        "std_score" over the folds; "sparsity", the share of weights that are exactly zero, and
        "n_iter", the number of epochs, both averaged over the folds.

    oof_predictions_ : ndarray of shape (n_samples,), (n_samples, n_classes) or \
            (n_samples, n_outputs), or None
        For each row, the prediction (in classification, the probabilities) by the networks of the
        chosen point that were not trained on it; None if some row was left out by none.

    n_splits_ : int
        Number of folds.
    """

    l1_: Any
    l2_: Any
    dropout_: Any
    best_score_: float
    l1s_: np.ndarray
    l2s_: np.ndarray
    dropouts_: np.ndarray
    scores_: np.ndarray
    path_: dict[str, np.ndarray]
    oof_predictions_: np.ndarray | None
    n_splits_: int

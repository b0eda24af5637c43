"""Checks and steps around a fit that are no part of training."""

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight

from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.data import Data
from skreg._training.random import VALIDATION_SPLIT, stream


def has_stochastic_solver(estimator):
    if estimator.solver in OPTIMIZERS:
        return True
    raise AttributeError(
        f"partial_fit is only available for stochastic solvers, {estimator.solver!r} is not one."
    )


def flatten_single_column(y):
    """y (n_samples, 1) as a vector, with scikit-learn's warning; any other y as it is."""
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y


def cast_targets(Y, dtype):
    """Targets (n_samples, n_outputs) in the dtype of X and in our own memory.

    Raises
    ------
    TypeError
        If Y is sparse.
    ValueError
        If Y has numbers too large for the dtype.
    """
    if issparse(Y):
        raise TypeError("Sparse y was passed, but dense y is required. Use y.toarray().")
    with np.errstate(over="ignore"):
        cast = np.require(Y, dtype, ["C", "W"])
    if not np.isfinite(cast).all():
        raise ValueError(f"y has values too large for {dtype}, the dtype of X: scale y.")
    return cast


def check_weights(sample_weight, X):
    """Sample weights (n_samples,) in the dtype of X and our own memory; None stays None.

    Raises
    ------
    ValueError
        If weights are not finite, negative, all zero, or not as many as rows.
    """
    if sample_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    _not_all_zero(weights, "all samples")
    # Only ratios matter; a power of two changes no digit, and keeps the sum from overflowing.
    weights = np.ldexp(weights, -np.frexp(weights.max())[1])
    return np.require(weights, X.dtype, ["C", "W"])


def _not_all_zero(weights, of):
    if weights is not None and not np.any(weights):
        raise ValueError(
            f"sample_weight must contain at least one non-zero number, but it is zero on {of}."
        )
    return weights


def split_data(data, labels, fraction, seed):
    """Training and validation data; stratified by labels where every label occurs often enough.

    Raises
    ------
    ValueError
        If there are too few rows to validate on, or all weights of a part are zero.
    """
    n_held_out = int(np.ceil(fraction * data.n))
    if n_held_out < 2 or data.n - n_held_out < 1:
        raise ValueError(
            f"The validation set is too small: validation_fraction={fraction} of {data.n} samples. "
            "Increase validation_fraction or the number of samples."
        )
    if labels is not None:
        counts = np.unique(labels, return_counts=True)[1]
        if counts.min() < 2 or counts.size > min(n_held_out, data.n - n_held_out):
            labels = None
    random_state = int(stream(seed, VALIDATION_SPLIT).integers(1 << 32))
    rows = train_test_split(
        np.arange(data.n), test_size=n_held_out, stratify=labels, random_state=random_state
    )
    names = ("the training part", "the validation part")
    return tuple(_take_rows(data, part, name) for part, name in zip(rows, names))


def _take_rows(data, rows, name):
    weights = None if data.weights is None else _not_all_zero(data.weights[rows], name)
    return Data(data.X[rows], data.Y[rows], weights)

"""What a fit is given, and checks of it that concern one thing each."""

from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d

from skreg._kernels.losses import LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.one_hot import OneHot


class Given(NamedTuple):
    """What the user passed to `fit` or `partial_fit`."""

    X: Any
    y: Any
    sample_weight: Any = None
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None


def check_validation(given):
    """Refuse validation data that are not complete."""
    missing = {name for name in ("X_val", "y_val") if getattr(given, name) is None}
    if len(missing) == 1 or (missing and given.sample_weight_val is not None):
        raise ValueError(
            f"X_val and y_val must be given together, and with sample_weight_val; missing: "
            f"{', '.join(sorted(missing))}."
        )


@contextmanager
def naming(name):
    """Say of an error which argument it is about."""
    try:
        yield
    except (ValueError, TypeError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{name}: {error}") from error


def check_range(y, loss):
    """Refuse targets that a loss has no value for.

    Raises
    ------
    ValueError
        If y is not of the numbers that the loss is for.
    """
    wanted = LOSSES[loss].targets
    if wanted == "any":
        return
    lowest = np.min(y)
    if (wanted == "non-negative" and lowest < 0) or (wanted == "positive" and lowest <= 0):
        raise ValueError(f"loss={loss!r} needs y of {wanted} numbers, got {lowest}.")


def check_rows(X, augmentation=None):
    """Refuse sparse X that is broken or to be augmented."""
    if not issparse(X):
        return
    if augmentation is not None:
        raise TypeError("augmentation needs dense X, got sparse X: use X.toarray(), or None.")
    columns = X.indices[: X.nnz]
    if columns.size and not 0 <= columns.min() <= columns.max() < X.shape[1]:
        raise ValueError(f"X has column indices that are not in the range [0, {X.shape[1]}).")


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
    if isinstance(Y, OneHot):
        return Y.astype(dtype)
    with np.errstate(over="ignore"):
        cast = np.require(Y, dtype, ["C", "W"])
    if not np.isfinite(cast).all():
        raise ValueError(f"y has values too large for {dtype}, the dtype of X: scale y.")
    return cast

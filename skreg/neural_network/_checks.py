"""The arguments of a fit, and checks that concern one thing each."""

from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_regressor
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import validate_data

from skreg._compiler.jit import DTYPES
from skreg._kernels.losses import LOSSES
from skreg._training.one_hot import OneHot
from skreg._training.rows.base import BaseRows
from skreg._training.split import is_splitter
from skreg._validation import accepted_dtypes

_FEW_VALUES = 1 << 14  # beyond, what scikit-learn's checks take makes no difference
_VECTORS = 5  # as long as theta: itself, the best, the gradient and two moments


class Given(NamedTuple):
    """What the user passed to `fit` or `partial_fit`."""

    X: Any
    y: Any
    sample_weight: Any = None
    X_val: Any = None
    y_val: Any = None
    sample_weight_val: Any = None
    groups: Any = None


def check_validation(given, validation_fraction):
    """Refuse incomplete validation data, and groups that nothing would use."""
    missing = {name for name in ("X_val", "y_val") if getattr(given, name) is None}
    if len(missing) == 1 or (missing and given.sample_weight_val is not None):
        raise ValueError(
            f"X_val and y_val must be given together, and sample_weight_val only with them; "
            f"missing: {', '.join(sorted(missing))}."
        )
    if given.groups is not None and ignores_groups(validation_fraction):
        raise ValueError(
            "groups need a splitter that uses them as validation_fraction, such as "
            "sklearn.model_selection.GroupShuffleSplit(test_size=0.1), got "
            f"validation_fraction={validation_fraction!r}."
        )


def check_groups(groups, splitter, n_samples, name="validation_fraction"):
    """Refuse groups of other rows, and a splitter of scikit-learn that lacks those it needs."""
    if groups is None and _is_known(splitter) and _takes_groups(splitter):
        raise ValueError(f"{name}={splitter!r} needs groups: pass groups to fit.")
    with naming("groups"):
        check_consistent_length(range(n_samples), groups)


def ignores_groups(splitter):
    """Whether it is a number, or a splitter of scikit-learn without use for groups."""
    return not is_splitter(splitter) or (_is_known(splitter) and not _takes_groups(splitter))


def _is_known(splitter):
    return type(splitter).__module__.startswith("sklearn.")


def _takes_groups(splitter):
    return bool(splitter.get_metadata_routing().consumes("split", ["groups"]))


@contextmanager
def naming(name):
    """Say of an error which argument it is about."""
    try:
        yield
    except (ValueError, TypeError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{name}: {error}") from error


@contextmanager
def pointing_elsewhere(estimator, X, y=None):
    """Tell whoever has a table, or labels in place of numbers, of the estimator that takes it."""
    try:
        yield
    except ValueError as error:
        kind = "Regressor" if is_regressor(estimator) else "Classifier"
        is_of_strings = "could not convert string" in str(error)
        if "Input X contains NaN" in str(error) or (is_of_strings and _has_strings(X)):
            error.add_note(
                f"TabularMLP{kind} takes tables with categories and missing values as they are."
            )
        elif is_of_strings and _has_strings(y):
            error.add_note("The strings are in y. MLPClassifier predicts labels.")
        raise


def _has_strings(values):
    return any(isinstance(value, str) for value in np.ravel(np.asarray(values, dtype=object)))


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


def check_sparse(X, augmentation=None):
    """Refuse sparse X that is broken or to be augmented; anything else is checked elsewhere.

    SciPy follows the pointers and indices of a matrix blindly, so this comes before it converts X.

    Raises
    ------
    TypeError
        If X is to be augmented.
    ValueError
        If X has pointers or indices that lead out of it.
    """
    if not issparse(X) or X.ndim != 2:
        return
    if augmentation is not None:
        raise TypeError("augmentation needs dense X, got sparse X: use X.toarray(), or None.")
    sides = dict(zip(("row", "column"), X.shape))
    if X.format == "coo":
        for (side, size), places in zip(sides.items(), X.coords):
            _check_places(side, places, size)
    elif X.format in ("csr", "csc"):
        outer, inner = sides if X.format == "csr" else reversed(sides)
        _check_pointers(X, sides[outer])
        _check_places(inner, X.indices[: X.indptr[-1]], sides[inner])


def _check_places(side, places, size):
    if places.size and not 0 <= places.min() <= places.max() < size:
        raise ValueError(f"X has {side} indices that are not in the range [0, {size}).")


def _check_pointers(X, size):
    indptr, n_entries = X.indptr, min(X.indices.size, X.data.size)
    if indptr.shape != (size + 1,) or indptr.dtype.kind not in "iu":
        raise ValueError(
            f"X must have an indptr of {size + 1} integers, got {indptr.dtype} of the shape "
            f"{indptr.shape}."
        )
    if indptr[0] != 0 or (indptr[1:] < indptr[:-1]).any() or indptr[-1] > n_entries:
        raise ValueError(
            f"X must have an indptr that begins at 0, never falls and ends at no more than its "
            f"{n_entries} entries."
        )


def check_memory(layout, dtype):
    """Refuse layers that are too large, before anything is made for them.

    Raises
    ------
    ValueError
        If there is no memory for the vectors of training.
    """
    n_bytes = _VECTORS * layout.size * dtype.itemsize
    try:
        np.empty(n_bytes, np.uint8)
    except (MemoryError, ValueError) as error:
        raise ValueError(
            f"hidden_layer_sizes must fit into memory, got layers of {layout.units} units, "
            f"features and outputs included: training them takes {n_bytes / 2**30:.3g} GiB."
        ) from error


def check_to_predict(estimator, X):
    """X to predict for, as scikit-learn's `validate_data` returns it.

    Which takes five times as long as to predict a row, so a few rows that it would leave as they
    are do without.
    """
    has_names = getattr(estimator, "feature_names_in_", None) is not None
    if not has_names and _are_a_few_sound_rows(X, estimator.n_features_in_):
        return X
    check_sparse(X)
    how = {"dtype": accepted_dtypes(X), "skip_check_array": isinstance(X, BaseRows)}
    with pointing_elsewhere(estimator, X):
        return validate_data(estimator, X, accept_sparse="csr", reset=False, **how)


def _are_a_few_sound_rows(X, n_features):
    return (
        type(X) is np.ndarray
        and X.dtype in DTYPES
        and X.ndim == 2
        and X.shape[1] == n_features
        and 0 < X.size <= _FEW_VALUES
        and bool(np.isfinite(X).all())
    )


def has_stochastic_solver(estimator):
    if estimator.solver != "lbfgs":  # one that does not exist is refused by its own name
        return True
    raise AttributeError(
        f"partial_fit is only available for stochastic solvers, {estimator.solver!r} is not one."
    )


def flatten_single_column(y):
    """y (n_samples, 1) as a vector, with scikit-learn's warning; any other y as it is."""
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y


def as_numbers(y):
    """Targets (n_samples, n_outputs) in float64.

    Raises
    ------
    TypeError
        If y is sparse.
    ValueError
        If y holds dates, or strings that are no numbers.
    """
    if issparse(y):
        raise TypeError("Sparse y was passed, but dense y is required. Use y.toarray().")
    if y.dtype.kind in "mM":
        raise ValueError(
            f"y must be numbers, got {y.dtype}: predict the time since a day, for example in days."
        )
    if y.dtype.kind not in "biuf":
        with naming("y must be numbers"):
            y = y.astype(np.float64)
    return y.astype(np.float64, copy=False).reshape(y.shape[0], -1)


def cast_targets(Y, dtype, units=None, name="y"):
    """Targets (n_samples, n_outputs) in TargetUnits, in the dtype of X and in our own memory.

    Raises
    ------
    ValueError
        If Y has numbers too large for the dtype.
    """
    if isinstance(Y, OneHot):
        return Y.astype(dtype)
    with np.errstate(over="ignore"):
        cast = np.require(Y if units is None else units.encode(Y), dtype, ["C", "W"])
    if not np.isfinite(cast).all():
        if np.isnan(Y).any():  # of None among objects, which scikit-learn takes for finite
            raise ValueError(f"Input {name} contains NaN.")
        raise ValueError(f"{name} has values too large for {dtype}, the dtype of X: scale y.")
    return cast

"""How many copies of the rows of each class a sampler adds."""

from numbers import Integral

import numpy as np
from sklearn.utils.multiclass import type_of_target


def choose_copies(n, y, n_copies, sampling_strategy, keep_originals):
    """Choose which of n rows to copy: by rows, or by classes of y.

    Returns
    -------
    rows : ndarray of shape (n_copies,)
        The row that each copy is of.

    of_classes : dict or None
        Number of copies of each class that has any; None where rows are all copied alike.

    Raises
    ------
    ImportError
        If `sampling_strategy` is given and imbalanced-learn is not installed.
    ValueError
        If y is not one class per row, or does not suit `n_copies` or `sampling_strategy`.
    """
    name, value = "n_copies", n_copies
    if sampling_strategy is not None:
        name, value = "sampling_strategy", sampling_strategy
        _refuse_both(n_copies, sampling_strategy)
    elif isinstance(n_copies, Integral):
        return np.tile(np.arange(n), n_copies), None
    labels = _as_labels(y)
    if labels is None:
        raise ValueError(
            f"{name}={value!r} needs y to be one class per row; give an integer n_copies instead."
        )
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if sampling_strategy is not None:
        copies = _missing_rows(sampling_strategy, labels, classes)
        copies += 0 if keep_originals else counts
    elif n_copies == "balanced":
        copies = np.full(counts.size, counts.max()) - keep_originals * counts
    else:
        copies = counts * _copies_of_rows(n_copies, classes)
    members = (np.flatnonzero(codes == code) for code in range(classes.size))
    rows = np.concatenate([np.resize(rows, size) for rows, size in zip(members, copies)])
    return rows, {label: n for label, n in zip(classes.tolist(), copies.tolist()) if n}


def _refuse_both(n_copies, sampling_strategy):
    if n_copies != 1:
        raise ValueError(
            "sampling_strategy and n_copies cannot be combined: give one of "
            f"them, got sampling_strategy={sampling_strategy!r} and n_copies={n_copies!r}."
        )


def _as_labels(y):
    """The class of each row (n,), also from a column or an indicator; None if rows have none."""
    if y is None:
        return None
    kind = type_of_target(y, input_name="y")
    y = np.asarray(y)
    if kind == "multilabel-indicator" and (y.sum(axis=1) == 1).all():
        return y.argmax(axis=1)
    return y.reshape(-1) if kind in ("binary", "multiclass") else None


def _missing_rows(sampling_strategy, labels, classes):
    """Rows that each class lacks (n_classes,), as imbalanced-learn counts them."""
    try:
        from imblearn.utils import check_sampling_strategy
    except ImportError as error:
        raise ImportError(
            "sampling_strategy needs imbalanced-learn, which is not installed: run `pip install "
            "imbalanced-learn`, or use n_copies."
        ) from error
    missing = check_sampling_strategy(sampling_strategy, labels, "over-sampling")
    if not all(isinstance(n_rows, Integral) for n_rows in missing.values()):
        raise ValueError(
            "sampling_strategy must map classes of y to numbers of rows, which are integers, got "
            f"{sampling_strategy!r}."
        )
    return np.array([missing.get(label, 0) for label in classes.tolist()])


def _copies_of_rows(n_copies, classes):
    """Copies of each row of each class (n_classes,) from a dict."""
    unknown = [label for label in n_copies if label not in classes]
    if unknown or not all(isinstance(n, Integral) and n >= 0 for n in n_copies.values()):
        raise ValueError(
            "n_copies must map classes of y to integers of at least 0, got "
            f"{n_copies!r} for the classes {classes}."
        )
    return np.array([n_copies.get(label, 0) for label in classes.tolist()])

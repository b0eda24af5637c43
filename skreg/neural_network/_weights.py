"""Weights of rows: those the user gives, times those of their classes."""

from numbers import Real

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from skreg.neural_network._labels import codes


def check_weights(sample_weight, X, name="sample_weight"):
    """Sample weights (n_samples,) in float64; None stays None.

    Raises
    ------
    ValueError
        If weights are not finite, negative, all zero, or not as many as rows.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real) and not np.isfinite(sample_weight):
        raise ValueError(f"{name} must be finite, got {sample_weight!r}.")
    try:
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    except ValueError as error:
        message = str(error).replace("sample_weight", name)
        raise ValueError(message if name in message else f"{name}: {message}") from error
    if not weights.any():
        raise ValueError(f"{name} must contain at least one non-zero number, but all are zero.")
    return weights


def cast_weights(weights, dtype):
    """Weights of at most 1 in the dtype of X and our own memory, and what 1 stands for.

    Only ratios matter to a loss; a power of two changes no digit, and keeps sums from overflowing.
    """
    if weights is None:
        return None, 1.0
    exponent = np.frexp(weights.max())[1]
    with np.errstate(over="ignore"):
        unit = float(np.ldexp(1.0, exponent))
    return np.require(np.ldexp(weights, -exponent), dtype, ["C", "W"]), unit


def weigh_by_class(weights, class_weight, Y, classes):
    """Weights (n_samples,) times those of the classes of each row.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,) or None

    class_weight : dict, "balanced", array-like of float per class, or list of dict, "balanced" or
            None per label

    Y : ndarray of shape (n_samples, n_outputs)
        Indicators of the classes, or of the labels.

    classes : list of ndarray
        The classes of each independent output: one array, or [0, 1] for each label.

    Raises
    ------
    ValueError
        If classes are missing and others unknown, a weight is negative or not finite, or no row
        has a weight.
    """
    given = [class_weight] * len(classes)
    if np.ndim(class_weight) > 0:
        given = _by_class(class_weight, *classes) if len(classes) == 1 else class_weight
    if len(given) != len(classes):
        raise ValueError(
            f"class_weight must have one entry per label ({len(classes)}), got {len(given)}."
        )
    base = np.ones(Y.shape[0]) if weights is None else weights
    product = base.copy()
    for j, (of_classes, known) in enumerate(zip(given, classes)):
        column = (Y[:, j] > 0.5).astype(int) if len(classes) > 1 else codes(Y, len(known))
        with np.errstate(over="ignore"):
            product *= _per_class(of_classes, known, column, base)[column]
    if not np.isfinite(product).all():
        raise ValueError("class_weight times sample_weight is too large.")
    if not product.any():
        raise ValueError("class_weight and sample_weight leave no sample with a positive weight.")
    return product


def _by_class(class_weight, classes):
    """Numbers in the order of the classes as a dict in a list; other entries as they are."""
    if len(class_weight) == 0 or not all(isinstance(value, Real) for value in class_weight):
        return class_weight
    if len(class_weight) != len(classes):
        raise ValueError(
            f"class_weight must have one number per class ({len(classes)}: {classes.tolist()}), "
            f"got {class_weight!r}."
        )
    return [dict(zip(classes.tolist(), class_weight))]


def _per_class(class_weight, classes, column, weights):
    """The weight of each class."""
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str) and class_weight == "balanced":
        order = np.argsort(weights)  # so that the sums do not depend on the order of rows
        masses = np.bincount(column[order], weights[order], minlength=len(classes))
        present = masses > 0
        shares = masses / masses.sum() * present.sum()
        return np.divide(1.0, shares, out=np.zeros_like(shares), where=present)
    if not isinstance(class_weight, dict):
        raise ValueError(
            f"class_weight must have a dict, 'balanced' or None per label, got {class_weight!r}."
        )
    labels = classes.tolist()
    missing = [label for label in labels if label not in class_weight]
    if missing and len(labels) - len(missing) != len(class_weight):  # as in scikit-learn
        raise ValueError(f"class_weight must be of the classes {labels}, got {class_weight!r}.")
    values = [class_weight.get(label, 1.0) for label in labels]
    if not all(isinstance(value, Real) and 0 <= value < np.inf for value in values):
        raise ValueError(
            f"class_weight must be finite numbers of at least 0, got {class_weight!r}."
        )
    return np.array(values, dtype=float)

"""Advice to scale the data, for fits that went badly."""

import numpy as np
from scipy.sparse import issparse

from skreg._kernels.losses import CLASSIFICATION_LOSSES, LOSSES
from skreg._training.rows.picked import PickedRows

_LARGE = 30.0  # a root mean square above this, or below its inverse, is far from 1
_MOST_ROWS = 1000


def advise_on_scales(data, loss):
    """What to scale, such as "scale X (root mean squares up to 5e+03)"; empty if nothing.

    It looks at some rows of all columns of X, and of y if the loss depends on its scale.
    """
    some = slice(None, None, 1 + data.n // _MOST_ROWS)
    parts = {"X": data.X[some]}
    if loss not in CLASSIFICATION_LOSSES and LOSSES[loss].link != "exp":
        parts["y"] = data.Y[some]
    largest = {name: _largest_root_mean_square(part) for name, part in parts.items()}
    listed = [
        f"{name} (root mean squares up to {size:.1g})"
        for name, size in largest.items()
        if size > _LARGE or 0 < size < 1 / _LARGE
    ]
    return f"scale {' and '.join(listed)}" if listed else ""


def _largest_root_mean_square(matrix):
    if isinstance(matrix, PickedRows):
        matrix = matrix.matrix
    matrix = matrix.astype(np.float64) if issparse(matrix) else np.asarray(matrix, np.float64)
    with np.errstate(over="ignore"):
        squares = matrix.multiply(matrix) if issparse(matrix) else np.square(matrix)
        return float(np.sqrt(squares.mean(axis=0).max()))

"""Rows of X and how they reach jitted code, a class for each form of them."""

from scipy.sparse import issparse

from skreg._training.rows.base import BaseRows
from skreg._training.rows.csr import CSRRows
from skreg._training.rows.dense import DenseRows


def rows_of(X):
    """X in the class of its form: an array, a SciPy matrix in CSR, or rows of a class already."""
    if isinstance(X, BaseRows):
        return X
    return CSRRows(X) if issparse(X) else DenseRows(X)

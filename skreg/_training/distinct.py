"""The distinct rows of a data set with their total weights, in an order of their contents alone.

A sum over all rows then has the same rounding errors for any order of the rows, and for a row of
weight 2 as for the same row given twice. L-BFGS needs this: over a hundred iterations it blows
rounding errors up to differences that can be seen.
"""

import numpy as np
from scipy.sparse import csr_matrix, issparse

from skreg._training.random import FINGERPRINTS, stream

_CHUNK_BYTES = 1 << 20


def _factors(n):
    factors = stream(0, FINGERPRINTS).integers(1 << 63, size=n, dtype=np.uint64)
    return factors | np.uint64(1)


def _bits(values):
    values = values + values.dtype.type(0)  # −0 is 0
    bits = values.view(values.dtype.str.replace("f", "u")).astype(np.uint64)
    bits ^= bits >> np.uint64(32)  # numbers such as 1.0 have their bits on one side only
    return bits


def _fingerprints(matrix):
    """A 64-bit hash of the bits of each row, by integer arithmetic, so exact in any order."""
    factors = _factors(matrix.shape[1])
    if issparse(matrix):
        bits = csr_matrix((_bits(matrix.data), matrix.indices, matrix.indptr), matrix.shape)
        return bits @ factors
    hashes = np.empty(matrix.shape[0], np.uint64)
    step = max(1, _CHUNK_BYTES // (8 * matrix.shape[1]))
    for start in range(0, matrix.shape[0], step):
        chunk = np.ascontiguousarray(matrix[start : start + step])
        np.einsum("ij,j->i", _bits(chunk), factors, out=hashes[start : start + step])
    return hashes


def _differ(X, here, above):
    """Whether the rows `here` differ from the rows `above`."""
    if issparse(X):
        return np.diff((X[here] != X[above]).tocsr().indptr) > 0
    return (X[here] != X[above]).any(axis=1)


def distinct_rows(data):
    """Row numbers and weights of the distinct rows of `data` that have a weight above zero.

    They are in an order of their contents: features and targets.
    """
    weights = np.ones(data.n, data.X.dtype) if data.weights is None else data.weights
    rows = np.flatnonzero(weights > 0)
    X = data.X
    if issparse(X) and not X.has_canonical_format:  # an entry may be given in several parts
        X = X.copy()
        X.sum_duplicates()
    mixed = _fingerprints(X) * np.uint64(0x9E3779B97F4A7C15) + _fingerprints(data.Y)
    if data.weights is None:
        rows = rows[np.argsort(mixed[rows], kind="stable")]
    else:  # so that those of equal rows are summed in an order of their own
        rows = rows[np.lexsort((weights[rows], mixed[rows]))]
    keys = mixed[rows]
    is_first = np.r_[True, keys[1:] != keys[:-1]]
    repeats = np.flatnonzero(~is_first)
    for start in range(0, repeats.size, 1024):
        some = repeats[start : start + 1024]
        here, above = rows[some], rows[some - 1]  # equal rows, or a chance of one in 2⁶⁴
        is_first[some] = _differ(X, here, above) | _differ(data.Y, here, above)
    starts = np.flatnonzero(is_first)
    return rows[starts], np.add.reduceat(weights[rows], starts)

"""The distinct rows of a data set with their total weights, in an order of their contents alone.

A sum over all rows then has the same rounding errors for any order of the rows, and for a row of
weight 2 as for the same row given twice. L-BFGS needs this: over a hundred iterations it blows
rounding errors up to differences that can be seen.
"""

import numpy as np

from skreg._training.random import FINGERPRINTS, stream

_CHUNK_BYTES = 1 << 20


def _fingerprints(matrix):
    """A 64-bit hash of the bits of each row, by integer arithmetic, so exact in any order."""
    words = matrix.dtype.str.replace("f", "u")
    factors = stream(0, FINGERPRINTS).integers(1 << 63, size=matrix.shape[1], dtype=np.uint64)
    factors |= np.uint64(1)
    hashes = np.empty(matrix.shape[0], np.uint64)
    step = max(1, _CHUNK_BYTES // (8 * matrix.shape[1]))
    for start in range(0, matrix.shape[0], step):
        chunk = np.ascontiguousarray(matrix[start : start + step])
        bits = chunk.view(words).astype(np.uint64)
        bits ^= bits >> np.uint64(32)  # numbers such as 1.0 have their bits on one side only
        np.einsum("ij,j->i", bits, factors, out=hashes[start : start + step])
    return hashes


def distinct_rows(data):
    """Row numbers and weights of the distinct rows of `data` that have a weight above zero."""
    weights = np.ones(data.n, data.X.dtype) if data.weights is None else data.weights
    rows = np.flatnonzero(weights > 0)
    mixed = _fingerprints(data.X) * np.uint64(0x9E3779B97F4A7C15) + _fingerprints(data.Y)
    rows = rows[np.argsort(mixed[rows], kind="stable")]
    keys = mixed[rows]
    is_first = np.r_[True, keys[1:] != keys[:-1]]
    repeats = np.flatnonzero(~is_first)
    for start in range(0, repeats.size, 1024):
        some = repeats[start : start + 1024]
        here, above = rows[some], rows[some - 1]  # equal rows, or a chance of one in 2⁶⁴
        differ = (data.X[here] != data.X[above]).any(axis=1)
        is_first[some] = differ | (data.Y[here] != data.Y[above]).any(axis=1)
    return rows[is_first], np.add.reduceat(weights[rows], np.flatnonzero(is_first))

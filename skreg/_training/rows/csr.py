"""Rows of a sparse matrix."""

import numpy as np

from skreg._kernels.inputs.csr import CSR, Scratch
from skreg._training.rows.base import BaseRows
from skreg._training.rows.copies import own

_TILE_BYTES = 1 << 16  # of the gradient of the first layer


class CSRRows(BaseRows):
    """Rows of a SciPy matrix or array in CSR, which are never made dense."""

    form = "csr"

    def __init__(self, X):
        self.X = X

    @property
    def parts(self):
        return [self.X.data, self.X.indices, self.X.indptr]

    @property
    def bytes_per_row(self):
        return 1 + (self.X.dtype.itemsize + 4) * self.X.nnz // max(1, self.X.shape[0])

    def tile(self, start, stop, dtype):
        is_whole = start == 0 and stop >= self.X.shape[0]
        return as_csr(self.X if is_whole else self.X[start:stop], dtype)

    def gatherer(self, size):
        return _Gatherer(self.X)

    def scratch(self, n_rows, n_out, *, drops):
        n_entries, n_features, dtype = self.most_entries(n_rows), self.X.shape[1], self.X.dtype
        n_columns = max(1, _TILE_BYTES // (n_out * dtype.itemsize))
        return Scratch(
            data=np.empty(n_entries if drops else 0, dtype),
            sorted=np.empty(n_entries, dtype),
            rows=np.empty(n_entries, np.int32),
            ends=np.empty(n_features, np.int64),
            tile=np.empty((min(n_columns, n_features), n_out), dtype),
            segment=np.zeros((1, 2), np.int64),
        )

    def most_entries(self, n):
        """The largest number of entries that n rows have."""
        lengths = np.diff(self.X.indptr)
        longest = lengths if n >= lengths.size else np.partition(lengths, -n)[-n:]
        return max(1, int(longest.sum(dtype=np.int64)))


class _Gatherer:
    """Copies rows to new arrays."""

    form = "csr"

    def __init__(self, X):
        self._X = X

    def __call__(self, rows):
        return as_csr(self._X[rows], self._X.dtype)


def as_csr(X, dtype):
    """A SciPy matrix in CSR for jitted code."""
    parts = (X.data, dtype), (X.indices, np.int32), (X.indptr, np.int64)
    return CSR(*(own(part, kind) for part, kind in parts))

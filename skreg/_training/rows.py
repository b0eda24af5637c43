"""Rows of X, dense, sparse or lazy, in the form that jitted code takes."""

import numpy as np
from scipy.sparse import issparse

from skreg._kernels.inputs import CSR, Picked
from skreg._training.lazy import LazyRows
from skreg._training.one_hot import OneHot


def form_of(X):
    """The key of X in the tables of entries, where it is not picked from."""
    return "csr" if issparse(X) else "dense"


def own(array, dtype):
    """The array itself where jitted code can take it, else a copy: C order, writeable, of dtype."""
    array = np.asarray(array)
    if array.dtype == dtype and array.flags.carray:
        return array
    return np.array(array, dtype, order="C")


def take(X, start, stop, dtype):
    """Rows start, …, stop − 1 of X, an array, LazyRows or a matrix in CSR, for jitted code."""
    if not issparse(X):
        return own(X[start:stop], dtype)
    return as_csr(X if start == 0 and stop >= X.shape[0] else X[start:stop], dtype)


def as_csr(X, dtype):
    parts = (X.data, dtype), (X.indices, np.int32), (X.indptr, np.int64)
    return CSR(*(own(part, kind) for part, kind in parts))


def bytes_per_row(X):
    """What a row takes on average."""
    if issparse(X):
        return 1 + (X.dtype.itemsize + 4) * X.nnz // max(1, X.shape[0])
    return X.shape[1] * X.dtype.itemsize


def most_entries(X, n):
    """The largest number of entries that n rows of sparse X have."""
    lengths = np.diff(X.indptr)
    longest = lengths if n >= lengths.size else np.partition(lengths, -n)[-n:]
    return max(1, int(longest.sum(dtype=np.int64)))


def gather(array, rows, out):
    """Copy rows (an index array or a slice) of `array` to the head of `out`; returns that head."""
    head = out[: rows.stop - rows.start if isinstance(rows, slice) else rows.size]
    if isinstance(array, OneHot | LazyRows):
        array.write(rows, head)
    elif isinstance(rows, slice) or not array.flags.c_contiguous:
        head[...] = array[rows]
    else:
        np.take(array, rows, axis=0, out=head, mode="clip")  # "raise" would copy twice
    return head


class Gatherer:
    """Copies of rows of X: dense ones to memory made once, sparse ones to new arrays."""

    def __init__(self, X, size):
        self.X, self.form = X, form_of(X)
        self._head = None if issparse(X) else np.empty((size, X.shape[1]), X.dtype)

    def __call__(self, rows):
        if self._head is None:
            return as_csr(self.X[rows], self.X.dtype)
        return gather(self.X, rows, self._head)


def can_pick(X):
    """Whether jitted code can copy rows out of X itself."""
    return isinstance(X, np.ndarray) and X.flags.carray


class Picker:
    """Rows of X that jitted code copies batch by batch, to memory made once."""

    form = "picked"

    def __init__(self, X, batch_size):
        self.X, self._room = X, np.empty((min(batch_size, X.shape[0]), X.shape[1]), X.dtype)

    def __call__(self, rows):
        return Picked(self.X, rows, self._room)

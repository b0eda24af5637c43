"""Rows of an array."""

import numpy as np

from skreg._kernels.inputs.picked import Picked
from skreg._training.rows.base import BaseRows
from skreg._training.rows.copies import gather, own


class DenseRows(BaseRows):
    """Rows of an array (n, n_features), which may be read-only and of any order."""

    form = "dense"

    def __init__(self, X):
        self.X = X

    @property
    def parts(self):
        return [self.X]

    @property
    def width(self):
        return self.X.shape[1]

    @property
    def bytes_per_row(self):
        return self.X.shape[1] * self.X.dtype.itemsize

    def tile(self, start, stop, dtype):
        return own(self.X[start:stop], dtype)

    def gatherer(self, size):
        return Gatherer(self.X, size)

    def picker(self, batch_size):
        return _Picker(self.X, batch_size) if self.X.flags.carray else None

    def scratch(self, n_rows, n_out, *, drops):
        return ()


class Gatherer:
    """Copies rows to memory made once."""

    form = "dense"

    def __init__(self, X, size):
        self._X, self._head = X, np.empty((size, X.shape[1]), X.dtype)

    def __call__(self, rows):
        return gather(self._X, rows, self._head)


class _Picker:
    """Has jitted code copy rows batch by batch, to memory made once."""

    form = "picked"

    def __init__(self, X, batch_size):
        self._X, self._room = X, np.empty((min(batch_size, X.shape[0]), X.shape[1]), X.dtype)

    def __call__(self, rows):
        return Picked(self._X, rows, self._room)

"""Rows of X that are made when they are wanted, of tables too large to be in memory as numbers."""

from collections.abc import Callable

import numpy as np

from skreg._training.rows.base import BaseRows
from skreg._training.rows.copies import own
from skreg._training.rows.dense import Gatherer


class LazyRows(BaseRows):
    """A matrix (n, n_features) of which no more is in memory than what is worked on.

    It may be indexed as an array, by slices, row numbers and masks, which gives others of the same
    kind, and `np.asarray` makes all of its rows. They are finite and of its dtype.

    Parameters
    ----------
    write : callable(places, out)
        Overwrites `out` (n, n_features) by the rows at some places (n,) of a table. Threads may
        call it at once.

    places : ndarray of shape (n,)
        Which rows of the table these are.
    """

    form = "dense"
    ndim = 2

    def __init__(self, write: Callable, places, n_features, dtype):
        self._write, self._places = write, places
        self.shape, self.dtype = (places.size, n_features), np.dtype(dtype)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        return LazyRows(self._write, self._places[rows], self.shape[1], self.dtype)

    @property
    def parts(self):
        return [np.asarray(self)]

    @property
    def width(self):
        return self.shape[1]

    @property
    def bytes_per_row(self):
        return self.shape[1] * self.dtype.itemsize

    def tile(self, start, stop, dtype):
        return own(np.asarray(self[start:stop]), dtype)

    def gatherer(self, size):
        return Gatherer(self, size)

    def scratch(self, n_rows, n_out, *, drops):
        return ()

    def write(self, rows, out):
        """Overwrite `out` by some of the rows (an index array or a slice)."""
        self._write(self._places[rows], out)

    def __array__(self, dtype=None, copy=None):
        out = np.empty(self.shape, self.dtype)
        self._write(self._places, out)
        return out.astype(dtype or self.dtype, copy=False)

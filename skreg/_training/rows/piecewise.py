"""Rows of an encoded table as bins and shares of them, from which kernels compute directly."""

import numpy as np

from skreg._kernels.inputs.csr import Scratch
from skreg._kernels.inputs.piecewise import Piecewise, Room
from skreg._training.rows.base import BaseRows
from skreg._training.rows.copies import own


class PiecewiseRows(BaseRows):
    """A matrix (n, n_features) of which no more than bins and shares of numbers is in memory.

    It may be indexed as an array, by slices, row numbers and masks, which gives others of the same
    kind that share its memory, and `np.asarray` makes all of its rows.

    Parameters
    ----------
    numbers : ndarray of shape (n_all, n_numbers)
        The first columns.

    places : ndarray of uint16 of shape (n_all, n_slots)
        The bin of each number, and then the column of each category, counted from `starts`.

    values : ndarray of shape (n_all, n_slots)
        The share of the bin, and what is in the column of the category.

    starts, n_bins : ndarray of shape (n_slots,)
        The column of place 0, and how many bins there are; 0 for categories.

    n_features : int

    rows : ndarray of shape (n,) or None
        Which rows these are; None for all.
    """

    form, ndim = "piecewise", 2

    def __init__(self, numbers, places, values, starts, n_bins, n_features, rows=None):
        self.dtype = numbers.dtype
        self._arrays = own(numbers, self.dtype), own(places, np.uint16), own(values, self.dtype)
        self._columns = own(starts, np.int64), own(n_bins, np.int64)
        self._rows = own(np.arange(len(numbers)) if rows is None else rows, np.int64)
        self.shape = self._rows.size, n_features

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        return PiecewiseRows(*self._arrays, *self._columns, self.shape[1], self._rows[rows])

    def __array__(self, dtype=None, copy=None):
        numbers, places, values = (array[self._rows] for array in self._arrays)
        encoded = np.zeros(self.shape, self.dtype)
        encoded[:, : numbers.shape[1]] = numbers
        every = np.arange(len(self))
        for k, (start, n_bins) in enumerate(zip(*self._columns)):
            encoded[:, start : start + n_bins] = places[:, k, np.newaxis] > np.arange(n_bins)
            encoded[every, start + places[:, k]] = values[:, k]
        return encoded.astype(dtype or self.dtype, copy=False)

    @property
    def parts(self):
        return [array[self._rows] for array in self._arrays]

    @property
    def bytes_per_row(self):
        return sum(array.shape[1] * array.dtype.itemsize for array in self._arrays)

    def tile(self, start, stop, dtype):
        rows, arrays = self._rows[start:stop], self._arrays
        if dtype != self.dtype:
            numbers, places, values = (array[rows] for array in arrays)
            arrays, rows = (own(numbers, dtype), places, own(values, dtype)), np.arange(rows.size)
        return Piecewise(*arrays, *self._columns, rows, self._room(rows.size, dtype))

    def gatherer(self, size):
        return _Picker(self, self._room(size, self.dtype))

    def picker(self, batch_size):
        return self.gatherer(min(batch_size, len(self)))

    def prepare(self, weights):
        weights = weights.copy()
        for start, n_bins in zip(*self._columns):
            of_bins = weights[start : start + n_bins]
            np.cumsum(of_bins, axis=0, out=of_bins)
        return weights

    def scratch(self, n_rows, n_out, *, drops):
        n_entries, dtype = n_rows * self._most_entries, self.dtype
        return Scratch(
            data=np.empty(0, dtype),
            sorted=np.empty(n_entries, dtype),
            rows=np.empty(n_entries, np.int32),
            ends=np.empty(self.shape[1], np.int64),
            tile=np.empty((0, n_out), dtype),
            segment=np.zeros((1, 2), np.int64),
        )

    @property
    def _most_entries(self):
        """Of a row."""
        n_bins = self._columns[1]
        return max(1, n_bins.size + np.count_nonzero(n_bins))

    def _room(self, n, dtype):
        n_entries = max(1, n) * self._most_entries
        return Room(
            np.empty((n, self._arrays[0].shape[1]), dtype),
            np.empty(n_entries, dtype),
            np.empty(n_entries, np.int32),
            np.empty(n + 1, np.int64),
        )


class _Picker:
    """Has jitted code write the entries of rows batch by batch, to memory made once."""

    form = "piecewise"

    def __init__(self, rows, room):
        self._rows, self._room = rows, room

    def __call__(self, rows):
        chosen = self._rows
        return Piecewise(*chosen._arrays, *chosen._columns, chosen._rows[rows], self._room)

"""Some rows of a matrix that several fits share, picked by their numbers."""

import numpy as np
from scipy.sparse import issparse

from skreg._training.rows import rows_of
from skreg._training.rows.base import BaseRows


class PickedRows(BaseRows):
    """Rows of a matrix (n, n_features), of which no more is copied than a batch, block or tile.

    It may be indexed as an array, by slices, row numbers and masks, which gives others of the same
    kind, and `np.asarray` makes all of its rows. Threads may share the matrix.

    Parameters
    ----------
    X : ndarray or SciPy matrix in CSR, of shape (n_all, n_features)
        Finite numbers.

    places : ndarray of shape (n,)
        Which rows of X these are.
    """

    ndim = 2

    def __init__(self, X, places):
        self._X, self._source = X, rows_of(X)
        self._places = np.asarray(places, np.int64)
        self.form, self.width = self._source.form, self._source.width
        self.shape, self.dtype = (self._places.size, X.shape[1]), X.dtype

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        return PickedRows(self._X, self._places[rows])

    def __array__(self, dtype=None, copy=None):
        matrix = self.matrix.toarray() if issparse(self._X) else self.matrix
        return matrix.astype(dtype or self.dtype, copy=False)

    @property
    def matrix(self):
        """A copy of the rows, as an array or a SciPy matrix."""
        return self._X[self._places]

    @property
    def parts(self):
        return rows_of(self.matrix).parts

    @property
    def bytes_per_row(self):
        return self._source.bytes_per_row

    def tile(self, start, stop, dtype):
        some = self._X[self._places[start:stop]]
        return rows_of(some).tile(0, some.shape[0], dtype)

    def gatherer(self, size):
        return _Picker(self._source.gatherer(size), self._places)

    def picker(self, batch_size):
        picker = self._source.picker(batch_size)
        return picker and _Picker(picker, self._places)

    def scratch(self, n_rows, n_out, *, drops):
        return self._source.scratch(n_rows, n_out, drops=drops)


class _Picker:
    """Has rows gathered by what gathers them from the whole matrix."""

    def __init__(self, gather, places):
        self._gather, self._places, self.form = gather, places, gather.form

    def __call__(self, rows):
        return self._gather(self._places[rows])

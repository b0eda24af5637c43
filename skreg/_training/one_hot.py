"""Classes as targets: a number per row, until a block of rows is trained on."""

import numpy as np

from skreg._kernels.entries import write_one_hot


class OneHot:
    """A matrix (n, n_classes) of indicators of classes, whose rows are made when they are wanted.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        The column of each row's class.

    on, off : float
        What stands for its class, and for all others.
    """

    def __init__(self, codes, n_classes, on=1.0, off=0.0, dtype=np.float64):
        self.codes = np.require(codes, np.int32, ["C", "W"])
        self.n_classes, self.on, self.off, self.dtype = n_classes, on, off, np.dtype(dtype)

    @property
    def shape(self):
        return self.codes.size, self.n_classes

    def write(self, rows, out):
        """Overwrite `out`, which is C-contiguous, by rows (an index array or a slice)."""
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(self.codes.size))
        places, number = np.require(rows, np.int64, ["C", "W"]), out.dtype.type
        write_one_hot[out.dtype](out, self.codes, places, number(self.on), number(self.off))

    def take(self, rows):
        """The same of some rows."""
        return self._with(codes=self.codes[rows])

    def astype(self, dtype):
        return self._with(dtype=dtype)

    def smooth(self, share):
        """The same with a share of each row spread evenly over the classes."""
        off = share / self.n_classes
        return self._with(on=1 - share + off, off=off)

    def _with(self, **changes):
        names = {"codes", "n_classes", "on", "off", "dtype"}
        return OneHot(**{**{name: getattr(self, name) for name in names}, **changes})

    def __getitem__(self, rows):
        """Some rows as an ndarray."""
        out = np.empty((self.codes[rows].size, self.n_classes), self.dtype)
        self.write(rows, out)
        return out

    def __array__(self, dtype=None, copy=None):
        return self[:].astype(dtype or self.dtype, copy=False)

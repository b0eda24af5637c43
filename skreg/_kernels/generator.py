"""A generator of random numbers whose numbers belong to rows."""

import numpy as np

from skreg._kernels.drawing import draw_normal, draw_partners, draw_uniform

_FIRST_STREAM = 1 << 31  # those below are the layers'; see `hashing.draw_key`


class RowGenerator:
    """Random numbers for a block of rows, the same for any size of block and in any thread.

    Works like :class:`numpy.random.Generator`, except that each number is a function of the seed,
    the step, the number of calls so far and the row and column that it is drawn for. So the first
    length of a `size` must be the number of rows, and `size=None` is one number per row.

    Parameters
    ----------
    seed : int
        Non-negative.

    n_rows : int
        Number of rows of the block.

    step : int, default=0
        What to draw anew for: inside an estimator, the epoch.

    first : int, default=0
        Number of the first row of the block among all rows.

    batch_size : int, default=None
        Rows are partners of those of the same mini-batch of so many rows; None is one batch of all.

    labels : ndarray of shape (n_rows,), default=None
        Labels, where partners must have the same one because labels cannot be mixed.

    weights : ndarray of shape (n_rows,), default=None
        What the chance of each row to be drawn as a partner is proportional to.
    """

    def __init__(
        self, seed, n_rows, *, step=0, first=0, batch_size=None, labels=None, weights=None
    ):
        self.n_rows = n_rows
        self._seed, self._step, self._first = seed, step, first
        self._batch_size, self._labels = batch_size or max(1, n_rows), labels
        self._weights = np.empty(0) if weights is None else np.asarray(weights, np.float64)
        self._stream = _FIRST_STREAM

    def _place(self):
        """Where the numbers of the next call come from."""
        self._stream += 1
        return self._seed, self._step, self._stream, self._first

    def _draw_into(self, draw, dtype, size, *arguments):
        shape = (self.n_rows,) if size is None else tuple(np.atleast_1d(size))
        if shape[0] != self.n_rows:
            raise ValueError(
                f"size must be None or start with the number of rows, {self.n_rows}, got {size!r}."
            )
        out = np.empty((self.n_rows, int(np.prod(shape[1:]))), dtype)
        draw(out, *self._place(), *arguments)
        return out.reshape(shape)

    def random(self, size=None, dtype=np.float64):
        """Uniform numbers in [0, 1), float32 or float64."""
        dtype = np.dtype(dtype)
        return self._draw_into(draw_uniform[dtype], dtype, size)

    def uniform(self, low=0.0, high=1.0, size=None):
        """Uniform numbers in [low, high)."""
        numbers = self.random(size)
        numbers *= np.subtract(high, low)
        numbers += low
        return numbers

    def integers(self, low, high=None, size=None):
        """Integers in [low, high), or in [0, low)."""
        low, high = (0, low) if high is None else (low, high)
        return (low + np.floor((high - low) * self.random(size))).astype(np.int64)

    def standard_normal(self, size=None, dtype=np.float64):
        """Standard normal numbers; those in float64 have the digits of float32."""
        return self._draw_into(draw_normal, np.float32, size).astype(dtype, copy=False)

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Normal numbers with mean `loc` and standard deviation `scale`."""
        return loc + scale * self.standard_normal(size)

    def partners(self, size=None, probability=1.0, *, keep_labels=False):
        """Numbers of rows of the same mini-batch, drawn in proportion to the weights.

        A row may draw itself. With probability 1 − `probability`, or where all weights of its batch
        are zero, a place keeps the number of its own row. With `keep_labels`, partners have the
        same label where labels are known, and may be of any batch.
        """
        if keep_labels and self._labels is not None:
            order, bounds = _group_by(self._labels)
        else:
            order = np.arange(self.n_rows)
            bounds = np.append(order[:: self._batch_size], self.n_rows)
        arguments = (float(probability), order, bounds, self._weights)
        return self._draw_into(draw_partners, np.int64, size, *arguments)


def _group_by(labels):
    """Numbers of rows, group after group, and where each group begins and the last ends."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    starts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    return order, np.concatenate([[0], starts, [labels.size]])

"""A generator of random numbers whose numbers belong to rows."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from skreg._arithmetic.drawing import draw_normal, draw_partners, draw_uniform

Size = tuple[int, ...] | None

_FIRST_STREAM = 1 << 31  # see `hashing.draw_key`


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

    See Also
    --------
    BaseAugmenter : Draws from it.

    Examples
    --------
    >>> from skreg.augmentation import RowGenerator
    >>> whole = RowGenerator(seed=0, n_rows=4).random()
    >>> tail = RowGenerator(seed=0, n_rows=2, first=2).random()
    >>> bool((whole[2:] == tail).all())
    True
    """

    def __init__(
        self, seed, n_rows, *, step=0, first=0, batch_size=None, labels=None, weights=None
    ):
        if seed < 0:
            raise ValueError(f"seed must be at least 0, got {seed}.")
        self.n_rows = int(n_rows)
        self._seed, self._step, self._first = int(seed), int(step), int(first)
        self._batch_size, self._labels = batch_size or max(1, self.n_rows), labels
        weights = () if weights is None else weights
        self._weights = np.array(weights, np.float64)  # a copy, as other layouts compile anew
        self._stream = _FIRST_STREAM

    def _place(self):
        """Where the numbers of the next call come from."""
        self._stream += 1
        return self._seed, self._step, self._stream, self._first

    def _draw_into(self, draw, dtype, size, *arguments):
        shape = (self.n_rows,) if size is None else tuple(np.atleast_1d(size))
        if shape[:1] != (self.n_rows,):
            raise ValueError(
                f"size must be None or start with the number of rows, {self.n_rows}, got {size!r}."
            )
        out = np.empty((self.n_rows, int(np.prod(shape[1:]))), dtype)
        draw(out, *self._place(), *arguments)
        return out.reshape(shape)

    def random(self, size: Size = None, dtype: DTypeLike = np.float64) -> np.ndarray:
        """Draw uniform numbers in [0, 1), with 24 random bits in float32 and 32 in float64.

        Parameters
        ----------
        size : tuple of int, default=None
            Shape of the result, n_rows first; None is one number per row.

        dtype : dtype, default=np.float64
            Either float32 or float64.

        Returns
        -------
        numbers : ndarray of shape `size`
            The numbers.

        Raises
        ------
        ValueError
            If `size` does not start with n_rows, or `dtype` is another.
        """
        dtype = np.dtype(dtype)
        if dtype not in draw_uniform:
            raise ValueError(f"dtype must be float32 or float64, got {dtype}.")
        return self._draw_into(draw_uniform[dtype], dtype, size)

    def uniform(self, low: ArrayLike = 0.0, high: ArrayLike = 1.0, size: Size = None) -> np.ndarray:
        """Draw uniform numbers in [low, high).

        Parameters
        ----------
        low : float or array-like, default=0.0
            Lower end of the interval; arrays are broadcast to `size`.

        high : float or array-like, default=1.0
            Upper end of the interval, which is excluded.

        size : tuple of int, default=None
            Shape of the result, n_rows first; None is one number per row.

        Returns
        -------
        numbers : ndarray of shape `size`
            The numbers, in float64.
        """
        numbers = self.random(size)
        numbers *= np.subtract(high, low)
        numbers += low
        return numbers

    def integers(
        self, low: ArrayLike, high: ArrayLike | None = None, size: Size = None
    ) -> np.ndarray:
        """Draw integers in [low, high), or in [0, low).

        Parameters
        ----------
        low : int or array-like
            Lower end of the interval, or the upper one if `high` is None.

        high : int or array-like, default=None
            Upper end of the interval, which is excluded.

        size : tuple of int, default=None
            Shape of the result, n_rows first; None is one number per row.

        Returns
        -------
        numbers : ndarray of shape `size`
            The numbers, in int64.

        Raises
        ------
        ValueError
            If there is no integer in the interval.
        """
        low, high = (0, low) if high is None else (low, high)
        if np.any(np.less_equal(high, low)):
            raise ValueError(f"low must be less than high, got {low} and {high}.")
        return np.floor(self.uniform(low, high, size)).astype(np.int64)

    def standard_normal(self, size: Size = None, dtype: DTypeLike = np.float64) -> np.ndarray:
        """Draw standard normal numbers, with the digits of float32.

        Parameters
        ----------
        size : tuple of int, default=None
            Shape of the result, n_rows first; None is one number per row.

        dtype : dtype, default=np.float64
            Type of the numbers.

        Returns
        -------
        numbers : ndarray of shape `size`
            The numbers.
        """
        return self._draw_into(draw_normal, np.float32, size).astype(dtype, copy=False)

    def normal(self, loc: ArrayLike = 0.0, scale: ArrayLike = 1.0, size: Size = None) -> np.ndarray:
        """Draw normal numbers, with the digits of float32.

        Parameters
        ----------
        loc : float or array-like, default=0.0
            Mean; arrays are broadcast to `size`.

        scale : float or array-like, default=1.0
            Standard deviation.

        size : tuple of int, default=None
            Shape of the result, n_rows first; None is one number per row.

        Returns
        -------
        numbers : ndarray of shape `size`
            The numbers, in float64.
        """
        return loc + scale * self.standard_normal(size)

    def partners(
        self, size: Size = None, probability: float = 1.0, *, keep_labels: bool = False
    ) -> np.ndarray:
        """Draw numbers of rows of the same mini-batch, in proportion to the weights.

        A row may draw itself.

        Parameters
        ----------
        size : tuple of int, default=None
            Shape of the result, n_rows first; None is one partner per row.

        probability : float, default=1.0
            Probability of each place to draw a partner at all; else, or where all weights of the
            batch are zero, it keeps the number of its own row.

        keep_labels : bool, default=False
            Whether partners must have the same label, where labels are known. Then they may be of
            any batch.

        Returns
        -------
        partners : ndarray of shape `size`
            Numbers of rows of the block, in int64.
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

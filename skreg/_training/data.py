"""Training rows, and how they reach jitted code: block by block, copied to our own memory."""

import zlib
from typing import NamedTuple

import numpy as np

from skreg._arithmetic.drawing import draw_order
from skreg._arithmetic.generator import RowGenerator
from skreg._interrupts import answered
from skreg._training.one_hot import OneHot
from skreg._training.rows import rows_of
from skreg._training.rows.copies import gather

_BLOCK_BYTES = 1 << 20  # what is copied at once stays in a core's cache
# Limits of a block, for Ctrl-C to act behind it: it takes a second or so at most.
MOST_PRODUCTS = 1 << 32  # rows · weights
_PICKED_PRODUCTS = 1 << 28  # the same where X is not copied for the block
_MOST_STEPS = 1 << 12


class Data(NamedTuple):
    """Rows in the dtype of theta. X may be read-only and of any order; it is never written to."""

    X: np.ndarray  # (n, n_features), or a matrix or array of SciPy in CSR, or rows of `rows`
    Y: np.ndarray  # (n, n_outputs): targets, or indicators of labels; a OneHot for classes
    weights: np.ndarray | None  # (n,) sample weights
    unit: float = 1.0  # the sample weight that a weight of 1 stands for

    @property
    def n(self):
        return self.X.shape[0]

    @property
    def mass(self):
        """Σ weights: the number of rows, each counted by its weight."""
        return self.n if self.weights is None else float(np.sum(self.weights, dtype=np.float64))

    @property
    def rows_with_weight(self):
        """X of the rows whose weight is not zero."""
        return self.X if self.weights is None or self.weights.all() else self.X[self.weights > 0]

    @property
    def fingerprint(self):
        """A number that tells this data from other data by up to a thousand of its rows."""
        some = slice(None, None, 1 + self.n // 1000)
        parts = rows_of(self.X[some]).parts
        parts += [part[some] for part in (self.Y, self.weights) if part is not None]
        sample = map(np.ascontiguousarray, parts)
        return zlib.crc32(b"".join(part.tobytes() for part in sample), self.n)

    def take(self, rows):
        """The data of some rows."""
        weights = None if self.weights is None else self.weights[rows]
        Y = self.Y.take(rows) if isinstance(self.Y, OneHot) else self.Y[rows]
        return self._replace(X=self.X[rows], Y=Y, weights=weights)

    @property
    def scale(self):
        """1 / mean(weights), so that the loss of a batch is an unbiased estimate of the loss."""
        return self.n / self.mass


class Blocks:
    """The rows of an epoch as blocks of whole batches (X, Y, weights), in memory made once.

    With an augmenter, which is anything that has `augment(X, Y, rng)`, each epoch is a draw of it.
    """

    def __init__(self, data, batch_size, shuffle, seed, n_weights, augmenter=None):
        self.data, self.shuffle, self.seed = data, shuffle, seed
        self.batch_size, self.augmenter = batch_size, augmenter
        source, can_pick = rows_of(data.X), shuffle and augmenter is None
        picker = source.picker(batch_size) if can_pick else None
        copied = data.Y.shape[1] * data.Y.dtype.itemsize
        copied += 0 if picker else source.bytes_per_row
        products = _PICKED_PRODUCTS if picker else MOST_PRODUCTS
        rows = min(_BLOCK_BYTES // copied, products // n_weights, _MOST_STEPS * batch_size)
        self.size = min(max(1, rows // batch_size) * batch_size, data.n)
        self.order = np.empty(data.n if shuffle else 0, np.int64)
        self.gather_X = picker or source.gatherer(self.size)
        self.Y = np.empty((self.size, data.Y.shape[1]), data.X.dtype)
        self.weights = np.ones(self.size, data.X.dtype)

    def of_epoch(self, epoch):
        if self.shuffle:
            draw_order(self.order, self.seed, epoch)
        for start in range(0, self.data.n, self.size):
            rows = slice(start, min(start + self.size, self.data.n))
            X, Y, weights = self._gather_block(self.order[rows] if self.shuffle else rows)
            if self.augmenter is not None:
                X, Y = self._augment(X, Y, weights, epoch, start)
            yield X, Y, weights

    def _gather_block(self, rows):
        X = self.gather_X(rows)
        Y = gather(self.data.Y, rows, self.Y)
        if self.data.weights is None:
            return X, Y, self.weights[: Y.shape[0]]
        return X, Y, gather(self.data.weights, rows, self.weights)

    def _augment(self, X, Y, weights, epoch, start):
        """A draw of the block that begins with row `start` of the epoch."""
        rng = RowGenerator(
            self.seed,
            X.shape[0],
            step=epoch,
            first=start,
            batch_size=self.batch_size,
            weights=None if self.data.weights is None else weights,
        )
        with answered:
            drawn = self.augmenter.augment(X, Y, rng)
        if not isinstance(drawn, tuple) or [np.shape(p) for p in drawn] != [X.shape, Y.shape]:
            raise ValueError(
                f"augmentation must return X and Y of the shapes {X.shape} and {Y.shape} that it "
                f"was given, got {_describe(drawn)}."
            )
        with np.errstate(over="ignore"):
            drawn = tuple(np.require(part, X.dtype, ["C", "A", "W"]) for part in drawn)
        if not all(map(_is_finite, drawn)):
            raise ValueError(f"augmentation returned values that are not finite in {X.dtype}.")
        return drawn


def _describe(drawn):
    if isinstance(drawn, tuple):
        return " and ".join(str(np.shape(part)) for part in drawn) or "an empty tuple"
    return f"one {type(drawn).__name__}"


def _is_finite(array):
    """Whether all values are; one sum tells so most of the time."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.sum(array)) or np.isfinite(array).all())

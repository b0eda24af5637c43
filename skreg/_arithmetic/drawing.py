"""Random numbers that belong to rows: functions of (seed, step, stream, row, column) alone.

Whatever a row is drawn together with, in blocks of any size and in any thread, its numbers are the
same. The order of the rows in an epoch is drawn here too. These are entries, which Python calls.
"""

import numpy as np

from skreg._arithmetic.hashing import draw_key, draw_word
from skreg._arithmetic.normal import normal_quantile
from skreg._compiler.jit import entry, helper, plain_entry

_UNIT = 1.0 / (1 << 32)
_OF_ORDER = 0xFFFFFFFF  # the stream of the order of rows


@plain_entry
def draw_order(order, seed, epoch):
    """Overwrite `order` (n,) int64 by a random permutation (Fisher & Yates, 1938) for an epoch."""
    key = draw_key(seed, epoch, _OF_ORDER)
    for i in range(order.size):
        order[i] = i
    for i in range(order.size - 1, 0, -1):
        j = np.int64(np.uint64(draw_word(key, i)) * np.uint64(i + 1) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]


@entry
def draw_uniform(out, seed, step, stream, first):
    """Overwrite `out` (n, m) by uniform numbers in [0, 1) for the rows from `first` on."""
    key = draw_key(seed, step, stream)
    shift = np.uint32(8 if out.itemsize == 4 else 0)  # as many bits as the dtype holds exactly
    unit = out.dtype.type(1.0 / (1 << (24 if out.itemsize == 4 else 32)))
    for i in range(out.shape[0]):
        key_of_row = draw_word(key, first + i)
        for j in range(out.shape[1]):
            out[i, j] = out.dtype.type(draw_word(key_of_row, j) >> shift) * unit


@plain_entry
def draw_normal(out, seed, step, stream, first):
    """Overwrite `out` (n, m) float32 by standard normal numbers for the rows from `first` on."""
    key = draw_key(seed, step, stream)
    for i in range(out.shape[0]):
        key_of_row = draw_word(key, first + i)
        for j in range(out.shape[1]):
            out[i, j] = normal_quantile(draw_word(key_of_row, j))


@helper
def _draw_place(word, cumulative):
    """A place in a group, in proportion to the differences of `cumulative`."""
    target = word * _UNIT * cumulative[-1]
    return min(np.searchsorted(cumulative, target, side="right"), cumulative.size - 1)


@plain_entry
def draw_partners(out, seed, step, stream, first, probability, order, bounds, weights):
    """Overwrite `out` (n, m) int64 by numbers of rows of the same group, or each row's own.

    Group g is the rows order[bounds[g] : bounds[g + 1]]. With `probability` a place draws a row of
    its group in proportion to `weights` (n,), all alike where `weights` is empty, the row itself
    among them; else, or where all weights of the group are zero, it keeps its own row.
    """
    key = draw_key(seed, step, stream)
    cumulative = np.empty(order.size)
    for g in range(bounds.size - 1):
        start, stop = bounds[g], bounds[g + 1]
        total = 0.0
        for p in range(start, stop):
            total += weights[order[p]] if weights.size else 1.0
            cumulative[p] = total
        for p in range(start, stop):
            i = order[p]
            key_of_row = draw_word(key, first + i)
            for j in range(out.shape[1]):
                out[i, j] = i
                if draw_word(key_of_row, 2 * j) * _UNIT < probability and total > 0:
                    word = draw_word(key_of_row, 2 * j + 1)
                    out[i, j] = order[start + _draw_place(word, cumulative[start:stop])]

"""Inverted dropout (Srivastava et al., 2014), as an option: compiled when it is first used.

See `masks.py` for what is kept, and `options.py`.
"""

import numpy as np

from skreg._arithmetic.hashing import STRIDE, draw_key, draw_word_at
from skreg._compiler.jit import helper
from skreg._compiler.options import Option, integer_of, number_of, vector_of
from skreg._kernels import masks


def _drop(units, seed, step, layer, rate):
    """Set each of `units` to zero with probability `rate`, multiply the others by 1 / (1 − rate).

    `units` is a whole batch as one vector. Linear, so the same call is its own backward pass. A
    factor that is zero, in place of a choice between two results, lets the loop vectorize.
    """
    zero, scale, limit = type(rate)(0), masks.scale_of(rate), masks.limit_of(rate)
    n, key = masks.quarter_of(units.size), draw_key(seed, step, layer)
    n_whole, seat = max(0, units.size - 3 * n), np.uint32(0)
    first, second, third = units[:n], units[n : 2 * n], units[2 * n : 3 * n]
    fourth = units[units.size - n_whole :]
    for j in range(n_whole):
        word, seat = draw_word_at(key, seat), np.uint32(seat + STRIDE)
        first[j] *= scale if masks.first_sight(word) >= limit else zero
        second[j] *= scale if masks.second_sight(word) >= limit else zero
        third[j] *= scale if masks.third_sight(word) >= limit else zero
        fourth[j] *= scale if masks.fourth_sight(word) >= limit else zero
    for j in range(n_whole, n):  # words of fewer than four places, at most three
        for place in range(j, units.size, n):
            units[place] *= scale if masks.is_kept(key, place, n, limit) else zero


def _undo(delta, units, seed, step, layer, rate):
    """Overwrite dJ/d(unit), in one vector, by that of the unit before dropout, and the unit too."""
    _drop_again(delta, seed, step, layer, rate)
    keep = type(rate)(1) / masks.scale_of(rate)
    for j in range(units.size):
        units[j] *= keep


_drop_again = helper(_drop)
_PLACE = (*[integer_of] * 3, number_of)

DROP = Option(_drop, "units", (vector_of, *_PLACE))
UNDO = Option(_undo, "dropout", (vector_of, vector_of, *_PLACE))

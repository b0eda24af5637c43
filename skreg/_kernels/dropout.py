"""Inverted dropout (Srivastava et al., 2014), as an option: compiled when it is first used.

See `masks.py` for what is kept, `options.py`, and `entries.py` for HELPERS.
"""

import numpy as np

from skreg._kernels.hashing import STRIDE, draw_key, draw_word_at
from skreg._kernels.jit import helper
from skreg._kernels.masks import half_of, high_bits, is_kept, low_bits, scale_of, threshold_of
from skreg._kernels.options import Option, integer_of, number_of, vector_of

HELPERS = "816e6f7e255dbc20"


def _drop(units, seed, step, layer, rate):
    """Set each of `units` to zero with probability `rate`, multiply the others by 1 / (1 − rate).

    `units` is a whole batch as one vector. Linear, so the same call is its own backward pass. A
    factor that is zero, in place of a choice between two results, lets the loop vectorize.
    """
    zero, scale, limit = type(rate)(0), scale_of(rate), threshold_of(rate)
    half, key = half_of(units.size), draw_key(seed, step, layer)
    first, second = units[:half], units[half:]
    seat = np.uint32(0)
    for j in range(second.size):
        word, seat = draw_word_at(key, seat), np.uint32(seat + STRIDE)
        first[j] *= scale if low_bits(word) >= limit else zero
        second[j] *= scale if high_bits(word) >= limit else zero
    if second.size < half and not is_kept(key, second.size, half, limit):
        first[second.size] = zero
    elif second.size < half:
        first[second.size] *= scale


def _undo(delta, units, seed, step, layer, rate):
    """Overwrite dJ/d(unit), in one vector, by that of the unit before dropout, and the unit too."""
    _drop_again(delta, seed, step, layer, rate)
    keep = type(rate)(1) / scale_of(rate)
    for j in range(units.size):
        units[j] *= keep


_drop_again = helper(_drop)
_PLACE = (*[integer_of] * 3, number_of)

DROP = Option(_drop, "units", (vector_of, *_PLACE))
UNDO = Option(_undo, "dropout", (vector_of, vector_of, *_PLACE))

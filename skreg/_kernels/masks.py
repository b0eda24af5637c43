"""Which places of a batch dropout keeps: random numbers by counting.

Whether a unit is kept is a function of (seed, step, layer, place in the batch) alone: the mask
does not depend on threads or on the order of work, and can be drawn again at any time. Four places
share a word of 32 random bits, a ring of four bytes: each sees two neighbors as a number of 16
bits, and is kept if that is not below the rate. So rates are rounded to multiples of 2⁻¹⁶. Two
neighbors have a byte in common, the lower one for the first and the upper one for the second; it
matters to the first only where its upper byte equals that of the rate, once in 256.
"""

import numpy as np

from skreg._arithmetic.hashing import draw_word
from skreg._compiler.jit import helper


@helper
def quarter_of(size):
    """How many words decide for a batch of so many places: p + k · quarter shares that of p."""
    return (size + 3) >> 2


@helper
def _rounded(rate):
    """The rate in units of 2⁻¹⁶."""
    rounded = np.floor(np.float64(rate) * 65536.0 + 0.5)
    return rounded if rounded < 65535.0 else 65535.0


@helper
def limit_of(rate):
    """What the `sight` of a place must reach for the place to be kept."""
    return np.int32(_rounded(rate) * 65536.0 - 2.0**31)


@helper
def scale_of(rate):
    """1 / (1 − rate), for the rate that is rounded."""
    return type(rate)(65536.0 / (65536.0 - _rounded(rate)))


@helper
def _signed(word):
    return np.uint32(word).view(np.int32)


@helper
def first_sight(word):
    """A word as the first of its four places sees it: its upper 16 bits count, as a signed number.

    What is below them does not matter, since it is zero in the limit.
    """
    return _signed(word)


@helper
def second_sight(word):
    return _signed(word << np.uint32(8))


@helper
def third_sight(word):
    return _signed(word << np.uint32(16))


@helper
def fourth_sight(word):
    """The last byte, and then the first again."""
    return _signed((word << np.uint32(24)) | (word >> np.uint32(8)))


@helper
def is_kept(key, place, quarter, limit):
    """Whether a place is kept; loops over many places spell this out."""
    k = np.int64(place >= quarter) + np.int64(place >= 2 * quarter) + np.int64(place >= 3 * quarter)
    word = draw_word(key, place - k * quarter)
    if k == 3:
        return fourth_sight(word) >= limit
    return _signed(word << np.uint32(8 * k)) >= limit

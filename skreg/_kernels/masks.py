"""Which places of a batch dropout keeps: random numbers by counting.

Whether a unit is kept is a function of (seed, step, layer, place in the batch) alone: the mask
does not depend on threads or on the order of work, and can be drawn again at any time. One word of
32 random bits decides for two places, so rates are rounded to multiples of 2⁻¹⁶.
"""

import numpy as np

from skreg._kernels.hashing import draw_word
from skreg._kernels.jit import helper

_LOW = np.uint32(0xFFFF)


@helper
def half_of(size):
    """How many words decide for a batch of so many places: place p + half shares that of p."""
    return (size + 1) >> 1


@helper
def threshold_of(rate):
    """What the 16 bits of a place must reach for the place to be kept."""
    return np.int32(min(np.float64(rate) * 65536.0 + 0.5, 65535.0))


@helper
def scale_of(rate):
    """1 / (1 − rate), for the rate that is rounded."""
    return type(rate)(65536.0 / (65536.0 - np.float64(threshold_of(rate))))


@helper
def low_bits(word):
    return np.int32(word & _LOW)


@helper
def high_bits(word):
    return np.int32(word >> np.uint32(16))


@helper
def is_kept(key, place, half, threshold):
    if place < half:
        return low_bits(draw_word(key, place)) >= threshold
    return high_bits(draw_word(key, place - half)) >= threshold

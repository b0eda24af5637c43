"""Inverted dropout (Srivastava et al., 2014) with counter-based random numbers.

Whether a unit is kept is a function of (seed, step, layer, place in the batch) alone: the mask
does not depend on threads or on the order of work, and can be drawn again at any time.
"""

import numpy as np

from skreg._kernels.hashing import draw_word
from skreg._kernels.jit import helper


@helper
def threshold_of(rate):
    """What the word of a place must reach for the place to be kept."""
    return np.uint32(np.float64(rate) * 4294967296.0)


@helper
def is_kept(key, place, threshold):
    return draw_word(key, place) >= threshold


@helper
def drop(units, key, rate):
    """Set each of `units` to zero with probability `rate`, multiply the others by 1 / (1 − rate).

    `units` is a whole batch as one vector. Linear, so the same call is its own backward pass.
    """
    zero, one = units.dtype.type(0), units.dtype.type(1)
    scale = one / (one - rate)
    threshold = threshold_of(rate)
    for j in range(units.size):
        units[j] = units[j] * scale if is_kept(key, j, threshold) else zero

"""Inverted dropout (Srivastava et al., 2014) with counter-based random numbers.

Whether a unit is kept is a function of (seed, step, layer, place in the batch) alone: the mask
does not depend on threads or on the order of work, and can be drawn again at any time. The hash is
a multiply-xorshift of 32 bits in the manner of murmur3's finalizer; its loop vectorises.
"""

import numpy as np

from skreg._kernels.jit import helper

_A, _B, _C = np.uint32(0x9E3779B1), np.uint32(0x7FEB352D), np.uint32(0x846CA68B)


@helper
def _mix(x):
    """A bijection of 32-bit integers that changes half of the bits for any change of one."""
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * _B)
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * _C)
    return np.uint32(x ^ (x >> np.uint32(16)))


@helper
def draw_key(seed, step, layer):
    """The 32-bit key of one layer in one step; `seed` and `step` may be up to 64 bits wide."""
    key = _mix(np.uint32(seed))
    for part in (seed >> 32, step, step >> 32, layer):
        key = _mix(np.uint32(np.uint32(key * _A) + np.uint32(part)))
    return key


@helper
def drop(units, key, rate):
    """Set each of `units` to zero with probability `rate`, multiply the others by 1 / (1 − rate).

    `units` is a whole batch as one vector. Linear, so the same call is its own backward pass.
    """
    zero, one = units.dtype.type(0), units.dtype.type(1)
    scale = one / (one - rate)
    threshold = np.uint32(np.float64(rate) * 4294967296.0)
    for j in range(units.size):
        drawn = _mix(np.uint32(np.uint32(np.uint32(j) * _A) ^ key))
        units[j] = units[j] * scale if drawn >= threshold else zero

"""Counter-based random numbers: functions of a key and a place, so there is no state to carry.

The hash is a multiply-xorshift of 32 bits in the manner of murmur3's finalizer; loops over it
vectorize.
"""

import numpy as np

from skreg._compiler.jit import helper

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
def draw_key(seed, step, stream):
    """The 32-bit key of a stream in one step; `seed` and `step` may be up to 64 bits wide.

    Streams below 2³¹ are those of the layers of a network, and the others those of rows.
    """
    key = _mix(np.uint32(seed))
    for part in (seed >> 32, step, step >> 32, stream):
        key = _mix(np.uint32(np.uint32(key * _A) + np.uint32(part)))
    return key


STRIDE = _A  # how far apart the seats of two neighbours are


@helper
def draw_word_at(key, seat):
    """32 random bits, for place · STRIDE, modulo 2³²: a loop over places need not multiply."""
    return _mix(np.uint32(seat ^ key))


@helper
def draw_word(key, place):
    """32 random bits, for a place below 2³²."""
    return draw_word_at(key, np.uint32(np.uint32(place) * STRIDE))

"""How the functions of this floor are compiled: decorators and nothing else.

`helper` and `precise_helper` are for functions that other jitted functions call, `entry` for the
few that Python calls, and `plain_entry` for those of them that know no dtype. An entry exists once
per dtype, under a name of its own: two processes that compile two signatures of one name at the
same time could store one under the index of the other.
"""

from types import FunctionType

import numba
import numpy as np

# No `nnan` or `ninf`: infinities are how a diverging fit is found.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
_COMMON = {"nogil": True, "error_model": "numpy"}

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))

helper = numba.njit(fastmath=_FAST, **_COMMON)
# For functions whose order of operations is their accuracy.
PRECISE_OPTIONS = {"fastmath": {"contract"}, **_COMMON}
precise_helper = numba.njit(**PRECISE_OPTIONS)


def plain_entry(function):
    """Compile `function`, into the cache on disk where there is one."""
    try:
        return numba.njit(function, cache=True, fastmath=_FAST, **_COMMON)
    except RuntimeError:  # no directory to keep a cache in is writable
        return numba.njit(function, fastmath=_FAST, **_COMMON)


def entry(function):
    """Compile `function` once per dtype; returns a dict from dtype to the compiled function."""
    compiled = {}
    for dtype in DTYPES:
        name = f"{function.__name__}_{dtype.name}"
        twin = FunctionType(function.__code__, function.__globals__, name)
        twin.__qualname__, twin.__doc__ = name, function.__doc__
        twin.__module__ = function.__module__
        compiled[dtype] = plain_entry(twin)
    return compiled

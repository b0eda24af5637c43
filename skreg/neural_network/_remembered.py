"""What follows from parameters alone, remembered while they are equal.

`partial_fit` may be called row by row, and to check and resolve all parameters takes longer than to
train on a row.
"""

from functools import wraps

import numpy as np

_MOST = 128  # results of a function
_PLAIN = frozenset({bool, int, float, str, type(None)})


def remember(function):
    """Let a function of a class and a dict of its parameters give what it gave for equal ones.

    What it returns must not be changed, and depend on nothing else. It is called each time where a
    parameter is an object whose contents are unknown.
    """
    results = {}

    @wraps(function)
    def call(cls, params):
        try:
            key = cls, identify(tuple(params.values()))
        except TypeError:
            return function(cls, params)
        result = results.get(key)
        if result is None:
            result = function(cls, params)
            if len(results) >= _MOST:
                results.clear()
            results[key] = result
        return result

    return call


def identify(value):
    """What is hashable, and equal for values of equal types and contents only.

    Raises
    ------
    TypeError
        If there is more to a value than numbers and strings.
    """
    kind = type(value)
    if kind in _PLAIN or isinstance(value, np.generic):
        return kind, value
    if kind in (list, tuple):
        parts = [part if type(part) in _PLAIN else identify(part) for part in value]
        return kind, *map(type, value), *parts
    if kind is dict:
        return kind, identify([*value.items()])
    if kind is np.ndarray:
        return kind, value.dtype.str, identify(value.tolist())
    raise TypeError(f"{kind} may hold anything")

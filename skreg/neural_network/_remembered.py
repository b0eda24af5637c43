"""Results that depend on parameters only, remembered until the parameters change.

`partial_fit` may be called row by row, and checking and resolving all parameters takes longer than
training on a row.
"""

from functools import wraps

import numpy as np

_MOST = 128  # results of a function
_PLAIN = frozenset({bool, int, float, str, type(None)})


def remember(function):
    """Remember the results of a function of a class and a dict of its parameters.

    They must not be changed, and must not depend on anything else. If a parameter is an object
    whose contents are unknown, the function is called every time.
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
    """A hashable key that is equal only for values of equal types and contents.

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

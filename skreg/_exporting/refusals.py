"""What has no equivalent in another language, refused in the same words for each of them."""

from numbers import Real

import numpy as np


def choose(table, kind, name, language):
    """The entry of a table of what can be written, such as of activations by their names.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in table:
        known = ", ".join(sorted(table))
        raise ValueError(f"The {kind} {name!r} cannot be exported to {language}, only {known}.")
    return table[name]


def check_levels(levels, column, language):
    """Refuse levels of a column, which has a name for errors, that are of several types.

    Raises
    ------
    ValueError
        If they are neither all strings nor all numbers.
    """
    if not any(all(isinstance(level, kind) for level in levels) for kind in (str, Real | np.bool_)):
        kinds = ", ".join(sorted({type(level).__name__ for level in levels}))
        raise ValueError(
            f"{column} cannot be exported to {language}: its levels must be all strings or all "
            f"numbers, got {kinds}."
        )


def as_floats(levels, dtype, column, language):
    """Levels of a column that are numbers as an array of a dtype.

    Raises
    ------
    ValueError
        If some are the same number in this dtype.
    """
    floats = np.array(levels).astype(dtype)
    if len(np.unique(floats)) < len(levels):
        raise ValueError(
            f"{column} cannot be exported to {language}: {floats.dtype} cannot tell its levels "
            "apart. Convert them to strings before fit."
        )
    return floats

"""Classes as other languages have them."""

from numbers import Real

import numpy as np

_INTEGERS = np.iinfo(np.int64)


def labels_of(classes):
    """Classes as strings (an array of objects) or int64, which booleans and whole floats become.

    Raises
    ------
    ValueError
        If they are neither.
    """
    labels = classes.tolist()
    if all(isinstance(label, str) for label in labels):
        return np.array(labels, object)
    for label in labels:
        if not (isinstance(label, Real) and _INTEGERS.min <= label <= _INTEGERS.max):
            raise ValueError(
                "classes_ cannot be exported: they must be all strings or all integers of 64 bits, "
                f"got {label!r}."
            )
    return np.array([int(label) for label in labels], np.int64)

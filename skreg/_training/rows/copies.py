"""Arrays as jitted code takes them, copied only where they have to be."""

import numpy as np


def own(array, dtype):
    """The array itself where jitted code can take it, else a copy: C order, writeable, of dtype."""
    if array.dtype == dtype and array.flags.carray:
        return array
    return np.array(array, dtype, order="C")


def gather(array, rows, out):
    """Copy rows (an index array or a slice) of `array` to the head of `out`; returns that head.

    What is no array, such as a OneHot or LazyRows, writes them itself.
    """
    head = out[: rows.stop - rows.start if isinstance(rows, slice) else rows.size]
    if not isinstance(array, np.ndarray):
        array.write(rows, head)
    elif isinstance(rows, slice) or not array.flags.c_contiguous:
        head[...] = array[rows]
    else:
        np.take(array, rows, axis=0, out=head, mode="clip")  # "raise" would copy twice
    return head

"""How intrinsics check the arrays that they are given, and read their parts."""

from typing import Any, NamedTuple

import numba
from numba import types
from numba.core import cgutils


class Contents(NamedTuple):
    """What is in an array, as values of LLVM."""

    data: Any  # where its numbers begin
    shape: list


def are_plain(dtype, n_dimensions, *kinds):
    """Whether types are of arrays that are C-contiguous and writable."""
    return set(kinds) <= {types.Array(dtype, n_dimensions, "C")}


def open_array(context, builder, kind, value):
    """The Contents of an array."""
    array = context.make_array(kind)(context, builder, value)
    return Contents(array.data, cgutils.unpack_tuple(builder, array.shape, kind.ndim))


def open_all(context, builder, kinds, values):
    """The Contents of arrays, and numbers as they are."""
    return [
        open_array(context, builder, kind, value) if isinstance(kind, types.Array) else value
        for kind, value in zip(kinds, values)
    ]


def check_shapes(context, builder, first, *others):
    """With NUMBA_BOUNDSCHECK, raise an IndexError unless each shape is how the first one begins."""
    if not numba.config.BOUNDSCHECK:
        return
    for shape in others:
        for size, expected in zip(shape, first):
            with cgutils.if_unlikely(builder, builder.icmp_unsigned("!=", size, expected)):
                error = IndexError, ("arrays of two sizes",)
                context.call_conv.return_user_exc(builder, *error)

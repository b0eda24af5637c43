"""What intrinsics ask of the arrays that they are given, and what they read of them."""

from typing import Any, NamedTuple

import numba
from numba import types
from numba.core import cgutils


class Opened(NamedTuple):
    """An array as values of LLVM."""

    data: Any  # where its numbers begin
    shape: list


def are_writable(dtype, n_dimensions, *kinds):
    """Whether types are of C-contiguous arrays with a dtype and so many dimensions."""
    return set(kinds) <= {types.Array(dtype, n_dimensions, "C")}


def are_readable(dtype, n_dimensions, *kinds):
    """The same, but arrays may be read-only."""
    return set(kinds) <= {types.Array(dtype, n_dimensions, "C", only) for only in (False, True)}


def open_array(context, builder, kind, value):
    array = context.make_array(kind)(context, builder, value)
    return Opened(array.data, cgutils.unpack_tuple(builder, array.shape, kind.ndim))


def open_all(context, builder, kinds, values):
    """Arrays as `Opened`, and numbers as they are."""
    return [
        open_array(context, builder, kind, value) if isinstance(kind, types.Array) else value
        for kind, value in zip(kinds, values)
    ]


def check_sizes(context, builder, shape, *others):
    """With NUMBA_BOUNDSCHECK, raise an error where other shapes do not begin alike."""
    for other in others if numba.config.BOUNDSCHECK else ():
        for a, b in zip(other, shape):
            with cgutils.if_unlikely(builder, builder.icmp_unsigned("!=", a, b)):
                context.call_conv.return_user_exc(builder, IndexError, ("arrays of two sizes",))

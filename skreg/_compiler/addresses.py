"""Loads and stores at addresses, and calls of functions by their addresses.

Addresses are integers. BLAS wants the addresses of all its arguments, as Fortran does.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from skreg._compiler.jit import helper

_ADDRESS = ir.IntType(64)
_AS_IT_IS = ord("N")  # of a matrix that is not transposed


def _pointer_to(builder, address):
    return builder.inttoptr(address, _ADDRESS.as_pointer())


@intrinsic
def load(typing, address):
    """The integer at an address, and all that its writer wrote before."""

    def generate(context, builder, signature, given):
        return builder.load_atomic(_pointer_to(builder, given[0]), "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def store(typing, address, value):
    """Write an integer to an address, after all that was written before."""

    def generate(context, builder, signature, given):
        builder.store_atomic(given[1], _pointer_to(builder, given[0]), "release", 8)
        return context.get_dummy_value()

    return types.none(types.int64, types.int64), generate


@intrinsic
def take(typing, address, last, next_):
    """Make the integer at an address `next_` if it is `last`; returns whether it was.

    Of several threads that try, one is told so.
    """

    def generate(context, builder, signature, given):
        place = _pointer_to(builder, given[0])
        outcome = builder.cmpxchg(place, given[1], given[2], "acq_rel", "acquire")
        return builder.extract_value(outcome, 1)

    return types.boolean(types.int64, types.int64, types.int64), generate


@intrinsic
def on_stack(typing, value):
    """The address of a copy of an integer that lasts as long as the function that calls this."""

    def generate(context, builder, signature, given):
        place = cgutils.alloca_once(builder, _ADDRESS)
        builder.store(given[0], place)
        return builder.ptrtoint(place, _ADDRESS)

    return types.int64(types.int64), generate


@intrinsic
def call(typing, function, arguments):
    """Call a function that takes addresses, and ignore what it returns."""
    n = len(arguments)

    def generate(context, builder, signature, given):
        kind = ir.FunctionType(ir.VoidType(), [_ADDRESS] * n)
        values = cgutils.unpack_tuple(builder, given[1], n)
        builder.call(builder.inttoptr(given[0], kind.as_pointer()), values)
        return context.get_dummy_value()

    return types.none(types.int64, arguments), generate


@helper
def lies_in_columns(letter):
    """Whether a matrix is to BLAS, which sees columns, what it is in memory, by its letter."""
    return load(letter) & 255 == _AS_IT_IS

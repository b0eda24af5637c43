"""Copies of scattered rows of a matrix, which are prefetched."""

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from skreg._compiler.arrays import are_plain, open_array
from skreg._compiler.jit import helper
from skreg._compiler.vectors import CACHE_LINE, INT, prefetch

_BYTES_AHEAD = 2048
_LINES_AHEAD = 16  # of one row; the processor asks for those that follow by itself
_WIDTH = 16  # bytes of a vector
_VECTOR = ir.VectorType(ir.IntType(8), _WIDTH)
_LONG = 4096  # bytes of a row: the C library copies longer ones, and those shorter than a vector


def _row(context, builder, kind, value, i):
    """Where row i of a matrix begins, and its bytes."""
    data, (_, n_columns) = open_array(context, builder, kind, value)
    size = ir.Constant(INT, context.get_abi_sizeof(data.type.pointee))
    length = builder.mul(n_columns, size)
    begin = builder.bitcast(data, cgutils.voidptr_t)
    return builder.gep(begin, [builder.mul(i, length)]), length


def _write_copy(builder, to, begin, length):
    """Copy bytes by vectors, the last of which ends where the bytes end."""
    zero, width = ir.Constant(INT, 0), ir.Constant(INT, _WIDTH)
    last = builder.sub(length, width)

    def copy_vector(at):
        places = (builder.gep(data, [at]) for data in (begin, to))
        source, target = (builder.bitcast(place, _VECTOR.as_pointer()) for place in places)
        builder.store(builder.load(source, align=1), target, align=1)

    is_for_vectors = builder.icmp_unsigned("<=", last, ir.Constant(INT, _LONG - _WIDTH))
    with builder.if_else(is_for_vectors) as (by_vectors, otherwise):
        with by_vectors:
            with cgutils.for_range_slice(builder, zero, last, width) as (at, _):
                copy_vector(at)
            copy_vector(last)
        with otherwise:
            cgutils.raw_memcpy(builder, to, begin, length, 1)


@intrinsic
def _copy_row(typing, target, i, source, place):
    if not are_plain(source.dtype, 2, target, source):
        raise TypingError(f"no copies of rows of {source} to {target}")

    def generate(context, builder, signature, given):
        to, length = _row(context, builder, target, *given[:2])
        begin, _ = _row(context, builder, source, *given[2:])
        _write_copy(builder, to, begin, length)
        return context.get_dummy_value()

    return types.none(target, types.intp, source, types.intp), generate


@intrinsic
def _ask_for_row(typing, source, place):
    def generate(context, builder, signature, given):
        begin, length = _row(context, builder, source, *given)
        line = ir.Constant(INT, CACHE_LINE)
        count = builder.udiv(builder.add(length, ir.Constant(INT, CACHE_LINE - 1)), line)
        most = ir.Constant(INT, _LINES_AHEAD)
        is_short = builder.icmp_unsigned("<", count, most)
        with cgutils.for_range(builder, builder.select(is_short, count, most)) as loop:
            prefetch(builder, builder.gep(begin, [builder.mul(loop.index, line)]))
        return context.get_dummy_value()

    return types.none(source, types.intp), generate


@helper
def _copy_rows(target, source, places, start):
    """Ask also for rows behind the last one, which are likely to be wanted next."""
    ahead = 1 + _BYTES_AHEAD // (1 + source.itemsize * source.shape[1])
    for i in range(target.shape[0]):
        if start + i + ahead < places.size:
            _ask_for_row(source, places[start + i + ahead])
        _copy_row(target, i, source, places[start + i])


@helper
def _copy_rows_in_loops(target, source, places, start):
    """The same in the interpreter, or with checks of all indices (NUMBA_BOUNDSCHECK)."""
    for i in range(target.shape[0]):
        for j in range(source.shape[1]):
            target[i, j] = source[places[start + i], j]


# (target, source, places, start): overwrite row i of `target` by row places[start + i] of `source`,
# for all i. Both are C-contiguous and of one dtype, with as many columns.
copy_rows = _copy_rows
if numba.config.DISABLE_JIT or numba.config.BOUNDSCHECK:
    copy_rows = _copy_rows_in_loops

"""Sums of rows of a matrix, plain or weighted, of which products with sparse rows are made.

Most weighted sums have few terms. A plain loop would check anew for each of them whether arrays
overlap, and read and write the sum in memory. Here a part of the sum, as wide as a few registers,
stays in them while all terms are added.
"""

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from skreg._compiler.arrays import are_plain, open_all, open_array
from skreg._compiler.jit import helper
from skreg._compiler.vectors import INT, address, repeat, size_of

_FLAGS = ("contract",)
# Parts of a sum as (vectors, numbers in each), in the order in which they are made. A vector that
# is wider than a register is several to the compiler.
_PARTS = (8, 16), (2, 16), (1, 16), (1, 4), (1, 1)


def _write_part(builder, target, at, terms, matrix, part, *, adds):
    """Overwrite the part of `target` that begins at `at` by that of the sum, or add to it.

    `terms` is (first, last, function from p to a factor and the first number of a row); `matrix`
    and `target` are where numbers begin.
    """
    n_vectors, width = part
    number = target.type.pointee
    kind, size = ir.VectorType(number, width), size_of(number)
    sums = [cgutils.alloca_once(builder, kind) for _ in range(n_vectors)]
    begins = [builder.add(at, ir.Constant(INT, k * width)) for k in range(n_vectors)]
    for begin, total in zip(begins, sums, strict=True):
        before = ir.Constant(kind, None)
        if adds:
            before = builder.load(address(builder, target, begin, kind), align=size)
        builder.store(before, total)
    first, last, term = terms
    with cgutils.for_range_slice(builder, first, last, ir.Constant(INT, 1)) as (p, _):
        factor, row = term(p)
        factors = repeat(builder, factor, kind)
        for begin, total in zip(begins, sums, strict=True):
            place = address(builder, matrix, builder.add(row, begin), kind)
            more = builder.fmul(factors, builder.load(place, align=size), flags=_FLAGS)
            builder.store(builder.fadd(builder.load(total), more, flags=_FLAGS), total)
    for begin, total in zip(begins, sums, strict=True):
        builder.store(builder.load(total), address(builder, target, begin, kind), align=size)


def _write_sum(builder, target, width, terms, matrix, *, adds=False):
    """Overwrite all of the target or add to it, part by part."""
    done = ir.Constant(INT, 0)
    for part in _PARTS:
        step = ir.Constant(INT, part[0] * part[1])
        count = builder.udiv(builder.sub(width, done), step)
        with cgutils.for_range(builder, count) as loop:
            begin = builder.add(done, builder.mul(loop.index, step))
            _write_part(builder, target, begin, terms, matrix, part, adds=adds)
        done = builder.add(done, builder.mul(count, step))


def _typed_sum(target, factors, places, matrix, *, adds):
    """The signature of an intrinsic (target, i, factors, places, first, last, matrix), its code."""
    dtype = target.dtype
    are_places = any(are_plain(kind, 1, places) for kind in (types.int32, types.int64))
    are_numbers = are_plain(dtype, 1, factors) and are_plain(dtype, 2, target, matrix)
    if not (are_places and are_numbers):
        raise TypingError(f"no sums of {matrix} by {factors} at {places} in {target}")

    def generate(context, builder, signature, given):
        opened = open_all(context, builder, signature.args, given)
        to, by, at, of = (opened[k].data for k in (0, 2, 3, 6))
        width = opened[0].shape[1]

        def term(p):
            place = builder.load(builder.gep(at, [p]))
            place = place if place.type == INT else builder.sext(place, INT)
            return builder.load(builder.gep(by, [p])), builder.mul(place, width)

        row = builder.gep(to, [builder.mul(given[1], width)])
        _write_sum(builder, row, width, (given[4], given[5], term), of, adds=adds)
        return context.get_dummy_value()

    integer = types.intp
    return types.none(target, integer, factors, places, integer, integer, matrix), generate


@intrinsic
def _sum_rows(typing, target, i, factors, places, first, last, matrix):
    return _typed_sum(target, factors, places, matrix, adds=False)


@intrinsic
def _add_rows(typing, target, i, factors, places, first, last, matrix):
    return _typed_sum(target, factors, places, matrix, adds=True)


@intrinsic
def _sum_columns(typing, sums, matrix):
    if not (are_plain(sums.dtype, 1, sums) and are_plain(sums.dtype, 2, matrix)):
        raise TypingError(f"no sums of {matrix} in {sums}")

    def generate(context, builder, signature, given):
        to, _ = open_array(context, builder, sums, given[0])
        source, (n, width) = open_array(context, builder, matrix, given[1])
        one, zero = ir.Constant(to.type.pointee, 1.0), ir.Constant(INT, 0)
        terms = zero, n, lambda p: (one, builder.mul(p, width))
        _write_sum(builder, to, width, terms, source)
        return context.get_dummy_value()

    return types.none(sums, matrix), generate


@helper
def _add_rows_in_loops(target, i, factors, places, first, last, matrix):
    """The same in the interpreter, or with checks of all indices (NUMBA_BOUNDSCHECK)."""
    for j in range(target.shape[1]):
        for p in range(first, last):
            target[i, j] += factors[p] * matrix[places[p], j]


@helper
def _sum_rows_in_loops(target, i, factors, places, first, last, matrix):
    for j in range(target.shape[1]):
        target[i, j] = 0
    _add_rows_in_loops(target, i, factors, places, first, last, matrix)


@helper
def _sum_columns_in_loops(sums, matrix):
    for j in range(sums.size):
        sums[j] = 0
        for i in range(matrix.shape[0]):
            sums[j] += matrix[i, j]


# (target, i, factors, places, first, last, matrix): target[i] = Σₚ factors[p] · matrix[places[p]]
# over p = first, …, last − 1. Arrays are C-contiguous, `places` int32 or int64 and all others of
# one dtype; `target` overlaps with none of them.
sum_rows = _sum_rows
add_rows = _add_rows  # the same added to target[i]
# (sums, matrix): sums[j] = Σᵢ matrix[i, j], of arrays like those
sum_columns = _sum_columns
if numba.config.DISABLE_JIT or numba.config.BOUNDSCHECK:
    sum_rows, sum_columns = _sum_rows_in_loops, _sum_columns_in_loops
    add_rows = _add_rows_in_loops

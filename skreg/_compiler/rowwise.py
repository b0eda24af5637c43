"""Formulas on the rows of matrices, with a number per row, as loops of vector instructions.

Compilers make little of the short rows that scores have: a sum over ten classes takes longer to
prepare than to add. Here vectors are so wide that a row has at least one of them, and the last one
ends where the row ends. It may overlap with the one before it, so it is computed before and stored
after all others, and what it has twice is left out of sums.
"""

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from skreg._compiler.arrays import Contents, are_plain, check_shapes, open_all, open_array
from skreg._compiler.vectors import INT, Lanes, address, reduce_lanes, repeat, size_of

_WIDTHS = (32, 16, 1)  # bytes of a vector: the first that a row can fill, else numbers one by one
_NEUTRAL = {np.add: 0.0}  # np.maximum needs none: it may see a number twice


def _without_overlap(builder, lanes, overlap, reduction):
    """Lanes whose first ones, as many as `overlap` says, change nothing in a reduction."""
    if reduction not in _NEUTRAL:
        return lanes
    kind = lanes.value.type
    places = ir.VectorType(INT, kind.count)
    numbers = ir.Constant(places, list(range(kind.count)))
    is_new = builder.icmp_signed(">=", numbers, repeat(builder, overlap, places))
    neutral = ir.Constant(kind, [ir.Constant(kind.element, _NEUTRAL[reduction])] * kind.count)
    return Lanes(builder, builder.select(is_new, lanes.value, neutral))


class _Row:
    """Code for one row: what a formula says of the vector that begins at some column."""

    def __init__(self, builder, formula, begins, numbers, kind):
        self.builder, self.formula, self.begins, self.kind = builder, formula, begins, kind
        self.size = size_of(kind.element)
        self.numbers = [Lanes(builder, repeat(builder, number, kind)) for number in numbers]

    def compute(self, column):
        """What the formula returns, and where to store all but the last of it."""
        places = [address(self.builder, data, column, self.kind) for data in self.begins]
        loaded = [self.builder.load(place, align=self.size) for place in places]
        vectors = [Lanes(self.builder, value) for value in loaded]
        *results, term = self.formula(*vectors, *self.numbers)
        return list(zip(results, places)), term

    def store(self, results):
        for result, place in results:
            self.builder.store(result.value, place, align=self.size)


def _write_row(row, n_columns, reduction):
    """Apply the formula to a row, and return what its terms are reduced to."""
    builder, width = row.builder, ir.Constant(INT, row.kind.count)
    last = builder.sub(n_columns, width)
    overlap = builder.urem(builder.sub(width, builder.urem(n_columns, width)), width)
    results, term = row.compute(last)
    if reduction is not None:
        total = cgutils.alloca_once(builder, row.kind)
        builder.store(_without_overlap(builder, term, overlap, reduction).value, total)
    with cgutils.for_range_slice(builder, ir.Constant(INT, 0), last, width) as (column, _):
        inner, term = row.compute(column)
        row.store(inner)
        if reduction is not None:
            builder.store(reduction(Lanes(builder, builder.load(total)), term).value, total)
    row.store(results)
    if reduction is not None:
        return reduce_lanes(Lanes(builder, builder.load(total)), reduction)


def _number_of_row(builder, given, i):
    """A number that all rows share, or that of a vector which belongs to row i."""
    if isinstance(given, Contents):
        return builder.load(builder.gep(given.data, [i]))
    return given


def _write_rows(builder, formula, reduction, matrices, numbers, totals):
    """The formula for all rows, by the widest vectors that fit into one."""
    number = totals.data.type.pointee
    size, done = size_of(number), builder.append_basic_block("done")
    n_rows, n_columns = matrices[0].shape
    for width in _WIDTHS:
        kind = ir.VectorType(number, max(1, width // size))
        fits = builder.icmp_signed(">=", n_columns, ir.Constant(INT, kind.count))
        with builder.if_then(fits):
            with cgutils.for_range(builder, n_rows) as loop:
                first = builder.mul(loop.index, n_columns)
                begins = [builder.gep(matrix.data, [first]) for matrix in matrices]
                of_row = [_number_of_row(builder, given, loop.index) for given in numbers]
                row = _Row(builder, formula, begins, of_row, kind)
                total = _write_row(row, n_columns, reduction)
                if reduction is not None:
                    builder.store(total, builder.gep(totals.data, [loop.index]))
            builder.branch(done)
    builder.branch(done)
    builder.position_at_end(done)


def _interpreter(formula, reduction):
    def run(matrices, numbers, totals):
        numbers = (number[:, np.newaxis] if np.ndim(number) else number for number in numbers)
        *results, terms = formula(*matrices, *numbers)
        for matrix, result in zip(matrices, results):
            matrix[...] = result
        if reduction is not None:
            totals[...] = reduction.reduce(terms, axis=1)

    return run


def _are_ours(matrices, numbers, totals):
    dtype = totals.dtype
    vectors = [totals, *(kind for kind in numbers if kind != dtype)]
    return are_plain(dtype, 2, *matrices) and are_plain(dtype, 1, *vectors)


def rowwise(formula, reduction=None):
    """A function (matrices, numbers, totals) for jitted code that applies a formula to all rows.

    Parameters
    ----------
    formula : function
        Of as many arrays as there are matrices, all of one shape (n, k), and of the numbers: of a
        vector (n,), that of the row. It returns what the first of the matrices become, and terms,
        or None. It may use what `sweep` may.

    reduction : np.add, np.maximum or None
        What makes a number of the terms of a row, by which `totals` (n,) is overwritten. It may be
        one of the vectors.
    """
    if numba.config.DISABLE_JIT:
        return _interpreter(formula, reduction)

    @intrinsic
    def run(typing, matrices, numbers, totals):
        if not _are_ours(matrices, numbers, totals):
            raise TypingError(f"no formula on rows of {matrices} with {numbers} and {totals}")

        def generate(context, builder, signature, given):
            parts = [
                open_all(context, builder, kinds, cgutils.unpack_tuple(builder, value))
                for kinds, value in ((matrices, given[0]), (numbers, given[1]))
            ]
            target = open_array(context, builder, totals, given[2])
            arrays = [each for each in (*parts[0], *parts[1], target) if isinstance(each, Contents)]
            check_shapes(context, builder, *(array.shape for array in arrays))
            _write_rows(builder, formula, reduction, *parts, target)
            return context.get_dummy_value()

        return types.none(matrices, numbers, totals), generate

    return run

"""Small products of matrices, for which BLAS takes longer to prepare than to multiply.

`multiply` has the arguments of BLAS, and the address of BLAS behind them, to which it passes on
what is large. A product C (n_rows, n_columns) = L · R is computed in tiles of a few rows and some
vectors of columns, whose sums stay in registers while k runs over all of L's columns: for each k,
numbers of L times vectors of R (Goto & van de Geijn, 2008, without their copies). The vectors are
read where they are if R lies in rows; else a panel of R is turned first.

Where rows or columns do not fill a whole number of tiles, the last tile begins earlier, and
computes again what one before it has computed. So every tile is full, and masks are not needed.
"""

from functools import cache
from typing import Any, NamedTuple

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic

from skreg._compiler.addresses import call, lies_in_columns, load
from skreg._compiler.jit import address_for_c, twin_of
from skreg._compiler.vectors import INT, repeat

SMALL = 1 << 21  # multiplications; of more, BLAS is as fast
DEEPEST = 256  # columns of L: a panel of R is in the first cache then
_FAR = 2048  # bytes between rows of R: then a panel's compete for the same places in the cache
_FLAGS = ("contract",)

# The vectors of a tile, in units of 16 bytes. While more than `_MOST` units are left, a tile of one
# vector of `_INNER` is next; then comes one that has all the rest. Its last vector ends where the
# columns end, so it may overlap with the one before it.
_INNER = 4
_LAST = {1: (1,), 2: (1, 1), 3: (2, 1), 4: (2, 2), 5: (4, 1), 6: (4, 2)}
_UNIT, _MOST = 16, max(_LAST)
_NUMBERS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}


def _constant(value):
    return ir.Constant(INT, value)


class _Matrix(NamedTuple):
    """Numbers in memory, and how far rows and columns are apart, in numbers."""

    data: Any
    row: Any
    column: Any

    def at(self, builder, i, j):
        places = builder.mul(i, self.row), builder.mul(j, self.column)
        return builder.gep(self.data, [builder.add(*places)])

    def vector_at(self, builder, i, j, kind):
        return builder.bitcast(self.at(builder, i, j), kind.as_pointer())

    def behind(self, builder, i, j):
        """The part that begins with row i and column j."""
        return self._replace(data=self.at(builder, i, j))


class _Tile(NamedTuple):
    """What the code of a tile is written with."""

    builder: ir.IRBuilder
    size: int  # bytes of a number
    height: int  # rows
    kinds: list  # types of its vectors
    starts: list  # the first column of each

    @property
    def width(self):
        return sum(kind.count for kind in self.kinds)

    def load(self, pointer):
        return self.builder.load(pointer, align=self.size)

    def store(self, value, pointer):
        self.builder.store(value, pointer, align=self.size)


def _height():
    """The rows of a tile: enough sums to hide how long an addition takes, and few enough registers.

    With AVX-512, there are twice as many of these, and each holds twice as much.
    """
    features = cpu_target.target_context.codegen().magic_tuple()[2]  # a part of the cache's key
    return 8 if "+avx512f" in features.split(",") else 4


def _make_tile(builder, kind, height, units, n_columns):
    """A tile of `n_columns` (a value of LLVM) of numbers of a kind, given the units of vectors."""
    size, number = kind.bitwidth // 8, _NUMBERS[kind]
    kinds = [ir.VectorType(number, count * _UNIT // size) for count in units]
    starts = [_constant(sum(kind.count for kind in kinds[:i])) for i in range(len(kinds))]
    starts[-1] = builder.sub(n_columns, _constant(kinds[-1].count))
    return _Tile(builder, size, height, kinds, starts)


def _transpose(builder, vectors):
    """As many vectors as each has numbers, a power of two: columns out of rows."""
    n = len(vectors)
    zipped = [n * place + i for i in range(n) for place in (0, 1)]
    picks = zipped[:n], zipped[n:]
    masks = [ir.Constant(ir.VectorType(ir.IntType(32), n), pick) for pick in picks]
    for _ in range(n.bit_length() - 1):
        pairs = zip(vectors[: n // 2], vectors[n // 2 :])
        vectors = [builder.shuffle_vector(*pair, mask) for pair in pairs for mask in masks]
    return vectors


def _write_turn(builder, scalar, right, panel, n_columns, depth):
    """Copy columns of a matrix, which are contiguous, to the columns of one that has rows so."""
    size = scalar.bitwidth // 8
    count, zero, one = _UNIT // size, _constant(0), _constant(1)
    kind, step = ir.VectorType(_NUMBERS[scalar], count), _constant(count)
    whole = builder.sub(depth, builder.urem(depth, step))
    last = builder.sub(n_columns, step)
    with cgutils.for_range_slice(builder, zero, n_columns, step) as (first, _):
        first = builder.select(builder.icmp_signed(">", first, last), last, first)
        columns = [builder.add(first, _constant(j)) for j in range(count)]
        with cgutils.for_range_slice(builder, zero, whole, step) as (k, _):
            places = [right.vector_at(builder, k, j, kind) for j in columns]
            vectors = [builder.load(place, align=size) for place in places]
            for i, vector in enumerate(_transpose(builder, vectors)):
                place = panel.vector_at(builder, builder.add(k, _constant(i)), first, kind)
                builder.store(vector, place, align=size)
        with cgutils.for_range_slice(builder, whole, depth, one) as (k, _):
            for j in columns:
                builder.store(builder.load(right.at(builder, k, j)), panel.at(builder, k, j))


def _turn(builder, scalar, right, panel, n_columns, depth):
    """Call the same as a function, which is compiled only once."""
    arguments = right.data, right.column, panel.data, panel.row, n_columns, depth
    kinds = [argument.type for argument in arguments]
    kind = ir.FunctionType(ir.VoidType(), kinds)
    function = cgutils.get_or_insert_function(builder.module, kind, f"turn_{scalar}")
    if function.is_declaration:
        function.linkage = "internal"
        function.attributes.add("noinline")
        inside, one = ir.IRBuilder(function.append_basic_block()), _constant(1)
        data, column, room, row, *sizes = function.args
        _write_turn(inside, scalar, _Matrix(data, one, column), _Matrix(room, row, one), *sizes)
        inside.ret_void()
    builder.call(function, arguments)


def _write_sums(tile, left, right, out, depth):
    """Multiply rows of `left` with vectors of `right`, as many as the tile has of both."""
    builder = tile.builder
    sums = [[cgutils.alloca_once(builder, kind) for kind in tile.kinds] for _ in range(tile.height)]
    for row in sums:
        for pointer, kind in zip(row, tile.kinds):
            builder.store(ir.Constant(kind, None), pointer)
    places = list(zip(tile.kinds, tile.starts))
    with cgutils.for_range(builder, depth) as loop:
        k = loop.index
        vectors = [tile.load(right.vector_at(builder, k, j, kind)) for kind, j in places]
        for i, row in enumerate(sums):
            number = tile.load(left.at(builder, _constant(i), k))
            for pointer, vector in zip(row, vectors):
                factors = repeat(builder, number, vector.type), vector
                product = builder.fmul(*factors, flags=_FLAGS)
                total = builder.fadd(builder.load(pointer), product, flags=_FLAGS)
                builder.store(total, pointer)
    for i, row in enumerate(sums):
        for pointer, (kind, j) in zip(row, places):
            tile.store(builder.load(pointer), out.vector_at(builder, _constant(i), j, kind))


def _write_rows(tile, left, right, out, n_rows, depth):
    """The product for the columns of a tile, and all rows."""
    builder, zero, height = tile.builder, _constant(0), _constant(tile.height)
    last = builder.sub(n_rows, height)
    with cgutils.for_range_slice(builder, zero, n_rows, height) as (i, _):
        i = builder.select(builder.icmp_signed(">", i, last), last, i)
        _write_sums(tile, left.behind(builder, i, zero), right, out.behind(builder, i, zero), depth)


def _write_product(builder, kind, height, left, right, out, shape):
    """Inner tiles one after the other, then that of the last ones which has the rest's size."""
    (n_rows, n_columns, depth), count = shape, _UNIT // (kind.bitwidth // 8)
    zero, one = _constant(0), _constant(1)
    room = cgutils.alloca_once(builder, _NUMBERS[kind], size=_constant(DEEPEST * _MOST * count))
    is_in_rows = builder.icmp_signed("==", right.column, one)

    def write_tile(units, n, start):
        tile = _make_tile(builder, kind, height, units, n)
        part, target = right.behind(builder, zero, start), out.behind(builder, zero, start)
        panel = _Matrix(room, _constant(tile.width), one)
        with builder.if_then(builder.not_(is_in_rows)):
            _turn(builder, kind, part, panel, n, depth)
        data, row, _ = (builder.select(is_in_rows, *pair) for pair in zip(part, panel))
        _write_rows(tile, left, _Matrix(data, row, one), target, n_rows, depth)

    units = builder.udiv(builder.add(n_columns, _constant(count - 1)), _constant(count))
    inner, width = _constant(_INNER), _constant(_INNER * count)
    n_inner = builder.sdiv(builder.sub(units, _constant(_MOST + 1 - _INNER)), inner)
    end = builder.mul(n_inner, width)
    with cgutils.for_range_slice(builder, zero, end, width) as (start, _):
        write_tile((_INNER,), width, start)
    rest = builder.sub(units, builder.mul(n_inner, inner))
    for n_units, vectors in _LAST.items():
        with builder.if_then(builder.icmp_signed("==", rest, _constant(n_units))):
            write_tile(vectors, builder.sub(n_columns, end), end)


def _writer(dtype, height):
    """An intrinsic (left, right, out, shape); matrices are (address, row, column)."""
    kind = numba.from_dtype(dtype)

    @intrinsic
    def write(typing, left, right, out, shape):
        def generate(context, builder, signature, given):
            matrices = []
            for value in given[:3]:
                address, *steps = cgutils.unpack_tuple(builder, value, 3)
                data = builder.inttoptr(address, _NUMBERS[kind].as_pointer())
                matrices.append(_Matrix(data, *steps))
            shape_given = cgutils.unpack_tuple(builder, given[3], 3)
            _write_product(builder, kind, height, *matrices, shape_given)
            return context.get_dummy_value()

        return types.none(left, right, out, shape), generate

    return write


_write = _least_rows = _least_columns = _far = None  # in a twin, those of its dtype


def _multiply(of_a, of_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, blas):
    """The matrices of BLAS lie in columns, so what is A·B to it is the product of B and A here."""
    n_columns, n_rows, depth = load(m), load(n), load(k)
    left = (b, load(ldb), 1) if lies_in_columns(of_b) else (b, 1, load(ldb))
    right = (a, load(lda), 1) if lies_in_columns(of_a) else (a, 1, load(lda))
    most = SMALL >> 1 if right[1] >= _far else SMALL
    is_small = n_rows * n_columns * depth <= most and depth <= DEEPEST
    if not is_small or n_rows < _least_rows or n_columns < _least_columns:
        call(blas, (of_a, of_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
        return
    _write(left, right, (c, load(ldc), 1), (n_rows, n_columns, depth))


def most_products(n_columns, dtype):
    """How many multiplications a product with so many columns may take to be a small one."""
    return SMALL >> 1 if n_columns * dtype.itemsize >= _FAR else SMALL


def multiply_of(dtype, height):
    """A function, to be compiled, with the arguments of BLAS, and BLAS, all by address.

    It takes alpha for one and beta for zero.
    """
    size = dtype.itemsize
    limits = {"_least_rows": height, "_least_columns": _UNIT // size, "_far": _FAR // size}
    return twin_of(_multiply, f"multiply_{dtype.name}", _write=_writer(dtype, height), **limits)


@cache
def address_of_multiply(dtype):
    return address_for_c(multiply_of(dtype, _height()))

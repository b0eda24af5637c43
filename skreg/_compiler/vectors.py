"""Formulas on arrays as loops of vector instructions, spelled out.

A plain loop checks before it begins whether its arrays overlap, and says nothing about what memory
is wanted next. Here a formula is a function of NumPy arrays. It is called with what stands for the
numbers of a vector, and writes down the instructions of a loop as it computes.
"""

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from skreg._compiler.arrays import are_plain, check_shapes, open_all

INT = ir.IntType(64)
_PLACE = ir.IntType(32)
CACHE_LINE = 64  # bytes
_BYTES_AHEAD = 1024  # how early memory that is to be overwritten is asked for
# Bytes of a vector in the loops that follow each other; the last one takes numbers one by one. A
# vector that is wider than a register is several to the compiler.
_WIDTHS = (CACHE_LINE, 16, 1)
_FLAGS = ("contract",)


def size_of(number):
    """The bytes of a number of a type of LLVM."""
    return 8 if number == ir.DoubleType() else 4


def address(builder, data, index, kind):
    """Where number `index` behind a pointer is, as a pointer to a vector."""
    return builder.bitcast(builder.gep(data, [index]), kind.as_pointer())


def repeat(builder, number, kind):
    """A vector that has a number in all places."""
    vector = builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.Constant(INT, 0))
    places = ir.Constant(ir.VectorType(_PLACE, kind.count), None)
    return builder.shuffle_vector(vector, vector, places)


def _operation(name):
    return lambda builder, *values: getattr(builder, name)(*values, flags=_FLAGS)


def _function(name):
    def call(builder, value):
        number = "f64" if value.type.element == ir.DoubleType() else "f32"
        kind = ir.FunctionType(value.type, [value.type])
        full_name = f"{name}.v{value.type.count}{number}"
        function = cgutils.get_or_insert_function(builder.module, kind, full_name)
        return builder.call(function, [value], fastmath=_FLAGS)

    return call


def _choice(comparison):
    """The first of two where it compares so, else the second, also where the first is nan."""

    def choose(builder, a, b):
        return builder.select(builder.fcmp_ordered(comparison, a, b), a, b)

    return choose


_INSTRUCTIONS = {
    np.add: _operation("fadd"),
    np.subtract: _operation("fsub"),
    np.multiply: _operation("fmul"),
    np.divide: _operation("fdiv"),
    np.negative: _operation("fneg"),
    np.sqrt: _function("llvm.sqrt"),
    np.absolute: _function("llvm.fabs"),
    np.maximum: _choice(">"),
    np.minimum: _choice("<"),
}


class Lanes(np.lib.mixins.NDArrayOperatorsMixin):
    """A vector of the loop being written, which NumPy's functions take for an array."""

    def __init__(self, builder, value):
        self.builder, self.value = builder, value

    def _value_of(self, operand):
        if isinstance(operand, Lanes):
            return operand.value
        kind = self.value.type
        return ir.Constant(kind, [ir.Constant(kind.element, float(operand))] * kind.count)

    def __array_ufunc__(self, function, method, *operands):
        if method != "__call__" or function not in _INSTRUCTIONS:
            return NotImplemented
        values = [self._value_of(operand) for operand in operands]
        return Lanes(self.builder, _INSTRUCTIONS[function](self.builder, *values))


def reduce_lanes(lanes, reduction):
    """The sum or the largest of a vector's numbers, by np.add or np.maximum."""
    builder = lanes.builder
    while lanes.value.type.count > 1:
        half, vector = lanes.value.type.count // 2, lanes.value
        parts = (
            builder.shuffle_vector(vector, vector, ir.Constant(ir.VectorType(_PLACE, half), places))
            for places in (list(range(half)), list(range(half, 2 * half)))
        )
        lanes = reduction(*(Lanes(builder, part) for part in parts))
    return builder.extract_element(lanes.value, ir.Constant(INT, 0))


def prefetch(builder, pointer):
    """Ask for the cache line at a pointer, which may be anywhere, to have it soon."""
    flag = ir.IntType(32)
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    to_read, keep, data_not_code = (ir.Constant(flag, k) for k in (0, 3, 1))
    place = builder.bitcast(pointer, cgutils.voidptr_t)
    builder.call(function, [place, to_read, keep, data_not_code])


def _write_loop(builder, formula, pointers, numbers, first, last, count):
    """A loop from `first` by `count` numbers at a time; returns the sum of the formula's terms."""
    number = pointers[0].type.pointee
    kind, size = ir.VectorType(number, count), size_of(number)
    constants = [Lanes(builder, repeat(builder, value, kind)) for value in numbers]
    total = cgutils.alloca_once(builder, kind)
    builder.store(ir.Constant(kind, None), total)
    with cgutils.for_range_slice(builder, first, last, ir.Constant(INT, count)) as (j, _):
        places = [address(builder, data, j, kind) for data in pointers]
        vectors = [Lanes(builder, builder.load(place, align=size)) for place in places]
        *results, term = formula(*vectors, *constants)
        for data, place, result in zip(pointers, places, results):
            if count * size == CACHE_LINE:
                ahead = ir.Constant(INT, _BYTES_AHEAD // size)
                prefetch(builder, builder.gep(data, [builder.add(j, ahead)]))
            builder.store(result.value, place, align=size)
        builder.store((Lanes(builder, builder.load(total)) + term).value, total)
    return reduce_lanes(Lanes(builder, builder.load(total)), np.add)


def _interpreter(formula):
    def run(vectors, numbers):
        *results, terms = formula(*vectors, *numbers)
        for vector, result in zip(vectors, results):
            vector[...] = result
        return terms.sum()

    return run


def sweep(formula):
    """A function (vectors, numbers) for jitted code that applies a formula to all places.

    Parameters
    ----------
    formula : function
        Of as many arrays as there are vectors, all of one size, and of the numbers. It returns
        what the first of the vectors become, and terms whose sum over all places is returned.
        It may use what `_INSTRUCTIONS` lists; of a nan and a number, maximum and minimum are the
        second, where NumPy's are nan.
    """
    if numba.config.DISABLE_JIT:
        return _interpreter(formula)

    @intrinsic
    def run(typing, vectors, numbers):
        dtype = vectors[0].dtype
        if not (are_plain(dtype, 1, *vectors) and set(numbers) <= {dtype}):
            raise TypingError(f"no sweep over {vectors} with {numbers}")

        def generate(context, builder, signature, given):
            arrays, factors = (cgutils.unpack_tuple(builder, value) for value in given)
            pointers, shapes = zip(*open_all(context, builder, vectors, arrays))
            check_shapes(context, builder, *shapes)
            (n,), first = shapes[0], ir.Constant(INT, 0)
            number = context.get_data_type(dtype)
            total, size = ir.Constant(number, 0.0), context.get_abi_sizeof(number)
            for width in _WIDTHS:
                count = ir.Constant(INT, max(1, width // size))
                last = builder.sub(n, builder.urem(n, count))
                more = pointers, factors, first, last, count.constant
                total = builder.fadd(total, _write_loop(builder, formula, *more))
                first = last
            return total

        return dtype(vectors, numbers), generate

    return run

"""Products of matrices by a function of BLAS that is called by its address.

`np.dot` of jitted code calls the BLAS of SciPy, wants contiguous matrices, and takes long to
compile. Here the address says which BLAS is meant (see `blas.py`), that small products are our own
(`small_products.py`), or that large ones are shared with another thread (`sharing.py`).

Conventions: matrices are of one dtype; those of layout "C" or "F" are contiguous, and rows of all
others are, as in `matrix[:, start:stop]`. `gemm` is a pair of integers: the address of a function,
and what it is called with behind the arguments of BLAS.
"""

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

_INT = ir.IntType(64)


def _on_stack(builder, value):
    """A pointer to a value, as Fortran wants its arguments."""
    pointer = cgutils.alloca_once(builder, value.type)
    builder.store(value, pointer)
    return builder.bitcast(pointer, cgutils.voidptr_t)


def _operand(context, builder, kind, value):
    """Whether a matrix is transposed in memory, where it begins, and the length of its rows there.

    Integers are 64 bits wide. A BLAS that wants 32 bits reads the lower half of each, and of a
    letter the lowest byte, which comes first on all machines that Numba supports.
    """
    array = context.make_array(kind)(context, builder, value)
    rows, columns = cgutils.unpack_tuple(builder, array.shape, 2)
    if kind.layout == "A":
        stride = cgutils.unpack_tuple(builder, array.strides, 2)[0]
        length = builder.sdiv(stride, array.itemsize)
    else:
        length = columns if kind.layout == "C" else rows
    return b"T" if kind.layout == "F" else b"N", array.data, length, rows, columns


@intrinsic
def _call_gemm(typing, gemm, a, b, out):
    """C = A·B in rows is Cᵀ = Bᵀ·Aᵀ in columns, which is how BLAS looks at memory."""
    kinds = a, b, out
    if len({kind.dtype for kind in kinds}) > 1 or out.layout == "F" or not out.mutable:
        raise TypingError(f"no product of {kinds}")

    def generate(context, builder, signature, given):
        first, second, target = (
            _operand(context, builder, kind, value) for kind, value in zip(kinds, given[1:])
        )
        number = context.get_value_type(out.dtype)
        n_rows, n_columns, n_inner = target[3], target[4], first[4]
        letters = [ir.Constant(_INT, ord(side[0])) for side in (second, first)]
        sizes = [_on_stack(builder, size) for size in (n_columns, n_rows, n_inner)]
        one, zero = (_on_stack(builder, ir.Constant(number, x)) for x in (1.0, 0.0))
        arguments = [_on_stack(builder, letter) for letter in letters] + [*sizes, one]
        for _, data, length, *_ in (second, first):
            arguments += [builder.bitcast(data, cgutils.voidptr_t), _on_stack(builder, length)]
        arguments.append(zero)
        arguments += [builder.bitcast(target[1], cgutils.voidptr_t), _on_stack(builder, target[2])]
        address, last = cgutils.unpack_tuple(builder, given[0], 2)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] * len(arguments) + [_INT])
        builder.call(builder.inttoptr(address, kind.as_pointer()), [*arguments, last])
        return context.get_dummy_value()

    return types.none(gemm, a, b, out), generate


def _interpret(gemm, a, b, out):
    out[...] = a @ b


# (gemm, a, b, out): overwrite `out` (m, n) by a (m, k) · b (k, n)
multiply_matrices = _interpret if numba.config.DISABLE_JIT else _call_gemm

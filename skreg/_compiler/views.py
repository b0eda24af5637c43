"""Parts of arrays as arrays, which share their memory.

A slice of an array, reshaped, says the same, but takes several times as long to compile, because
it provides for negative indices, strides, and shapes that do not fit.
"""

import numba
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from skreg._compiler.jit import helper


def _view(array, n_dimensions):
    """The signature (array, first, *shape) of an intrinsic that makes a view, and its code."""
    if array.layout != "C":
        raise TypingError(f"no view of {array}")
    kind = array.copy(ndim=n_dimensions)

    def generate(context, builder, signature, given):
        source = context.make_array(array)(context, builder, given[0])
        target = context.make_array(kind)(context, builder)
        shape, stride, strides = given[2:], source.itemsize, []
        for size in reversed(shape):
            strides.insert(0, stride)
            stride = builder.mul(stride, size)
        populate_array(
            target,
            data=builder.gep(source.data, [given[1]]),
            shape=cgutils.pack_array(builder, shape),
            strides=cgutils.pack_array(builder, strides),
            itemsize=source.itemsize,
            meminfo=source.meminfo,
        )
        return impl_ret_borrowed(context, builder, kind, target._getvalue())

    return kind(array, *[types.intp] * (1 + n_dimensions)), generate


@intrinsic
def _vector_at(typing, array, first, size):
    return _view(array, 1)


@intrinsic
def _matrix_at(typing, array, first, n_rows, n_columns):
    return _view(array, 2)


@helper
def _slice_vector(array, first, size):
    return array.reshape(array.size)[first : first + size].reshape(size)


@helper
def _slice_matrix(array, first, n_rows, n_columns):
    """In the interpreter, or with checks of all indices (NUMBA_BOUNDSCHECK)."""
    return array.reshape(array.size)[first : first + n_rows * n_columns].reshape(n_rows, n_columns)


# Both count numbers in the memory of an array that is C-contiguous, whatever its shape.
# (array, first, size) -> a vector
vector_at = _vector_at
# (array, first, n_rows, n_columns) -> a matrix
matrix_at = _matrix_at
if numba.config.DISABLE_JIT or numba.config.BOUNDSCHECK:
    vector_at, matrix_at = _slice_vector, _slice_matrix

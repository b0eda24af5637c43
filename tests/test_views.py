"""Views of memory: what they show, that they share it, and what is refused."""

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._compiler.views import matrix_at, vector_at
from tests.compiled import callable_from_python

vector_at, matrix_at = callable_from_python(vector_at), callable_from_python(matrix_at)
parametrize_dtypes = pytest.mark.parametrize("dtype", [*DTYPES, np.dtype(np.int64)], ids=str)
parametrize_shapes = pytest.mark.parametrize("shape", [(24,), (4, 6), (2, 3, 4)], ids=str)


@parametrize_shapes
@parametrize_dtypes
def test_views_are_slices_of_the_memory_of_an_array(dtype, shape):
    array = np.arange(24).astype(dtype).reshape(shape)
    flat = array.reshape(-1)
    for first, size in [(0, 24), (5, 7), (23, 1), (24, 0)]:
        view = vector_at(array, first, size)
        assert view.dtype == dtype
        assert_array_equal(view, flat[first : first + size], strict=True)
    for first, rows, columns in [(0, 3, 8), (5, 2, 4), (1, 0, 5), (1, 5, 0)]:
        expected = flat[first : first + rows * columns].reshape(rows, columns)
        assert_array_equal(matrix_at(array, first, rows, columns), expected, strict=True)


def test_views_share_memory_and_outlive_the_name_of_the_array():
    array = np.zeros(12)
    vector, matrix = vector_at(array, 2, 3), matrix_at(array, 6, 2, 3)
    vector[1], matrix[1, 2] = 7, 8
    assert_array_equal(array, [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 8])
    view = vector_at(np.full(100_000, 3.0), 1, 99_999)  # nobody else holds that array
    np.zeros(100_000)  # which would take its place in memory
    assert_array_equal(view, 3)


@pytest.mark.skipif(
    bool(numba.config.BOUNDSCHECK or numba.config.DISABLE_JIT), reason="then these are slices"
)
def test_arrays_that_are_not_contiguous_are_refused():
    for wrong in (np.zeros(8)[::2], np.zeros((2, 3)).T):
        with pytest.raises(TypingError, match="no view of"):
            vector_at(wrong, 0, 2)
        with pytest.raises(TypingError, match="no view of"):
            matrix_at(wrong, 0, 1, 2)


@pytest.mark.skipif(not numba.config.BOUNDSCHECK, reason="sizes are checked where indices are")
def test_shapes_that_do_not_fit_are_refused_where_indices_are_checked():
    with pytest.raises(Exception, match="size"):
        vector_at(np.zeros(10), 2, 9)
    with pytest.raises(Exception, match="size"):
        matrix_at(np.zeros(10), 2, 3, 3)

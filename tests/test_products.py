"""Products by the address of a function of BLAS, for every layout that kernels multiply."""

from itertools import product

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._products import products
from skreg._products.blas import address_of_gemm
from skreg._products.products import multiply_matrices
from tests.layouts import LAYOUTS, multiply

SIZES = [(1, 1, 1), (1, 7, 1), (5, 1, 3), (1, 3, 5), (2, 3, 4), (7, 5, 3), (16, 16, 16)]
SIZES += [(33, 17, 9), (64, 130, 31), (200, 64, 101)]  # m, k, n
GEMM = {dtype: (address_of_gemm(dtype), 0) for dtype in DTYPES}
parametrize_sizes = pytest.mark.parametrize("sizes", SIZES, ids=str)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@numba.njit
def multiply_into_columns(gemm, a, b, out, first):
    multiply_matrices(gemm, a, b, out[:, first : first + b.shape[1]])


@numba.njit
def multiply_columns(gemm, a, first, b, out):
    multiply_matrices(gemm, a[:, first : first + b.shape[0]], b, out)


@numba.njit
def multiply_transposed(gemm, a, b, out):
    multiply_matrices(gemm, a.T, b.T, out)


def draw(dtype, *sizes, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=size).astype(dtype) for size in sizes]


def assert_is_product(out, a, b):
    """Up to the rounding of sums whose terms are as large as these."""
    a, b = a.astype(float), b.astype(float)
    tolerance = 2 * np.finfo(out.dtype).eps * a.shape[1] * (np.abs(a) @ np.abs(b)).max()
    assert_allclose(out, a @ b, rtol=0, atol=tolerance)


@pytest.mark.parametrize("layouts", [*product("CFA", "CFA", "CA")], ids="".join)
@parametrize_sizes
@parametrize_dtypes
def test_products_of_all_layouts_are_those_of_numpy_in_float64(dtype, sizes, layouts):
    m, k, n = sizes
    given = draw(dtype, (m, k), (k, n))
    a, b = (LAYOUTS[layout](matrix) for layout, matrix in zip(layouts, given))
    out = LAYOUTS[layouts[2]](np.full((m, n), np.nan, dtype))  # is overwritten, not added to
    multiply(GEMM[dtype], a, b, out)
    assert_is_product(out, *given)
    for matrix, copy in zip((a, b), given):
        assert_array_equal(matrix, copy)


@parametrize_sizes
@parametrize_dtypes
def test_columns_outside_of_a_written_slice_stay_untouched(dtype, sizes):
    m, k, n = sizes
    a, b, target = draw(dtype, (m, k), (k, n), (m, n + 6))
    for first in (0, 1, 6):
        out, inside = target.copy(), slice(first, first + n)
        multiply_into_columns(GEMM[dtype], a, b, out, first)
        assert_is_product(out[:, inside], a, b)
        assert_array_equal(np.delete(out, inside, 1), np.delete(target, inside, 1))


@parametrize_sizes
@parametrize_dtypes
def test_columns_are_multiplied_as_a_matrix_of_their_own(dtype, sizes):
    m, k, n = sizes
    a, b = draw(dtype, (m, k + 6), (k, n))
    for first in (0, 1, 6):
        kept = np.full_like(a, np.nan)
        kept[:, first : first + k] = a[:, first : first + k]
        out = np.empty((m, n), dtype)
        multiply_columns(GEMM[dtype], kept, first, b, out)
        assert_is_product(out, a[:, first : first + k], b)


@parametrize_sizes
@parametrize_dtypes
def test_transposed_views_are_multiplied_without_a_copy(dtype, sizes):
    m, k, n = sizes
    a, b = draw(dtype, (k, m), (n, k))
    out = np.full((m, n), np.nan, dtype)
    multiply_transposed(GEMM[dtype], a, b, out)
    assert_is_product(out, a.T, b.T)


@parametrize_dtypes
def test_zeros_and_the_identity_give_exact_products(dtype):
    (a,) = draw(dtype, (9, 9))
    out = np.empty_like(a)
    multiply(GEMM[dtype], a, np.eye(9, dtype=dtype), out)
    assert_array_equal(out, a)
    multiply(GEMM[dtype], np.eye(9, dtype=dtype), np.asfortranarray(a), out)
    assert_array_equal(out, a)
    multiply(GEMM[dtype], np.zeros_like(a), a, out)
    assert_array_equal(out, 0)


@parametrize_dtypes
def test_nan_in_a_factor_reaches_its_row_and_no_other(dtype):
    a, b = draw(dtype, (6, 4), (4, 5))
    a[2, 3], out = np.nan, np.zeros((6, 5), dtype)
    multiply(GEMM[dtype], a, b, out)
    assert_array_equal(np.isnan(out).all(axis=1), np.arange(6) == 2)
    assert_array_equal(np.isnan(out).any(axis=1), np.arange(6) == 2)


@parametrize_dtypes
def test_read_only_factors_are_multiplied_and_a_read_only_result_is_refused(dtype):
    a, b = draw(dtype, (3, 4), (4, 2))
    for matrix in (a, b):
        matrix.setflags(write=False)
    out = np.empty((3, 2), dtype)
    multiply(GEMM[dtype], a, b, out)
    assert_is_product(out, a, b)
    out.setflags(write=False)
    with pytest.raises(TypingError, match="no product of"):
        multiply(GEMM[dtype], a, b, out)


@parametrize_dtypes
def test_a_result_in_order_of_columns_is_refused_when_compiled(dtype):
    a, b = draw(dtype, (3, 4), (4, 2))
    with pytest.raises(TypingError, match="no product of"):
        multiply(GEMM[dtype], a, b, np.empty((3, 2), dtype, order="F"))


@pytest.mark.parametrize("dtypes", [*product("fd", repeat=3)][1:-1], ids="".join)
def test_mixed_dtypes_are_refused_when_compiled(dtypes):
    a, b, out = (np.zeros((2, 2), dtype) for dtype in dtypes)
    with pytest.raises(TypingError, match="no product of"):
        multiply(GEMM[DTYPES[1]], a, b, out)


@parametrize_dtypes
def test_where_numba_is_switched_off_products_are_those_of_numpy(dtype):
    a, b = draw(dtype, (3, 4), (4, 2))
    out = np.full((3, 9), 7, dtype)
    products._interpret((0, 0), a, b, out[:, 3:5])
    assert_array_equal(out[:, 3:5], a @ b)
    assert_array_equal(np.delete(out, [3, 4], 1), 7)

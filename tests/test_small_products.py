"""Our own products of small matrices, and which ones are left to BLAS."""

import ctypes
from itertools import product

import numba
import numpy as np
import pytest
from numba import types
from numpy.testing import assert_array_equal

from skreg._kernels.jit import DTYPES
from skreg._kernels.products import multiply_matrices
from skreg._kernels.small_products import (
    DEEPEST,
    N_ARGUMENTS,
    SMALL,
    address_of_multiply,
    multiply_of,
)
from skreg._training import blas

_KIND = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)
calls = []
count_call = _KIND(lambda *arguments: calls.append(len(arguments)))
COUNTER = ctypes.cast(count_call, ctypes.c_void_p).value


@numba.njit
def multiply(gemm, a, b, out):
    multiply_matrices(gemm, a, b, out)


def draw(dtype, *sizes):
    """Small integers, whose products are exact in any order of additions."""
    rng = np.random.default_rng(0)
    return [rng.integers(-9, 10, size).astype(dtype) for size in sizes]


def as_slice(matrix):
    """The same matrix as columns of a wider one, between columns that must not be touched."""
    n, k = matrix.shape
    wide = np.full((n, k + 5), np.nan, matrix.dtype)
    wide[:, 2 : 2 + k] = matrix
    return wide[:, 2 : 2 + k]


LAYOUTS = {"C": np.ascontiguousarray, "F": np.asfortranarray, "A": as_slice}
HEIGHTS, WIDTHS, DEPTHS = (8, 9, 11, 12, 18), range(4, 45), (1, 2, 3, 4, 7, 13)


@pytest.mark.parametrize("layouts", [*product("CFA", repeat=2)], ids="".join)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_products_of_all_small_sizes_are_exact_and_without_blas(dtype, layouts):
    gemm = address_of_multiply(dtype), COUNTER
    calls.clear()
    for m, n, k in product(HEIGHTS, WIDTHS, DEPTHS):
        given = draw(dtype, (m, k), (k, n))
        a, b = (LAYOUTS[layout](matrix) for layout, matrix in zip(layouts, given))
        out = as_slice(np.full((m, n), np.nan, dtype))
        multiply(gemm, a, b, out)
        assert_array_equal(out, given[0] @ given[1], err_msg=f"{m, n, k}")
        assert np.isnan(out.base[:, :2]).all() and np.isnan(out.base[:, 2 + n :]).all(), (m, n, k)
    assert calls == []


LARGE = [(3, 8, 8), (8, 8, DEEPEST + 1), (SMALL // 64 + 1, 8, 8), (8, 1, 8)]


@pytest.mark.parametrize("sizes", LARGE, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_others_are_passed_on_to_blas(dtype, sizes):
    m, n, k = sizes
    a, b = draw(dtype, (m, k), (k, n))
    out = np.full((m, n), np.nan, dtype)
    calls.clear()
    multiply((address_of_multiply(dtype), COUNTER), a, b, out)
    assert calls == [13] and np.isnan(out).all()
    multiply(blas.product(dtype), a, b, out)
    assert_array_equal(out, a @ b)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_row_does_not_depend_on_the_rows_around_it(dtype):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 33)).astype(dtype), rng.normal(size=(33, 21)).astype(dtype)
    whole, part = np.empty((50, 21), dtype), np.empty((13, 21), dtype)
    multiply(blas.product(dtype), a, b, whole)
    for start in range(0, 37, 5):
        multiply(blas.product(dtype), a[start : start + 13], b, part)
        assert_array_equal(part, whole[start : start + 13])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_tiles_of_another_height_give_the_same(dtype):
    """As on processors with wider registers."""
    kind = types.void(*[types.int64] * N_ARGUMENTS)
    compiled = numba.cfunc(kind)(multiply_of(dtype, 8))
    a, b = draw(dtype, (21, 7), (7, 30))
    out = np.full((21, 30), np.nan, dtype)
    calls.clear()
    multiply((compiled.address, COUNTER), a, b, out)
    multiply((compiled.address, COUNTER), a[:7], b, out[:7])
    assert calls == [13]
    assert_array_equal(out, a @ b)

"""Our own products of small matrices, and which ones are left to BLAS."""

import ctypes
from functools import cache
from itertools import product

import numba
import numpy as np
import pytest
from numba import types
from numpy.testing import assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._products import blas
from skreg._products.small_products import (
    DEEPEST,
    SMALL,
    address_of_multiply,
    most_products,
    multiply_of,
)
from tests.layouts import LAYOUTS, as_slice, multiply

calls = []
count_call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 13)(lambda *_: calls.append(1))
COUNTER = ctypes.cast(count_call, ctypes.c_void_p).value  # in place of BLAS; multiplies nothing


@cache
def compiled(dtype, height):
    """The function for tiles of some height, which otherwise the processor decides."""
    function = multiply_of(dtype, height)
    kind = types.void(*[types.int64] * function.__code__.co_argcount)
    return numba.cfunc(kind)(function)  # and never kept in the cache on disk


def draw(dtype, *sizes):
    """Small integers, whose products are exact in any order of additions."""
    rng = np.random.default_rng(0)
    return [rng.integers(-9, 10, size).astype(dtype) for size in sizes]


def assert_is_exact(gemm, dtype, sizes, layouts):
    m, n, k = sizes
    given = draw(dtype, (m, k), (k, n))
    a, b = (LAYOUTS[layout](matrix) for layout, matrix in zip(layouts, given))
    out = as_slice(np.full((m, n), np.nan, dtype))
    multiply(gemm, a, b, out)
    assert_array_equal(out, given[0] @ given[1], err_msg=f"{sizes}")
    assert np.isnan(out.base).sum() == out.base.size - out.size, sizes


parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@pytest.mark.parametrize("layouts", [*product("CFA", repeat=2)], ids="".join)
@pytest.mark.parametrize("height", (4, 8))
@parametrize_dtypes
def test_products_of_all_small_sizes_are_exact_and_without_blas(dtype, height, layouts):
    gemm, narrowest = (compiled(dtype, height).address, COUNTER), 16 // dtype.itemsize
    calls.clear()
    heights = height + np.arange(height + 1)
    for sizes in product(heights.tolist(), range(narrowest, 44), (1, 3, 4, 6, 13)):
        assert_is_exact(gemm, dtype, sizes, layouts)
    for n in (narrowest, 23, 24, 44):
        assert_is_exact(gemm, dtype, (height, n, DEEPEST), layouts)
    assert_is_exact(gemm, dtype, (SMALL // (64 * 256), 64, 256), layouts)
    wide = SMALL // (2 * 16 * 600), 600, 16
    assert_is_exact(gemm, dtype, wide, layouts)
    assert calls == []


@pytest.mark.parametrize(
    "sizes",
    [(3, 8, 8), (8, 8, DEEPEST + 1), (SMALL // 64 + 1, 8, 8), (8, 1, 8), (0, 8, 8)],
    ids=str,
)
@parametrize_dtypes
def test_others_are_passed_on_to_blas(dtype, sizes):
    m, n, k = sizes
    assert_is_passed_on(dtype, *draw(dtype, (m, k), (k, n)))


def assert_is_passed_on(dtype, a, b):
    out = np.full((len(a), b.shape[1]), np.nan, dtype)
    calls.clear()
    multiply((address_of_multiply(dtype), COUNTER), a, b, out)
    assert calls == [1] and np.isnan(out).all()
    multiply(blas.product(dtype), a, b, out)
    assert_array_equal(out, a @ b)


@parametrize_dtypes
def test_more_is_passed_on_where_rows_of_the_second_are_far_apart(dtype):
    """Or begin far apart, as those of a slice; in columns, they are turned anyway."""
    a, b = draw(dtype, (SMALL // (64 * 50), 50), (50, 64))
    step = 2048 // dtype.itemsize
    far, less_far = (np.zeros((50, n), dtype)[:, :64] for n in (step, step - 1))
    far[:] = less_far[:] = b
    assert_is_passed_on(dtype, a, far)
    assert most_products(step, dtype) == most_products(step - 1, dtype) / 2 == SMALL / 2
    calls.clear()
    for near in (b, b.T.copy().T, less_far):
        multiply((address_of_multiply(dtype), COUNTER), a, near, np.empty((len(a), 64), dtype))
    assert calls == []


@parametrize_dtypes
def test_a_row_does_not_depend_on_the_rows_around_it(dtype):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 33)).astype(dtype), rng.normal(size=(33, 21)).astype(dtype)
    whole, part = np.empty((50, 21), dtype), np.empty((13, 21), dtype)
    multiply(blas.product(dtype), a, b, whole)
    for start in range(0, 37, 5):
        multiply(blas.product(dtype), a[start : start + 13], b, part)
        assert_array_equal(part, whole[start : start + 13])

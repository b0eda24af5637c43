"""Biases and their gradient against NumPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._kernels.bias import add_bias, overwrite_by_sums
from skreg._kernels.jit import DTYPES
from tests.compiled import callable_from_python

add_bias = callable_from_python(add_bias)
overwrite_by_sums = callable_from_python(overwrite_by_sums)

parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_sizes = pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 1), (33, 17)], ids=str)


def draw(dtype, *size):
    return np.random.default_rng(len(size)).normal(size=size).astype(dtype)


@parametrize_sizes
@parametrize_dtypes
def test_each_column_gets_its_bias(dtype, size):
    scores, bias = draw(dtype, *size), draw(dtype, size[1])
    expected = scores + bias
    add_bias(scores, bias)
    assert_array_equal(scores, expected)


@parametrize_sizes
@parametrize_dtypes
def test_sums_are_overwritten_by_those_of_the_columns(dtype, size):
    delta, sums = draw(dtype, *size), np.full(size[1], np.nan, dtype)
    before = delta.copy()
    overwrite_by_sums(sums, delta)
    expected = delta.astype(float).sum(axis=0)
    assert_allclose(sums, expected, rtol=0, atol=32 * np.finfo(dtype).eps)
    assert_array_equal(delta, before)

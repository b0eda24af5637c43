"""Biases against NumPy."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._kernels.bias import add_bias
from tests.compiled import callable_from_python

add_bias = callable_from_python(add_bias)

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

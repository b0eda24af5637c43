"""Sums of rows: every width, which is cut in parts, and every number of terms."""

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._compiler.sums import add_rows, sum_columns, sum_rows
from tests.compiled import callable_from_python

sum_rows, sum_columns = callable_from_python(sum_rows), callable_from_python(sum_columns)
add_rows = callable_from_python(add_rows)

PLACES = np.array([3, 0, 4, 4, 1, 2, 0])


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize("kind_of_places", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_sums_of_any_width_and_number_of_terms_are_those_of_the_rows(dtype, kind_of_places):
    factors, places = draw(PLACES.size).astype(dtype), PLACES.astype(kind_of_places)
    for width in (0, *range(1, 72), 100, 128, 300):
        matrix = draw(5, width).astype(dtype)
        for first, last in [(0, 0), (2, 2), (0, 1), (1, 3), (2, 6), (0, 7)]:
            target = np.full((3, width), 9, dtype)
            sum_rows(target, 1, factors, places, first, last, matrix)
            terms = factors[first:last, None] * matrix[places[first:last]]
            assert_allclose(target[1], terms.sum(axis=0), atol=10 * np.finfo(dtype).eps)
            add_rows(target, 1, factors, places, first, last, matrix)
            assert_allclose(target[1], 2 * terms.sum(axis=0), atol=20 * np.finfo(dtype).eps)
            assert_array_equal(target[[0, 2]], 9)


@pytest.mark.parametrize("n", [0, 1, 2, 33])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_sums_of_columns_are_those_of_all_rows(n, dtype):
    for width in (0, *range(1, 72), 100, 128):
        matrix, sums = draw(n, width).astype(dtype), np.full(width, np.nan, dtype)
        before = matrix.copy()
        sum_columns(sums, matrix)
        expected = matrix.astype(float).sum(axis=0)
        rounding = n * np.finfo(dtype).eps * np.abs(matrix).sum(axis=0)
        assert np.all(np.abs(sums - expected) <= rounding)
        assert_array_equal(matrix, before)


def test_values_that_are_not_finite_are_kept():
    matrix, factors = np.ones((2, 50)), np.ones(2)
    matrix[1, 7], matrix[0, 49] = np.nan, np.inf
    target, sums = np.zeros((1, 50)), np.zeros(50)
    sum_rows(target, 0, factors, np.arange(2), 0, 2, matrix)
    sum_columns(sums, matrix)
    for given in (target[0], sums):
        assert np.isnan(given[7])
        assert given[49] == np.inf
        assert_array_equal(np.delete(given, [7, 49]), 2)


@pytest.mark.skipif(bool(numba.config.BOUNDSCHECK), reason="then plain loops take any array")
@pytest.mark.parametrize("name", ["target", "factors", "matrix", "places"])
def test_arrays_of_different_kinds_or_not_contiguous_are_refused(name):
    arrays = {"target": np.zeros((3, 4)), "factors": np.ones(4), "matrix": draw(5, 4)}
    arrays["places"] = np.arange(4)
    right = arrays[name]
    for wrong in (right.astype(np.float32), right[..., ::2], right[np.newaxis]):
        target, factors, matrix, places = (arrays | {name: wrong}).values()
        with pytest.raises(TypingError, match="no sums of"):
            sum_rows(target, 0, factors, places, 0, 2, matrix)


@pytest.mark.skipif(bool(numba.config.BOUNDSCHECK), reason="then plain loops take any array")
def test_sums_of_columns_of_two_dtypes_or_not_contiguous_are_refused():
    matrix = draw(5, 4)
    for sums, of in [
        (np.zeros(4, np.float32), matrix),
        (np.zeros(8)[::2], matrix),
        (np.zeros(5), matrix.T),
        (np.zeros((1, 4)), matrix),
        (np.zeros(4), matrix[np.newaxis]),
        (np.broadcast_to(0.0, 4), matrix),
    ]:
        with pytest.raises(TypingError, match="no sums of"):
            sum_columns(sums, of)

"""Formulas on rows: every width, reductions, nan, what is written, and what is refused."""

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._compiler.rowwise import rowwise
from tests.compiled import callable_from_python

WIDTHS = (*range(1, 36), 64, 100, 257)


def both(a, b, x, y):
    """Overwrites the first of two; a number of the row, and one that rows share."""
    return a * x - b, y * a + b


_add = callable_from_python(rowwise(both, np.add))
_find_largest = callable_from_python(rowwise(lambda a: (a,), np.maximum))
_shift = callable_from_python(rowwise(lambda a, x: (a - x, None)))


def draw(dtype, *shape):
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("n", [0, 1, 2, 7])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_rows_of_any_width_become_what_numpy_makes_of_them(n, dtype):
    for k in WIDTHS:
        a, b = draw(dtype, 2, n, k)
        x, y, totals = draw(dtype, n), dtype.type(0.7), np.full(n, np.nan, dtype)
        first, terms = both(a, b, x[:, np.newaxis], y)
        before = b.copy(), x.copy()
        _add((a, b), (x, y), totals)
        accuracy = {"rtol": 8 * np.finfo(dtype).eps, "atol": 8 * k * np.finfo(dtype).eps}
        assert_allclose(a, first, **accuracy)
        assert_allclose(totals, terms.sum(axis=1), **accuracy)
        assert_array_equal(b, before[0])
        assert_array_equal(x, before[1])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_largest_number_of_a_row_is_found_wherever_it_is(dtype):
    for k in WIDTHS:
        a, totals = -1 - np.abs(draw(dtype, k, k)), np.empty(k, dtype)
        np.fill_diagonal(a, -np.arange(1, k + 1) / (k + 1))
        before = a.copy()
        _find_largest((a,), (), totals)
        assert_array_equal(totals, np.diag(a))
        assert_array_equal(a, before)


def test_totals_may_be_the_numbers_of_the_rows():
    for k in WIDTHS:
        a, b = draw(np.float64, 2, 5, k)
        x = draw(np.float64, 5)
        terms = both(a, b, x[:, np.newaxis], 0.5)[1]
        _add((a, b), (x, 0.5), x)
        assert_allclose(x, terms.sum(axis=1), rtol=1e-13, atol=1e-13)


def test_nothing_beyond_the_rows_is_written_and_no_totals_without_a_reduction():
    room, totals = np.full(2000, 9.0), np.full(7, 3.0)
    for k in WIDTHS:
        a = room[100 : 100 + 7 * k].reshape(7, k)
        a[:] = 1.0
        _shift((a,), (np.arange(7.0),), totals)
        assert_array_equal(a, 1 - np.arange(7.0)[:, np.newaxis] + np.zeros(k))
        assert_array_equal(room[:100], 9)
        assert_array_equal(room[100 + 7 * k :], 9)
        room[:] = 9
    assert_array_equal(totals, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_reach_the_sum_of_their_row_alone(value):
    for k in WIDTHS:
        a, b = draw(np.float64, 2, 3, k)
        b[1, k // 2] = value
        totals = np.empty(3)
        _add((a, b), (np.ones(3), 0.5), totals)
        assert_array_equal(np.isfinite(totals), [True, False, True])
        assert_array_equal(np.isfinite(a).all(axis=1), [True, False, True])
        assert np.isfinite(a).sum() == 3 * k - 1


jitted = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="then NumPy computes")


@jitted
@pytest.mark.parametrize(
    ("matrix", "number", "totals"),
    [
        (np.ones((3, 4), np.float32), 0.5, np.ones(3)),
        (np.ones((3, 8))[:, ::2], 0.5, np.ones(3)),
        (np.asfortranarray(np.ones((3, 4))), 0.5, np.ones(3)),
        (np.ones(4), 0.5, np.ones(3)),
        (np.ones((3, 4)), 1, np.ones(3)),
        (np.ones((3, 4)), np.ones((3, 1)), np.ones(3)),
        (np.ones((3, 4)), 0.5, np.ones(6)[::2]),
        (np.ones((3, 4)), 0.5, np.broadcast_to(1.0, 3)),
    ],
)
def test_arrays_of_different_kinds_are_refused(matrix, number, totals):
    with pytest.raises(TypingError, match="no formula on rows"):
        _add((np.ones((3, 4)), matrix), (number, 0.5), totals)


@pytest.mark.skipif(not numba.config.BOUNDSCHECK, reason="sizes are checked where indices are")
@pytest.mark.parametrize(
    ("shape", "n_numbers", "n_totals"),
    [((3, 5), 3, 3), ((2, 4), 3, 3), ((3, 4), 2, 3), ((3, 4), 3, 4)],
)
def test_arrays_of_different_sizes_are_refused(shape, n_numbers, n_totals):
    with pytest.raises(IndexError, match="two sizes"):
        _add((np.ones((3, 4)), np.ones(shape)), (np.ones(n_numbers), 0.5), np.ones(n_totals))

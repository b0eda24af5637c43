"""Formulas as loops of vectors: every size, all instructions, nan, and what is refused."""

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._compiler.vectors import sweep
from tests.compiled import callable_from_python


def everything(a, b, c, x, y):
    """Overwrites two of three; uses all that a formula may use."""
    low, high = np.minimum(a, x * c), np.maximum(-b, y)
    return np.sqrt(abs(low)) / (1 + high * high), a - 2 * high, low + 0.5


_sweep = callable_from_python(sweep(everything))


def draw(n, dtype):
    return [np.random.default_rng(k).normal(size=n).astype(dtype) for k in range(3)]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_vectors_of_any_size_become_what_numpy_makes_of_them(dtype):
    x, y = dtype.type(0.7), dtype.type(-0.2)
    for n in (*range(40), 100, 1000):
        a, b, c = draw(n, dtype)
        first, second, terms = everything(a, b, c, x, y)
        before = c.copy()
        total = _sweep((a, b, c), (x, y))
        accuracy = {"rtol": 8 * np.finfo(dtype).eps, "atol": 8 * np.finfo(dtype).eps}
        assert_allclose(a, first, **accuracy)
        assert_allclose(b, second, **accuracy)
        assert_array_equal(c, before)
        assert_allclose(total, terms.sum(), rtol=1e-5, atol=1e-5)


def test_nothing_beyond_the_vectors_is_written():
    room = [np.full(80, 9.0) for _ in range(3)]
    for n in range(40):
        _sweep(tuple(part[20 : 20 + n] for part in room), (0.5, 0.5))
        for part in room:
            assert_array_equal(part[:20], 9)
            assert_array_equal(part[20 + n :], 9)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 17, 34])
def test_values_that_are_not_finite_stay_in_their_place_and_reach_the_sum(place, value):
    a, b, _ = draw(35, np.float64)
    b[place] = value
    total = callable_from_python(sweep(lambda a, b: (a - b, b)))((a, b), ())
    assert_array_equal(np.isfinite(a), np.arange(35) != place)
    assert_array_equal(total, value)


jitted = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="then NumPy computes")


@jitted
@pytest.mark.parametrize(
    "wrong",
    [np.ones(4, np.float32), np.ones((2, 2)), np.ones(8)[::2], np.broadcast_to(1.0, 4)[:]],
)
def test_vectors_of_different_kinds_are_refused(wrong):
    with pytest.raises(TypingError, match="no sweep over"):
        _sweep((np.ones(4), np.ones(4), wrong), (0.5, 0.5))


@jitted
def test_functions_without_an_instruction_are_refused():
    def formula(a):
        return np.arctanh(a), a

    with pytest.raises(TypeError, match="arctanh"):
        callable_from_python(sweep(formula))((np.ones(4),), ())


@pytest.mark.skipif(not numba.config.BOUNDSCHECK, reason="sizes are checked where indices are")
def test_vectors_of_different_sizes_are_refused():
    with pytest.raises(IndexError, match="two sizes"):
        _sweep((np.ones(4), np.ones(4), np.ones(3)), (0.5, 0.5))

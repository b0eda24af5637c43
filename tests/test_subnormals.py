"""Results too small to be fast are zero while networks train, and as usual before and after."""

import numba
import numpy as np
import pytest

from skreg import MLPClassifier, MLPRegressor
from skreg._compiler.subnormals import _HAS_MXCSR, flush_subnormals, restore_subnormals


@numba.njit
def multiply_between(array, factor):
    """Products before, while and after subnormal numbers are replaced by zero."""
    before = array * factor
    word = flush_subnormals()
    between = array * factor
    restore_subnormals(word)
    return before, between, array * factor


def is_subnormal(array):
    return (array != 0) & (abs(array) < np.finfo(array.dtype).tiny)


@pytest.mark.skipif(not _HAS_MXCSR, reason="changes nothing on this processor")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_subnormal_results_are_zero_in_between_alone(dtype):
    array = 2 * np.full(50, np.finfo(dtype).tiny)
    before, between, after = multiply_between(array, array.dtype.type(0.1))
    assert is_subnormal(before).all()
    assert np.array_equal(after, before)
    assert not between.any()
    assert np.array_equal(multiply_between(array, array.dtype.type(2))[1], 2 * array)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_arithmetic_is_as_usual_after_a_fit(solver, estimator):
    X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    estimator(solver=solver, max_iter=3).fit(X, y)
    assert is_subnormal(np.full(3, 1e-300) * 1e-15).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arithmetic_is_as_usual_after_a_fit_that_diverges(dtype):
    X, y = np.random.default_rng(0).normal(size=(40, 3)).astype(dtype), np.arange(40.0)
    with pytest.warns(match="learning_rate_init"):
        MLPRegressor(solver="sgd", learning_rate_init=1e3, max_iter=20).fit(X, y)
    assert is_subnormal(np.full(3, 1e-300) * 1e-15).all()

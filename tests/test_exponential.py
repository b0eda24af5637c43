"""exp and what follows from it against long double, in the loops that the kernels run them in."""

import numba
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._arithmetic import exponential
from skreg._compiler.jit import DTYPES
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.links import LINKS
from skreg._kernels.softmax import exponentiate
from tests.compiled import callable_from_python

exponentiate = callable_from_python(exponentiate)

LIMITS = {np.dtype(np.float32): (-87.0, 88.0), np.dtype(np.float64): (-708.0, 709.0)}
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def exp(x):
    values = x.copy()
    exponentiate(values)
    return values


def apply_option(option, x):
    """An activation or a link, of a matrix with one row."""
    values = x.reshape(1, -1).copy()
    option.by_dtype[x.dtype](values, np.zeros_like(x))
    return values[0]


def logistic(x):
    return apply_option(ACTIVATIONS["logistic"].activate, x)


def logistic_link(x):
    return apply_option(LINKS["logistic"], x)


def tanh(x):
    return apply_option(ACTIVATIONS["tanh"].activate, x)


def loop_over(function):
    """A function of numbers as one of vectors."""

    @numba.njit
    def apply(x):
        values = np.empty_like(x)
        for j in range(x.size):
            values[j] = function(x[j])
        return values

    return apply


expm1, log1p = loop_over(exponential.expm1), loop_over(exponential.log1p)
log = loop_over(exponential.log)


def exact_logistic(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def draw_arguments(dtype, lowest, highest, n=200_003):
    """Even over a range, and over all magnitudes down to the smallest normal number."""
    rng = np.random.default_rng(0)
    tiny = np.log10(np.finfo(dtype).tiny)
    small = 10.0 ** rng.uniform(tiny, 1, n) * rng.choice([-1, 1], n)
    return np.concatenate([np.linspace(lowest, highest, n), small]).astype(dtype)


def relative_error(actual, expected):
    """In units of the precision of the dtype."""
    error = np.abs((actual.astype(np.longdouble) - expected) / expected)
    return float(np.max(error) / np.finfo(actual.dtype).eps)


@parametrize_dtypes
def test_exp_is_accurate_over_its_whole_range(dtype):
    x = draw_arguments(dtype, *LIMITS[dtype])
    assert relative_error(exp(x), np.exp(x.astype(np.longdouble))) < 2


@parametrize_dtypes
@pytest.mark.parametrize("function", [logistic, logistic_link])
def test_logistic_is_accurate_also_where_it_is_tiny(function, dtype):
    x = draw_arguments(dtype, LIMITS[dtype][0], -LIMITS[dtype][0])
    assert relative_error(function(x), exact_logistic(x.astype(np.longdouble))) < 4


@parametrize_dtypes
def test_tanh_is_accurate_also_near_zero(dtype):
    x = draw_arguments(dtype, -25, 25)
    x = x[np.abs(x) > 2 * np.finfo(dtype).tiny]
    assert relative_error(tanh(x), np.tanh(x.astype(np.longdouble))) < 4


@parametrize_dtypes
def test_expm1_is_accurate_over_its_whole_range_and_near_zero(dtype):
    x = draw_arguments(dtype, *LIMITS[dtype])
    x = x[np.abs(x) > 2 * np.finfo(dtype).tiny]
    assert relative_error(expm1(x), np.expm1(x.astype(np.longdouble))) < 3


@parametrize_dtypes
def test_log1p_is_accurate_between_zero_and_one(dtype):
    x = draw_arguments(dtype, 0, 1)
    x = x[(x > 2 * np.finfo(dtype).tiny) & (x <= 1)]
    assert relative_error(log1p(x), np.log1p(x.astype(np.longdouble))) < 3
    assert x.max() == 1


@parametrize_dtypes
def test_log_is_accurate_from_the_smallest_normal_number_to_the_largest(dtype):
    limits = np.finfo(dtype)
    magnitudes = np.random.default_rng(0).uniform(
        np.log10(limits.tiny), np.log10(limits.max), 200_003
    )
    near_one = np.linspace(0.5, 2, 100_001)
    x = np.concatenate([10.0**magnitudes, near_one, [limits.tiny, limits.max]]).astype(dtype)
    x = x[(x >= limits.tiny) & np.isfinite(x) & (x != 1)]
    assert relative_error(log(x), np.log(x.astype(np.longdouble))) < 3
    assert_array_equal(log(np.ones(5, dtype)), 0)


@parametrize_dtypes
@pytest.mark.parametrize("function", [exp, expm1, log, log1p, logistic, logistic_link, tanh])
def test_nan_stays_nan_at_every_place_of_a_vector(function, dtype):
    x = np.ones(37, dtype)
    x[::3] = np.nan
    assert_array_equal(np.isnan(function(x)), np.isnan(x))


@parametrize_dtypes
def test_infinities_and_huge_numbers_saturate(dtype):
    huge = np.array([-np.inf, -1e30, -1e4, 1e4, 1e30, np.inf], dtype)
    left, right = huge < 0, huge > 0
    assert_allclose(exp(huge)[left], 0, atol=2 * np.finfo(dtype).tiny)
    assert_allclose(logistic(huge)[left], 0, atol=2 * np.finfo(dtype).tiny)
    assert np.isfinite(exp(huge)).all()
    assert np.all(exp(huge)[right] > np.finfo(dtype).max / 4)
    assert_array_equal(expm1(huge)[left], -1)
    assert np.all(expm1(huge)[right] > np.finfo(dtype).max / 4)
    assert_array_equal(logistic(huge)[right], 1)
    assert_array_equal(tanh(huge), np.sign(huge))


@parametrize_dtypes
@pytest.mark.parametrize("function", [exp, expm1, logistic, tanh])
def test_functions_rise_up_to_rounding(function, dtype):
    lowest, highest = LIMITS[dtype]
    x = np.linspace(1.1 * lowest, 1.1 * highest, 100_001).astype(dtype)
    values = function(x).astype(np.longdouble)
    assert np.all(np.diff(values) >= -4 * np.finfo(dtype).eps * np.abs(values[1:]))
    assert values[0] == values.min()
    assert values[-1] == values.max()


@parametrize_dtypes
def test_results_stay_inside_their_bounds(dtype):
    x = draw_arguments(dtype, -800, 800)
    assert np.all(exp(x) > 0)
    assert np.all((logistic(x) > 0) & (logistic(x) <= 1))
    assert np.all(np.abs(tanh(x)) <= 1)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")
@parametrize_dtypes
@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "logistic", "tanh"])
def test_nothing_is_computed_in_another_dtype(name, dtype):
    function, kind = callable_from_python(getattr(exponential, name)), numba.from_dtype(dtype)
    function.compile((kind,))
    assert [signature.return_type for signature in function.nopython_signatures] == [kind]


@parametrize_dtypes
def test_values_at_zero_are_exact(dtype):
    zero = np.zeros(5, dtype)
    assert_array_equal(exp(zero), 1)
    assert_array_equal(logistic(zero), 0.5)
    assert_array_equal(tanh(zero), 0)
    assert_array_equal(expm1(zero), 0)
    assert_array_equal(log1p(zero), 0)


@parametrize_dtypes
def test_tanh_is_odd(dtype):
    x = draw_arguments(dtype, -25, 25)
    assert_array_equal(tanh(-x), -tanh(x))

"""Activations and their slopes against the oracle and against finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import predict_layer
from skreg._kernels.jit import DTYPES
from tests import naive

parametrize_activations = pytest.mark.parametrize("activation", ACTIVATIONS)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
SCORES = np.concatenate([np.linspace(-6, 6, 1001), np.random.default_rng(0).normal(size=500)])
FAR = np.array([-1e4, -100, -88, -60, -30, -15, 15, 30, 60, 88, 100, 1e4])


def activated(scores, activation):
    units = scores.copy().reshape(1, -1)
    ACTIVATIONS[activation].activate.by_dtype[scores.dtype](units)
    return units[0]


def slope(scores, activation, delta=None):
    delta = np.ones_like(scores) if delta is None else delta.copy()
    option = ACTIVATIONS[activation]
    at = scores if option.slope_of_score else activated(scores, activation)
    option.multiply_by_slope.by_dtype[scores.dtype](delta.reshape(1, -1), at.reshape(1, -1))
    return delta


@parametrize_dtypes
@parametrize_activations
def test_activations_are_those_of_the_oracle(activation, dtype):
    scores, eps = SCORES.astype(dtype), np.finfo(dtype).eps
    actual = activated(scores, activation)
    expected = naive.ACTIVATIONS[activation][0](scores.astype(float))
    assert actual.dtype == dtype
    assert_allclose(actual, expected, rtol=8 * eps, atol=8 * eps)


@parametrize_dtypes
@parametrize_activations
def test_activations_near_zero_are_accurate_to_the_last_digits(activation, dtype):
    sizes = 10.0 ** np.linspace(np.log10(np.finfo(dtype).tiny) / 2, -1, 200)
    scores = np.concatenate([-sizes, sizes]).astype(dtype)
    expected = naive.ACTIVATIONS[activation][0](scores.astype(float))
    assert_allclose(activated(scores, activation), expected, rtol=8 * np.finfo(dtype).eps)


@parametrize_dtypes
@parametrize_activations
def test_slopes_are_those_of_the_oracle(activation, dtype):
    scores, eps = SCORES.astype(dtype), np.finfo(dtype).eps
    actual = slope(scores, activation)
    expected = naive.ACTIVATIONS[activation][1](scores.astype(float))
    assert actual.dtype == dtype
    assert_allclose(actual, expected, rtol=8 * eps, atol=64 * eps)


@parametrize_dtypes
@parametrize_activations
def test_activations_and_slopes_of_large_scores_have_the_right_limits(activation, dtype):
    value, slope_of = naive.ACTIVATIONS[activation]
    scores, tolerance = FAR.astype(dtype), 16 * np.finfo(dtype).eps
    expected = value(scores.astype(float))
    assert_allclose(activated(scores, activation), expected, rtol=tolerance, atol=tolerance)
    expected = slope_of(scores.astype(float))
    assert_allclose(slope(scores, activation), expected, rtol=tolerance, atol=tolerance)


@parametrize_activations
def test_slopes_are_those_of_finite_differences(activation):
    scores = SCORES[np.abs(SCORES) > 1e-3]
    width = 1e-5
    difference = activated(scores + width, activation) - activated(scores - width, activation)
    assert_allclose(slope(scores, activation), difference / (2 * width), rtol=0, atol=1e-9)


@parametrize_activations
def test_delta_is_multiplied_by_the_slope(activation):
    delta = np.random.default_rng(1).normal(size=SCORES.size)
    actual = slope(SCORES, activation, delta)
    assert_allclose(actual, delta * slope(SCORES, activation), rtol=1e-12, atol=1e-14)


@parametrize_activations
def test_activations_do_not_hide_nan(activation):
    scores = np.where(np.arange(37) % 3 == 0, np.nan, 1.0)
    assert_array_equal(np.isnan(activated(scores, activation)), np.isnan(scores))


@parametrize_activations
def test_activations_rise_wherever_the_slope_is_not_negative(activation):
    scores = np.sort(SCORES)
    may_fall = naive.ACTIVATIONS[activation][1](scores) < 0
    rises = np.diff(activated(scores, activation)) >= -1e-15
    assert np.all(rises | may_fall[1:] | may_fall[:-1])
    assert np.mean(may_fall) < 0.5


@pytest.mark.parametrize(
    "activation", [name for name, option in ACTIVATIONS.items() if option.flat_at_zero]
)
def test_slopes_of_those_flat_at_zero_tell_dropped_units_and_know_no_scale(activation):
    option, units = ACTIVATIONS[activation], activated(SCORES, activation)
    kept = np.arange(units.size) % 3 > 0
    delta, same = np.ones((2, 1, units.size))
    option.multiply_by_slope.by_dtype[units.dtype](delta, (units * kept * 1.7).reshape(1, -1))
    option.multiply_by_slope.by_dtype[units.dtype](same, units.reshape(1, -1))
    assert_array_equal(delta[0], same[0] * kept)
    assert 0 < np.mean(delta) < np.mean(kept)


@parametrize_dtypes
@parametrize_activations
def test_what_jitted_code_calls_by_address_is_the_same_function(activation, dtype):
    scores = SCORES.astype(dtype).reshape(-1, 1)
    one, zero = np.ones((1, 1), dtype), np.zeros(1, dtype)
    outputs = np.empty_like(scores)
    address = ACTIVATIONS[activation].activate.address(dtype)
    predict_layer["dense"][dtype](scores, one, zero, outputs, address)
    assert_array_equal(outputs[:, 0], activated(scores[:, 0], activation))

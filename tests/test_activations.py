"""Activations and their slopes against the oracle and against finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import predict_layer
from skreg._products.blas import address_of_gemm
from tests import naive

parametrize_activations = pytest.mark.parametrize("activation", ACTIVATIONS)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
SCORES = np.concatenate([np.linspace(-6, 6, 1001), np.random.default_rng(0).normal(size=500)])
FAR = np.array([-1e4, -100, -88, -60, -30, -15, 15, 30, 60, 88, 100, 1e4])
N, K = 6, 37


def activate(units, bias, activation):
    """The activations of products and a bias; both stay as they are."""
    units = units.copy()
    ACTIVATIONS[activation].activate.by_dtype[units.dtype](units, bias)
    return units


def multiply_by_slope(delta, at, bias, activation, factor=1.0):
    """What becomes of delta, and its sums; all that is given stays as it is."""
    dtype, delta, sums = at.dtype, delta.copy(), np.full_like(bias, 9)
    option = ACTIVATIONS[activation].multiply_by_slope
    option.by_dtype[dtype](delta, at.copy(), bias, sums, dtype.type(factor))
    return delta, sums


def activated(scores, activation):
    return activate(scores.reshape(1, -1), np.zeros_like(scores), activation)[0]


def slope(scores, activation, delta=None):
    delta = np.ones_like(scores) if delta is None else delta
    at = scores if ACTIVATIONS[activation].slope_of_score else activated(scores, activation)
    rows = delta.reshape(1, -1), at.reshape(1, -1)
    return multiply_by_slope(*rows, np.zeros_like(scores), activation)[0][0]


def draw_products(dtype):
    """Products (N, K) and a bias (K,) whose sum is exact."""
    rng = np.random.default_rng(1)
    return [np.round(rng.normal(scale=16, size=size)).astype(dtype) / 8 for size in [(N, K), K]]


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


@parametrize_dtypes
@parametrize_activations
def test_scores_are_products_and_the_bias_of_their_column(activation, dtype):
    products, bias = draw_products(dtype)
    scores, eps = (products + bias).astype(float), np.finfo(dtype).eps
    units, delta = activate(products, bias, activation), np.ones_like(products)
    at = products if ACTIVATIONS[activation].slope_of_score else units
    slopes, _ = multiply_by_slope(delta, at, bias, activation)
    value, slope_of = naive.ACTIVATIONS[activation]
    assert_allclose(units, value(scores), rtol=8 * eps, atol=8 * eps)
    assert_allclose(slopes, slope_of(scores), rtol=8 * eps, atol=64 * eps)


@parametrize_dtypes
@parametrize_activations
def test_delta_is_multiplied_by_the_factor_and_its_sums_are_the_gradient_of_the_bias(
    activation, dtype
):
    (products, bias), delta = draw_products(dtype), np.full((N, K), 3, dtype)
    delta[1::2] *= -2
    at = (
        products if ACTIVATIONS[activation].slope_of_score else activate(products, bias, activation)
    )
    once, _ = multiply_by_slope(delta, at, bias, activation)
    scaled, sums = multiply_by_slope(delta, at, bias, activation, factor=1.25)
    tolerance = 4 * np.finfo(dtype).eps
    assert_allclose(scaled, 1.25 * once, rtol=tolerance)
    expected = scaled.astype(float).sum(axis=0)
    assert_allclose(sums, expected, rtol=0, atol=tolerance * np.abs(scaled).sum(axis=0).max())


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
    units, bias = activated(SCORES, activation).reshape(1, -1), np.zeros_like(SCORES)
    kept, ones = np.arange(units.size) % 3 > 0, np.ones_like(units)
    delta, _ = multiply_by_slope(ones, units * kept * 1.7, bias, activation)
    same, _ = multiply_by_slope(ones, units, bias, activation)
    assert_array_equal(delta, same * kept)
    assert 0 < np.mean(delta) < np.mean(kept)


@parametrize_dtypes
@parametrize_activations
def test_what_jitted_code_calls_by_address_is_the_same_function(activation, dtype):
    products, bias = draw_products(dtype)
    identity, outputs = np.eye(K, dtype=dtype), np.empty_like(products)
    address, gemm = ACTIVATIONS[activation].activate.address(dtype), (address_of_gemm(dtype), 0)
    predict_layer["dense"][dtype](products, identity, bias, outputs, address, gemm)
    assert_array_equal(outputs, activate(products, bias, activation))

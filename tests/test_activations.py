"""Activations and their slopes against the oracle and against finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._kernels.activations import ACTIVATIONS, activate, multiply_by_slope
from skreg._kernels.jit import DTYPES
from tests import naive

parametrize_activations = pytest.mark.parametrize("activation", ACTIVATIONS)
SCORES = np.concatenate([np.linspace(-6, 6, 1001), np.random.default_rng(0).normal(size=500)])


def activated(scores, activation):
    units = scores.copy()
    activate(units, ACTIVATIONS[activation])
    return units


def slope(scores, activation, delta=None):
    delta = np.ones_like(scores) if delta is None else delta.copy()
    multiply_by_slope(delta, activated(scores, activation), ACTIVATIONS[activation])
    return delta


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@parametrize_activations
def test_activations_are_those_of_the_oracle(activation, dtype):
    actual = activated(SCORES.astype(dtype), activation)
    expected = naive.ACTIVATIONS[activation][0](SCORES.astype(dtype).astype(float))
    assert actual.dtype == dtype
    assert_allclose(actual, expected, rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@parametrize_activations
def test_slopes_are_those_of_the_oracle(activation, dtype):
    actual = slope(SCORES.astype(dtype), activation)
    expected = naive.ACTIVATIONS[activation][1](SCORES.astype(dtype).astype(float))
    assert actual.dtype == dtype
    assert_allclose(actual, expected, rtol=0, atol=8 * np.finfo(dtype).eps)


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
def test_activations_do_not_lessen_as_scores_rise(activation):
    scores = np.sort(SCORES)
    assert np.all(np.diff(activated(scores, activation)) >= -1e-15)

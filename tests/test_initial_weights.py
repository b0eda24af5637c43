"""Initial weights: their bounds, their streams, and what becomes of the size of units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg import MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.bounds import he, lecun
from skreg._training.layout import Layout
from skreg._training.random import draw_initial_theta
from tests import naive

UNITS = (90, 70, 50, 40)
FLOAT64 = np.dtype(np.float64)
NAMES = list(ACTIVATIONS)
OF_SIZE_ONE = [name for name, row in ACTIVATIONS.items() if row.bound in (he, lecun)]
parametrize_activations = pytest.mark.parametrize("activation", ACTIVATIONS)


def draw(units, activations, seed=0, dtype=FLOAT64):
    layout = Layout(units)
    theta = draw_initial_theta(layout, activations, seed, dtype)
    return layout.coefs(theta), layout.intercepts(theta)


@parametrize_activations
def test_bounds_are_those_of_the_oracle(activation):
    for sizes in [(3, 8), (100, 1)]:
        bound = ACTIVATIONS[activation].bound(*sizes)
        assert_allclose(bound, naive.BOUNDS[activation](*sizes), rtol=1e-15)


@parametrize_activations
def test_weights_fill_their_bounds_evenly(activation):
    after = NAMES[NAMES.index(activation) - 1]
    coefs, intercepts = draw(UNITS, (activation, after))
    for coef, intercept, name in zip(coefs[:2], intercepts, (activation, after)):
        bound = naive.BOUNDS[name](*coef.shape)
        for part, least in [(coef, 0.99), (intercept, 0.8)]:
            assert least * bound < np.abs(part).max() <= bound
        assert_allclose(coef.std(), bound / np.sqrt(3), rtol=0.05)
        assert abs(coef.mean()) < 0.05 * bound


@parametrize_activations
def test_outputs_have_the_bound_of_glorot_or_of_the_logistic_before_them(activation):
    coefs, _ = draw(UNITS, ("relu", activation))
    n_in, n_out = coefs[-1].shape
    bound = np.sqrt((2 if activation == "logistic" else 6) / (n_in + n_out))
    assert 0.99 * bound < np.abs(coefs[-1]).max() <= bound


def test_weights_of_a_linear_model_have_the_bound_of_glorot():
    coefs, _ = draw((90, 40), ())
    assert 0.99 * np.sqrt(6 / 130) < np.abs(coefs[0]).max() <= np.sqrt(6 / 130)


@parametrize_activations
def test_weights_are_those_of_the_oracle(activation):
    activations = (activation, "selu")
    expected = naive.draw_initial_weights(UNITS, activations, seed=5)
    for parts, wanted in zip(draw(UNITS, activations, seed=5), expected, strict=True):
        for part, own in zip(parts, wanted, strict=True):
            assert_allclose(part, own, rtol=1e-15)


def test_weights_depend_on_the_seed_and_not_on_the_dtype():
    coefs, _ = draw(UNITS, ("relu", "tanh"))
    others, _ = draw(UNITS, ("relu", "tanh"), seed=1)
    rounded, _ = draw(UNITS, ("relu", "tanh"), dtype=np.dtype(np.float32))
    for coef, other, single in zip(coefs, others, rounded):
        assert np.all(coef != other)
        assert single.dtype == np.float32
        assert_array_equal(single, coef.astype(np.float32))


@pytest.mark.parametrize("activation", OF_SIZE_ONE)
def test_units_stay_of_order_one_through_five_layers(activation):
    X = np.random.default_rng(0).normal(size=(300, 200))
    coefs, intercepts = draw((*[200] * 6, 1), (activation,) * 5)
    _, scores = naive.forward(coefs, intercepts, X, activation)
    sizes = [score.std() for score in scores[:5]]
    assert 0.3 < min(sizes)
    assert max(sizes) < 3.5
    shrunk = [0.5 * coef for coef in coefs], [0.5 * part for part in intercepts]
    assert naive.forward(*shrunk, X, activation)[1][4].std() < 0.2


def test_an_estimator_begins_with_the_weights_that_suit_each_layer():
    X = np.random.default_rng(0).normal(size=(20, 60))
    mlp = MLPRegressor(
        (80, 80), ("selu", "gelu"), solver="sgd", learning_rate_init=1e-300, max_iter=1
    )
    coefs = mlp.fit(X, X[:, 0]).coefs_
    for coef, bound in zip(coefs, [lecun(60, 80), he(80, 80)]):
        assert 0.99 * bound < np.abs(coef).max() <= bound

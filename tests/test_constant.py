"""The loss of a constant prediction: that of a network that has nothing but biases."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skreg import MLPClassifier, MLPRegressor
from skreg._training import constant
from skreg._training.constant import find_loss_of_constant
from skreg._training.data import Data
from skreg._training.one_hot import OneHot
from skreg.neural_network._settings import resolve_settings

RNG = np.random.default_rng(0)
NUMBERS = RNG.gamma(2.0, size=(30, 2))
WEIGHTS = RNG.integers(0, 3, 30).astype(float)
NOTHING = np.zeros((30, 1))


def find(mlp, Y, weights=None):
    settings = resolve_settings(mlp)
    settings.loss = mlp._choose_loss()
    return find_loss_of_constant(settings, Data(np.zeros((len(WEIGHTS), 1)), Y, weights))


def fit_biases(mlp, y, weights):
    """The loss of the best biases."""
    mlp.set_params(solver="lbfgs", hidden_layer_sizes=(), tol=1e-9, max_iter=1000)
    return mlp.fit(NOTHING, y, weights).loss_


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("loss", ["squared_error", "poisson", "gamma", "gaussian"])
def test_of_numbers_it_is_that_of_the_best_biases(loss, weights):
    mlp = MLPRegressor(loss=loss, target_scaling=False, random_state=0)
    best = fit_biases(mlp, NUMBERS, weights)
    assert_allclose(find(mlp, NUMBERS, weights), best, rtol=1e-5)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile"])
def test_of_losses_without_a_mean_it_is_hardly_above_that_of_the_best_biases(loss):
    mlp = MLPRegressor(loss=loss, target_scaling=False, random_state=0)
    assert 1 <= find(mlp, NUMBERS) / fit_biases(mlp, NUMBERS, None) < 1.2


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_of_classes_it_is_their_entropy(n_classes, weights):
    y = np.arange(30) % 7 % n_classes
    mlp = MLPClassifier(random_state=0)
    best = fit_biases(mlp, y, weights)
    Y = OneHot(y, 3) if n_classes == 3 else y[:, np.newaxis].astype(float)
    assert_allclose(find(mlp, Y, weights), best, rtol=1e-5)


def test_it_is_finite_for_a_label_that_all_rows_have():
    mlp = MLPClassifier(random_state=0)
    Y = np.column_stack([np.ones(30), np.arange(30) % 2])
    fit_biases(mlp, Y.astype(int), None)
    assert_allclose(find(mlp, Y), np.log(2), rtol=1e-6)


def test_it_does_not_depend_on_the_size_of_blocks(monkeypatch):
    mlp = MLPRegressor(target_scaling=False)
    whole = find(mlp, NUMBERS, WEIGHTS)
    monkeypatch.setattr(constant, "_BLOCK_BYTES", 100)
    assert_allclose(find(mlp, NUMBERS, WEIGHTS), whole, rtol=1e-12)


def test_targets_that_do_not_vary_have_nothing_to_be_learned():
    assert find(MLPRegressor(), np.full((30, 1), 5.1)) == np.inf  # whose mean is rounded


@pytest.mark.parametrize(
    "params", [{"loss": "gaussian"}, {"loss": "quantile", "quantile": [0.5, 0.9]}]
)
def test_one_of_several_outputs_may_be_constant(params):
    Y = np.column_stack([NUMBERS[:, 0], np.full(30, 5.1)])
    assert np.isfinite(find(MLPRegressor(**params), Y))

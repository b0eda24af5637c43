"""The strongest penalties: known limits, and that networks under them become zero."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array
from sklearn.datasets import load_iris

from skreg import MLPClassifier, MLPRegressor
from skreg.model_selection._path.strengths import find_strongest
from skreg.neural_network._checks import Given
from skreg.neural_network._rows import check_rows
from skreg.neural_network._settings import resolve_settings

X, LABELS = load_iris(return_X_y=True)
WEIGHTS = np.random.default_rng(0).integers(0, 3, len(X)).astype(float)
LOSSES = ["squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"]


def find(mlp, X=X, y=LABELS, weights=None):
    given = Given(X, y, weights)
    return find_strongest(
        mlp, check_rows(mlp, given, resolve_settings(mlp), None, incremental=False)
    )


@pytest.mark.parametrize("factor", [1.01, 0.9])
def test_in_a_linear_network_the_last_weight_becomes_zero_there(factor):
    mlp = MLPClassifier((), solver="lbfgs", l2=0.0, tol=1e-8, max_iter=1000)
    mlp.set_params(l1=find(mlp).l1 * factor).fit(X, LABELS)
    assert (mlp.sparsity_[0] == 1) == (factor > 1)


def test_in_a_network_of_two_linear_layers_l2_makes_both_collapse_there():
    mlp = MLPRegressor(3, "identity", solver="lbfgs", tol=1e-9, max_iter=3000, random_state=0)
    strongest = find(mlp, y=X[:, 0]).l2
    largest = [
        np.abs(mlp.set_params(l2=strongest * factor).fit(X, X[:, 0]).coefs_[0]).max()
        for factor in (1.05, 0.8)
    ]
    assert largest[0] < 1e-3 < 0.1 < largest[1]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_deep_networks_have_no_weights_left_there(depth):
    mlp = MLPClassifier((8,) * depth, max_iter=150, learning_rate_init=0.01, random_state=0)
    assert mlp.set_params(l1=find(mlp).l1).fit(X, LABELS).sparsity_.min() == 1


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_that_of_every_loss(loss):
    mlp = MLPRegressor((), solver="lbfgs", loss=loss, l2=0.0, max_iter=1000, random_state=0)
    y = X[:, 0] + (LABELS == 2)
    strongest = find(mlp, y=y).l1
    assert mlp.set_params(l1=1.05 * strongest).fit(X, y).sparsity_[0] == 1


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_weights_are_repetitions_and_sparse_is_dense(estimator):
    repeats = WEIGHTS.astype(int)
    weighted = find(estimator(), weights=WEIGHTS)
    repeated = find(estimator(), np.repeat(X, repeats, axis=0), np.repeat(LABELS, repeats))
    assert_allclose(weighted, repeated, rtol=1e-6)
    assert_allclose(find(estimator(), csr_array(X)), find(estimator()), rtol=1e-6)


@pytest.mark.parametrize("y", [np.zeros(150), np.ones(150)])
def test_where_there_is_nothing_to_learn_any_strength_will_do(y):
    assert find(MLPRegressor(), y=y) == (1.0, 1.0)
    assert find(MLPClassifier(), y=y) == (1.0, 1.0)

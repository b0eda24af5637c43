"""The objective that L-BFGS sees, and the minimum that it finds, against the oracle."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import LOSSES
from skreg._training import lbfgs
from skreg._training.data import Data
from skreg._training.layout import Layout
from skreg._training.lbfgs import Objective, join
from tests import naive

N, N_FEATURES = 90, 4
HIDDEN = [(), (5,), (4, 3)]
FLOAT64 = np.dtype(np.float64)
parametrize_losses = pytest.mark.parametrize("loss", LOSSES)
parametrize_hidden = pytest.mark.parametrize("hidden", HIDDEN, ids=str)
parametrize_weighted = pytest.mark.parametrize(
    "weighted", [False, True], ids=["unweighted", "weighted"]
)


class Problem:
    """Random data in which rows occur more than once, the objective, and its oracle."""

    def __init__(self, loss, activation, hidden, *, weighted=False, l1=0.0, l2=0.0):
        self.rng = np.random.default_rng(0)
        self.loss, self.activation, self.l1, self.l2 = loss, activation, l1, l2
        self.layout = Layout((N_FEATURES, *hidden, 3))
        X, Y = self.rng.normal(size=(N, N_FEATURES)), self.rng.normal(size=(N, 3))
        if loss == "binary_log_loss":
            Y = (Y > 0).astype(float)
        elif loss == "log_loss":
            Y = np.eye(3)[Y.argmax(axis=1)]
        X[80:] = X[:10]
        Y[80:85] = Y[:5]
        weights = self.rng.uniform(size=N) * (self.rng.uniform(size=N) > 0.2) if weighted else None
        self.data = Data(X, Y, weights)

    def objective(self):
        n_layers = len(self.layout.shapes)
        settings = SimpleNamespace(
            activations=(self.activation,) * (n_layers - 1),
            dropout=(0.0,) * n_layers,
            loss=self.loss,
            l1=(self.l1,) * n_layers,
            l2=(self.l2,) * n_layers,
        )
        return Objective(settings, self.layout, self.data, FLOAT64)

    def expected(self, theta):
        """loss + ½·l2·‖W‖² and its gradient by the oracle."""
        coefs, intercepts = naive.unflatten(theta, self.layout.units)
        value, of_coefs, of_intercepts = naive.loss_and_gradients(
            coefs,
            intercepts,
            self.data.X,
            self.data.Y,
            naive.shares(self.data.weights, N),
            self.activation,
            self.loss,
        )
        of_coefs = [gradient + self.l2 * coef for gradient, coef in zip(of_coefs, coefs)]
        value += naive.penalty(coefs, 0.0, self.l2)
        return value, naive.flatten(of_coefs, of_intercepts)


@pytest.mark.parametrize("bytes_of_tile", [1, 1 << 20], ids=["tiles", "one tile"])
@parametrize_weighted
@parametrize_hidden
@pytest.mark.parametrize("activation", ACTIVATIONS)
@parametrize_losses
def test_objective_and_gradient_are_those_of_the_oracle(
    loss, activation, hidden, weighted, bytes_of_tile, monkeypatch
):
    monkeypatch.setattr(lbfgs, "_TILE_BYTES", bytes_of_tile)
    problem = Problem(loss, activation, hidden, weighted=weighted, l2=0.3)
    objective = problem.objective()
    for scale in [0.0, 0.1, 1.0, 3.0]:
        theta = scale * problem.rng.normal(size=problem.layout.size)
        value, gradient = objective.smooth(theta)
        expected_value, expected_gradient = problem.expected(theta)
        assert_allclose(value, expected_value, rtol=1e-11)
        assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-12)


@parametrize_hidden
@parametrize_losses
def test_split_objective_adds_l1_and_its_gradient_is_that_of_finite_differences(loss, hidden):
    problem = Problem(loss, "tanh", hidden, l1=0.2, l2=0.3)
    objective, layout = problem.objective(), problem.layout
    parts = problem.rng.uniform(size=layout.size + layout.n_weights)
    value, gradient = objective.split(parts)
    summed = parts[: layout.n_weights].sum() + parts[layout.size :].sum()
    assert_allclose(value, problem.expected(join(parts, layout))[0] + 0.2 * summed, rtol=1e-12)
    width = 1e-6
    for j in range(parts.size):
        step = width * (np.arange(parts.size) == j)
        ahead, behind = objective.split(parts + step)[0], objective.split(parts - step)[0]
        assert_allclose(gradient[j], (ahead - behind) / (2 * width), rtol=1e-5, atol=1e-8)


def test_join_subtracts_weights_and_keeps_biases():
    layout = Layout((2, 1))
    assert_array_equal(join(np.array([5.0, 0.0, 7.0, 0.0, 4.0]), layout), [5.0, -4.0, 7.0])


@parametrize_weighted
@parametrize_losses
def test_objective_does_not_depend_on_the_order_of_rows_or_of_memory(loss, weighted):
    problem = Problem(loss, "tanh", (5,), weighted=weighted)
    theta = problem.rng.normal(size=problem.layout.size)
    value, gradient = problem.objective().smooth(theta)
    order = problem.rng.permutation(N)
    data = problem.data
    X = np.asfortranarray(data.X[order])
    X.setflags(write=False)
    problem.data = Data(X, data.Y[order], None if data.weights is None else data.weights[order])
    same_value, same_gradient = problem.objective().smooth(theta)
    assert_allclose(same_value, value, rtol=1e-13)
    assert_allclose(same_gradient, gradient, rtol=1e-11, atol=1e-14)


@parametrize_losses
def test_a_weight_of_two_equals_the_row_given_twice(loss):
    problem = Problem(loss, "tanh", (5,))
    theta = problem.rng.normal(size=problem.layout.size)
    counts = problem.rng.integers(0, 4, N)
    X, Y, _ = problem.data
    problem.data = Data(X, Y, counts.astype(float))
    value, gradient = problem.objective().smooth(theta)
    problem.data = Data(np.repeat(X, counts, axis=0), np.repeat(Y, counts, axis=0), None)
    same_value, same_gradient = problem.objective().smooth(theta)
    assert_allclose(same_value, value, rtol=1e-13)
    assert_allclose(same_gradient, gradient, rtol=1e-11, atol=1e-14)


@parametrize_weighted
@parametrize_losses
def test_fitted_minimum_is_that_of_the_oracle(loss, weighted):
    problem = Problem(loss, "identity", (), weighted=weighted, l2=0.05)
    X, Y, weights = problem.data
    target = Y.argmax(axis=1) if loss == "log_loss" else Y
    estimator = MLPRegressor if loss == "squared_error" else MLPClassifier
    mlp = estimator((), solver="lbfgs", l2=0.05, tol=1e-9, max_iter=1000, random_state=0)
    mlp.fit(X, target, sample_weight=weights)
    found = naive.flatten(mlp.coefs_, mlp.intercepts_)
    start = np.zeros_like(found)
    if loss == "log_loss":  # the mean of its intercepts is free
        start[-3:] = mlp.intercepts_[0].mean()
    wanted = minimize(problem.expected, start, jac=True, method="BFGS", options={"gtol": 1e-8})
    assert_allclose(found, wanted.x, rtol=0, atol=1e-5)
    assert_allclose(mlp.loss_, wanted.fun, rtol=1e-9)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@parametrize_losses
def test_fitted_hidden_nets_are_at_a_minimum_of_the_oracle(loss, activation):
    problem = Problem(loss, activation, (4,), l2=0.05)
    X, Y, _ = problem.data
    target = Y.argmax(axis=1) if loss == "log_loss" else Y
    estimator = MLPRegressor if loss == "squared_error" else MLPClassifier
    mlp = estimator((4,), activation, solver="lbfgs", l2=0.05, tol=1e-7, max_iter=5000)
    mlp.set_params(random_state=0).fit(X, target)
    found = naive.flatten(mlp.coefs_, mlp.intercepts_)
    value, gradient = problem.expected(found)
    assert_allclose(mlp.loss_, value, rtol=1e-10)
    assert np.abs(gradient).max() < 1e-5
    polished = minimize(problem.expected, found, jac=True, method="BFGS")
    assert value - polished.fun < 1e-9


@parametrize_hidden
def test_loss_curve_descends_to_the_objective_with_its_penalties(hidden):
    problem = Problem("log_loss", "tanh", hidden, l1=0.01, l2=0.02)
    X, Y, _ = problem.data
    mlp = MLPClassifier(hidden, "tanh", solver="lbfgs", l1=0.01, l2=0.02, random_state=0)
    mlp.fit(X, Y.argmax(axis=1))
    assert len(mlp.loss_curve_) == mlp.n_iter_ > 5
    assert np.all(np.diff(mlp.loss_curve_) <= 1e-12)
    value, _ = problem.expected(naive.flatten(mlp.coefs_, mlp.intercepts_))
    assert_allclose(mlp.loss_, value + naive.penalty(mlp.coefs_, 0.01, 0.0), rtol=1e-10)


@pytest.mark.parametrize("l1", [0.0, 0.01])
def test_max_iter_and_max_fun_are_limits(l1):
    problem = Problem("log_loss", "tanh", (5,))
    X, Y, _ = problem.data
    mlp = MLPClassifier((5,), "tanh", solver="lbfgs", l1=l1, tol=1e-9, random_state=0)
    assert mlp.set_params(max_iter=7).fit(X, Y.argmax(axis=1)).n_iter_ == 7
    assert mlp.set_params(max_iter=500, max_fun=9).fit(X, Y.argmax(axis=1)).n_iter_ <= 9

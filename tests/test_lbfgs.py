"""The objective that L-BFGS sees, and the minimum that it finds, against the oracle."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import OptimizeResult, minimize
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import QuantileRegressor

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import CLASSIFICATION_LOSSES, LOSSES
from skreg._training import lbfgs
from skreg._training.data import Data
from skreg._training.layout import Layout
from skreg._training.lbfgs import Objective, join
from skreg._training.random import draw_initial_theta
from tests import naive
from tests.switched_off import OFF

N, N_FEATURES = 90, 4
HIDDEN = [(), (5,), (4, 3)]
FLOAT64 = np.dtype(np.float64)
NAMES = list(ACTIVATIONS)
PAIRS = list(zip(NAMES, NAMES[1:] + NAMES[:1]))
CONSTANTS = {"delta": 0.7, "quantile": 0.3}  # of losses
QUANTILES = [0.2, 0.4, 0.9]
# Of these, L-BFGS finds no more than the neighborhood of a minimum.
WITH_KINKS = ("absolute_error", "quantile", "quantiles")
parametrize_losses = pytest.mark.parametrize("loss", LOSSES)
parametrize_smooth_losses = pytest.mark.parametrize(
    "loss", [name for name in LOSSES if name not in WITH_KINKS]
)
parametrize_hidden = pytest.mark.parametrize("hidden", HIDDEN, ids=str)
parametrize_weighted = pytest.mark.parametrize(
    "weighted", [False, True], ids=["unweighted", "weighted"]
)


class Problem:
    """Random data in which rows occur more than once, the objective, and its oracle."""

    def __init__(self, loss, activation, hidden, *, weighted=False, l1=0.0, l2=0.0):
        self.rng = np.random.default_rng(0)
        self.loss, self.activation, self.l1, self.l2 = loss, activation, l1, l2
        self.constants = CONSTANTS | ({"quantile": QUANTILES} if loss == "quantiles" else {})
        self.parameter = self.constants.get(LOSSES[loss].parameter)
        self.layout = Layout((N_FEATURES, *hidden, 3 * naive.count_scores(loss, self.parameter)))
        X, Y = self.rng.normal(size=(N, N_FEATURES)), naive.draw_targets(loss, N, 3, self.rng)
        X[80:] = X[:10]
        Y[80:85] = Y[:5]
        weights = self.rng.uniform(size=N) * (self.rng.uniform(size=N) > 0.2) if weighted else None
        self.data = Data(X, Y, weights)

    def objective(self):
        n_layers = len(self.layout.shapes)
        settings = SimpleNamespace(
            activations=naive.per_layer(self.activation, n_layers - 1),
            dropout=(0.0,) * n_layers,
            loss=self.loss,
            **{
                **OFF,
                "l1": naive.per_layer(self.l1, n_layers),
                "l2": naive.per_layer(self.l2, n_layers),
            },
            **self.constants,
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
            parameter=self.parameter,
        )
        strengths = naive.per_layer(self.l2, len(coefs))
        of_coefs = [g + l2 * coef for g, l2, coef in zip(of_coefs, strengths, coefs)]
        value += naive.penalty(coefs, 0.0, self.l2)
        return value, naive.flatten(of_coefs, of_intercepts)

    def fit(self, hidden, activation="relu", **parameters):
        """An estimator fitted to the data by L-BFGS."""
        X, Y, weights = self.data[:3]
        if self.loss in CLASSIFICATION_LOSSES:
            mlp, y = MLPClassifier(), Y.argmax(axis=1) if self.loss == "log_loss" else Y
        else:
            loss = "quantile" if self.loss == "quantiles" else self.loss
            mlp, y = MLPRegressor(loss=loss, target_scaling=False, **self.constants), Y.squeeze()
        mlp.set_params(hidden_layer_sizes=hidden, activation=activation, solver="lbfgs")
        mlp.set_params(random_state=0, l1=self.l1, l2=self.l2, **parameters)
        return mlp.fit(X, y, sample_weight=weights)


def assert_objective_is_that_of_the_oracle(problem):
    objective = problem.objective()
    for scale in [0.0, 0.1, 1.0, 3.0]:
        if LOSSES[problem.loss].link == "exp" and scale > 1:
            continue  # exp(score) would be huge
        theta = scale * problem.rng.normal(size=problem.layout.size)
        value, gradient = objective.smooth(theta)
        expected_value, expected_gradient = problem.expected(theta)
        rounding = 1e-12 * (1 + abs(expected_value))
        assert_allclose(value, expected_value, rtol=1e-11)
        assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=rounding)


@pytest.fixture(params=["blocks", "kept blocks", "tiles of a block", "one tile"])
def cuts(request, monkeypatch):
    """How rows are cut: they are more than the least tile has, and less than two of them."""
    large = 1 << 20
    sizes = {
        "blocks": (1, 0, large),
        "kept blocks": (1, large, 1),
        "tiles of a block": (1, large, large),
        "one tile": (large, large, large),
    }
    for name, size in zip(("_TILE_BYTES", "_KEPT_BYTES", "MOST_PRODUCTS"), sizes[request.param]):
        monkeypatch.setattr(lbfgs, name, size)


@pytest.mark.usefixtures("cuts")
@pytest.mark.parametrize("activation", ACTIVATIONS)
@parametrize_losses
def test_objective_and_gradient_are_those_of_the_oracle(loss, activation):
    for hidden in HIDDEN:
        for weighted in (False, True):
            problem = Problem(loss, activation, hidden, weighted=weighted, l2=0.3)
            assert_objective_is_that_of_the_oracle(problem)


@pytest.mark.usefixtures("cuts")
@parametrize_hidden
def test_objective_of_sparse_rows_is_that_of_dense_ones(hidden):
    problem = Problem("log_loss", "relu", hidden, weighted=True, l2=0.3)
    problem.data.X[problem.data.X < 0] = 0
    problem.data.X[3] = 0
    theta = problem.rng.normal(size=problem.layout.size)
    value, gradient = problem.objective().smooth(theta)
    problem.data = problem.data._replace(X=csr_matrix(problem.data.X))
    same_value, same_gradient = problem.objective().smooth(theta)
    assert_allclose(same_value, value, rtol=1e-12)
    assert_allclose(same_gradient, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activations", PAIRS, ids="-".join)
@parametrize_losses
def test_objective_with_activations_and_strengths_per_layer_is_that_of_the_oracle(
    loss, activations
):
    problem = Problem(loss, activations, (4, 3), l1=(0.0, 0.1, 0.3), l2=(0.3, 0.0, 0.1))
    assert_objective_is_that_of_the_oracle(problem)


@parametrize_hidden
@parametrize_losses
def test_split_objective_adds_l1_and_its_gradient_is_that_of_finite_differences(loss, hidden):
    l1 = (0.2, 0.5, 0.1)[: len(hidden) + 1]
    problem = Problem(loss, "tanh", hidden, l1=l1, l2=0.3)
    objective, layout = problem.objective(), problem.layout
    parts = problem.rng.uniform(size=layout.size + layout.n_weights)
    value, gradient = objective.split(parts)
    both = parts[: layout.n_weights] + parts[layout.size :]
    sums = [l1[k] * each.sum() for k, each in enumerate(layout.coefs(both))]
    assert_allclose(value, problem.expected(join(parts, layout))[0] + sum(sums), rtol=1e-12)
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
    X, Y = problem.data[:2]
    problem.data = Data(X, Y, counts.astype(float))
    value, gradient = problem.objective().smooth(theta)
    problem.data = Data(np.repeat(X, counts, axis=0), np.repeat(Y, counts, axis=0), None)
    same_value, same_gradient = problem.objective().smooth(theta)
    assert_allclose(same_value, value, rtol=1e-13)
    assert_allclose(same_gradient, gradient, rtol=1e-11, atol=1e-14)


@parametrize_weighted
@parametrize_smooth_losses
def test_fitted_minimum_is_that_of_the_oracle(loss, weighted):
    problem = Problem(loss, "identity", (), weighted=weighted, l2=0.05)
    mlp = problem.fit((), tol=1e-9, max_iter=1000)
    found = naive.flatten(mlp.coefs_, mlp.intercepts_)
    start = np.zeros_like(found)
    if loss == "log_loss":  # the mean of its intercepts is free
        start[-3:] = mlp.intercepts_[0].mean()
    wanted = minimize(problem.expected, start, jac=True, method="BFGS", options={"gtol": 1e-8})
    assert_allclose(found, wanted.x, rtol=0, atol=1e-5)
    assert_allclose(mlp.loss_, wanted.fun, rtol=1e-9)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
def test_losses_with_kinks_come_close_to_the_minimum_of_a_linear_program(loss):
    problem = Problem(loss, "identity", (), l1=0.01)
    X, Y, _ = problem.data[:3]
    problem.data = Data(X, Y[:, :1], None)
    level = CONSTANTS["quantile"] if loss == "quantile" else 0.5
    factor = 1.0 if loss == "quantile" else 2.0  # |e| is twice the loss of the median
    exact = QuantileRegressor(quantile=level, alpha=0.01 / factor).fit(X, Y[:, 0])
    mlp = problem.fit((), tol=1e-9, max_iter=3000)
    values, _ = naive.LOSSES[loss](exact.predict(X)[:, None], Y[:, :1], level)
    least = values.mean() + 0.01 * np.abs(exact.coef_).sum()
    assert least - 1e-9 < mlp.loss_ < 1.02 * least


@pytest.mark.parametrize("activation", ["logistic", "tanh", ("silu",), ("softplus",)], ids=str)
@parametrize_smooth_losses
def test_fitted_hidden_nets_are_at_a_minimum_of_the_oracle(loss, activation):
    problem = Problem(loss, activation, (4,), l2=0.05)
    mlp = problem.fit((4,), activation, tol=1e-10, max_iter=5000)
    found = naive.flatten(mlp.coefs_, mlp.intercepts_)
    value, gradient = problem.expected(found)
    assert_allclose(mlp.loss_, value, rtol=1e-10)
    assert np.abs(gradient).max() < 2e-4
    polished = minimize(problem.expected, found, jac=True, method="BFGS")
    assert value - polished.fun < (1e-5 if loss == "gaussian" else 1e-9)  # in a flat valley


@pytest.mark.parametrize("max_iter", [1, 3, 200])
@pytest.mark.parametrize("l1", [0.0, 0.01])
@parametrize_hidden
def test_loss_curve_goes_down_to_the_objective_of_the_weights(hidden, l1, max_iter):
    problem = Problem("log_loss", "tanh", hidden, l1=l1, l2=0.02)
    mlp = problem.fit(hidden, "tanh", max_iter=max_iter)
    assert len(mlp.loss_curve_) == mlp.n_iter_
    assert np.all(np.diff(mlp.loss_curve_) <= (1e-3 if l1 else 1e-12))
    value, _ = problem.expected(naive.flatten(mlp.coefs_, mlp.intercepts_))
    assert_allclose(mlp.loss_, value + naive.penalty(mlp.coefs_, l1, 0.0), rtol=1e-10)


def failing_search(x_at_end):
    """In place of SciPy's `minimize`: it looks at a few points, and ends at the given one."""

    def minimize(function, start, *, callback, **_):
        for step in (0.1, 0.2):
            _, gradient = function(start)
            function(start - step * gradient)
        x = x_at_end(start)
        return OptimizeResult(x=x, fun=function(x)[0], status=2, message="ABNORMAL")

    return minimize


@pytest.mark.parametrize("l1", [0.0, 0.01])
def test_a_search_that_fails_leaves_the_best_point_that_it_saw(monkeypatch, l1):
    problem = Problem("log_loss", "tanh", (5,), l1=l1, l2=0.02)
    monkeypatch.setattr(lbfgs, "minimize", failing_search(lambda start: 100 * np.abs(start)))
    with pytest.warns(ConvergenceWarning, match="ABNORMAL"):
        mlp = problem.fit((5,), "tanh")
    value, _ = problem.expected(naive.flatten(mlp.coefs_, mlp.intercepts_))
    assert_allclose(mlp.loss_, value + naive.penalty(mlp.coefs_, l1, 0.0), rtol=1e-10)
    layout = Layout.of(mlp.coefs_)
    start = draw_initial_theta(layout, ("tanh",), mlp._training_state["seed"], FLOAT64)
    at_start = problem.expected(start)[0] + naive.penalty(layout.coefs(start), l1, 0.0)
    assert mlp.loss_ < at_start
    assert mlp.n_iter_ == len(mlp.loss_curve_) == 1


@parametrize_losses
def test_a_fit_does_not_depend_on_the_order_of_weighted_rows(loss):
    problem = Problem(loss, "tanh", (5,), weighted=True, l1=1e-3)
    problem.data.weights[80:] = problem.rng.uniform(size=10)  # of rows that occur twice
    fitted = problem.fit((5,), "tanh", max_iter=50)
    for _ in range(3):
        order = problem.rng.permutation(N)
        problem.data = Data(*(part[order] for part in problem.data[:3]))
        again = problem.fit((5,), "tanh", max_iter=50)
        assert_array_equal(again.coefs_[0], fitted.coefs_[0])


def test_l1_of_one_layer_makes_zeros_in_that_layer_alone():
    problem = Problem("log_loss", "tanh", (6,), l1=(0.03, 0.0))
    first, last = problem.fit((6,), "tanh").sparsity_
    assert first > 0.2
    assert last == 0


@pytest.mark.parametrize("l1", [0.0, 0.01])
def test_max_iter_and_max_fun_are_limits(l1):
    problem = Problem("log_loss", "tanh", (5,), l1=l1, l2=1e-4)
    assert problem.fit((5,), "tanh", tol=1e-9, max_iter=7).n_iter_ == 7
    assert problem.fit((5,), "tanh", tol=1e-9, max_iter=500, max_fun=9).n_iter_ <= 9

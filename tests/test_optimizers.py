"""Single steps of the optimizers: the proximal map, its metric, the penalty, and nan."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._kernels.entries import train_on_block
from skreg._kernels.losses import LOSSES
from skreg._kernels.network import Net, Work
from skreg._kernels.optimizers import OPTIMIZERS, Rule, correct_rates, shrink
from skreg._kernels.steps import State
from skreg._training.arguments import make_penalty
from skreg._training.layout import Layout

FLOAT64 = np.dtype(np.float64)
N_WEIGHTS = 12
parametrize_solvers = pytest.mark.parametrize("solver", OPTIMIZERS)


def make_rule(solver, *, momentum=0.0, nesterov=0, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    constants = (np.float64(c) for c in (beta_1, beta_2, epsilon, np.inf))
    return Rule(OPTIMIZERS[solver], np.float64(momentum), nesterov, *constants)


class Linear:
    """A linear model whose gradient is chosen: the loss ½(w·x − y)² of one row with x = 1/√d.

    `targets` (d,) become d separate rows, one per weight, so that the gradient of weight j is
    w[j] − targets[j], up to the mean over rows that `scale` takes back.
    """

    def __init__(self, weights, targets, rule, l1=0.0, l2=0.0, rate=0.1):
        d = weights.size
        layout = Layout((d, 1))
        self.theta = np.concatenate([weights, [0.0]])
        self.state = State(self.theta, np.zeros(d + 1), np.zeros(d + 1))
        self.rule, self.rate, self.count = rule, np.float64(rate), 0
        layers = np.hstack([layout.layers, np.zeros((1, 4), np.int64)])
        loss = LOSSES["squared_error"].option.address(FLOAT64)
        self.net = Net(layers, np.zeros(1), loss, np.float64(0), 0)
        segments = type("Strengths", (), {"l1": (l1,), "l2": (l2,)})
        self.penalty = make_penalty(layout, segments, FLOAT64)
        self.work = Work(np.empty(d), np.empty(0), np.empty((2, 0)), np.empty(d + 1))
        self.X, self.Y = np.eye(d), targets.reshape(-1, 1).copy()

    def step(self):
        """One step; returns J before it."""
        d = self.X.shape[0]
        value = train_on_block["dense"][FLOAT64](
            self.state,
            self.net,
            self.penalty,
            self.rule,
            self.work,
            (),
            self.X.copy(),
            self.Y,
            np.ones(d),
            np.float64(d),  # the sum over rows instead of the mean
            self.rate,
            d,
            self.count,
        )
        self.count += 1
        return value / d

    @property
    def weights(self):
        return self.theta[:-1]

    @property
    def gradient(self):
        """Of the loss, at the weights before the last step."""
        return self.work.gradient[:-1]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("threshold", [0.0, 0.1, 1.0, 3.0])
def test_shrink_beats_every_other_point(threshold):
    def objective(w, u):
        return 0.5 * (u - w) ** 2 + threshold * np.abs(w)

    grid = np.linspace(-5, 5, 10_001)
    for u in np.linspace(-4, 4, 201):
        best = shrink(u, threshold)
        near = best + np.linspace(-1e-3, 1e-3, 201)
        assert objective(best, u) <= objective(grid, u).min() + 1e-14
        assert objective(best, u) <= objective(near, u).min() + 1e-14


def test_shrink_is_exactly_zero_up_to_the_threshold():
    for w in [-0.3, -0.1, 0.0, 0.1, 0.3]:
        assert shrink(w, 0.3) == 0
    assert shrink(0.31, 0.3) > 0
    assert shrink(-0.31, 0.3) < 0


def test_shrink_by_nothing_is_the_identity():
    for w in [-2.5, -1e-300, 0.0, 1e-300, 0.1, np.inf]:
        assert shrink(w, 0.0) == w


def test_shrink_keeps_nan():
    assert np.isnan(shrink(np.nan, 0.3))
    assert np.isnan(shrink(np.float32(np.nan), np.float32(0.3)))


@pytest.mark.parametrize("l1", [0.0, 0.1])
@parametrize_solvers
def test_nan_in_the_gradient_reaches_the_weights(solver, l1, rng):
    model = Linear(rng.normal(size=N_WEIGHTS), np.zeros(N_WEIGHTS), make_rule(solver), l1)
    model.state.first[3] = np.nan
    if solver == "sgd":
        model.rule = make_rule(solver, momentum=0.5)
    model.step()
    assert_array_equal(np.isnan(model.weights), np.arange(N_WEIGHTS) == 3)


@parametrize_solvers
def test_returned_value_is_that_before_the_step(solver, rng):
    weights, targets = rng.normal(size=(2, N_WEIGHTS))
    model = Linear(weights, targets, make_rule(solver), l1=0.3, l2=0.7)
    loss = np.sum((weights - targets) ** 2) / 2
    expected = loss + 0.3 * np.abs(weights).sum() + 0.35 * np.sum(weights**2)
    assert_allclose(model.step(), expected, rtol=1e-13)


@parametrize_solvers
def test_first_step_of_rate_and_gradient(solver, rng):
    weights, targets = rng.normal(size=(2, N_WEIGHTS))
    model = Linear(weights, targets, make_rule(solver), l2=0.5, rate=0.01)
    gradient = 1.5 * weights - targets
    moved = {"sgd": 0.01 * gradient, "adam": 0.01 * np.sign(gradient)}[solver]
    model.step()
    assert_allclose(model.weights, weights - moved, rtol=0, atol=1e-6)


@pytest.mark.parametrize("beta_1", [0.0, 0.9, 0.99])
@parametrize_solvers
def test_first_step_pulls_in_the_metric_in_which_it_moves(solver, beta_1, rng):
    weights, targets = rng.uniform(1, 2, N_WEIGHTS), np.zeros(N_WEIGHTS)
    plain = Linear(weights, targets, make_rule(solver, beta_1=beta_1), rate=1e-3)
    pulled = Linear(weights, targets, make_rule(solver, beta_1=beta_1), l1=0.5, rate=1e-3)
    plain.step()
    pulled.step()
    moved = weights - plain.weights
    metric = moved / plain.gradient  # a step of rate·g / d has rate / d
    assert_allclose(plain.weights - pulled.weights, 0.5 * metric, rtol=1e-8)


@parametrize_solvers
def test_biases_are_not_penalized(solver):
    model = Linear(np.zeros(3), np.zeros(3), make_rule(solver), l1=10.0, l2=10.0)
    model.theta[-1] = 2.0
    free = Linear(np.zeros(3), np.zeros(3), make_rule(solver))
    free.theta[-1] = 2.0
    assert model.step() == free.step()
    assert model.theta[-1] == free.theta[-1] != 0


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, 0), (0.8, 0), (0.8, 1)])
@parametrize_solvers
def test_fixed_points_are_the_minima_of_the_objective(solver, momentum, nesterov, rng):
    l1, l2 = 0.4, 0.3
    weights, targets = rng.normal(size=(2, N_WEIGHTS))
    rule = make_rule(solver, momentum=momentum, nesterov=nesterov)
    model = Linear(weights, targets, rule, l1, l2)
    for i in range(4000):
        model.rate = np.float64(0.1 * 0.997**i)
        model.step()
    centered = targets - model.theta[-1]
    expected = np.sign(centered) * np.maximum(np.abs(centered) - l1, 0) / (1 + l2)
    assert_allclose(model.weights, expected, rtol=0, atol=1e-6)
    assert_array_equal(model.weights == 0, expected == 0)
    assert 0 < np.sum(expected == 0) < N_WEIGHTS


def test_rate_of_sgd_is_not_corrected():
    for count in [1, 2, 100]:
        assert correct_rates(np.float64(0.25), make_rule("sgd"), count) == (0.25, 0.25)


@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.9, 0.999), (0.0, 0.5), (0.5, 0.0), (0.0, 0.0)])
def test_rate_of_adam_is_corrected_by_the_bias_of_its_moments(beta_1, beta_2):
    rule = make_rule("adam", beta_1=beta_1, beta_2=beta_2)
    for count in [1, 2, 10, 100_000, 10**9]:
        of_l1 = 0.25 * np.sqrt(1 - beta_2**count)
        expected = (of_l1 / (1 - beta_1**count), of_l1)
        assert_allclose(correct_rates(np.float64(0.25), rule, count), expected, rtol=1e-12)

"""Gradients against finite differences, values against the oracle: what jitted training rests on.

A call of `train_on_block` on one batch returns J · rows at the theta it was given, with the dropout
masks of the given seed and step, and leaves the gradient of the loss in `work.gradient`.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import add_loss_and_gradient, train_on_block
from skreg._kernels.losses import LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.steps import State
from skreg._training.arguments import make_net, make_rule, make_scratch, make_segments, make_work
from skreg._training.layout import Layout
from skreg._training.normalization import extras_of
from skreg._training.rows import rows_of
from tests import naive
from tests.switched_off import OFF, make_vectors

N, N_FEATURES = 7, 4
HIDDEN = [(), (5,), (5, 3), (4, 6, 5)]
FLOAT64 = np.dtype(np.float64)
QUANTILES = [0.1, 0.4, 0.8]
NAMES = list(ACTIVATIONS)
MIXED = [tuple(NAMES[(i + k) % len(NAMES)] for k in range(3)) for i in range(len(NAMES))]


class Problem:
    """A network with data, all of it random, in float64."""

    normalization = None

    def __init__(self, loss, activation, hidden, dropout=0.0, *, weighted=False, l1=0.0, l2=0.0):
        self.rng = np.random.default_rng(len(hidden))
        self.loss, self.activations = loss, naive.per_layer(activation, len(hidden))
        self.quantile = QUANTILES if loss == "quantiles" else 0.3
        self.units = (N_FEATURES, *hidden, 3 * naive.count_scores(loss, self.quantile))
        self.layout = Layout(self.units, extras_of(self.normalization, hidden))
        self.rates = (dropout / 2, *[dropout] * len(hidden))
        self.l1, self.l2 = l1, l2
        self.X = self.rng.normal(size=(N, N_FEATURES))
        self.Y = naive.draw_targets(loss, N, 3, self.rng)
        self.weights = self.rng.uniform(0, 2, N) if weighted else np.ones(N)
        # exp(score) or 1 / variance are not to be huge.
        scale = 0.3 if LOSSES[loss].link in ("exp", "gaussian") else 1.0
        self.theta = scale * self.rng.normal(size=self.layout.size)

    def settings(self):
        n_layers = len(self.units) - 1
        return SimpleNamespace(
            activations=self.activations,
            loss=self.loss,
            delta=0.8,
            quantile=self.quantile,
            dropout=self.rates,
            **{
                **OFF,
                "l1": naive.per_layer(self.l1, n_layers),
                "l2": naive.per_layer(self.l2, n_layers),
                "normalization": self.normalization,
            },
            clip_norm=None,
            momentum=0.0,
            nesterovs_momentum=False,
            beta_1=0.9,
            beta_2=0.999,
            epsilon=1e-8,
        )

    @property
    def parameter(self):
        return getattr(self.settings(), LOSSES[self.loss].parameter or "", None)

    def train(self, theta, *, seed=0, step=0, batch_size=N, solver="sgd"):
        """What the entry returns, the gradient it leaves, and the theta it makes of `theta`."""
        settings, theta = self.settings(), theta.copy()
        settings.solver = solver
        constants = self.constants(settings, seed, batch_size)
        total = self.run(theta, constants, step, batch_size)
        return total, constants[3].gradient, theta

    def constants(self, settings, seed, batch_size):
        """What is made once per fit."""
        return (
            make_net(self.layout, settings, seed, FLOAT64),
            make_segments(self.layout, settings, FLOAT64),
            make_rule(settings, FLOAT64),
            make_work(self.layout, settings, batch_size, FLOAT64),
            (),
        )

    def run(self, theta, constants, step, batch_size):
        return train_on_block["dense"][FLOAT64](
            State(*make_vectors(theta)),
            *constants,
            self.X.copy(),
            self.Y,
            self.weights,
            np.float64(1 / self.weights.mean()),
            np.float64(0.1),
            batch_size,
            step,
        )

    def value_and_gradient(self, theta, seed=0, step=0):
        total, gradient, _ = self.train(theta, seed=seed, step=step)
        return total / N, gradient

    def value_of(self, seed, step):
        """The loss as a function of theta."""
        settings = self.settings()
        settings.solver = "sgd"
        constants = self.constants(settings, seed, N)
        return lambda theta: self.run(theta.copy(), constants, step, N) / N

    def expected(self, theta, seed=0, step=0):
        """The loss and its gradient by the oracle."""
        coefs, intercepts = naive.unflatten(theta, self.units)
        drops = naive.draw_drops(seed, step, N, self.units, self.rates)
        factors = self.weights / self.weights.mean() / N
        value, *gradients = naive.loss_and_gradients(
            coefs,
            intercepts,
            self.X,
            self.Y,
            factors,
            self.activations,
            self.loss,
            drops,
            self.parameter,
        )
        return value, naive.flatten(*gradients)


def differentiate(function, theta, width=1e-6):
    """Central differences of a function of a vector."""
    gradient = np.empty_like(theta)
    for j in range(theta.size):
        ahead, behind = theta.copy(), theta.copy()
        ahead[j] += width
        behind[j] -= width
        gradient[j] = (function(ahead) - function(behind)) / (2 * width)
    return gradient


def assert_gradient_is_that_of_differences(problem, seed=2**31 - 2, step=12345):
    value, gradient = problem.value_and_gradient(problem.theta, seed, step)
    expected = differentiate(problem.value_of(seed, step), problem.theta)
    rounding = 1e-9 * (1 + abs(value))
    assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8 + rounding)
    assert np.any(np.abs(expected) > 1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_that_of_finite_differences(loss, activation, dropout):
    for hidden in HIDDEN:
        problem = Problem(loss, activation, hidden, dropout, weighted=len(hidden) % 2 == 1)
        assert_gradient_is_that_of_differences(problem)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("activations", MIXED, ids="-".join)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_that_of_finite_differences_for_mixed_activations(loss, activations, dropout):
    problem = Problem(loss, activations, (4, 6, 5), dropout, weighted=True)
    assert_gradient_is_that_of_differences(problem)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, *MIXED], ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_gradient_are_those_of_the_oracle(loss, activation, dropout):
    for hidden in HIDDEN if isinstance(activation, str) else HIDDEN[3:]:
        problem = Problem(loss, activation, hidden, dropout, weighted=True)
        value, gradient = problem.value_and_gradient(problem.theta, 2**31 - 2, 12345)
        expected_value, expected_gradient = problem.expected(problem.theta, 2**31 - 2, 12345)
        rounding = 1e-13 * (1 + abs(expected_value))
        assert_allclose(value, expected_value, rtol=1e-11)
        assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=rounding)


@pytest.mark.parametrize("loss", LOSSES)
def test_value_includes_the_penalty_of_weights_and_not_of_biases(loss):
    l1, l2 = (0.3, 0.0, 0.5), (0.7, 0.2, 0.0)
    problem = Problem(loss, "tanh", (5, 3), l1=l1, l2=l2)
    coefs, _ = naive.unflatten(problem.theta, problem.units)
    expected = problem.expected(problem.theta)[0] + naive.penalty(coefs, l1, l2)
    assert_allclose(problem.value_and_gradient(problem.theta)[0], expected, rtol=1e-12)


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_dropout_zero_equals_no_dropout(hidden):
    problem = Problem("log_loss", "tanh", hidden)
    without = problem.train(problem.theta, seed=1)
    drops = [1.0] * len(problem.rates)
    coefs, intercepts = naive.unflatten(problem.theta, problem.units)
    scores = naive.forward(coefs, intercepts, problem.X, "tanh", drops)[1][-1]
    assert_allclose(without[0], naive.log_loss(scores, problem.Y, None)[0].sum(), rtol=1e-12)
    for seed, step in [(2, 0), (1, 9)]:
        for one, other in zip(without, problem.train(problem.theta, seed=seed, step=step)):
            assert_array_equal(one, other)


def test_dropout_depends_on_the_seed_and_the_step():
    problem = Problem("log_loss", "tanh", (5, 3), 0.5)
    gradients = [problem.value_and_gradient(problem.theta, *at)[1] for at in [(0, 0), (1, 0)]]
    gradients += [problem.value_and_gradient(problem.theta, *at)[1] for at in [(0, 1), (0, 0)]]
    assert not np.array_equal(gradients[0], gradients[1])
    assert not np.array_equal(gradients[0], gradients[2])
    assert_array_equal(gradients[0], gradients[3])


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_a_block_is_trained_on_batch_by_batch(hidden):
    problem = Problem("squared_error", "relu", hidden, 0.3, weighted=True, l2=0.1)
    total, _, theta = problem.train(problem.theta, step=5, batch_size=3)
    scale = 1 / problem.weights.mean()
    expected_total, expected = 0.0, problem.theta.copy()
    for step, start in [(5, 0), (6, 3), (7, 6)]:
        rows = slice(start, start + 3)
        n = len(problem.X[rows])
        coefs, intercepts = naive.unflatten(expected, problem.units)
        drops = naive.draw_drops(0, step, n, problem.units, problem.rates)
        value, of_coefs, of_intercepts = naive.loss_and_gradients(
            coefs,
            intercepts,
            problem.X[rows],
            problem.Y[rows],
            problem.weights[rows] * scale / n,
            "relu",
            "squared_error",
            drops,
        )
        expected_total += n * (value + naive.penalty(coefs, 0.0, 0.1))
        of_coefs = [gradient + 0.1 * coef for gradient, coef in zip(of_coefs, coefs)]
        expected = expected - 0.1 * naive.flatten(of_coefs, of_intercepts)
    assert_allclose(total, expected_total, rtol=1e-12)
    assert_allclose(theta, expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_training_stops_before_the_step_whose_loss_is_not_finite(solver):
    problem = Problem("squared_error", "relu", (5,))
    problem.X[4] = np.nan
    total, _, theta = problem.train(problem.theta, batch_size=2, solver=solver)
    assert not np.isfinite(total)
    problem.X, problem.Y, problem.weights = problem.X[:4], problem.Y[:4], problem.weights[:4]
    _, _, before = problem.train(problem.theta, batch_size=2, solver=solver)
    assert np.isfinite(before).all()
    assert_array_equal(theta, before)
    assert not np.array_equal(theta, problem.theta)


@pytest.mark.parametrize("form", ["dense", "csr"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_of_tiles_add_up_to_that_of_all_rows(loss, activation, form):
    for hidden in HIDDEN:
        problem = Problem(loss, activation, hidden, weighted=True)
        problem.X[:, 1] = problem.X[2] = 0.0
        parts, X = (problem.layout, problem.settings()), problem.X
        work, net = make_work(*parts, 4, FLOAT64), make_net(*parts, 0, FLOAT64)
        if form == "csr":
            X = csr_matrix(X)
        scratch, gradient = make_scratch(*parts, X, 4), np.full(problem.layout.size, 100.0)
        scale, value = np.float64(1 / problem.weights.sum()), 0.0
        for start, stop, tile in ((0, 4, 4), (4, 7, 2)):
            rows = rows_of(X).tile(start, stop, FLOAT64)
            block = rows, problem.Y[start:stop], problem.weights[start:stop]
            value += add_loss_and_gradient[form][FLOAT64](
                problem.theta, gradient, net, work, scratch, *block, scale, tile
            )
        expected_value, expected_gradient = problem.expected(problem.theta)
        assert_allclose(value, expected_value, rtol=1e-12)
        assert_allclose(gradient - 100.0, expected_gradient, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_of_zero_equal_rows_left_out(loss):
    problem = Problem(loss, "tanh", (5,), weighted=True)
    problem.weights[[1, 4]] = 0.0
    value, gradient = problem.value_and_gradient(problem.theta)
    problem.X[[1, 4]] = problem.rng.normal(size=(2, N_FEATURES))
    problem.Y[[1, 4]] = problem.Y[[2, 3]]
    same_value, same_gradient = problem.value_and_gradient(problem.theta)
    assert_allclose(value, same_value, rtol=1e-14)
    assert_allclose(gradient, same_gradient, rtol=1e-12, atol=1e-15)

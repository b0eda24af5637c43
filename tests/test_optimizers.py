"""Single steps of the optimizers: the proximal map, its metric, the penalty, and nan."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._compiler.vectors import sweep
from skreg._kernels.entries import train_on_block
from skreg._kernels.optimizers import OPTIMIZERS, shrink
from skreg._kernels.penalties import Numbers
from skreg._kernels.steps import State
from skreg._training.arguments import make_net, make_rule, make_segments, make_work
from skreg._training.layout import Layout
from tests import naive
from tests.compiled import callable_from_python
from tests.switched_off import OFF, make_vectors

FLOAT64 = np.dtype(np.float64)
N_WEIGHTS = 12
parametrize_solvers = pytest.mark.parametrize("solver", OPTIMIZERS)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def make_settings(solver, **changes):
    """Those of a linear model, with constants of all optimizers."""
    settings = {
        "activations": (),
        "loss": "squared_error",
        "dropout": (0.0,),
        **OFF,
        "clip_norm": None,
        "solver": solver,
        "momentum": 0.0,
        "nesterovs_momentum": False,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-8,
    }
    assert changes.keys() <= settings.keys()
    return SimpleNamespace(**(settings | changes))


class Linear:
    """A linear model whose gradient is chosen: the loss ½(w·x − y)² of one row with x = 1/√d.

    `targets` (d,) become d separate rows, one per weight, so that the gradient of weight j is
    w[j] − targets[j], up to the mean over rows that `scale` takes back.
    """

    def __init__(self, weights, targets, solver, l1=0.0, l2=0.0, rate=0.1, **constants):
        d = weights.size
        layout = Layout((d, 1))
        settings = make_settings(solver, l1=(l1,), l2=(l2,), **constants)
        self.theta = np.concatenate([weights, [0.0]])
        self.state = State(*make_vectors(self.theta))
        self.rate, self.count = np.float64(rate), 0
        self.net = make_net(layout, settings, 0, FLOAT64)
        self.segments = make_segments(layout, settings, FLOAT64)
        self.rule = make_rule(settings, FLOAT64)
        self.work = make_work(layout, settings, d, FLOAT64)
        self.X, self.Y = np.eye(d), targets.reshape(-1, 1).copy()

    def step(self):
        """One step; returns J before it."""
        d = self.X.shape[0]
        value = train_on_block["dense"][FLOAT64](
            self.state,
            self.net,
            self.segments,
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


@parametrize_dtypes
def test_shrink_is_the_same_in_a_compiled_formula_and_keeps_nan(dtype):
    formula = callable_from_python(sweep(lambda w, t: (shrink(w, t), w)))
    numbers = [*np.linspace(-1, 1, 30), np.nan, np.inf, -np.inf, 0.3, -0.3]
    w = np.array(numbers, dtype)
    expected = shrink(w, dtype.type(0.3))
    formula((w,), (dtype.type(0.3),))
    assert_array_equal(w, expected)
    assert np.isnan(w[30])


@pytest.mark.parametrize("l1", [0.0, 0.1])
@parametrize_solvers
def test_nan_in_the_gradient_reaches_the_weights(solver, l1, rng):
    weights, targets = rng.normal(size=N_WEIGHTS), np.zeros(N_WEIGHTS)
    model = Linear(weights, targets, solver, l1, momentum=0.5)
    model.state.first[3] = np.nan
    model.step()
    assert_array_equal(np.isnan(model.weights), np.arange(N_WEIGHTS) == 3)


@parametrize_solvers
def test_returned_value_is_that_before_the_step(solver, rng):
    weights, targets = rng.normal(size=(2, N_WEIGHTS))
    model = Linear(weights, targets, solver, l1=0.3, l2=0.7)
    loss = np.sum((weights - targets) ** 2) / 2
    expected = loss + 0.3 * np.abs(weights).sum() + 0.35 * np.sum(weights**2)
    assert_allclose(model.step(), expected, rtol=1e-13)


@pytest.mark.parametrize("solver, move", [("sgd", np.positive), ("adam", np.sign)])
def test_first_step_of_rate_and_gradient(solver, move, rng):
    weights, targets = rng.normal(size=(2, N_WEIGHTS))
    model = Linear(weights, targets, solver, l2=0.5, rate=0.01)
    gradient = 1.5 * weights - targets
    model.step()
    assert_allclose(model.weights, weights - 0.01 * move(gradient), rtol=0, atol=1e-6)


@pytest.mark.parametrize("beta_1", [0.0, 0.9, 0.99])
@parametrize_solvers
def test_first_step_pulls_in_the_metric_in_which_it_moves(solver, beta_1, rng):
    weights, targets = rng.uniform(1, 2, N_WEIGHTS), np.zeros(N_WEIGHTS)
    plain = Linear(weights, targets, solver, rate=1e-3, beta_1=beta_1)
    pulled = Linear(weights, targets, solver, l1=0.5, rate=1e-3, beta_1=beta_1)
    plain.step()
    pulled.step()
    moved = weights - plain.weights
    metric = moved / plain.gradient  # a step of rate·g / d has rate / d
    assert_allclose(plain.weights - pulled.weights, 0.5 * metric, rtol=1e-8)


@parametrize_solvers
def test_biases_are_not_penalized(solver):
    model = Linear(np.zeros(3), np.zeros(3), solver, l1=10.0, l2=10.0)
    model.theta[-1] = 2.0
    free = Linear(np.zeros(3), np.zeros(3), solver)
    free.theta[-1] = 2.0
    assert model.step() == free.step()
    assert model.theta[-1] == free.theta[-1] != 0


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.8, False), (0.8, True)])
@parametrize_solvers
def test_fixed_points_are_the_minima_of_the_objective(solver, momentum, nesterov, rng):
    l1, l2 = 0.4, 0.3
    weights, targets = rng.normal(size=(2, N_WEIGHTS))
    constants = {"momentum": momentum, "nesterovs_momentum": nesterov}
    model = Linear(weights, targets, solver, l1, l2, **constants)
    for i in range(4000):
        model.rate = np.float64(0.1 * 0.997**i)
        model.step()
    centered = targets - model.theta[-1]
    expected = np.sign(centered) * np.maximum(np.abs(centered) - l1, 0) / (1 + l2)
    assert_allclose(model.weights, expected, rtol=0, atol=1e-6)
    assert_array_equal(model.weights == 0, expected == 0)
    assert 0 < np.sum(expected == 0) < N_WEIGHTS


@pytest.mark.parametrize("nesterov", [0, 1])
@parametrize_dtypes
def test_velocities_have_all_digits_where_weights_are_large(dtype, nesterov, rng):
    """They are small beside the weights, and would lose digits as differences of these."""
    theta, velocity = np.full(35, 1e3, dtype), np.zeros(35, dtype)
    gradient, rate = rng.normal(size=35).astype(dtype), dtype.type(1e-3)
    OPTIMIZERS["sgd"].option.by_dtype[dtype](
        theta,
        gradient,
        velocity,
        velocity,
        np.array([[0, 35]]),
        np.array([Numbers()], dtype),
        np.array([0.9, nesterov], dtype),
        rate,
        dtype.type(1),
        1,
    )
    assert_allclose(velocity, -rate * gradient, rtol=4 * np.finfo(dtype).eps)


SEGMENTS = {
    (0, 5): Numbers(),
    (5, 9): Numbers(l2=0.7, weight_decay=0.3),
    (9, 10): Numbers(l1=0.3, rate=0.1),
    (10, 40): Numbers(l1=0.2, l2=0.4, rate=3.0, weight_decay=0.1),
}


class Segments:
    """Segments of theta with numbers of their own, and random gradients and moments."""

    def __init__(self, dtype, *, with_l1):
        rng = np.random.default_rng(3)
        self.theta, self.gradient, self.first, self.second = (
            rng.normal(size=40).astype(dtype) for _ in range(4)
        )
        self.second = np.abs(self.second)
        self.ends, self.with_l1 = np.array([*SEGMENTS]), with_l1
        self.numbers = [n._replace(l1=n.l1 * with_l1) for n in SEGMENTS.values()]

    def step(self, settings, rate=0.1, factor=1.0, count=1):
        """Move theta and its moments; returns the penalty."""
        dtype, optimizer = self.theta.dtype, OPTIMIZERS[settings.solver]
        option = optimizer.option_of_l1 if self.with_l1 else optimizer.option
        constants = np.array([getattr(settings, name) for name in optimizer.constants], dtype)
        vectors = self.theta, self.gradient, self.first, self.second
        more = constants, dtype.type(rate), dtype.type(factor), count
        numbers = np.array(self.numbers, dtype)
        return option.by_dtype[dtype](*vectors, self.ends, numbers, *more)

    def of_each(self, vector):
        return [vector[a:b].astype(float) for a, b in self.ends]


SETTINGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterovs_momentum": True},
    {"beta_1": 0.0, "beta_2": 0.5},
    {"beta_1": 0.5, "beta_2": 0.0, "epsilon": 0.1},
]


@pytest.mark.parametrize("with_l1", [False, True])
@pytest.mark.parametrize("changes", SETTINGS, ids=str)
@parametrize_dtypes
@parametrize_solvers
def test_steps_on_all_segments_are_those_of_the_oracle_on_each(solver, dtype, changes, with_l1):
    settings, model = make_settings(solver, **changes), Segments(dtype, with_l1=with_l1)
    model.first[:] = model.second[:] = 0
    points = model.of_each(model.theta)
    oracle = naive.OPTIMIZERS[solver](points, settings)
    rng, tolerance = np.random.default_rng(0), 64 * np.finfo(dtype).eps
    for count in range(1, 6):
        model.gradient[:] = rng.normal(size=40)
        penalty = model.step(settings, factor=0.75, count=count)
        gradients = model.of_each(0.75 * model.gradient)
        expected = sum(naive.penalty([p], n.l1, n.l2) for p, n in zip(points, model.numbers))
        points = [
            oracle.step(i, points[i], gradients[i], 0.1 * n.rate, *n[1:])
            for i, n in enumerate(model.numbers)
        ]
        assert_allclose(penalty, expected, rtol=tolerance)
        assert_allclose(model.theta, np.concatenate(points), rtol=tolerance, atol=tolerance)


@parametrize_dtypes
@parametrize_solvers
def test_places_outside_of_the_segments_are_left_alone(solver, dtype):
    model, before = (Segments(dtype, with_l1=True) for _ in range(2))
    model.ends, model.numbers = model.ends[1:3], model.numbers[1:3]
    model.step(make_settings(solver, momentum=0.9))
    inside = slice(*model.ends[[0, 1], [0, 1]])
    for name in ("theta", "first", "second"):
        outside = np.delete(getattr(model, name), inside)
        assert_array_equal(outside, np.delete(getattr(before, name), inside))
    assert np.all(model.theta[inside] != before.theta[inside])
    assert_array_equal(model.gradient, before.gradient)


@parametrize_dtypes
@parametrize_solvers
def test_only_moments_that_an_optimizer_asks_for_are_touched(solver, dtype):
    model, before = (Segments(dtype, with_l1=True) for _ in range(2))
    model.step(make_settings(solver, momentum=0.9))
    n_moments = OPTIMIZERS[solver].n_moments
    for i, name in enumerate(["first", "second"]):
        assert np.all(getattr(model, name) != getattr(before, name)) == (i < n_moments)
        assert np.any(getattr(model, name) != getattr(before, name)) == (i < n_moments)


@pytest.mark.parametrize("with_l1", [False, True])
def test_rate_of_sgd_is_not_corrected(with_l1):
    model, settings = Segments(FLOAT64, with_l1=with_l1), make_settings("sgd")
    start = model.theta.copy()
    ends = []
    for count in [1, 2, 100]:
        model.theta[:] = start
        model.step(settings, 0.25, count=count)
        ends.append(model.theta.copy())
    assert_array_equal(ends[0], ends[1])
    assert_array_equal(ends[0], ends[2])
    assert_allclose(start[:5] - ends[0][:5], 0.25 * model.gradient[:5], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("l1", [0.0, 1e-3])
@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.9, 0.999), (0.0, 0.5), (0.5, 0.0), (0.0, 0.0)])
def test_rate_of_adam_is_corrected_by_the_bias_of_its_moments(beta_1, beta_2, l1):
    settings = make_settings("adam", beta_1=beta_1, beta_2=beta_2)
    for count in [1, 2, 10, 100_000, 10**9]:
        model = Segments(FLOAT64, with_l1=l1 > 0)
        model.ends, model.numbers = model.ends[:1], [Numbers(l1=l1)]
        model.theta[:] = 0
        g, of_l1 = model.gradient[:5], 0.25 * np.sqrt(1 - beta_2**count)
        first = beta_1 * model.first[:5] + (1 - beta_1) * g
        second = beta_2 * model.second[:5] + (1 - beta_2) * g**2
        model.step(settings, 0.25, count=count)
        scale = np.sqrt(second) + settings.epsilon
        moved = of_l1 / (1 - beta_1**count) * first / scale
        expected = -np.sign(moved) * (np.abs(moved) - of_l1 * l1 / scale)
        assert_allclose(model.first[:5], first, rtol=1e-12)
        assert_allclose(model.second[:5], second, rtol=1e-12)
        assert_allclose(model.theta[:5], expected, rtol=1e-12)

"""The maps behind a step: the group lasso in its metric, and bounds of norms that hold exactly."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.datasets import make_classification
from sklearn.linear_model import MultiTaskElasticNet

from skreg import MLPClassifier, MLPRegressor
from skreg._compiler.jit import DTYPES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.penalties import PENALTIES
from skreg._training.layout import Layout
from skreg._training.segments import project
from skreg.augmentation import GaussianNoise
from tests import naive
from tests.switched_off import OFF

MAPS = [name for name, row in PENALTIES.items() if row.move]
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
X, Y = make_classification(90, 8, n_informative=4, n_classes=3, random_state=0)
# The way to move, and the same with an inertia that maps must leave consistent.
MOVES = {
    "adam": {"solver": "adam"},
    "heavy ball": {"solver": "sgd", "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd"},
}
parametrize_moves = pytest.mark.parametrize("move", MOVES)


def apply(name, theta, strength, steps=1.0, velocity=None, ahead=0.0):
    """Change `theta`, and `velocity` if there is one, in place."""
    dtype, carried = theta.dtype, velocity is not None
    steps = np.broadcast_to(np.asarray(steps, dtype), theta.shape).copy()
    velocity = velocity if carried else np.full_like(theta, np.nan)
    numbers = [dtype.type(number) for number in (strength, ahead, carried)]
    PENALTIES[name].move.by_dtype[dtype](theta, velocity, steps, np.empty(theta.shape[1]), *numbers)
    return theta


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("spread", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("n_out", [1, 2, 33])
@parametrize_dtypes
def test_groups_are_those_of_a_search_for_the_norm(dtype, n_out, spread, rng):
    W = (rng.normal(size=(60, n_out)) * 10.0 ** rng.uniform(-3, 1, (60, 1))).astype(dtype)
    steps = np.exp(spread * rng.normal(size=W.shape)).astype(dtype)
    expected = naive.group_prox(W.astype(float), steps.astype(float), 0.5)
    actual = apply("group_l1", W.copy(), 0.5, steps)
    tolerance = 30 * np.finfo(dtype).eps
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
    is_zero = (expected == 0).all(axis=1)
    assert_array_equal((actual == 0).all(axis=1), is_zero)
    assert 0 < is_zero.sum() < 60


def test_no_other_row_has_a_smaller_objective(rng):
    u, steps, strength = rng.normal(size=(1, 3)), np.array([[0.1, 1.0, 5.0]]), 0.3

    def objective(w):
        return np.sum((w - u) ** 2 / steps, axis=-1) / 2 + strength * np.linalg.norm(w, axis=-1)

    best = apply("group_l1", u.copy(), strength, steps)
    for width in [1e-4, 1e-2, 1.0]:
        others = best + width * rng.normal(size=(5000, 3))
        assert objective(best)[0] <= objective(others).min() + 1e-15


@parametrize_dtypes
def test_rows_of_zeros_stay_zero_and_nan_stays_nan(dtype):
    W = np.array([[0, 0], [3, np.nan], [np.nan, np.nan], [1e-30, 0]], dtype)
    apply("group_l1", W, 0.1)
    assert_array_equal(W, [[0, 0], [np.nan, np.nan], [np.nan, np.nan], [0, 0]])
    W = np.array([[3, np.nan], [4, 1]], dtype)
    apply("max_norm", W, 1.0)
    assert_allclose(W, [[0.6, np.nan], [0.8, 1]], rtol=1e-6)


@parametrize_dtypes
def test_a_bound_holds_exactly_and_columns_within_it_are_left_alone(dtype, rng):
    for n_in in [1, 7, 1000]:
        W = rng.normal(size=(n_in, 40)).astype(dtype)
        norms = np.linalg.norm(W.astype(float), axis=0)
        bound = float(np.median(norms)) + 1e-9
        new = apply("max_norm", W.copy(), bound)
        assert np.linalg.norm(new.astype(float), axis=0).max() <= bound
        assert_array_equal(new[:, norms < bound * 0.9999], W[:, norms < bound * 0.9999])
        assert_allclose(new, naive.shorten_columns(W, bound), rtol=1e-5 if dtype == "f" else 1e-12)
        assert_array_equal(apply("max_norm", new.copy(), bound), new)


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("ahead", [0.0, 0.9])
@parametrize_dtypes
def test_velocities_remain_the_changes_of_the_weights(dtype, ahead, name, rng):
    weights, velocity = rng.normal(size=(2, 20, 6)).astype(dtype)
    before = weights - velocity
    strength = {"group_l1": 2.2, "max_norm": 3.0}.get(name, 0.5)
    expected = apply(name, weights.copy(), strength)
    theta = apply(name, weights + dtype.type(ahead) * velocity, strength, 1.0, velocity, ahead)
    tolerance = 20 * np.finfo(dtype).eps
    assert_allclose(theta - dtype.type(ahead) * velocity, expected, rtol=0, atol=tolerance)
    assert_allclose(velocity, expected - before, rtol=0, atol=tolerance)
    if name == "group_l1":
        zeros = (expected == 0).all(axis=1)
        assert 0 < zeros.sum() < 20
        assert_array_equal(theta[zeros] - dtype.type(ahead) * velocity[zeros], 0)


def fit(y=Y, cls=MLPClassifier, X=X, **params):
    fixed = {"max_iter": 12, "batch_size": 30, "random_state": 0, "learning_rate_init": 0.03}
    return cls(**{"hidden_layer_sizes": (6, 5), **fixed, **params}).fit(X, y)


def norms_into_units(mlp):
    return [np.linalg.norm(coef.astype(float), axis=0) for coef in mlp.coefs_]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"max_iter": 1, "batch_size": 90},
        {"early_stopping": True},
        {"weight_averaging": 0.9},
        {"weight_averaging": 0.5, "early_stopping": True},
        {"l1": 1e-3, "group_l1": 1e-2, "dropout": 0.3, "augmentation": GaussianNoise()},
    ],
    ids=str,
)
@parametrize_dtypes
@parametrize_moves
def test_bounds_hold_exactly_after_a_fit(move, dtype, params):
    mlp = fit(X=X.astype(dtype), max_norm=0.7, **MOVES[move], **params)
    first, second, outputs = norms_into_units(mlp)
    assert max(first.max(), second.max()) <= 0.7
    assert first.max() > 0.69
    assert outputs.max() > 0.7


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@parametrize_moves
def test_bounds_per_layer_hold_for_each_layer(move, form):
    mlp = fit(X=form(X), max_norm=[np.inf, 0.6, 0.5], **MOVES[move])
    first, second, outputs = norms_into_units(mlp)
    assert first.max() > 0.7
    assert second.max() <= 0.6
    assert outputs.max() <= 0.5


@parametrize_moves
def test_a_bound_that_is_never_reached_changes_nothing(move):
    plain, bound = (fit(max_norm=c, weight_averaging=0.5, **MOVES[move]) for c in (None, 1e3))
    for mine, other in zip(plain.coefs_ + plain.intercepts_, bound.coefs_ + bound.intercepts_):
        assert_array_equal(mine, other)


def test_a_projection_is_of_a_copy():
    layout = Layout((3, 2, 1))
    settings = SimpleNamespace(**{**OFF, "max_norm": (0.5, np.inf)}, layout=layout)
    theta = np.ones(layout.size)
    projected = project(theta, settings)
    assert_array_equal(theta, 1)
    assert_allclose(layout.coefs(projected)[0], 0.5 / np.sqrt(3))
    assert_array_equal(layout.coefs(projected)[1], 1)
    assert project(theta, SimpleNamespace(**OFF)) is theta


def linear_problem(n_out):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(80, 9)) * np.linspace(0.5, 2, 9)
    B = rng.normal(size=(9, n_out)) * (np.arange(9) < 5)[:, None]
    return X, X @ B + 0.3 * rng.normal(size=(80, n_out))


def proximal_gradient(X, Y, l1, l2, group_l1, n_steps=3000):
    """The W and b that minimize the objective of a linear net (ISTA, Beck & Teboulle, 2009)."""
    (n, k), W, b = Y.shape, np.zeros((X.shape[1], Y.shape[1])), Y.mean(axis=0)
    step = n * k / (np.linalg.norm(np.column_stack([X, np.ones(n)]), 2) ** 2 + n * k * l2)
    for _ in range(n_steps):
        residuals = X @ W + b - Y
        moved = W - step * (X.T @ residuals / (n * k) + l2 * W)
        W = naive.soft_threshold(moved, step * l1)
        norms = np.maximum(naive.norms_of_rows(W), 1e-300)[:, None]
        W = W * np.maximum(1 - step * group_l1 / norms, 0)
        b = b - step * residuals.sum(axis=0) / (n * k)
    return W, b


@pytest.mark.parametrize("others", [{"l1": 0.0, "l2": 0.0}, {"l1": 0.03, "l2": 0.1}], ids=str)
@parametrize_moves
def test_a_linear_net_with_groups_is_that_of_proximal_gradient(move, others):
    X, Y = linear_problem(3)
    strengths, rate = {"group_l1": 0.12, **others}, 0.1 if move == "adam" else 0.02
    exact = {"hidden_layer_sizes": (), "target_scaling": False, "batch_size": 80, "max_iter": 3000}
    exact |= {"learning_rate": "cosine", "learning_rate_init": rate, "n_iter_no_change": np.inf}
    mlp = fit(Y, MLPRegressor, X, **exact, **strengths, **MOVES[move])
    W, b = proximal_gradient(X, Y, **strengths)
    assert_allclose(mlp.coefs_[0], W, rtol=0, atol=2e-5)
    assert_allclose(mlp.intercepts_[0], b, rtol=0, atol=2e-5)
    dropped = (W == 0).all(axis=1)
    assert 0 < dropped.sum() < 9
    assert_array_equal((mlp.coefs_[0] == 0).all(axis=1), dropped)
    assert_optimal(mlp, X, Y, **strengths)


def assert_optimal(mlp, X, Y, l1, l2, group_l1):
    """Each row of weights is zero within its threshold, or balances the penalties."""
    _, (of_W,), _ = naive.loss_and_gradients(
        mlp.coefs_, mlp.intercepts_, X, Y, np.full(len(X), 1 / len(X)), (), "squared_error"
    )
    for row, gradient in zip(mlp.coefs_[0], of_W):
        if not row.any():
            assert np.linalg.norm(naive.soft_threshold(gradient, l1)) <= group_l1 * (1 + 1e-3)
            continue
        total = gradient + l2 * row + group_l1 * row / np.linalg.norm(row)
        assert_allclose(np.where(row, total + l1 * np.sign(row), 0), 0, atol=1e-4)
        assert np.abs(total[row == 0]).max(initial=0) <= l1 * (1 + 1e-3)


def test_groups_of_a_linear_net_are_those_of_the_multi_task_lasso():
    """Whose objective is the sum, and not the mean, of the losses of outputs."""
    X, Y = linear_problem(2)
    other = MultiTaskElasticNet(alpha=0.3, l1_ratio=0.8, tol=1e-10, max_iter=10_000).fit(X, Y)
    exact = {"hidden_layer_sizes": (), "target_scaling": False, "batch_size": 80, "max_iter": 3000}
    exact |= {"learning_rate": "cosine", "learning_rate_init": 0.1, "n_iter_no_change": np.inf}
    mlp = fit(Y, MLPRegressor, X, **exact, group_l1=0.3 * 0.8 / 2, l2=0.3 * 0.2 / 2)
    assert_allclose(mlp.coefs_[0], other.coef_.T, rtol=0, atol=2e-5)
    assert_array_equal(mlp.coefs_[0] == 0, other.coef_.T == 0)


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@parametrize_moves
def test_a_strong_group_penalty_removes_whole_features(move, form):
    params = {"max_iter": 300, "batch_size": 90, "n_iter_no_change": 99, "learning_rate": "cosine"}
    mlp = fit(X=form(X), group_l1=0.08, **params, **MOVES[move])
    removed = (mlp.coefs_[0] == 0).all(axis=1)
    assert 0 < removed.sum() < 8
    assert np.all(mlp.coefs_[0][~removed] != 0)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_the_next_fit_after_a_change_of_the_bound_forgets_what_was_best(solver):
    mlp = fit(solver=solver, early_stopping=True, warm_start=True, max_norm=2.0)
    mlp.set_params(max_norm=0.3, max_iter=1).fit(X, Y)
    assert max(norms.max() for norms in norms_into_units(mlp)[:2]) <= 0.3

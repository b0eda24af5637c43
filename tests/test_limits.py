"""Known limits: linear models of scikit-learn, optimality conditions with exact zeros, all zeros.

Our objective is a mean over rows: C of scikit-learn's LogisticRegression stands for a strength of
1 / (C·n), its l1_ratio for the share of L1 in it; those of ElasticNet are ours for one output.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import __version__ as sklearn_version
from sklearn.linear_model import ElasticNet, LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.utils.fixes import parse_version

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from tests import naive

N, N_FEATURES = 120, 8
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, N_FEATURES))
X[:, 1] += X[:, 0]
SIGNAL = X[:, :4] @ RNG.normal(size=(4, 3)) + RNG.normal(size=(N, 3))
SIGNAL /= SIGNAL.std(axis=0)
WEIGHTS = RNG.uniform(0.2, 2, N)
CLASSES = {"binary": (SIGNAL[:, 0] > 0).astype(int), "multiclass": SIGNAL.argmax(axis=1)}
NUMBERS = {"one output": SIGNAL[:, 0], "several outputs": SIGNAL}

# Settings with which each solver comes to rest: all rows in each step, and rates that fall.
CONVERGE = {
    "lbfgs": {"tol": 1e-9, "max_iter": 5000},
    "adam": {"learning_rate_init": 0.05},
    "sgd": {"learning_rate_init": 0.1},
}
FALLING = {
    "batch_size": N,
    "shuffle": False,
    "learning_rate": "adaptive",
    "tol": 1e-11,
    "n_iter_no_change": 100,
    "max_iter": 30_000,
}
SOLVERS = [*OPTIMIZERS, "lbfgs"]
parametrize_solvers = pytest.mark.parametrize("solver", SOLVERS)
parametrize_classes = pytest.mark.parametrize("kind", CLASSES)
parametrize_numbers = pytest.mark.parametrize("kind", NUMBERS)


def fit(estimator, y, solver, *, weights=None, hidden=(), **parameters):
    settings = CONVERGE[solver] if solver == "lbfgs" else {**FALLING, **CONVERGE[solver]}
    unscaled = {"target_scaling": False} if estimator is MLPRegressor else {}
    settings = {**settings, **unscaled, **parameters}
    mlp = estimator(hidden, solver=solver, random_state=0, **settings)
    mlp.fit(X, y, sample_weight=weights)
    assert mlp.n_iter_ < mlp.max_iter
    return mlp


def fit_logistic_regression(y, c, l1_ratio, weights=None):
    old = parse_version(sklearn_version) < parse_version("1.8")
    penalty = {"penalty": "elasticnet"} if old else {}
    solver = "lbfgs" if l1_ratio == 0 and not old else "saga"
    model = LogisticRegression(
        C=c, l1_ratio=l1_ratio, solver=solver, tol=1e-9, max_iter=20_000, **penalty
    )
    return model.fit(X, y, sample_weight=weights)


def assert_same_linear_model(mlp, coef, intercept):
    """Equal up to 1e-4; `coef` (n_outputs, n_features) as scikit-learn has it."""
    found = mlp.intercepts_[0]
    if found.size > 1 and mlp.out_activation_ == "softmax":  # only differences matter
        found, intercept = found - found.mean(), intercept - intercept.mean()
    assert_allclose(mlp.coefs_[0], np.atleast_2d(coef).T, rtol=0, atol=1e-4)
    assert_allclose(found, intercept, rtol=0, atol=1e-4)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@parametrize_classes
@parametrize_solvers
def test_linear_net_with_l2_is_logistic_regression(solver, kind, weights):
    total = N if weights is None else weights.sum()
    mlp = fit(MLPClassifier, CLASSES[kind], solver, weights=weights, l2=1 / (0.2 * total))
    expected = fit_logistic_regression(CLASSES[kind], 0.2, 0, weights)
    assert_same_linear_model(mlp, expected.coef_, expected.intercept_)


@parametrize_classes
@parametrize_solvers
def test_linear_net_with_l1_and_l2_is_elastic_net_logistic_regression(solver, kind):
    strength = 1 / (0.1 * N)
    mlp = fit(MLPClassifier, CLASSES[kind], solver, l1=0.7 * strength, l2=0.3 * strength)
    expected = fit_logistic_regression(CLASSES[kind], 0.1, 0.7)
    assert_same_linear_model(mlp, expected.coef_, expected.intercept_)
    assert_array_equal(mlp.coefs_[0] == 0, expected.coef_.T == 0)
    assert 0 < np.sum(mlp.coefs_[0] == 0) < mlp.coefs_[0].size


@parametrize_numbers
@parametrize_solvers
def test_linear_net_with_l2_is_ridge(solver, kind):
    y = NUMBERS[kind]
    mlp = fit(MLPRegressor, y, solver, l2=30 / (y.size))
    expected = Ridge(alpha=30).fit(X, y)
    assert_same_linear_model(mlp, expected.coef_, expected.intercept_)


@parametrize_numbers
@parametrize_solvers
def test_linear_net_with_l1_and_l2_is_elastic_net(solver, kind):
    y, n_outputs = NUMBERS[kind], NUMBERS[kind].size // N
    mlp = fit(MLPRegressor, y, solver, l1=0.2 / n_outputs, l2=0.1 / n_outputs)
    expected = ElasticNet(alpha=0.3, l1_ratio=2 / 3, tol=1e-12, max_iter=10_000).fit(X, y)
    assert_same_linear_model(mlp, expected.coef_, expected.intercept_)
    assert_array_equal(mlp.coefs_[0] == 0, np.atleast_2d(expected.coef_).T == 0)
    assert 0 < np.sum(mlp.coefs_[0] == 0) < mlp.coefs_[0].size


@parametrize_numbers
@parametrize_solvers
def test_linear_net_without_penalty_is_least_squares(solver, kind):
    mlp = fit(MLPRegressor, NUMBERS[kind], solver, l1=0.0, l2=0.0)
    expected = LinearRegression().fit(X, NUMBERS[kind])
    assert_same_linear_model(mlp, expected.coef_, expected.intercept_)


@parametrize_solvers
def test_linear_net_without_penalty_is_free_logistic_regression(solver):
    mlp = fit(MLPClassifier, CLASSES["binary"], solver, l1=0.0, l2=0.0, tol=1e-14)
    expected = fit_logistic_regression(CLASSES["binary"], 1e12, 0)
    assert_same_linear_model(mlp, expected.coef_, expected.intercept_)


@pytest.mark.parametrize("hidden", [(), (6,), (5, 4)], ids=str)
@parametrize_solvers
def test_loss_without_penalty_is_the_metric(solver, hidden):
    plain = {"l1": 0.0, "l2": 0.0, "solver": solver, "random_state": 0}
    if solver != "lbfgs":  # the loss of an epoch is that before its only step
        plain |= {"batch_size": N, "learning_rate_init": 1e-300, "max_iter": 1}
    y, number = CLASSES["multiclass"], NUMBERS["one output"]
    mlp = MLPClassifier(hidden, **plain).fit(X, y)
    assert_allclose(mlp.loss_, log_loss(y, mlp.predict_proba(X)), rtol=1e-6)
    mlp = MLPRegressor(hidden, **plain, target_scaling=False).fit(X, number)
    assert_allclose(mlp.loss_, mean_squared_error(number, mlp.predict(X)) / 2, rtol=1e-10)


@pytest.mark.parametrize("hidden", [(), (6,), (5, 4)], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@parametrize_solvers
def test_huge_l1_gives_weights_that_are_all_zero(solver, activation, hidden):
    extra = {} if solver == "lbfgs" else {"max_iter": 30, "learning_rate_init": 0.01}
    for estimator, y in [(MLPClassifier, CLASSES["multiclass"]), (MLPRegressor, SIGNAL)]:
        mlp = estimator(hidden, activation, solver=solver, l1=1e3, random_state=0, **extra)
        mlp.fit(X, y)
        for coef in mlp.coefs_:
            assert_array_equal(coef, 0)
        assert_array_equal(mlp.sparsity_, 1)
        assert np.all(mlp.intercepts_[-1] != 0)


NETS = [
    ((), "identity", 0.1),
    ((8,), "tanh", 0.02),
    ((8,), "logistic", 0.01),
    ((6, 5), "tanh", 0.01),
]


@pytest.mark.parametrize(("hidden", "activation", "l1"), NETS)
@pytest.mark.parametrize("kind", [*CLASSES, *NUMBERS])
@parametrize_solvers
def test_optimality_conditions_hold_at_convergence(solver, kind, hidden, activation, l1):
    l2 = 0.005
    estimator = MLPClassifier if kind in CLASSES else MLPRegressor
    y = CLASSES.get(kind, NUMBERS.get(kind))
    mlp = fit(
        estimator, y, solver, weights=WEIGHTS, hidden=hidden, activation=activation, l1=l1, l2=l2
    )
    Y = np.eye(3)[y] if kind == "multiclass" else y.reshape(N, -1).astype(float)
    loss = {"binary": "binary_log_loss", "multiclass": "log_loss"}.get(kind, "squared_error")
    _, of_coefs, of_intercepts = naive.loss_and_gradients(
        mlp.coefs_, mlp.intercepts_, X, Y, naive.shares(WEIGHTS, N), activation, loss
    )
    w, slope = (np.concatenate([p.ravel() for p in parts]) for parts in (mlp.coefs_, of_coefs))
    zero, tolerance = w == 0, 1e-4
    assert 3 <= zero.sum() <= w.size - 3
    assert np.all(np.abs(slope[zero]) <= l1 + tolerance)
    rest = slope + l2 * w + l1 * np.sign(w)
    assert np.abs(rest[~zero]).max() <= tolerance
    assert max(np.abs(slope).max() for slope in of_intercepts) <= tolerance


@pytest.mark.parametrize("kind", [*CLASSES, *NUMBERS])
@parametrize_solvers
def test_each_layer_has_its_own_penalties(solver, kind):
    l1, l2 = (0.03, 0.0, 0.01), (0.002, 0.02, 0.0)
    estimator = MLPClassifier if kind in CLASSES else MLPRegressor
    y = CLASSES.get(kind, NUMBERS.get(kind))
    mlp = fit(estimator, y, solver, hidden=(6, 5), activation="tanh", l1=l1, l2=l2)
    Y = np.eye(3)[y] if kind == "multiclass" else y.reshape(N, -1).astype(float)
    loss = {"binary": "binary_log_loss", "multiclass": "log_loss"}.get(kind, "squared_error")
    value, slopes, _ = naive.loss_and_gradients(
        mlp.coefs_, mlp.intercepts_, X, Y, naive.shares(None, N), "tanh", loss
    )
    for w, slope, own_l1, own_l2 in zip(mlp.coefs_, slopes, l1, l2, strict=True):
        rest = np.where(w == 0, np.maximum(np.abs(slope) - own_l1, 0), slope + own_l2 * w)
        rest += own_l1 * np.sign(w)
        assert np.abs(rest).max() <= 1e-4
    assert np.any(mlp.coefs_[0] == 0) and not np.any(mlp.coefs_[1] == 0)
    parts = zip(mlp.coefs_, l1, l2)
    value += sum(a * np.abs(w).sum() + b * np.sum(w**2) / 2 for w, a, b in parts)
    assert_allclose(mlp.loss_, value, rtol=1e-6)


@parametrize_solvers
def test_equal_penalties_of_all_layers_are_one_penalty(solver):
    settings = {"solver": solver, "max_iter": 20, "random_state": 0}
    one = MLPRegressor((6, 5), l1=0.01, l2=0.1, **settings).fit(X, SIGNAL)
    each = MLPRegressor((6, 5), l1=[0.01] * 3, l2=(0.1,) * 3, **settings).fit(X, SIGNAL)
    for a, b in zip(one.coefs_, each.coefs_):
        assert_array_equal(a, b)


@pytest.mark.parametrize("layer", range(3))
@parametrize_solvers
def test_huge_l1_of_a_layer_gives_weights_of_zero_in_it_alone(solver, layer):
    extra = {} if solver == "lbfgs" else {"max_iter": 30, "learning_rate_init": 0.01}
    l1 = [1e3 if k == layer else 0.0 for k in range(3)]
    mlp = MLPRegressor((6, 5), "tanh", solver=solver, l1=l1, l2=0.0, random_state=0, **extra)
    mlp.fit(X, SIGNAL)
    assert_array_equal(mlp.sparsity_, np.arange(3) == layer)

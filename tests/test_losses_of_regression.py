"""The losses of numbers against scikit-learn's linear models, and what predictions stand for.

A net without hidden layers is a linear model. Ours minimize means over rows. Then, with n the sum
of the sample weights,

- Huber's loss of HuberRegressor at its scale σ is 2/σ times ours with delta = epsilon·σ, summed
  over rows, and its penalty is alpha·‖w‖²: l2 = alpha·σ / n;
- QuantileRegressor has alpha as our l1, and the absolute error is twice the loss of the median;
- PoissonRegressor and GammaRegressor have alpha as our l2.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import (
    GammaRegressor,
    HuberRegressor,
    PoissonRegressor,
    QuantileRegressor,
)
from sklearn.metrics import mean_absolute_error, mean_pinball_loss

from skreg import MLPRegressor
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS

N = 150
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 5))
SLOPES = np.array([1.0, -0.5, 0.3, 0.0, 0.0])
LINE = X @ SLOPES + 2
HEAVY = LINE + RNG.standard_t(1.5, N)  # errors with outliers
SKEWED = LINE + RNG.exponential(size=N) * (1 + 0.5 * np.abs(X[:, 0]))
COUNTS = RNG.poisson(np.exp(LINE / 2))
AMOUNTS = RNG.gamma(2.0, np.exp(LINE / 2) / 2)
WEIGHTS = RNG.uniform(0.2, 3, N)
LINKED = {"poisson": (PoissonRegressor, COUNTS), "gamma": (GammaRegressor, AMOUNTS)}
parametrize_weights = pytest.mark.parametrize(
    "weights", [None, WEIGHTS], ids=["unweighted", "weighted"]
)


def mass(weights):
    return N if weights is None else weights.sum()


def fit_smooth(y, weights=None, **params):
    """A linear net at the minimum of a smooth objective."""
    settings = {"tol": 1e-9, "max_iter": 5000, "random_state": 0, "target_scaling": False}
    mlp = MLPRegressor((), solver="lbfgs", **settings, **params)
    return mlp.fit(X, y, sample_weight=weights)


def fit_kinked(y, weights=None, schedule="cosine", **params):
    """A linear net near the minimum of an objective with kinks: steps must become small."""
    settings = {"learning_rate": schedule, "learning_rate_init": 0.1, "batch_size": N}
    settings |= {"max_iter": 4000, "n_iter_no_change": np.inf, "random_state": 0}
    settings["target_scaling"] = False
    return MLPRegressor((), **settings, **params).fit(X, y, sample_weight=weights)


def assert_same_line(mlp, model, atol):
    assert_allclose(mlp.coefs_[0][:, 0], model.coef_, rtol=0, atol=atol)
    assert_allclose(mlp.intercepts_[0][0], model.intercept_, rtol=0, atol=atol)


@parametrize_weights
@pytest.mark.parametrize("alpha", [0.0, 5.0])
@pytest.mark.parametrize("epsilon", [1.1, 1.35, 2.0])
def test_huber_is_huber_regressor(epsilon, alpha, weights):
    model = HuberRegressor(epsilon=epsilon, alpha=alpha, tol=1e-9, max_iter=5000)
    model.fit(X, HEAVY, sample_weight=weights)
    delta, l2 = epsilon * model.scale_, alpha * model.scale_ / mass(weights)
    mlp = fit_smooth(HEAVY, weights, loss="huber", delta=delta, l2=l2)
    assert_same_line(mlp, model, 1e-4)
    share = np.mean(np.abs(HEAVY - mlp.predict(X)) > delta)
    assert 0.02 < share < 0.8, "some errors must be beyond delta, and some not, for this test"


def test_huber_with_a_large_delta_is_half_of_the_squared_error():
    wide = fit_smooth(HEAVY, loss="huber", delta=1e6)
    square = fit_smooth(HEAVY, loss="squared_error")
    assert_allclose(wide.coefs_[0], square.coefs_[0], atol=1e-6)
    assert_allclose(wide.loss_, square.loss_, rtol=1e-9)


@parametrize_weights
@pytest.mark.parametrize("alpha", [0.0, 0.1, 3.0])
@pytest.mark.parametrize("loss", LINKED)
def test_losses_with_a_log_link_are_generalized_linear_models(loss, alpha, weights):
    estimator, y = LINKED[loss]
    model = estimator(alpha=alpha, tol=1e-9, max_iter=5000).fit(X, y, sample_weight=weights)
    mlp = fit_smooth(y, weights, loss=loss, l2=alpha)
    assert_same_line(mlp, model, 1e-5)
    assert_allclose(mlp.predict(X), model.predict(X), rtol=1e-4)


@pytest.mark.parametrize("loss", LINKED)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_every_solver_finds_the_generalized_linear_model(solver, loss):
    estimator, y = LINKED[loss]
    model = estimator(alpha=0.1, tol=1e-9, max_iter=5000).fit(X, y)
    params = {"solver": solver, "l2": 0.1, "learning_rate": "one_cycle", "batch_size": N}
    params |= {"max_iter": 3000, "n_iter_no_change": np.inf, "learning_rate_init": 0.02}
    params |= {"clip_norm": 5.0, "target_scaling": False, "random_state": 0}
    mlp = MLPRegressor((), loss=loss, **params).fit(X, y)
    assert_same_line(mlp, model, 1e-4)


@pytest.mark.parametrize("loss", LINKED)
def test_several_outputs_with_a_log_link_are_several_models(loss):
    estimator, y = LINKED[loss]
    Y = np.stack([y, y[::-1] + 1], axis=1)
    mlp = fit_smooth(Y, loss=loss, l2=0.1 / 2)
    for j, column in enumerate(Y.T):
        model = estimator(alpha=0.1, tol=1e-9, max_iter=5000).fit(X, column)
        assert_allclose(mlp.coefs_[0][:, j], model.coef_, atol=1e-4)
        assert_allclose(mlp.predict(X)[:, j], model.predict(X), rtol=1e-3)


def objective(predict, coef, y, quantile, alpha, weights):
    loss = mean_pinball_loss(y, predict(X), alpha=quantile, sample_weight=weights)
    return loss + alpha * np.abs(coef).sum()


@parametrize_weights
@pytest.mark.parametrize("alpha", [0.0, 0.05])
@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.8])
def test_quantile_is_quantile_regressor(quantile, alpha, weights):
    model = QuantileRegressor(quantile=quantile, alpha=alpha, solver="highs")
    model.fit(X, SKEWED, sample_weight=weights)
    mlp = fit_kinked(SKEWED, weights, loss="quantile", quantile=quantile, l1=alpha, l2=0.0)
    least = objective(model.predict, model.coef_, SKEWED, quantile, alpha, weights)
    found = objective(mlp.predict, mlp.coefs_[0], SKEWED, quantile, alpha, weights)
    assert least * (1 - 1e-9) <= found <= least * (1 + 1e-3)
    assert_same_line(mlp, model, 0.03)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
@parametrize_weights
def test_absolute_error_is_the_median(weights, schedule):
    alpha = 0.02
    model = QuantileRegressor(quantile=0.5, alpha=alpha, solver="highs")
    model.fit(X, HEAVY, sample_weight=weights)
    mlp = fit_kinked(HEAVY, weights, schedule, loss="absolute_error", l1=2 * alpha, l2=0.0)
    least = objective(model.predict, model.coef_, HEAVY, 0.5, alpha, weights)
    found = objective(mlp.predict, mlp.coefs_[0], HEAVY, 0.5, alpha, weights)
    assert least * (1 - 1e-9) <= found <= least * (1 + 1e-3)
    assert_same_line(mlp, model, 0.03)


def test_the_absolute_error_is_twice_the_loss_of_the_median():
    both = {"l2": 0.0, "solver": "sgd", "max_iter": 5, "random_state": 0, "momentum": 0.0}
    median = MLPRegressor((4,), loss="quantile", learning_rate_init=0.02, **both).fit(X, HEAVY)
    error = MLPRegressor((4,), loss="absolute_error", learning_rate_init=0.01, **both).fit(X, HEAVY)
    assert_allclose(error.coefs_[0], median.coefs_[0], rtol=1e-12)
    assert_allclose(error.loss_, 2 * median.loss_, rtol=1e-12)


def test_the_absolute_error_withstands_outliers():
    y = LINE.copy()
    y[::10] += 1e3
    robust = fit_kinked(y, loss="absolute_error", l2=0.0)
    assert_allclose(robust.coefs_[0][:, 0], SLOPES, atol=0.05)
    assert mean_absolute_error(LINE, robust.predict(X)) < 0.1
    square = fit_smooth(y, loss="squared_error", l2=0.0)
    assert mean_absolute_error(LINE, square.predict(X)) > 50


@parametrize_weights
@pytest.mark.parametrize("quantile", [0.05, 0.3, 0.5, 0.9])
def test_quantiles_cover_their_share_of_the_targets(quantile, weights):
    mlp = fit_kinked(SKEWED, weights, loss="quantile", quantile=quantile, l2=0.0)
    covered = np.average(SKEWED <= mlp.predict(X), weights=weights)
    heaviest = 1 if weights is None else weights.max() / weights.mean()
    assert abs(covered - quantile) <= 7 * heaviest / N  # as many points as parameters are on it


@pytest.mark.parametrize("quantile", [0.2, 0.8])
def test_quantiles_of_a_net_with_a_hidden_layer_cover_their_share(quantile):
    mlp = MLPRegressor((16,), loss="quantile", quantile=quantile, random_state=0, l2=0.0)
    mlp.set_params(learning_rate="cosine", learning_rate_init=0.01, max_iter=1500, batch_size=N)
    mlp.set_params(n_iter_no_change=np.inf).fit(X, SKEWED)
    assert abs(np.mean(SKEWED <= mlp.predict(X)) - quantile) < 0.08


@parametrize_weights
@pytest.mark.parametrize("loss", ["squared_error", *LINKED])
def test_without_features_the_prediction_is_the_mean(loss, weights):
    mlp = MLPRegressor((), solver="lbfgs", loss=loss, tol=1e-10, max_iter=1000, random_state=0)
    mlp.fit(np.zeros((N, 1)), AMOUNTS, sample_weight=weights)
    expected = np.average(AMOUNTS, weights=weights)
    assert_allclose(mlp.predict(np.zeros((3, 1))), expected, rtol=1e-5)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_loss_learns_in_every_dtype(loss, dtype):
    mlp = MLPRegressor((8,), loss=loss, max_iter=60, learning_rate_init=0.02, random_state=0)
    mlp.fit(X.astype(dtype), AMOUNTS)
    assert mlp.predict(X.astype(dtype)).dtype == dtype
    assert mlp.loss_curve_[-1] < 0.8 * mlp.loss_curve_[0]
    assert mlp.score(X, AMOUNTS) > 0.1

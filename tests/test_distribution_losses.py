"""Networks that predict a mean and a variance, or several quantiles: what they learn and return."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.linear_model import LinearRegression, QuantileRegressor

from skreg import MLPRegressor
from skreg._kernels.distribution_losses import LEAST_VARIANCE
from skreg._kernels.optimizers import OPTIMIZERS
from skreg.augmentation import Mixup

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
N = 300
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 2))
WEIGHTS = RNG.integers(0, 3, N).astype(float)
LINE = 100 + X @ [20.0, -5.0]
EVEN = LINE + RNG.normal(size=N) * 8  # homoscedastic
UNEVEN = LINE + RNG.normal(size=N) * np.exp(2 + 0.5 * X[:, 0])
LEVELS = [0.1, 0.5, 0.9]
KINDS = {"gaussian": {"loss": "gaussian"}, "quantiles": {"loss": "quantile", "quantile": LEVELS}}
SOLVERS = [*OPTIMIZERS, "lbfgs"]
SWITCHES = {
    "plain": {},
    "unscaled": {"target_scaling": False},
    "averaged": {"weight_averaging": 0.9},
    "normalized": {"normalization": "batch"},
    "early": {"early_stopping": True},
    "mixed": {"augmentation": Mixup()},
}
parametrize_kinds = pytest.mark.parametrize("kind", KINDS)
parametrize_weights = pytest.mark.parametrize(
    "weights", [None, WEIGHTS], ids=["unweighted", "weighted"]
)


def make(kind, hidden=(8,), **params):
    fixed = {"max_iter": 40, "learning_rate_init": 0.02, "random_state": 0, "batch_size": 50}
    return MLPRegressor(hidden, **{**fixed, **KINDS[kind], **params})


def describe(mlp, X):
    """All that a network predicts, in the units of y."""
    if mlp.loss == "quantile":
        return mlp.predict(X)
    return np.stack(mlp._predict_mean_and_variance(X), axis=-1)


def deviations(mlp):
    """The standard deviations of a normal distribution with what a network predicts."""
    described = describe(mlp, X)
    if mlp.loss == "quantile":
        return (described[:, -1] - described[:, 0]) / (2 * 1.2816)
    return np.sqrt(described[:, 1])


@parametrize_weights
def test_a_linear_gaussian_net_of_even_noise_is_least_squares_and_its_residuals(weights):
    params = {"solver": "lbfgs", "tol": 1e-8, "max_iter": 2000, "l2": 0.0}
    mlp = make("gaussian", (), **params).fit(X, EVEN, sample_weight=weights)
    line = LinearRegression().fit(X, EVEN, sample_weight=weights).predict(X)
    mean, variance = mlp._predict_mean_and_variance(X)
    assert_allclose(mean, line, atol=2)
    assert_allclose(variance.mean(), np.average((EVEN - line) ** 2, weights=weights), rtol=0.1)
    assert variance.std() < 0.2 * variance.mean()
    assert_allclose(np.average((EVEN - mean) ** 2 / variance, weights=weights), 1, rtol=1e-2)


@parametrize_weights
def test_linear_quantiles_of_even_noise_are_those_of_quantile_regressors(weights):
    params = {"learning_rate": "cosine", "max_iter": 400, "n_iter_no_change": np.inf, "l2": 0.0}
    mlp = make("quantiles", (), **params).fit(X, EVEN, sample_weight=weights)
    predicted = mlp.predict(X)
    for j, level in enumerate(LEVELS):
        model = QuantileRegressor(quantile=level, alpha=0).fit(X, EVEN, sample_weight=weights)
        assert np.abs(predicted[:, j] - model.predict(X)).mean() < 2


@pytest.mark.parametrize("solver", SOLVERS)
@parametrize_kinds
def test_every_solver_finds_where_targets_are_spread(kind, solver):
    mlp = make(kind, solver=solver, max_iter=80, clip_norm=1.0).fit(X, UNEVEN)
    assert mlp.score(X, UNEVEN) > 0.5
    assert np.corrcoef(np.log(deviations(mlp)), X[:, 0])[0, 1] > 0.8
    assert_allclose(deviations(mlp).mean(), np.exp(2 + 0.5 * X[:, 0]).mean(), rtol=0.25)


@pytest.mark.parametrize("switch", SWITCHES)
@parametrize_kinds
def test_switches_leave_predictions_in_units_of_y(kind, switch):
    mlp = make(kind, **SWITCHES[switch]).fit(X, UNEVEN)
    described = describe(mlp, X)
    centers = described[:, 0] if kind == "gaussian" else described[:, 1]
    assert np.corrcoef(centers, LINE)[0, 1] > 0.9
    assert 3 < deviations(mlp).mean() < 20


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@parametrize_kinds
def test_sparse_rows_and_both_dtypes_predict_the_same(kind, dtype):
    mlp = make(kind, max_iter=5).fit(X.astype(dtype), UNEVEN)
    sparse = make(kind, max_iter=5).fit(csr_array(X.astype(dtype)), UNEVEN)
    assert mlp.predict(X.astype(dtype)).dtype == dtype
    expected = describe(make(kind, max_iter=5).fit(X, UNEVEN), X)
    assert_allclose(describe(mlp, X.astype(dtype)), expected, rtol=1e-3)
    assert_allclose(describe(sparse, csr_array(X.astype(dtype))), expected, rtol=1e-3)


@parametrize_kinds
def test_several_targets_are_described_one_by_one(kind):
    Y = np.stack([UNEVEN, 1e3 * EVEN], axis=1)
    mlp = make(kind).fit(X, Y)
    described = describe(mlp, X)
    assert described.shape == (N, 2, 2 if kind == "gaussian" else 3)
    assert mlp.n_outputs_ == 2
    assert mlp.coefs_[-1].shape[1] == described[0].size
    center = described[..., 0] if kind == "gaussian" else described[..., 1]
    for j in range(2):
        assert np.corrcoef(center[:, j], Y[:, j])[0, 1] > 0.8
    assert_allclose(describe(mlp, X[:1]), described[:1], rtol=1e-9)


@parametrize_kinds
def test_training_goes_on_where_it_stopped(kind):
    params = {"n_iter_no_change": np.inf}
    whole = make(kind, **params).fit(X, UNEVEN)
    parts = make(kind, warm_start=True, **params).set_params(max_iter=20)
    parts.fit(X, UNEVEN).fit(X, UNEVEN)
    assert_array_equal(describe(parts, X), describe(whole, X))
    stream = make(kind)
    for _ in range(3):
        stream.partial_fit(X, UNEVEN)
    assert_array_equal(describe(stream, X), describe(make(kind, max_iter=3).fit(X, UNEVEN), X))
    assert_array_equal(describe(pickle.loads(pickle.dumps(stream)), X), describe(stream, X))


@parametrize_kinds
def test_training_begins_at_the_normal_distribution_of_the_targets(kind):
    for scaling in (True, False):
        mlp = make(kind, target_scaling=scaling, max_iter=1, learning_rate_init=1e-12)
        mlp.fit(X, UNEVEN, sample_weight=WEIGHTS)
        mean = np.average(UNEVEN, weights=WEIGHTS)
        deviation = np.sqrt(np.average((UNEVEN - mean) ** 2, weights=WEIGHTS))
        assert_allclose(deviations(mlp), deviation, rtol=0.3)
        assert_allclose(mlp.intercepts_[-1].size, len(describe(mlp, X)[0]))


def test_quantiles_never_cross_whatever_the_weights():
    for dtype in (np.float32, np.float64):
        mlp = make("quantiles", quantile=np.linspace(0.05, 0.95, 19), max_iter=1).fit(X, EVEN)
        for scale in (0.1, 1.0, 10.0, 1e3):
            mlp.coefs_ = [scale * RNG.normal(size=coef.shape).astype(dtype) for coef in mlp.coefs_]
            predicted = mlp.predict(X.astype(dtype))
            assert predicted.dtype == dtype
            assert (np.diff(predicted) >= 0).all()


def test_variances_have_a_floor_in_units_of_the_scaled_targets():
    mlp = make("gaussian", (), max_iter=1).fit(X, EVEN)
    mlp.intercepts_[0][1] = -1e4
    least = LEAST_VARIANCE * mlp.target_scale_[0] ** 2
    assert_allclose(mlp._predict_mean_and_variance(X)[1], least, rtol=1e-9)


def test_targets_without_noise_do_not_make_a_gaussian_net_diverge():
    mlp = make("gaussian", max_iter=200, learning_rate="cosine").fit(X, LINE)
    mean, variance = mlp._predict_mean_and_variance(X)
    assert np.abs(mean - LINE).mean() < 1
    assert np.sqrt(variance).mean() < 3
    constant = make("gaussian", max_iter=300).fit(X, np.full(N, 7.0))
    assert_allclose(constant.predict(X), 7, atol=0.2)


@pytest.mark.parametrize("y", [UNEVEN, np.stack([UNEVEN, EVEN], axis=1)], ids=["one", "two"])
def test_one_quantile_of_a_list_is_that_of_a_number(y):
    one, alone = (make("quantiles", quantile=q).fit(X, y) for q in ([0.3], 0.3))
    assert one.predict(X).shape == (*y.shape, 1)
    assert alone.predict(X).shape == y.shape
    assert np.abs(one.predict(X)[..., 0] - alone.predict(X)).mean() < 3

"""Standard deviations of predictions and draws of targets, against what they are made of."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPRegressor, TabularMLPRegressor, TabularMLPRegressorCV
from skreg._interrupts import as_part
from skreg.neural_network._ignored import STOCHASTIC
from skreg.neural_network._passes import N_PASSES
from skreg.neural_network._spread import estimate_noise, weighted_variance

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
NOISE = 20.0
Y = 100 * X[:, 0] + NOISE * RNG.normal(size=200)
TWO = np.stack([Y, -Y], axis=1)
NETWORK = {"hidden_layer_sizes": (16,), "max_iter": 30, "learning_rate_init": 0.02}
NETWORK |= {"random_state": 0, "tol": 0.0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def plain(**params):
    return MLPRegressor(**{**NETWORK, "dropout": 0.2, "early_stopping": True, **params})


def tabular(**params):
    small = {"hidden_layer_sizes": "8", "max_iter": 20, "random_state": 0, "n_members": 3}
    return TabularMLPRegressor(**{**small, **params})


FITTED = {
    "plain": plain().fit(X, Y),
    "sparse weights": plain().fit(X, Y).sparsify(),
    "input dropout": plain(dropout=0.0, input_dropout=0.1, early_stopping=False).fit(X, Y),
    "normalized": plain(normalization="batch").fit(X, Y),
    "two outputs": plain().fit(X, TWO),
    "members": tabular().fit(X, Y),
    "members of two outputs": tabular(validation_fraction=0.2).fit(X, TWO),
    "one member": tabular(n_members=1).fit(X, Y),
}
every_regressor = pytest.mark.parametrize("model", FITTED.values(), ids=FITTED)


@every_regressor
def test_the_standard_deviation_has_two_parts_and_leaves_predictions_alone(model):
    y, std = model.predict(X[:9], return_std=True)
    spread, noise = model.predict_std_parts(X[:9])
    assert_array_equal(y, model.predict(X[:9]))
    assert std.shape == spread.shape == noise.shape == y.shape
    assert_allclose(std**2, spread**2 + noise**2)
    assert (spread > 0).all()
    expected = 0.0 if model.noise_variance_ is None else np.sqrt(model.noise_variance_)
    assert_allclose(noise, np.broadcast_to(expected, (9, y[0].size)).reshape(y.shape))


@every_regressor
def test_a_row_has_the_same_spread_beside_any_other_rows_and_after_pickling(model):
    spread, _ = model.predict_std_parts(X)
    assert_allclose(spread[3:5], model.predict_std_parts(X[3:5])[0], rtol=1e-5)
    for twin in (pickle.loads(pickle.dumps(model)), model.slim()):
        assert_array_equal(twin.predict_std_parts(X)[0], spread)


def test_passes_are_those_of_a_naive_network():
    model = FITTED["plain"]
    seeds = np.random.SeedSequence(model._seed).generate_state(N_PASSES).tolist()
    passes = []
    for seed in seeds:
        keep = np.random.default_rng((seed, 3)).random(16) >= 0.2
        hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0) * keep / 0.8
        outputs = hidden @ model.coefs_[1] + model.intercepts_[1]
        passes.append((outputs * model.target_scale_ + model.target_center_)[:, 0])
    assert_allclose(model.predict_std_parts(X)[0], np.std(passes, axis=0), rtol=1e-8)


def test_the_spread_of_members_counts_their_votes():
    model = FITTED["members of two outputs"]
    Z = model.encoder_.transform(X)
    each = [np.clip(member.predict(Z), *model._range) for member in model.estimators_]
    mean = np.average(each, axis=0, weights=model.votes_)
    expected = np.average((np.array(each) - mean) ** 2, axis=0, weights=model.votes_)
    assert_allclose(model.predict_std_parts(X)[0] ** 2, expected, rtol=1e-4)


@every_regressor
def test_draws_have_the_shape_of_a_gaussian_process_and_the_standard_deviation(model):
    _, std = model.predict(X[:4], return_std=True)
    draws = model.sample_y(X[:4], 600, random_state=1)
    y = TWO if std.ndim == 2 else Y
    process = GaussianProcessRegressor().fit(X[:3], y[:3])
    assert draws.shape == process.sample_y(X[:4], 600).shape
    assert_allclose(draws.std(axis=-1), std, rtol=0.2)
    assert_array_equal(draws, model.sample_y(X[:4], 600, random_state=1))
    assert not np.array_equal(model.sample_y(X[:4]), model.sample_y(X[:4], random_state=2))


def test_noise_is_found_and_scales_with_targets():
    for model in (FITTED["plain"], FITTED["members"]):
        assert NOISE / 2 < np.sqrt(model.noise_variance_[0]) < 2 * NOISE
    a, b = FITTED["plain"], plain().fit(X, 1000 * Y)
    assert_allclose(b.noise_variance_, 1e6 * a.noise_variance_, rtol=1e-3)


def test_the_noise_beats_a_grid_and_is_at_most_the_errors():
    spread = RNG.gamma(2.0, size=(300, 2))
    errors = np.sqrt(spread + np.array([0.5, 4.0])) * RNG.normal(size=(300, 2))
    weights = RNG.integers(1, 3, 300)
    noise = estimate_noise(errors, spread, weights)
    grid = np.linspace(0.01, 8, 400)
    for j in range(2):
        likelihoods = [
            np.average(norm.logpdf(errors[:, j], 0, np.sqrt(spread[:, j] + c)), weights=weights)
            for c in [noise[j], *grid]
        ]
        assert likelihoods[0] >= max(likelihoods) - 1e-6
    assert_allclose(estimate_noise(errors, 0 * spread), np.mean(errors**2, axis=0))
    repeated = (np.repeat(part, weights, axis=0) for part in (errors, spread))
    assert_allclose(noise, estimate_noise(*repeated), rtol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        plain(loss="gaussian", dropout=0.0, early_stopping=False).fit(X, Y),
        plain(loss="gaussian").fit(X, TWO),
        tabular(loss="gaussian").fit(X, Y),
        tabular(loss="gaussian", validation_fraction=0.2).fit(X, TWO),
    ],
)
def test_the_noise_of_a_gaussian_is_predicted(model):
    y, std = model.predict(X, return_std=True)
    spread, noise = model.predict_std_parts(X)
    assert model.noise_variance_ is None
    assert std.shape == y.shape
    assert noise.std() > 0
    variance = noise**2 / (1 if model.noise_factor_ is None else model.noise_factor_)
    if isinstance(model, TabularMLPRegressor):
        variance += spread**2
        assert (spread > 0).all()
    assert_allclose(variance, model._predict_mean_and_variance(X)[1], rtol=1e-4)
    draws = model.sample_y(X[:3], 1000)
    assert_allclose(draws.std(axis=-1), std[:3], rtol=0.2)


@pytest.mark.parametrize("weights", [None, RNG.integers(0, 3, 100)])
@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_predicted_noise_is_scaled_to_errors_on_held_out_rows(dropout, weights):
    model = MLPRegressor(**NETWORK, loss="gaussian", dropout=dropout)
    held_out = {"X_val": X[100:], "y_val": TWO[100:], "sample_weight_val": weights}
    model.fit(X[:100], TWO[:100], **held_out)
    errors = model.predict(X[100:]) - TWO[100:]
    spread, noise = (part**2 for part in model.predict_std_parts(X[100:]))

    def likelihood(factor):
        scale = np.sqrt(spread + factor * noise)
        return np.average(norm.logpdf(errors, 0, scale), axis=0, weights=weights)

    tolerance = 1e-2 if dropout else 1e-9  # there are fewer passes in fit
    for factor in (0.8, 0.95, 1.05, 1.25):
        assert (likelihood(1.0) > likelihood(factor) - tolerance).all()
    streamed = model.partial_fit(X, TWO).noise_factor_
    assert streamed is model.partial_fit(X, TWO).noise_factor_
    assert model.fit(X, TWO).noise_factor_ is None


@pytest.mark.parametrize(
    "model",
    [
        tabular(n_members=8, learning_rate_init=0.01).fit(X, Y),
        TabularMLPRegressorCV("8", max_iter=20, max_candidates=2, random_state=0).fit(X, Y),
    ],
)
def test_noise_is_what_errors_of_folds_show_beyond_the_mean_spread(model):
    errors, spread = Y - model.oof_predictions_, model.predict_std_parts(X)[0]
    assert np.mean(spread**2) > 0
    expected = np.mean(errors**2) - np.mean(spread**2)
    assert_allclose(model.noise_variance_, expected, rtol=1e-4)


def test_rows_that_nobody_left_out_tell_nothing_of_noise():
    y = np.where(np.arange(200) < 100, Y, Y / 3)
    model = tabular(n_members=2, validation_fraction=KFold(4)).fit(X, y)
    spread = model.predict_std_parts(X[:100])[0]
    expected = np.mean(model.conformity_scores_**2) - np.mean(spread**2)
    assert_allclose(model.noise_variance_, expected, rtol=1e-4)


def test_the_spread_of_a_single_member_is_no_noise():
    model = tabular(n_members=1, dropout=0.3, validation_fraction=0.5).fit(X, Y)
    assert 0 < model.noise_variance_[0] < 0.98 * np.mean(model.conformity_scores_**2)


def test_predicted_variances_of_folds_get_the_mean_spread_and_the_likeliest_factor():
    model = tabular(loss="gaussian", n_members=4, validation_fraction=KFold(4)).fit(X, Y)
    Z, predictions = model._encode_block(X), np.zeros((2, 200))
    for member, (_, left_out) in zip(model.estimators_, KFold(4).split(X)):
        predictions[:, left_out] = member._predict_mean_and_variance(Z[left_out])
    (mean, variance), (spread, noise) = predictions, model.predict_std_parts(X)
    mean_spread, scores = np.mean(spread**2), model.conformity_scores_
    assert_allclose(scores, np.sort(np.abs(Y - mean) / np.sqrt(variance + mean_spread)), rtol=1e-4)

    def likelihood(factor):
        return norm.logpdf(Y, mean, np.sqrt(mean_spread + factor * variance)).mean()

    best = likelihood(model.noise_factor_)
    assert all(best > likelihood(factor * model.noise_factor_) for factor in (0.95, 1.05))
    ends = np.diff(model.predict_interval(X)[1][..., 0])[:, 0]
    std = np.sqrt(spread**2 + noise**2 / model.noise_factor_)
    assert_allclose(ends, 2 * scores[180] * std, rtol=1e-4)


def test_variances_keep_their_digits_far_from_zero():
    each = 1e9 + RNG.normal(size=(5, 4))
    weights = np.array([0.4, 0.3, 0.1, 0.1, 0.1])
    expected = np.average((each - np.average(each, axis=0, weights=weights)) ** 2, 0, weights)
    assert_allclose(weighted_variance(iter(each), weights), expected, rtol=1e-5)


def test_a_pipeline_passes_return_std_on():
    model = make_pipeline(StandardScaler(), plain()).fit(X, Y)
    y, std = model.predict(X, return_std=True)
    assert_array_equal(y, model.predict(X))
    assert_array_equal(std, model[-1].predict(model[:-1].transform(X), return_std=True)[1])


def test_noise_without_dropout_is_all_there_is():
    spread, noise = plain(dropout=0.0).fit(X, Y).predict_std_parts(X)
    assert not spread.any()
    assert (noise > 0).all()


def test_streams_keep_the_noise_of_the_last_validation_set():
    model = plain().partial_fit(X, Y)
    assert model.noise_variance_ is None
    noise = model.partial_fit(X, Y, X_val=X, y_val=Y).noise_variance_
    assert noise > 0
    assert model.partial_fit(X, Y).noise_variance_ is noise
    assert model.set_params(early_stopping=False).fit(X, Y).noise_variance_ is None


class Interrupted(MLPRegressor):
    """A network whose user presses Ctrl-C when its training is over."""

    def _vary(self, X, variants):
        raise KeyboardInterrupt


def test_ctrl_c_at_the_end_loses_the_noise_but_not_the_training():
    model = Interrupted(**NETWORK, early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="interrupted by user after 30 epochs"):
        model.fit(X, Y)
    assert_array_equal(model.predict(X), plain(dropout=0.0).fit(X, Y).predict(X))
    assert model.noise_variance_ is None
    assert model.conformity_scores_ is None
    with as_part(), pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    before = model.coefs_
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X, Y, X_val=X, y_val=Y)
    assert model.coefs_ is before


NOTHING = MLPRegressor(**NETWORK).fit(X, Y)
IDLE_DROPOUT = MLPRegressor((), solver="sgd", dropout=0.1, max_iter=1).fit(X, Y)
QUANTILE = plain(loss="quantile").fit(X, Y)


@pytest.mark.parametrize("method", ["predict_std_parts", "sample_y"])
@pytest.mark.parametrize(
    ("model", "text"),
    [
        (NOTHING, "set dropout above 0, with hidden .*, or set loss='gaussian', or set early_stop"),
        (IDLE_DROPOUT, f"with hidden layers and {STOCHASTIC}"),
        (
            tabular(n_members=1, dropout=0.0).fit(X[:12], Y[:12]),
            "or fit it to at least 16 different rows",
        ),
        (QUANTILE, "loss='quantile'"),
    ],
)
def test_what_cannot_be_estimated_is_refused(model, method, text):
    with pytest.raises(ValueError, match=text):
        getattr(model, method)(X)


@every_regressor
def test_nothing_works_before_fit_and_the_number_of_draws_is_checked(model):
    with pytest.raises(NotFittedError):
        type(model)().predict(X, return_std=True)
    with pytest.raises(NotFittedError):
        type(model)().sample_y(X)
    with pytest.raises(ValueError, match="n_samples"):
        model.sample_y(X, 0)

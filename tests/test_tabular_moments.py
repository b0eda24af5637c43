"""Ensembles that predict distributions: means and variances of all, and quantiles of all."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from skreg import TabularMLPRegressor, TabularMLPRegressorCV
from skreg.neural_network._tabular.moments import (
    mean_and_variance_of,
    moments_of,
    negative_log_likelihood,
)
from skreg.neural_network._targets import TargetUnits

N = 120
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 2))
Y = np.stack([1e4 + 30 * X[:, 0] + 5 * RNG.normal(size=N), X[:, 1] - 3], axis=1)
UNITS = TargetUnits(np.array([1e4, -3.0]), np.array([30.0, 1.0]))
KINDS = {
    "gaussian": {"loss": "gaussian"},
    "quantiles": {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]},
}
parametrize_targets = pytest.mark.parametrize("y", [Y[:, 0], Y], ids=["one", "two"])


def make(kind, **params):
    fixed = {"max_iter": 6, "random_state": 0, "n_members": 2, "validation_fraction": 0.25}
    return TabularMLPRegressor("8", **{**fixed, **KINDS[kind], **params})


def member_outputs(mlp, method):
    """What the members predict for X, one after the other."""
    Z = mlp.encoder_.transform(X).astype(np.float32)
    return [getattr(member, method)(Z) for member in mlp.estimators_]


@parametrize_targets
def test_the_variance_of_all_is_that_within_and_between_members(y):
    mlp = make("gaussian", clip_predictions=False).fit(X, y)
    means, variances = map(np.stack, zip(*member_outputs(mlp, "_predict_mean_and_variance")))
    votes = mlp.votes_.reshape(-1, *[1] * y.ndim)
    mean = (votes * means).sum(axis=0)
    variance = (votes * (variances + (means - mean) ** 2)).sum(axis=0)
    found = mlp._predict_mean_and_variance(X)
    assert_allclose(found[0], mean, rtol=1e-6)
    assert_allclose(found[1], variance, rtol=1e-4)
    assert_allclose(mlp.predict(X), found[0])


@parametrize_targets
def test_quantiles_of_all_are_the_means_of_each_quantile_and_do_not_cross(y):
    mlp = make("quantiles", clip_predictions=False).fit(X, y)
    predicted = mlp.predict(X)
    assert predicted.shape == (*y.shape, 3)
    assert (np.diff(predicted) >= 0).all()
    assert_allclose(predicted, np.tensordot(mlp.votes_, member_outputs(mlp, "predict"), axes=1))
    clipped = np.moveaxis(mlp.set_params(clip_predictions=True).predict(X), -1, 0)
    assert (clipped >= y.min(axis=0)).all() and (clipped <= y.max(axis=0)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_members_vote_by_the_likelihood_or_the_pinball_loss(kind):
    weak = [{}, {"learning_rate_init": 1e-9, "max_iter": 1}]
    mlp = make(kind, diversity=weak, max_iter=40).fit(X, Y)
    assert mlp.votes_[0] > 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_rows_left_out_are_predicted_as_predict_does(kind):
    mlp = make(kind, validation_fraction="auto", n_members=8, max_iter=2).fit(X, Y)
    assert mlp.oof_predictions_.shape == mlp.predict(X).shape
    assert np.isfinite(mlp.oof_predictions_).all()


@pytest.mark.parametrize(("scoring", "low", "high"), [(None, -10, 0), ("r2", 0, 1)])
def test_a_search_judges_gaussian_networks_by_their_likelihood(scoring, low, high):
    search = TabularMLPRegressorCV(
        "8", max_iter=2, loss="gaussian", time_limit=None, max_candidates=2, scoring=scoring
    )
    search.set_params(random_state=0, validation_fraction=0.25, n_members=2).fit(X, Y)
    mean, variance = search._predict_mean_and_variance(X)
    assert_allclose(search.predict(X), mean)
    assert low < search.best_score_ < high  # a squared error is some hundreds
    assert variance.shape == Y.shape


def test_moments_keep_variances_of_any_size():
    mean = Y + RNG.normal(size=Y.shape)
    variance = np.geomspace(1e-2, 1e4, N)[:, None] * [1.0, 1e-3]
    found = mean_and_variance_of(moments_of(mean, variance, UNITS), UNITS)
    assert_allclose(found[0], mean)
    assert_allclose(found[1], variance, rtol=1e-6)
    equal = moments_of(mean, 0 * variance, UNITS)
    assert (mean_and_variance_of(equal, UNITS)[1] > 0).all()


@parametrize_targets
def test_the_likelihood_is_that_of_scipy(y):
    units = UNITS if y.ndim == 2 else TargetUnits(UNITS.center[:1], UNITS.scale[:1])
    mean, weights = y.reshape(N, -1) + RNG.normal(size=(N, y.size // N)), RNG.uniform(size=N)
    variance = RNG.uniform(0.5, 2, mean.shape)
    each = -norm.logpdf(y.reshape(mean.shape), mean, np.sqrt(variance)).mean(axis=1)
    found = negative_log_likelihood(y, moments_of(mean, variance, units), units, weights)
    assert_allclose(found, np.average(each, weights=weights), rtol=1e-6)

"""Prediction intervals: against MAPIE, and by how many targets they contain."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GroupKFold

from skreg import MLPRegressor, MLPRegressorCV, TabularMLPRegressor
from skreg.neural_network._intervals import Band, conformal_quantiles

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2400, 3))
Y = 100 * X[:, 0] + 20 * RNG.normal(size=2400)
TWO = np.stack([Y, -Y / 10], axis=1)
WEIGHTS = RNG.integers(0, 3, 300).astype(float)
TRAIN, HELD, TEST = slice(0, 200), slice(200, 500), slice(500, None)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def plain(**params):
    how = {"hidden_layer_sizes": (8,), "max_iter": 20, "learning_rate_init": 0.02}
    return MLPRegressor(**{**how, "random_state": 0, **params})


def tabular(**params):
    small = {"hidden_layer_sizes": "8", "max_iter": 20, "random_state": 0, "n_members": 4}
    return TabularMLPRegressor(**{**small, **params})


QUANTILES = {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]}
CV = {"l1s": None, "max_iter": 60, "learning_rate_init": 0.02, "cv": 4, "random_state": 0}
GIVEN = plain().fit(X[TRAIN], Y[TRAIN], X_val=X[HELD], y_val=Y[HELD])
FITTED = {
    "given rows": GIVEN,
    "early stopping": plain(early_stopping=True, validation_fraction=0.5).fit(X[:500], Y[:500]),
    "sparse": plain(early_stopping=True, validation_fraction=0.5).fit(X[:500], Y[:500]).sparsify(),
    "folds": tabular(n_members=8).fit(X[:500], Y[:500]),
    "share": tabular(validation_fraction=0.5).fit(X[:500], Y[:500]),
    "two outputs": tabular(validation_fraction=0.5).fit(X[:500], TWO[:500]),
    "quantiles": plain(**QUANTILES).fit(X[TRAIN], Y[TRAIN], X_val=X[HELD], y_val=Y[HELD]),
    "quantiles of two outputs": tabular(**QUANTILES).fit(X[:500], TWO[:500]),
    "gaussian": plain(loss="gaussian").fit(X[TRAIN], Y[TRAIN], X_val=X[HELD], y_val=Y[HELD]),
    "gaussian share": tabular(loss="gaussian", validation_fraction=0.5).fit(X[:500], Y[:500]),
    "gaussian folds": tabular(loss="gaussian", n_members=8).fit(X[:500], TWO[:500]),
    "gaussian CV": MLPRegressorCV(8, loss="gaussian", **CV).fit(X[:500], Y[:500]),
    "quantiles CV": MLPRegressorCV(8, **QUANTILES, **CV).fit(X[:500], Y[:500]),
}


def covered(intervals, y):
    """The share of targets inside, of each level."""
    lower, upper = np.moveaxis(intervals, -2, 0)
    y = y[..., np.newaxis]
    return ((lower <= y) & (y <= upper)).mean(axis=0)


@pytest.mark.parametrize("model", FITTED.values(), ids=FITTED)
def test_intervals_cover_what_they_promise(model):
    y = TWO[TEST] if model.n_outputs_ == 2 else Y[TEST]
    middle, intervals = model.predict_interval(X[TEST], [0.5, 0.9])
    assert intervals.shape == (*y.shape, 2, 2)
    predicted = model.predict(X[TEST])
    assert_allclose(middle, predicted if predicted.ndim == y.ndim else predicted[..., 1])
    assert_allclose(covered(intervals, y), np.broadcast_to([0.5, 0.9], (*y[0].shape, 2)), atol=0.1)
    assert (np.diff(intervals, axis=-2) >= 0).all()


def test_intervals_are_those_of_mapie_from_the_same_rows():
    regression = pytest.importorskip("mapie.regression")
    levels = [0.5, 0.8, 0.9, 0.95]
    mapie = regression.SplitConformalRegressor(GIVEN, confidence_level=levels, prefit=True)
    middle, intervals = mapie.conformalize(X[HELD], Y[HELD]).predict_interval(X[TEST])
    ours = GIVEN.predict_interval(X[TEST], levels)
    assert_allclose(ours[0], middle)
    assert_allclose(ours[1], intervals)
    assert ours[1].shape == intervals.shape


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_targets_that_are_never_negative_have_no_negative_intervals_and_draws(loss):
    counts = np.random.default_rng(1).poisson(0.5, 500) + (loss == "gamma")
    model = plain(loss=loss).fit(X[TRAIN], counts[TRAIN], X_val=X[HELD], y_val=counts[HELD])
    _, intervals = model.predict_interval(X[HELD], 0.99)
    assert intervals.min() == model.sample_y(X[HELD], 9).min() == 0


class Column(RegressorMixin, BaseEstimator):
    """One of several quantiles, for MAPIE."""

    def __init__(self, model, place):
        self.model, self.place = model, place
        self.is_fitted_ = self.fitted_ = True

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.model.predict(X)[:, self.place]


def test_intervals_of_quantiles_are_those_of_mapie():
    regression = pytest.importorskip("mapie.regression")
    model = FITTED["quantiles"]
    columns = [Column(model, place) for place in (0, 2, 1)]
    mapie = regression.ConformalizedQuantileRegressor(columns, confidence_level=0.8, prefit=True)
    mapie.conformalize(X[HELD], Y[HELD])
    middle, intervals = mapie.predict_interval(X[TEST], symmetric_correction=True)
    ours = model.predict_interval(X[TEST], 0.8)
    is_sound = intervals[:, 0, 0] <= intervals[:, 1, 0]  # where its ends do not pass each other
    assert is_sound.mean() > 0.9
    assert_allclose(ours[0], middle)
    assert_allclose(ours[1][is_sound], intervals[is_sound])


def test_intervals_are_wide_where_the_predicted_variance_is():
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (2000, 1))
    y = (1 + x[:, 0]) * rng.normal(size=2000)
    models = [
        plain(loss="gaussian").fit(x[:600], y[:600], X_val=x[600:1000], y_val=y[600:1000]),
        tabular(loss="gaussian").fit(x[:1000], y[:1000]),
        MLPRegressorCV(8, loss="gaussian", **CV).fit(x[:1000], y[:1000]),
    ]
    for model in models:
        _, intervals = model.predict_interval(x[1000:])
        width = np.diff(intervals[..., 0]).ravel()
        std = np.sqrt(model._predict_mean_and_variance(x[1000:])[1])
        assert np.corrcoef(width, 1 + x[1000:, 0])[0, 1] > 0.8
        assert_allclose(width / std, (width / std)[0], rtol=1e-5)
        for half in (x[1000:, 0] > 0, x[1000:, 0] < 0):
            assert 0.82 < covered(intervals[half], y[1000:][half])[0] < 0.98


def test_scores_of_folds_are_the_errors_of_their_predictions():
    model = FITTED["folds"]
    errors = np.sort(np.abs(Y[:500] - model.oof_predictions_))
    assert_allclose(model.conformity_scores_, errors)
    _, intervals = model.predict_interval(X[TEST], 0.9)
    width = np.diff(intervals[:, :, 0], axis=1)
    assert_allclose(width, 2 * errors[int(np.ceil(501 * 0.9)) - 1])


def test_scores_are_from_before_members_are_finished_on_all_rows():
    left_out = tabular(validation_fraction=0.5, finish_on_all_rows=False).fit(X[:500], Y[:500])
    finished = tabular(validation_fraction=0.5, finish_on_all_rows=True).fit(X[:500], Y[:500])
    assert_array_equal(left_out.conformity_scores_, finished.conformity_scores_)
    assert not np.array_equal(left_out.predict(X), finished.predict(X))


def test_groups_that_are_left_out_are_judged_once():
    model = tabular(validation_fraction=GroupKFold(4))
    model.fit(X[:200], Y[:200], groups=np.arange(200) // 10)
    assert len(model.conformity_scores_) == 200


@pytest.mark.parametrize("n", [9, 10, 19, 100])
def test_the_quantile_is_the_smallest_that_suffices(n):
    scores = np.sort(RNG.random(n))
    for level in (0.3, 0.5, 0.8, 0.9):
        rank = int(np.ceil(np.round((n + 1) * level, 9)))
        assert conformal_quantiles(scores, None, np.array([level])) == scores[rank - 1]


def test_each_output_has_quantiles_of_its_own():
    scores, levels = np.sort(RNG.random((50, 2)), axis=0), np.array([0.3, 0.6, 0.9])
    together = conformal_quantiles(scores, None, levels)
    for j in range(2):
        assert_array_equal(together[j], conformal_quantiles(scores[:, j], None, levels))


def test_equal_weights_change_nothing_and_rows_without_weight_are_left_out():
    def scores(weights, rows=slice(None)):
        weighted = {"sample_weight_val": weights}
        model = plain().fit(
            X[TRAIN], Y[TRAIN], X_val=X[HELD][rows], y_val=Y[HELD][rows], **weighted
        )
        return model.predict_interval(X[TEST], [0.5, 0.9])[1]

    assert_allclose(scores(np.full(300, 7.0)), scores(None))
    has_weight = WEIGHTS > 0
    assert_allclose(scores(WEIGHTS), scores(WEIGHTS[has_weight], has_weight))
    assert_allclose(scores(has_weight.astype(float)), scores(None, has_weight))


def test_weights_are_shares_of_coverage():
    scores, weights = np.arange(1000.0), np.where(np.arange(1000) < 500, 1.0, 3.0)
    (median,) = conformal_quantiles(scores, weights, np.array([0.5]))
    assert median == pytest.approx(667, abs=2)


def test_a_band_is_scored_from_its_ends_in_its_unit():
    low, high, unit = np.array([0.0, 0.0, 0.0]), np.array([1.0, 1.0, 1.0]), np.array([1, 1, 2.0])
    band = Band((low + high) / 2, low, high, unit)
    assert_allclose(band.score(np.array([-1.0, 0.4, 4.0])), [1.0, -0.4, 1.5])
    assert band.score(np.array([np.nan, 0, 0]))[0] == np.inf


@pytest.mark.parametrize(
    "coverage", [0, 1, 1.5, -0.1, np.nan, "0.9", None, [], [0.5, 1.0], [[0.5]]]
)
def test_coverage_outside_of_0_and_1_is_refused(coverage):
    with pytest.raises(ValueError, match=r"coverage must be a number in \(0, 1\)"):
        GIVEN.predict_interval(X, coverage)


def test_more_coverage_than_rows_can_show_is_refused():
    model = plain().fit(X[TRAIN], Y[TRAIN], X_val=X[:19], y_val=Y[:19])
    assert np.isfinite(model.predict_interval(X, 0.95)[1]).all()
    with pytest.raises(ValueError, match="at most 0.95 with the 19 rows .* got 0.96"):
        model.predict_interval(X, 0.96)


@pytest.mark.parametrize("kind", [MLPRegressor, TabularMLPRegressor])
def test_no_interval_before_fit(kind):
    with pytest.raises(NotFittedError):
        kind().predict_interval(X)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (plain, "set early_stopping=True, or pass X_val to fit, or use TabularMLPRegressor"),
        (tabular, "fit it to at least 16 different rows"),
    ],
)
def test_no_interval_where_no_rows_were_held_out(make, advice):
    model = make().fit(X[:12], Y[:12])
    assert model.conformity_scores_ is None
    with pytest.raises(ValueError, match=f"has none: {advice}"):
        model.predict_interval(X)

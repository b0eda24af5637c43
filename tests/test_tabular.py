"""Augmenters for tables: what each puts in place of values, and how often."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skreg.augmentation import Compose, CutMix, FeatureDropout, Mixup, RowGenerator, SwapNoise

N = 5000
RNG = np.random.default_rng(0)
SCALES = np.array([1.0, 100.0, 1e-3, 7.0])
X = RNG.standard_normal((N, 4)) * SCALES + [0.0, 50.0, -1.0, 1e3]
DTYPES = [np.float32, np.float64]
RATES = [0.05, 0.3, 0.9]


def within_five_sigma(share, rate, n):
    return abs(share - rate) < 5 * np.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_feature_dropout_puts_means_at_its_rate_and_leaves_the_rest(dtype, rate):
    rows = X.astype(dtype)
    augmenter = FeatureDropout(rate, random_state=0)
    drawn = augmenter.fit_transform(rows)
    assert_allclose(augmenter.statistics_, X.mean(axis=0), rtol=1e-3, atol=1e-5)
    replaced = drawn != rows
    assert_array_equal(drawn, np.where(replaced, augmenter.statistics_, rows))
    for column in replaced.T:
        assert within_five_sigma(column.mean(), rate, N)
    assert within_five_sigma((replaced[:, 0] & replaced[:, 1]).mean(), rate**2, N)


@pytest.mark.parametrize("augmenter", [FeatureDropout(1.0), SwapNoise(1.0)], ids=str)
def test_a_rate_of_one_replaces_everything(augmenter):
    drawn = augmenter.set_params(random_state=0).fit_transform(X)
    assert (drawn == X).mean() < 0.01


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_swap_noise_takes_values_of_the_same_column_at_its_rate(dtype, rate):
    rows = X.astype(dtype)
    drawn = SwapNoise(rate, random_state=0).fit_transform(rows)
    for column, original in zip(drawn.T, rows.T):
        assert np.isin(column, original).all()
        assert within_five_sigma((column != original).mean(), rate, N)


def test_swap_noise_swaps_each_value_on_its_own():
    drawn = SwapNoise(0.5, random_state=0).fit_transform(X) != X
    assert within_five_sigma((drawn[:, 0] & drawn[:, 3]).mean(), 0.25, N)
    sources = SwapNoise(1.0).fit(X)._draw(RowGenerator(0, N))
    assert (sources[:, 0] == sources[:, 1]).mean() < 0.01


def test_swap_noise_keeps_the_marginal_distribution():
    skewed = stats.lognorm(1.0).rvs((N, 4), random_state=0)
    drawn = SwapNoise(1.0, random_state=0).fit_transform(skewed)
    for column, original in zip(drawn.T, skewed.T):
        assert stats.ks_2samp(column, original).pvalue > 1e-4


def test_swap_noise_draws_every_other_row_alike():
    sources = SwapNoise(1.0).fit(X[:10])._draw(RowGenerator(0, N, batch_size=10))
    places = sources - np.arange(N)[:, None] // 10 * 10
    assert_array_equal(np.unique(places), np.arange(10))
    for column in places.T:
        assert stats.chisquare(np.bincount(column)).pvalue > 1e-4


def test_swap_noise_stays_within_the_mini_batch():
    sources = SwapNoise(0.8).fit(X)._draw(RowGenerator(0, N, batch_size=32))
    assert_array_equal(sources // 32, np.tile(np.arange(N)[:, None] // 32, 4))


def test_swap_noise_draws_in_proportion_to_the_weights():
    weights = np.tile([0.0, 1.0, 3.0], N)[:N]
    sources = SwapNoise(1.0).fit(X)._draw(RowGenerator(0, N, weights=weights))
    counts = np.bincount(sources.ravel() % 3)
    assert counts[0] == 0
    assert within_five_sigma(counts[2] / counts.sum(), 0.75, counts.sum())


def test_means_are_those_of_large_data_as_well():
    rows = (1e4 + RNG.standard_normal((20_000, 2))).astype(np.float32)
    wanted = rows.astype(np.float64).mean(axis=0)
    assert_allclose(FeatureDropout().fit(rows).statistics_, wanted, rtol=1e-6)


CODES = np.array([3.0, 1.0, 1.0, np.nan, 2.0, 1.0, np.nan, np.nan, np.nan])[:, None]
NAMES = np.array([["a", 1.0], ["b", 3.0], ["b", np.nan], [None, 5.0]], dtype=object)


@pytest.mark.parametrize("strategy", ["mean", "most_frequent"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_feature_dropout_replaces_by_statistics_of_the_values_that_are_there(dtype, strategy):
    rows = CODES.astype(dtype)
    augmenter = FeatureDropout(1.0, strategy=strategy).fit(rows)
    wanted = SimpleImputer(strategy=strategy).fit(rows).statistics_
    assert_allclose(augmenter.statistics_, wanted, rtol=1e-6)
    assert augmenter.statistics_.dtype == dtype
    assert_allclose(augmenter.fit_transform(rows), np.tile(wanted, (len(rows), 1)), rtol=1e-6)


def test_feature_dropout_of_objects_takes_means_of_numbers_and_modes_of_the_rest():
    assert FeatureDropout().fit(NAMES).statistics_.tolist() == ["b", 3.0]
    frequent = np.array([["a", 7], ["a", 7], ["b", 1]], dtype=object)
    assert FeatureDropout(strategy="most_frequent").fit(frequent).statistics_.tolist() == ["a", 7]
    booleans = np.array([[True], [True], [False], [None]], dtype=object)
    assert FeatureDropout().fit(booleans).statistics_.tolist() == [True]


def test_features_without_any_value_stay_without():
    rows = np.column_stack([np.full(20, np.nan), np.arange(20.0)])
    drawn = FeatureDropout(1.0).fit_transform(rows)
    assert np.isnan(drawn[:, 0]).all()
    assert_allclose(drawn[:, 1], 9.5)
    drawn = FeatureDropout(1.0).fit_transform(np.array([[None, "a"], [None, "b"]], dtype=object))
    assert np.isnan(drawn[:, 0].astype(float)).all()


@pytest.mark.parametrize(
    "augmenter", [SwapNoise(0.5), CutMix(), Compose([SwapNoise(0.5), CutMix()])], ids=str
)
@pytest.mark.parametrize("rows", [CODES, NAMES], ids=["numbers", "objects"])
def test_what_only_moves_values_takes_missing_ones_and_objects(augmenter, rows):
    rows = np.tile(rows, (20, 1))
    augmenter.set_params(random_state=0)
    drawn = augmenter.fit_transform(rows)
    assert drawn.dtype == rows.dtype
    for column, original in zip(drawn.T, rows.T):
        assert set(map(str, column)) == set(map(str, original))
    assert (drawn.astype(str) != rows.astype(str)).any()
    assert_array_equal(augmenter.transform(rows).astype(str), rows.astype(str))


@pytest.mark.parametrize("bad", [np.full((5, 1), np.inf), np.array([["a"], ["b"]])], ids=str)
def test_what_computes_takes_neither_infinities_nor_objects(bad):
    with pytest.raises(ValueError, match="infinity|could not convert"):
        Compose([SwapNoise(), Mixup()]).fit(bad)
    if bad.dtype.kind == "f":
        with pytest.raises(ValueError, match="infinity"):
            SwapNoise().fit(bad)


def test_categories_can_be_swapped_before_they_are_encoded():
    rows = np.array([["red", "s"], ["blue", "m"], ["red", "l"], ["blue", "s"]] * 10)
    model = make_pipeline(SwapNoise(0.1, random_state=0), OneHotEncoder(), LogisticRegression())
    assert model.fit(rows, rows[:, 0]).score(rows, rows[:, 0]) == 1

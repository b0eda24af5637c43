"""Augmenters for tables: what each does to numbers, as a formula or a distribution."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skreg.augmentation import (
    FeatureDropout,
    GaussianNoise,
    RowGenerator,
    ScaleJitter,
    SwapNoise,
)

N = 5000
RNG = np.random.default_rng(0)
SCALES = np.array([1.0, 100.0, 1e-3, 7.0])
X = RNG.standard_normal((N, 4)) * SCALES + [0.0, 50.0, -1.0, 1e3]
DTYPES = [np.float32, np.float64]
RATES = [0.05, 0.3, 0.9]


def within_five_sigma(share, rate, n):
    return abs(share - rate) < 5 * np.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 3.0])
def test_gaussian_noise_is_normal_with_sigma_times_the_standard_deviation(sigma):
    augmenter = GaussianNoise(sigma, random_state=0)
    noise = (augmenter.fit_transform(X) - X) / (sigma * X.std(axis=0))
    assert_allclose(augmenter.scale_, X.std(axis=0))
    for column in noise.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4
    correlations = np.corrcoef(noise.T)[~np.eye(4, dtype=bool)]
    assert np.abs(correlations).max() < 5 / np.sqrt(N)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gaussian_noise_is_what_was_drawn_times_the_scale(dtype):
    rows = X.astype(dtype)
    augmenter = GaussianNoise(0.3).fit(rows)
    draw = augmenter._draw(RowGenerator(4, N)).astype(np.float64)
    expected = rows + 0.3 * draw * X.std(axis=0)
    drawn = augmenter.augment(rows, None, RowGenerator(4, N))[0]
    rtol = 1e-5 if dtype == np.float32 else 1e-12
    assert_allclose(drawn / SCALES, expected / SCALES, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("constant", [0.0, 1.0, 0.1, 1e7, -3e-8])
def test_gaussian_noise_leaves_constant_features_alone(constant, dtype):
    rows = X.astype(dtype)
    rows[:, 2] = constant
    drawn = GaussianNoise(2.0, random_state=0).fit_transform(rows)
    assert_allclose(drawn[:, 2], rows[:, 2], rtol=1e-6)
    assert (drawn[:, [0, 1, 3]] != rows[:, [0, 1, 3]]).any(axis=0).all()


def test_gaussian_noise_of_a_single_row_is_nothing():
    assert_array_equal(GaussianNoise(1.0).fit_transform(X[:1]), X[:1])


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_feature_dropout_puts_means_at_its_rate_and_leaves_the_rest(dtype, rate):
    rows = X.astype(dtype)
    augmenter = FeatureDropout(rate, random_state=0)
    drawn = augmenter.fit_transform(rows)
    assert_allclose(augmenter.mean_, X.mean(axis=0), rtol=1e-3, atol=1e-5)
    replaced = drawn != rows
    assert_array_equal(drawn, np.where(replaced, augmenter.mean_, rows))
    for column in replaced.T:
        assert within_five_sigma(column.mean(), rate, N)
    assert within_five_sigma((replaced[:, 0] & replaced[:, 1]).mean(), rate**2, N)


@pytest.mark.parametrize("augmenter", [FeatureDropout(1.0), SwapNoise(1.0)], ids=str)
def test_a_rate_of_one_replaces_everything(augmenter):
    drawn = augmenter.set_params(random_state=0).fit_transform(X)
    assert (drawn == X).mean() < 0.01


def test_means_and_scales_are_those_of_large_data_as_well():
    rows = (1e4 + RNG.standard_normal((20_000, 2))).astype(np.float32)
    wanted = rows.astype(np.float64)
    assert_allclose(GaussianNoise().fit(rows).scale_, wanted.std(axis=0), rtol=1e-5)
    assert_allclose(FeatureDropout().fit(rows).mean_, wanted.mean(axis=0), rtol=1e-6)


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


@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_scale_jitter_multiplies_rows_by_numbers_around_one(sigma):
    drawn = ScaleJitter(sigma, random_state=0).fit_transform(X)
    factors = drawn / X
    assert_allclose(factors, np.tile(factors[:, :1], 4), rtol=1e-6)
    assert stats.kstest(factors[:, 0], stats.norm(1, sigma).cdf).pvalue > 1e-4


def test_scale_jitter_per_feature_has_a_factor_for_each_value():
    factors = ScaleJitter(0.2, per_feature=True, random_state=0).fit_transform(X) / X
    for column in factors.T:
        assert stats.kstest(column, stats.norm(1, 0.2).cdf).pvalue > 1e-4
    correlations = np.corrcoef(factors.T)[~np.eye(4, dtype=bool)]
    assert np.abs(correlations).max() < 5 / np.sqrt(N)


@pytest.mark.parametrize("per_feature", [False, True])
def test_scale_jitter_leaves_zeros(per_feature):
    sparse = np.where(X > X.mean(axis=0), X, 0)
    drawn = ScaleJitter(0.5, per_feature=per_feature, random_state=0).fit_transform(sparse)
    assert_array_equal(drawn == 0, sparse == 0)


def test_values_without_a_finite_standard_deviation_are_refused():
    with pytest.raises(ValueError, match="X has values too large for a standard deviation"):
        GaussianNoise().fit(np.array([[1e200], [-1e200]]))

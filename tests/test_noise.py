"""Noise: what it does to numbers, as a formula or a distribution."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skreg.augmentation import GaussianNoise, RowGenerator, ScaleJitter

N = 5000
RNG = np.random.default_rng(0)
SCALES = np.array([1.0, 100.0, 1e-3, 7.0])
X = RNG.standard_normal((N, 4)) * SCALES + [0.0, 50.0, -1.0, 1e3]
DTYPES = [np.float32, np.float64]


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


def test_scales_are_those_of_large_data_as_well():
    rows = (1e4 + RNG.standard_normal((20_000, 2))).astype(np.float32)
    wanted = rows.astype(np.float64).std(axis=0)
    assert_allclose(GaussianNoise().fit(rows).scale_, wanted, rtol=1e-5)

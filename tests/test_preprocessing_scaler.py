"""SmoothClipScaler: its formula, its inverse, and features without spread."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import RobustScaler, StandardScaler

from skreg.preprocessing import SmoothClipScaler

RNG = np.random.default_rng(0)
X = RNG.standard_t(2, (201, 4)) * [1, 100, 1e-3, 7] + [0, 50, -1, 1e3]
X[3, 1] = X[5, 2] = np.nan
UNBOUNDED = {"standard": StandardScaler, "robust": RobustScaler}
parametrize_strategies = pytest.mark.parametrize("strategy", UNBOUNDED)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@parametrize_strategies
def test_values_are_scaled_as_by_scikit_learn_and_then_bounded(strategy, dtype):
    rows = X.astype(dtype)
    Z = UNBOUNDED[strategy]().fit_transform(rows)
    scaled = SmoothClipScaler(strategy=strategy).fit_transform(rows)
    assert scaled.dtype == dtype
    tolerance = 0.02 if strategy == "robust" else 1e-4  # quartiles of another definition
    assert_allclose(scaled, Z / np.sqrt(1 + (Z / 3) ** 2), rtol=tolerance, atol=1e-4)
    assert np.nanmax(np.abs(scaled)) < 3


@parametrize_strategies
def test_the_bound_may_be_another(strategy):
    scaler = SmoothClipScaler(strategy=strategy, max_absolute_value=0.5).fit(X)
    free, bounded = (X - scaler.center_) / scaler.scale_, scaler.transform(X)
    assert_allclose(bounded, free / np.sqrt(1 + (free / 0.5) ** 2))
    assert np.nanmax(np.abs(free)) > 5


@parametrize_strategies
def test_the_inverse_gives_values_back(strategy):
    scaler = SmoothClipScaler(strategy=strategy).fit(X)
    assert_allclose(scaler.inverse_transform(scaler.transform(X)), X, rtol=1e-9)


def test_what_is_on_the_bound_or_beyond_comes_from_infinity():
    scaler = SmoothClipScaler().fit(X)
    assert_array_equal(scaler.inverse_transform([[3, -3, 4, -5]]), [[np.inf, -np.inf] * 2])
    with pytest.raises(ValueError, match="4 features, got 2"):
        scaler.inverse_transform(X[:, :2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@parametrize_strategies
def test_the_largest_numbers_are_on_the_bound(strategy, dtype):
    scaler = SmoothClipScaler(strategy=strategy).fit(X.astype(dtype))
    largest = np.full((1, 4), np.finfo(dtype).max)
    assert_allclose(scaler.transform(largest), 3)
    assert_allclose(scaler.transform(-largest), -3)


@pytest.mark.parametrize("unit", [1e-250, 1e-30, 1e30, 1e250])
@parametrize_strategies
def test_the_unit_of_a_feature_has_no_effect(strategy, unit):
    scaler = SmoothClipScaler(strategy=strategy)
    assert_allclose(scaler.fit_transform(X * unit), scaler.fit_transform(X), rtol=1e-9)


def test_quartiles_that_are_equal_give_way_to_half_of_the_range():
    column = np.r_[np.zeros(90), 1, 2, 6][:, None]
    scaler = SmoothClipScaler(strategy="robust").fit(column)
    assert (scaler.center_, scaler.scale_) == ([0], [3])


@parametrize_strategies
def test_features_without_spread_or_without_values_have_a_scale_of_one(strategy):
    rows = np.column_stack([np.full(9, 4.0), np.full(9, np.nan), np.arange(9)])
    scaler = SmoothClipScaler(strategy=strategy).fit(rows)
    assert_array_equal(scaler.center_[:2], [4, 0])
    assert_array_equal(scaler.scale_[:2], [1, 1])
    scaled = scaler.transform(rows)
    assert (scaled[:, 0] == 0).all()
    assert np.isnan(scaled[:, 1]).all()

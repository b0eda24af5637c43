"""Weighted quantiles: NumPy's, of rows that are repeated as often as they weigh."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg.preprocessing._distribution import distribution_of

RNG = np.random.default_rng(0)
SHARES = np.r_[np.linspace(0, 1, 17), 1 / 3, 0.01]


@pytest.mark.parametrize("n", [1, 2, 5, 16, 101])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quantiles_are_those_of_numpy(n, dtype):
    column = RNG.standard_normal(n).astype(dtype)
    expected = np.quantile(column.astype(float), SHARES, method="averaged_inverted_cdf")
    assert_allclose(distribution_of(column, None).quantiles(SHARES), expected, rtol=1e-15)


def test_weighted_quantiles_are_those_of_repeated_rows():
    column, weights = RNG.integers(0, 9, 50) / 4, RNG.integers(0, 5, 50)
    repeated = distribution_of(np.repeat(column, weights), None)
    weighted = distribution_of(column, weights.astype(float))
    assert_array_equal(weighted.values, repeated.values)
    assert_array_equal(weighted.mass, repeated.mass)
    assert_array_equal(weighted.quantiles(SHARES), repeated.quantiles(SHARES))


def test_missing_values_do_not_count():
    values, mass = distribution_of(np.array([2.0, np.nan, 1.0, 2.0]), None)
    assert_array_equal(values, [1, 2])
    assert_array_equal(mass, [1, 2])
    values, mass = distribution_of(np.array([2.0, np.nan, 1.0, 3.0]), np.array([2.0, 9.0, 0.5, 0]))
    assert_array_equal(values, [1, 2])
    assert_array_equal(mass, [0.5, 2])

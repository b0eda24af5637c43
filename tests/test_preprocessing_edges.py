"""Edges of bins: quantiles where values spread, values of their own where they are heavy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg.preprocessing._distribution import distribution_of
from skreg.preprocessing._edges import quantile_edges, tree_edges

RNG = np.random.default_rng(0)
CONTINUOUS = RNG.standard_normal(1000)
ZERO_INFLATED = np.where(RNG.random(1000) < 0.9, 0, RNG.lognormal(size=1000))
COUNTS = RNG.geometric(0.2, 1000).astype(float)


def edges_of(column, n_bins):
    return quantile_edges(distribution_of(column, None), n_bins)


def test_bins_of_a_continuous_feature_hold_equally_many_rows():
    edges = edges_of(CONTINUOUS, 16)
    assert len(edges) == 17
    assert_allclose(np.histogram(CONTINUOUS, edges)[0], 1000 / 16, atol=1)


@pytest.mark.parametrize("n_bins", [2, 3, 7, 16, 64])
@pytest.mark.parametrize("column", [CONTINUOUS, ZERO_INFLATED, COUNTS], ids=["c", "zeros", "n"])
def test_edges_rise_span_the_range_and_are_not_too_many(column, n_bins):
    edges = edges_of(column, n_bins)
    assert 3 <= len(edges) <= n_bins + 1
    assert (np.diff(edges) > 0).all()
    assert (edges[0], edges[-1]) == (column.min(), column.max())


def test_what_is_not_zero_has_bins_where_most_values_are_zero():
    edges = edges_of(ZERO_INFLATED, 16)
    assert len(edges) == 17
    rest = ZERO_INFLATED[ZERO_INFLATED > 0]
    assert np.histogram(rest, edges)[0].max() < 2 * len(rest) / 15
    assert len(np.unique(np.quantile(ZERO_INFLATED, np.linspace(0, 1, 17)))) < 5  # without care


def test_heavy_counts_are_edges():
    values, counts = np.unique(COUNTS, return_counts=True)
    assert np.isin(values[counts >= 1000 / 16], edges_of(COUNTS, 16)).all()


def test_few_distinct_values_are_all_edges():
    assert_array_equal(edges_of(np.repeat([3.0, 1.0, 7.0], [90, 1, 1]), 2), [1, 3, 7])
    assert_array_equal(edges_of(np.ones(5), 2), [1])
    assert_array_equal(edges_of(np.full(5, np.nan), 2), [])


def test_a_tree_splits_where_the_target_jumps():
    x = np.linspace(0, 1, 200)
    edges = tree_edges(x, np.where(x < 0.3, 0.0, 5.0) + (x > 0.8), np.ones(200), 3)
    assert_allclose(edges, [0, 0.3, 0.8, 1], atol=0.01)
    edges = tree_edges(x, np.where((x < 0.3) | (x > 0.8), "a", "b"), np.ones(200), 3)
    assert_allclose(edges, [0, 0.3, 0.8, 1], atol=0.01)


def test_leaves_of_a_tree_are_not_too_small():
    y = (CONTINUOUS > np.sort(CONTINUOUS)[-3]).astype(float)
    edges = tree_edges(CONTINUOUS, y, np.ones(1000), 16)
    assert np.histogram(CONTINUOUS, edges)[0].min() >= 1000 / 64 - 1

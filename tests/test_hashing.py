"""The order of rows: a permutation, uniform, and another one in each epoch."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats

from skreg._arithmetic.drawing import draw_order
from tests import naive


def order_of(n, seed, epoch):
    order = np.empty(n, np.int64)
    draw_order(order, seed, epoch)
    return order


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1000])
def test_orders_are_permutations_and_those_of_the_oracle(n):
    for seed, epoch in [(0, 0), (1, 5), (2**31 - 2, 10**6)]:
        order = order_of(n, seed, epoch)
        assert_array_equal(np.sort(order), np.arange(n))
        assert_array_equal(order, naive.draw_order(n, seed, epoch))


def test_every_order_of_four_rows_is_as_likely():
    codes = [
        order_of(4, seed, epoch) @ [64, 16, 4, 1] for seed in range(60) for epoch in range(200)
    ]
    counts = np.unique(codes, return_counts=True)[1]
    assert counts.size == 24
    assert stats.chisquare(counts).pvalue > 1e-4


def test_every_row_is_as_likely_at_every_place():
    orders = np.array([order_of(20, 3, epoch) for epoch in range(4000)])
    for place in range(20):
        assert stats.chisquare(np.bincount(orders[:, place], minlength=20)).pvalue > 1e-5


def test_orders_of_epochs_and_seeds_do_not_resemble_each_other():
    orders = [order_of(5000, seed, epoch) for seed in range(3) for epoch in range(3)]
    for i, one in enumerate(orders):
        for other in orders[:i]:
            assert abs(stats.spearmanr(one, other).statistic) < 5 / 5000**0.5

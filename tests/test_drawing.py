"""Random numbers of rows and their order: those of the oracle, whatever rows are drawn together."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.special import ndtri

from skreg._arithmetic.drawing import draw_normal, draw_order, draw_partners, draw_uniform
from skreg._compiler.jit import DTYPES
from tests import naive, naive_images

PLACES = [(0, 0, 2**31 + 1), (1, 5, 2**31 + 2), (2**31 - 2, 10**6, 2**31 + 7)]
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_places = pytest.mark.parametrize("place", PLACES)


def uniform(dtype, shape, place, first=0):
    out = np.full(shape, np.nan, dtype)
    draw_uniform[np.dtype(dtype)](out, *place, first)
    return out


def normal(shape, place, first=0):
    out = np.full(shape, np.nan, np.float32)
    draw_normal(out, *place, first)
    return out


def one_batch_partners(shape, place, first=0, probability=1.0, weights=()):
    """Partners among all rows."""
    return group_partners(
        shape, place, first, probability, np.arange(shape[0]), [0, shape[0]], weights
    )


def group_partners(shape, place, first, probability, order, bounds, weights=()):
    out = np.full(shape, -1, np.int64)
    weights = np.asarray(weights, np.float64)
    draw_partners(out, *place, first, probability, order, np.array(bounds), weights)
    return out


DRAWS = {
    "uniform float32": lambda shape, place, first: uniform(np.float32, shape, place, first),
    "uniform float64": lambda shape, place, first: uniform(np.float64, shape, place, first),
    "normal": normal,
}
parametrize_draws = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS.keys())


@parametrize_places
@parametrize_dtypes
def test_uniform_numbers_are_the_highest_bits_of_the_words_of_the_oracle(dtype, place):
    words = naive_images.draw_words(*place, np.arange(3, 50), 6)
    bits = 24 if dtype == np.float32 else 32
    expected = (words >> np.uint64(32 - bits)).astype(np.float64) / 2.0**bits
    assert_array_equal(uniform(dtype, (47, 6), place, first=3), expected)


@parametrize_places
def test_normal_numbers_are_quantiles_of_the_words_of_the_oracle(place):
    words = naive_images.draw_words(*place, np.arange(3, 50), 6)
    expected = ndtri(((words >> np.uint64(9)) + 0.5) / 2.0**23)
    assert_allclose(normal((47, 6), place, first=3), expected, rtol=5e-7)


@pytest.mark.parametrize("pieces", [[40], [1, 39], [13, 13, 14], [1] * 40], ids=len)
@parametrize_draws
def test_rows_are_the_same_at_once_or_in_pieces(draw, pieces):
    whole = draw((40, 3), PLACES[1], 5)
    firsts = 5 + np.cumsum([0, *pieces[:-1]])
    parts = [draw((n, 3), PLACES[1], first) for n, first in zip(pieces, firsts)]
    assert_array_equal(np.vstack(parts), whole)


@parametrize_draws
def test_a_row_with_more_columns_begins_like_one_with_fewer(draw):
    assert_array_equal(draw((9, 7), PLACES[1], 0)[:, :4], draw((9, 4), PLACES[1], 0))


@pytest.mark.parametrize("changed", range(3), ids=["seed", "step", "stream"])
@parametrize_draws
def test_another_seed_step_or_stream_draws_other_numbers(draw, changed):
    place = list(PLACES[1])
    place[changed] += 1
    one, other = draw((3000, 2), PLACES[1], 0), draw((3000, 2), place, 0)
    assert np.mean(one == other) < 1e-3
    assert abs(stats.spearmanr(one.ravel(), other.ravel()).statistic) < 4 / one.size**0.5


@parametrize_draws
def test_rows_and_columns_do_not_resemble_their_neighbors(draw):
    x = draw((80, 60), PLACES[0], 0)
    bound = 4 / x.size**0.5
    assert abs(stats.spearmanr(x[:-1].ravel(), x[1:].ravel()).statistic) < bound
    assert abs(stats.spearmanr(x[:, :-1].ravel(), x[:, 1:].ravel()).statistic) < bound


@parametrize_dtypes
def test_uniform_numbers_are_uniform_from_zero_to_below_one(dtype):
    x = uniform(dtype, (10_000, 2), PLACES[1])
    assert x.min() >= 0
    assert x.max() < 1
    assert stats.kstest(x.ravel().astype(np.float64), "uniform").pvalue > 1e-3


def test_normal_numbers_are_standard_normal():
    x = normal((10_000, 2), PLACES[1]).ravel().astype(np.float64)
    assert abs(x.mean()) < 4 / x.size**0.5
    assert abs(x.var() - 1) < 4 * (2 / x.size) ** 0.5
    assert stats.kstest(x, "norm").pvalue > 1e-3


def test_every_row_of_a_group_is_as_likely_a_partner():
    partners = one_batch_partners((12, 2000), PLACES[0])
    assert stats.chisquare(np.bincount(partners.ravel(), minlength=12)).pvalue > 1e-3
    assert stats.chisquare(np.bincount(partners[3], minlength=12)).pvalue > 1e-3


def test_partners_are_drawn_in_proportion_to_weights():
    weights = np.array([0, 1, 5, 0, 2.5, 1e-3, 0.5, 0])
    counts = np.bincount(one_batch_partners((8, 3000), PLACES[0], weights=weights).ravel())
    counts = np.pad(counts, (0, 8 - counts.size))
    assert_array_equal(counts[weights == 0], 0)
    positive = weights > 0
    expected = weights[positive] / weights.sum() * counts.sum()
    assert stats.chisquare(counts[positive], expected).pvalue > 1e-3


@pytest.mark.parametrize("weight", [1.0, 2.0, 0.1, 1e-30, 1e30])
def test_equal_weights_are_no_weights(weight):
    plain = one_batch_partners((30, 50), PLACES[1])
    assert_array_equal(one_batch_partners((30, 50), PLACES[1], weights=[weight] * 30), plain)


def test_rows_keep_their_own_number_where_all_weights_of_their_group_are_zero():
    weights = np.array([0, 0, 0, 1, 0, 2])
    partners = group_partners((6, 200), PLACES[0], 0, 1.0, np.arange(6), [0, 3, 6], weights)
    assert_array_equal(partners[:3], np.arange(3)[:, None].repeat(200, axis=1))
    assert_array_equal(np.unique(partners[3:]), [3, 5])


def test_partners_are_of_the_same_group_and_reach_all_of_it():
    order, bounds = np.array([4, 0, 6, 2, 5, 1, 3]), [0, 1, 4, 7]
    partners = group_partners((7, 200), PLACES[0], 0, 1.0, order, bounds)
    for start, stop in zip(bounds, bounds[1:]):
        group = order[start:stop]
        for i in group:
            assert_array_equal(np.unique(partners[i]), np.sort(group))


def test_partners_with_probability_zero_are_the_rows_themselves():
    partners = one_batch_partners((20, 10), PLACES[0], probability=0.0)
    assert_array_equal(partners, np.arange(20)[:, None].repeat(10, axis=1))


def test_partners_replace_rows_with_the_probability_given():
    partners = one_batch_partners((1000, 20), PLACES[0], probability=0.3)
    replaced = np.count_nonzero(partners != np.arange(1000)[:, None])
    assert stats.binomtest(replaced, partners.size, 0.3 * (1 - 1 / 1000)).pvalue > 1e-3


def test_places_that_are_replaced_have_the_partners_that_probability_one_gives_them():
    some = one_batch_partners((50, 40), PLACES[2], probability=0.3)
    every = one_batch_partners((50, 40), PLACES[2])
    replaced = some != np.arange(50)[:, None]
    assert_array_equal(some[replaced], every[replaced])


def test_partners_of_a_mini_batch_do_not_depend_on_the_block_it_is_in():
    whole = group_partners((30, 4), PLACES[1], 0, 0.8, np.arange(30), [0, 10, 20, 30])
    alone = one_batch_partners((10, 4), PLACES[1], first=20, probability=0.8)
    assert_array_equal(alone + 20, whole[20:])


def test_rows_that_are_replaced_have_every_partner_alike():
    partners = one_batch_partners((20, 2000), PLACES[0], probability=0.3)
    replaced = partners != np.arange(20)[:, None]
    assert stats.chisquare(np.bincount(partners[replaced], minlength=20)).pvalue > 1e-3


@pytest.mark.parametrize("word, expected", [(0, 1), (2**32 - 1, 2)])
def test_no_word_draws_a_row_without_weight(word, expected):
    first = naive_images.row_that_draws(word, *PLACES[0], column=1)
    weights = [0, 1, 1, 0]
    partners = one_batch_partners((4, 1), PLACES[0], first=first, weights=weights)
    assert partners[0, 0] == expected


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

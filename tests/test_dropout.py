"""Dropout: the masks of the oracle, their statistics, and what they may depend on."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2

from skreg._compiler.jit import DTYPES
from skreg._kernels.dropout import DROP, UNDO
from tests import naive

RATES = [0.01, 0.1, 0.25, 0.5, 0.8, 0.99]
SEEDS = [0, 1, 2, 12345, 2**31 - 2]
STEPS = [0, 1, 2, 1000, 2**31, 2**32, 2**40 + 7]
N = 200_000


def drop(units, seed, step, layer, rate):
    """The units after dropout; those given stay as they are."""
    dropped = units.copy()
    DROP.by_dtype[units.dtype](dropped, seed, step, layer, units.dtype.type(rate))
    return dropped


def draw_kept(rate, seed=0, step=0, layer=1, n=N):
    """Which of n units are kept."""
    return drop(np.ones(n), seed, step, layer, rate) > 0


def correlation(a, b):
    """In standard deviations of what independent draws would give."""
    return np.corrcoef(a, b)[0, 1] * np.sqrt(a.size)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 8, 63, 64, 65, 10_000, 10_007])
@pytest.mark.parametrize("rate", RATES)
def test_masks_are_those_of_the_oracle(rate, n, dtype):
    units = np.random.default_rng(0).normal(size=n).astype(dtype)
    for seed, step, layer in [(3, 14, 1), (2**31 - 2, 2**32 + 1, 2), (0, 0, 3)]:
        dropped = drop(units, seed, step, layer, rate)
        kept = naive.draw_kept(naive.draw_key(seed, step, layer), n, rate)
        assert_array_equal(dropped[~kept], 0)
        expected = units[kept] / (1 - naive.round_rate(rate))
        assert_allclose(dropped[kept], expected, rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("rate", RATES)
def test_share_of_kept_units_is_within_five_sigma(rate):
    for seed in SEEDS:
        for step in STEPS:
            n_kept = draw_kept(rate, seed, step).sum()
            assert abs(n_kept - N * (1 - rate)) < 5 * np.sqrt(N * rate * (1 - rate))


@pytest.mark.parametrize("rate", RATES)
def test_shares_of_kept_units_vary_as_binomial_numbers_do(rate):
    n_blocks, size = 2000, 100
    n_kept = draw_kept(rate).reshape(n_blocks, size).sum(axis=1)
    statistic = np.sum((n_kept - size * (1 - rate)) ** 2) / (size * rate * (1 - rate))
    assert chi2(n_blocks).cdf(statistic) > 1e-6
    assert chi2(n_blocks).sf(statistic) > 1e-6


@pytest.mark.parametrize("rate", RATES)
def test_mean_is_preserved(rate):
    units = np.random.default_rng(1).uniform(1, 2, N)
    dropped = drop(units, 5, 0, 1, rate)
    sigma = np.sqrt(np.sum(units**2) * rate / (1 - rate))
    assert abs(dropped.sum() - units.sum()) < 5 * sigma


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_units_do_not_depend_on_their_neighbors(rate):
    kept = draw_kept(rate)
    for lag in [*range(1, 65), 100, 128, 256, 512, 1000, 1024, 4096, 65536, N // 2]:
        assert abs(correlation(kept[:-lag], kept[lag:])) < 5


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_patterns_of_neighbors_occur_as_often_as_chance_has_them(rate):
    kept = draw_kept(rate)[: N // 4 * 4].reshape(-1, 4)
    counts = np.bincount(kept @ [1, 2, 4, 8], minlength=16)
    n_kept = np.array([bin(pattern).count("1") for pattern in range(16)])
    expected = len(kept) * (1 - rate) ** n_kept * rate ** (4 - n_kept)
    statistic = np.sum((counts - expected) ** 2 / expected)
    assert chi2(15).sf(statistic) > 1e-6


@pytest.mark.parametrize("vary", ["seed", "step", "layer"])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_masks_of_other_seeds_steps_and_layers_are_independent(rate, vary):
    masks = [draw_kept(rate, **{vary: value}, n=50_000) for value in (0, 1, 2, 3, 4, 5, 100, 1000)]
    for i in range(len(masks)):
        for other in masks[:i]:
            assert abs(correlation(masks[i], other)) < 5


def test_units_do_not_depend_on_themselves_a_step_before():
    kept = np.array([draw_kept(0.5, step=step, n=64) for step in range(4000)])
    assert np.all(np.abs(kept.mean(axis=0) - 0.5) < 5 * 0.5 / np.sqrt(4000))
    for j in range(64):
        assert abs(correlation(kept[:-1, j], kept[1:, j])) < 5


@pytest.mark.parametrize("rate", RATES)
def test_float32_and_float64_draw_the_same_mask(rate):
    single, double = (drop(np.ones(N, dtype), 7, 8, 2, rate) for dtype in DTYPES)
    assert_array_equal(single > 0, double > 0)
    assert_allclose(single, double, rtol=1e-6)


@pytest.mark.parametrize("n", [997, 998, 999, 1000])
def test_each_quarter_of_a_batch_begins_as_that_of_a_longer_one(n):
    quarters, longer = np.split(draw_kept(0.3, n=n), [250, 500, 750]), np.split(draw_kept(0.3), 4)
    for quarter, long in zip(quarters, longer):
        assert_array_equal(quarter, long[: quarter.size])


def test_more_units_are_dropped_at_a_higher_rate_and_none_comes_back():
    masks = [draw_kept(rate) for rate in RATES]
    for lower, higher in zip(masks, masks[1:]):
        assert np.all(lower | ~higher)
        assert lower.sum() > higher.sum()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_rate_zero_leaves_units_as_they_are(dtype):
    units = np.random.default_rng(0).normal(size=N).astype(dtype)
    assert_array_equal(drop(units, 0, 0, 1, 0.0), units)


def test_drop_is_linear_and_symmetric_so_its_own_backward_pass():
    def dropped(vector):
        return drop(vector, 1, 2, 3, 0.25)

    x, y = np.random.default_rng(0).normal(size=(2, 5000))
    assert_allclose(dropped(2 * x - 3 * y), 2 * dropped(x) - 3 * dropped(y), atol=1e-14)
    assert_allclose(dropped(x) @ y, x @ dropped(y), rtol=1e-12)


def test_masks_are_the_same_when_drawn_in_many_threads():
    def dropped(step):
        return drop(np.ones(N), 0, step, 1, 0.4)

    expected = [dropped(step) for step in range(64)]
    with ThreadPoolExecutor(8) as threads:
        for actual, wanted in zip(threads.map(dropped, range(64)), expected):
            assert_array_equal(actual, wanted)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("rate", RATES)
def test_undoing_gives_the_units_back_that_were_kept_and_drops_their_gradient(rate, dtype):
    rng, place = np.random.default_rng(0), (5, 6, 2)
    units, delta = rng.normal(size=(2, 10_007)).astype(dtype)
    kept, undone, dropped = drop(units, *place, rate) != 0, delta.copy(), drop(units, *place, rate)
    UNDO.by_dtype[dtype](undone, dropped, *place, dtype.type(rate))
    assert_array_equal(undone, drop(delta, *place, rate))
    assert_allclose(dropped, units * kept, rtol=4 * np.finfo(dtype).eps)
    assert 0 < kept.sum() < kept.size

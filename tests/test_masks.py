"""Masks by half a word per place: rates that are rounded, no bias, and halves that know nothing of
each other.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skreg._kernels.hashing import draw_key, draw_word
from skreg._kernels.jit import DTYPES
from skreg._kernels.masks import (
    half_of,
    high_bits,
    is_kept,
    low_bits,
    scale_of,
    threshold_of,
)
from tests import naive
from tests.compiled import callable_from_python

draw_key = callable_from_python(draw_key)
draw_word = callable_from_python(draw_word)
half_of = callable_from_python(half_of)
high_bits = callable_from_python(high_bits)
is_kept = callable_from_python(is_kept)
low_bits = callable_from_python(low_bits)
scale_of = callable_from_python(scale_of)
threshold_of = callable_from_python(threshold_of)

RATES = [0.0, 2**-17, 2**-16, 0.01, 0.1, 1 / 3, 0.5, 0.8, 0.99, 1 - 2**-16, 1 - 2**-20]
N = 100_001
parametrize_rates = pytest.mark.parametrize("rate", RATES)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def draw_kept(rate, n, seed=0):
    """Which of n places are kept."""
    key, half, threshold = draw_key(seed, 0, 1), half_of(n), threshold_of(rate)
    return np.array([is_kept(key, place, half, threshold) for place in range(n)])


@parametrize_dtypes
@parametrize_rates
def test_rates_are_rounded_to_the_next_multiple_of_one_part_in_65536(rate, dtype):
    given = dtype.type(rate)
    share = threshold_of(given) / 65536
    assert share == naive.round_rate(float(given))
    assert abs(share - rate) <= 2**-17 or share == 1 - 2**-16 < rate
    assert 0 <= share < 1


@parametrize_dtypes
@parametrize_rates
def test_what_is_kept_is_scaled_by_the_inverse_of_its_share(rate, dtype):
    scale, share = scale_of(dtype.type(rate)), 1 - threshold_of(dtype.type(rate)) / 65536
    assert_allclose(scale * share, 1, rtol=np.finfo(dtype).eps)
    assert np.isfinite(scale)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_rate_of_zero_keeps_and_changes_nothing(dtype):
    zero = dtype.type(0)
    assert threshold_of(zero) == 0
    assert scale_of(zero) == 1
    assert draw_kept(zero, 1000).all()


def test_even_the_highest_rate_keeps_something():
    highest = np.nextafter(1.0, 0.0)
    assert threshold_of(highest) == 65535
    assert scale_of(highest) == 65536


def test_a_word_is_cut_in_two():
    for word in [0, 1, 0xFFFF, 0x10000, 0x12345678, 0xFFFF0000, 0xFFFFFFFF]:
        assert low_bits(np.uint32(word)) == word % 65536
        assert high_bits(np.uint32(word)) == word // 65536


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 31, 32, 33, 1000, 1001])
@pytest.mark.parametrize("rate", [0.01, 0.5, 0.9])
def test_places_of_even_and_odd_sizes_are_kept_as_the_oracle_keeps_them(rate, n):
    for seed in range(5):
        expected = naive.draw_kept(naive.draw_key(seed, 0, 1), n, rate)
        assert_array_equal(draw_kept(rate, n, seed), expected)


@pytest.mark.parametrize("n", [1, 2, 3, 64, 65])
def test_each_word_decides_for_two_places_but_for_the_last_of_an_odd_size(n):
    half, key = half_of(n), draw_key(0, 0, 1)
    assert half == -(-n // 2)
    words = [int(draw_word(key, place)) for place in range(half)]
    bits = [word % 65536 for word in words] + [word // 65536 for word in words]
    for place in range(n):
        assert is_kept(key, place, half, bits[place])
        assert not is_kept(key, place, half, bits[place] + 1)


@pytest.mark.parametrize("rate", [2**-10, 0.1, 1 / 3, 0.5, 0.9, 0.99])
def test_the_mean_of_scaled_masks_is_one_within_five_sigma(rate):
    share = naive.round_rate(rate)
    sigma = np.sqrt(share / (1 - share) / N)
    for seed in range(3):
        assert abs(np.mean(draw_kept(rate, N, seed) * scale_of(rate)) - 1) < 5 * sigma


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_halves_of_a_batch_are_not_correlated(rate):
    for seed in range(3):
        kept = draw_kept(rate, N - 1, seed)
        first, second = np.split(kept, 2)
        for lag in [0, 1, 2, 3, 16, 100]:
            a, b = first[: first.size - lag], second[lag:]
            assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(a.size)


def test_low_and_high_bits_are_uniform_and_independent():
    words = np.array([draw_word(draw_key(1, 2, 3), place) for place in range(N)])
    low, high = words % 65536, words // 65536
    assert stats.kstest(low / 65536, "uniform").pvalue > 1e-4
    assert stats.kstest(high / 65536, "uniform").pvalue > 1e-4
    counts = np.histogram2d(low, high, bins=16, range=[[0, 65536]] * 2)[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4

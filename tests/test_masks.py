"""Masks by two bytes per place: rates that are rounded, no bias, and places that share a word and
know next to nothing of each other.
"""

from itertools import permutations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skreg._arithmetic.hashing import draw_key, draw_word
from skreg._compiler.jit import DTYPES
from skreg._kernels.masks import (
    first_sight,
    fourth_sight,
    is_kept,
    limit_of,
    quarter_of,
    scale_of,
    second_sight,
    third_sight,
)
from tests import naive
from tests.compiled import callable_from_python

draw_key = callable_from_python(draw_key)
draw_word = callable_from_python(draw_word)
is_kept = callable_from_python(is_kept)
limit_of = callable_from_python(limit_of)
quarter_of = callable_from_python(quarter_of)
scale_of = callable_from_python(scale_of)
SIGHTS = [*map(callable_from_python, (first_sight, second_sight, third_sight, fourth_sight))]

RATES = [0.0, 2**-17, 2**-16, 0.01, 0.1, 1 / 3, 0.5, 0.8, 0.99, 1 - 2**-16, 1 - 2**-20]
N = 100_001
parametrize_rates = pytest.mark.parametrize("rate", RATES)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def draw_kept(rate, n, seed=0):
    """Which of n places are kept."""
    key, quarter, limit = draw_key(seed, 0, 1), quarter_of(n), limit_of(rate)
    return np.array([is_kept(key, place, quarter, limit) for place in range(n)])


def threshold_of(rate):
    """The rate in units of 2⁻¹⁶."""
    return (int(limit_of(rate)) + 2**31) / 65536


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


def test_each_of_four_places_sees_two_bytes_of_a_word_first():
    for word, seen in [
        (0x12345678, (0x1234, 0x3456, 0x5678, 0x7812)),
        (0xFEDCBA98, (0xFEDC, 0xDCBA, 0xBA98, 0x98FE)),
        (0, (0, 0, 0, 0)),
    ]:
        numbers = [sight(np.uint32(word)) for sight in SIGHTS]
        assert [(number >> 16) % 65536 for number in numbers] == [*seen]
        assert all(-(2**31) <= number < 2**31 for number in numbers)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 31, 32, 33, 1000, 1001])
@pytest.mark.parametrize("rate", [0.01, 0.5, 0.9])
def test_places_of_even_and_odd_sizes_are_kept_as_the_oracle_keeps_them(rate, n):
    for seed in range(5):
        expected = naive.draw_kept(naive.draw_key(seed, 0, 1), n, rate)
        assert_array_equal(draw_kept(rate, n, seed), expected)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 64, 65])
def test_each_word_decides_for_four_places_but_for_the_last_ones(n):
    quarter, key = quarter_of(n), draw_key(0, 0, 1)
    assert quarter == -(-n // 4)
    words = [draw_word(key, place) for place in range(quarter)]
    seen = [sight(np.uint32(word)) >> 16 << 16 for sight in SIGHTS for word in words]
    for place in range(n):
        assert is_kept(key, place, quarter, np.int32(seen[place]))
        assert not is_kept(key, place, quarter, np.int32(seen[place] + 65536))


@pytest.mark.parametrize("rate", [2**-10, 0.1, 1 / 3, 0.5, 0.9, 0.99])
def test_the_mean_of_scaled_masks_is_one_within_five_sigma(rate):
    share = naive.round_rate(rate)
    sigma = np.sqrt(share / (1 - share) / N)
    for seed in range(3):
        assert abs(np.mean(draw_kept(rate, N, seed) * scale_of(rate)) - 1) < 5 * sigma


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.9])
def test_the_quarters_of_a_batch_are_not_more_correlated_than_by_chance(rate):
    for seed in range(3):
        quarters = np.split(draw_kept(rate, N - 1, seed), 4)
        for lag in [0, 1, 2, 3, 16, 100]:
            for i, j in permutations(range(4), 2):
                a, b = quarters[i][: N // 4 - lag], quarters[j][lag:]
                assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(a.size)


def test_a_shared_byte_makes_places_depend_on_each_other_by_less_than_one_in_256():
    """Exactly: over all bytes that the first place sees, and the next ones of the second."""
    first, second = (
        np.array([sight(np.uint32(pair << shift)) for pair in range(1 << 16)]) >> 16
        for sight, shift in zip(SIGHTS, (16, 8))
    )
    assert_array_equal(first, second)
    for threshold in (128 * 257, 128 * 257 + 40, 6554, 60_000):
        above = first >= limit_of(threshold / 65536) >> 16
        table = above.reshape(256, 256)  # of the upper byte and the lower one
        chance = above.mean()
        both = (table.mean(axis=0) * table.mean(axis=1)).mean()
        assert abs(both - chance**2) / (chance - chance**2) < 1 / 256


def test_what_places_see_is_uniform_and_independent_of_the_next_but_one():
    words = np.array([draw_word(draw_key(1, 2, 3), place) for place in range(N)], np.uint32)
    seen = [np.array([sight(word) for word in words]) / 2**32 + 0.5 for sight in SIGHTS]
    for numbers in seen:
        assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    for i in (0, 1):
        counts = np.histogram2d(seen[i], seen[i + 2], bins=16, range=[[0, 1]] * 2)[0]
        assert stats.chisquare(counts.ravel()).pvalue > 1e-4

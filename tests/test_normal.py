"""Logarithm and normal quantile in float32 against scipy, in loops as in the kernels."""

import numba
import numpy as np
from numpy.testing import assert_array_equal
from scipy import stats
from scipy.special import ndtri

from skreg._arithmetic import normal

BITS = 23  # of each word that decide about its quantile


@numba.njit
def apply_quantile(words):
    out = np.empty(words.size, np.float32)
    for i in range(words.size):
        out[i] = normal.normal_quantile(words[i])
    return out


@numba.njit
def apply_log(x):
    out = np.empty(x.size, np.float32)
    for i in range(x.size):
        out[i] = normal.log(x[i])
    return out


def words_of(levels):
    return (np.asarray(levels, np.uint64) << np.uint64(32 - BITS)).astype(np.uint32)


def levels_everywhere():
    """Both tails and the center without a gap, and all that is between at random."""
    last = 2**BITS
    near = np.arange(2000)
    between = np.random.default_rng(0).integers(last, size=20_000)
    return np.concatenate([near, last - 1 - near, last // 2 - 1000 + near, between])


def relative_error(actual, expected):
    return np.max(np.abs(actual.astype(np.float64) / expected - 1))


def test_quantiles_are_those_of_scipy_in_both_tails_and_between():
    levels = levels_everywhere()
    expected = ndtri((levels + 0.5) / 2**BITS)
    assert relative_error(apply_quantile(words_of(levels)), expected) < 5e-7


def test_quantiles_are_symmetric():
    levels = levels_everywhere()
    mirrored = 2**BITS - 1 - levels
    assert_array_equal(apply_quantile(words_of(levels)), -apply_quantile(words_of(mirrored)))


def test_quantiles_are_finite_below_five_and_a_half_for_the_extreme_words():
    lowest, highest = apply_quantile(np.array([0, 2**32 - 1], np.uint32))
    assert 5 < highest < 5.5
    assert lowest == -highest


def test_quantiles_rise_up_to_rounding():
    z = apply_quantile(words_of(np.sort(levels_everywhere())))
    assert np.all(np.diff(z.astype(np.float64)) >= -2e-7 * np.abs(z[1:]))


def test_words_have_quantiles_that_are_standard_normal():
    words = np.random.default_rng(0).integers(2**32, size=50_000, dtype=np.uint32)
    z = apply_quantile(words).astype(np.float64)
    assert stats.kstest(z, "norm").pvalue > 1e-3
    assert abs(z.mean()) < 4 / z.size**0.5
    assert abs(z.var() - 1) < 4 * (2 / z.size) ** 0.5


def test_log_is_that_of_numpy_for_all_magnitudes():
    rng = np.random.default_rng(0)
    all_sizes = np.exp(rng.uniform(np.log(2.0**-126), np.log(2.0**127), 20_000))
    x = np.concatenate([all_sizes, rng.uniform(0.5, 2, 20_000)]).astype(np.float32)
    expected = np.log(x.astype(np.float64))
    error = np.abs(apply_log(x) - expected)
    assert np.max(error / np.maximum(1, np.abs(expected))) < 5e-7


def test_log_of_powers_of_two_is_exact_to_the_last_digit():
    n = np.arange(-126, 127)
    x = (2.0**n).astype(np.float32)
    n_times_log_2 = (n * np.log(2)).astype(np.float32)
    np.testing.assert_array_max_ulp(apply_log(x), n_times_log_2, maxulp=1)

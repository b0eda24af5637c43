"""Weights of networks of which dropout leaves out some units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix

from skreg._training.thinning import thin

RNG = np.random.default_rng(0)
COEFS = [RNG.normal(size=(50, 40)).astype(np.float32), RNG.normal(size=(40, 3)).astype(np.float32)]


@pytest.mark.parametrize("make", [np.array, csr_matrix])
def test_a_row_is_zero_or_divided_by_the_share_that_is_kept(make):
    thinned = thin([make(coef) for coef in COEFS], (0.2, 0.5), seed=1)
    for coef, part, rate in zip(COEFS, thinned, (0.2, 0.5)):
        rows = part.toarray() if make is csr_matrix else part
        is_kept = rows.any(axis=1)
        assert 0 < is_kept.sum() < len(coef)
        assert_allclose(rows, coef * is_kept[:, None] / np.float32(1 - rate), rtol=1e-6)
        assert part.dtype == np.float32


def test_the_mean_over_seeds_is_the_whole_network():
    mean = np.mean([thin(COEFS, (0.0, 0.3), seed)[1] for seed in range(2000)], axis=0)
    assert_allclose(mean, COEFS[1], atol=5 * np.abs(COEFS[1]).max() * np.sqrt(0.3 / 0.7 / 2000))


def test_a_seed_decides_and_a_rate_of_zero_changes_nothing():
    first, again, other = (thin(COEFS, (0.0, 0.3), seed) for seed in (1, 1, 2))
    assert first[0] is COEFS[0]
    assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_weights_that_are_integers_are_divided_too():
    (part,) = thin([np.ones((30, 1), int)], (0.5,), seed=0)
    assert set(part.ravel()) == {0.0, 2.0}

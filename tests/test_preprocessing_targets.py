"""Mean targets: scikit-learn's encoder, for every kind of target, and cross-fitted."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import TargetEncoder

from skreg.preprocessing._targets import cross_fit_means, encode_means, fit_means, target_matrix

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 9, (300, 2))
TARGETS = {
    "binary": RNG.integers(0, 2, 300),
    "multiclass": np.array(["a", "b", "c"])[RNG.integers(0, 3, 300)],
    "continuous": RNG.standard_normal(300),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_means_are_those_of_scikit_learn(kind):
    Y, names = target_matrix(TARGETS[kind], "auto")
    expected = TargetEncoder().fit(CODES, TARGETS[kind]).transform(CODES)
    assert_allclose(encode_means(fit_means(CODES, Y), CODES), expected)
    assert names == (["_a", "_b", "_c"] if kind == "multiclass" else [""])


def test_targets_of_several_outputs_and_integers_are_numbers_where_told():
    assert target_matrix(RNG.standard_normal((9, 2)), "auto")[1] == ["_0", "_1"]
    assert target_matrix(np.eye(3, dtype=int), "auto")[0].shape == (3, 3)
    Y, names = target_matrix(np.arange(9), "continuous")
    assert_array_equal(Y[:, 0], np.arange(9))
    assert names == [""]


def test_no_row_sees_its_own_target():
    codes = np.arange(50)[:, None]  # a level for each row
    y = RNG.standard_normal((50, 1))
    rows = np.arange(40)
    means = cross_fit_means(fit_means(codes[rows], y[rows]), codes, y, rows, 0)
    assert np.unique(means[rows].round(12)).size == 5  # the means of the other folds
    assert_allclose(means[40:], y[rows].mean())

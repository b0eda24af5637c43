"""One-hot columns of codes: pairs, rare levels and unknown ones."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg.preprocessing._categories import UNKNOWN
from skreg.preprocessing._one_hot import find_columns, fit_one_hot, name_one_hot

CODES = np.array([[0, 0, 0], [1, 1, 0], [0, 2, 1], [1, 2, 1], [1, 2, 2], [1, 1, 3]])
LEVELS = [["no", "yes"], ["a", "b"], ["p", "q", "r", "s"]]


def encode(encoder, n_codes, codes):
    columns = find_columns(encoder, n_codes)
    out = np.full((len(codes), columns.n_columns), np.nan)
    columns.write(np.asarray(codes, np.int32), out)
    return out


def test_two_levels_have_one_column_and_others_one_each():
    encoder = fit_one_hot(CODES[:, :2], 9, np.float32)
    encoded = encode(encoder, [3, 3], CODES[:3, :2])
    assert_array_equal(encoded, [[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    names = name_one_hot(encoder, ["f", "g"], LEVELS)
    assert names.tolist() == ["f_yes", "g_a", "g_b", "g_missing"]


def test_rare_levels_share_a_column_with_unknown_ones():
    encoder = fit_one_hot(CODES[:, 2:], 3, np.float64)
    encoded = encode(encoder, [5], [[0], [1], [2], [3], [UNKNOWN]])
    assert_array_equal(encoded, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert name_one_hot(encoder, ["h"], LEVELS[2:]).tolist() == ["h_p", "h_q", "h_infrequent"]


def test_unknown_levels_are_zero_and_in_the_middle_of_two():
    encoder = fit_one_hot(CODES, 9, np.float64)
    encoded = encode(encoder, [3, 3, 5], np.full((1, 3), UNKNOWN))
    assert_array_equal(encoded, [[0.5] + [0] * 7])


@pytest.mark.parametrize("max_categories", [2, 3, 4, 9])
def test_columns_are_those_of_the_encoder_but_for_pairs(max_categories):
    codes = np.random.default_rng(0).integers(0, [2, 3, 9], (60, 3))
    encoder = fit_one_hot(codes, max_categories, np.float64)
    every = np.vstack([codes, [[UNKNOWN, 3, 9], [2, UNKNOWN, UNKNOWN]]])
    theirs = np.split(encoder.transform(every), np.cumsum(count_columns(encoder))[:-1], axis=1)
    pairs = [(1 + c[:, 1:] - c[:, :1]) / 2 if c.shape[1] == 2 else c for c in theirs]
    assert_array_equal(encode(encoder, [3, 4, 10], every), np.hstack(pairs))


def count_columns(encoder):
    names = encoder.get_feature_names_out()
    return [sum(name.startswith(f"x{j}_") for name in names) for j in range(3)]

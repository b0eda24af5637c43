"""One-hot columns of codes: pairs, rare levels and unknown ones."""

import numpy as np
from numpy.testing import assert_array_equal

from skreg.preprocessing._categories import UNKNOWN
from skreg.preprocessing._one_hot import encode_one_hot, find_pairs, fit_one_hot, name_one_hot

CODES = np.array([[0, 0, 0], [1, 1, 0], [0, 2, 1], [1, 2, 1], [1, 2, 2], [1, 1, 3]])
LEVELS = [["no", "yes"], ["a", "b"], ["p", "q", "r", "s"]]


def test_two_levels_have_one_column_and_others_one_each():
    encoder = fit_one_hot(CODES[:, :2], 9, np.float32)
    encoded = encode_one_hot(encoder, find_pairs(encoder), CODES[:3, :2])
    assert encoded.dtype == np.float32
    assert_array_equal(encoded, [[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]])
    names = name_one_hot(encoder, ["f", "g"], LEVELS)
    assert names.tolist() == ["f_yes", "g_a", "g_b", "g_missing"]


def test_rare_levels_share_a_column_with_unknown_ones():
    encoder = fit_one_hot(CODES[:, 2:], 3, np.float64)
    encoded = encode_one_hot(
        encoder, find_pairs(encoder), np.array([[0], [1], [2], [3], [UNKNOWN]])
    )
    assert_array_equal(encoded, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]])
    assert name_one_hot(encoder, ["h"], LEVELS[2:]).tolist() == ["h_p", "h_q", "h_infrequent"]


def test_unknown_levels_are_zero_and_in_the_middle_of_two():
    encoder = fit_one_hot(CODES, 9, np.float64)
    encoded = encode_one_hot(encoder, find_pairs(encoder), np.full((1, 3), UNKNOWN))
    assert_array_equal(encoded, [[0.5] + [0] * 7])

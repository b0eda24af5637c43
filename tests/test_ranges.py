"""Parameters that are ranges: what they mean, and which of them are errors."""

import re

import numpy as np
import pytest

from skreg.augmentation._ranges import resolve_range

NOT_A_RANGE = "angle must be a number or a pair (low, high) with low <= high, got "
WRONG_RANGES = [
    ((1, 2, 3), {}, NOT_A_RANGE + "(1, 2, 3)."),
    ((1,), {}, NOT_A_RANGE + "(1,)."),
    ((), {}, NOT_A_RANGE + "()."),
    (("a", "b"), {}, NOT_A_RANGE + "('a', 'b')."),
    (((1, 2), (3, 4)), {}, NOT_A_RANGE + "((1, 2), (3, 4))."),
    (((1, 2), 3), {}, NOT_A_RANGE + "((1, 2), 3)."),
    ((None, 1), {}, NOT_A_RANGE + "(None, 1)."),
    (np.nan, {}, "angle must be finite and at least 0, or a pair, got nan."),
    (np.inf, {}, "angle must be finite and at least 0, or a pair, got inf."),
    ((0, np.inf), {}, NOT_A_RANGE + "(0, inf)."),
    ((np.nan, 0), {}, NOT_A_RANGE + "(nan, 0)."),
    ((1j, 2), {}, NOT_A_RANGE + "(1j, 2)."),
    ((3, 2), {}, NOT_A_RANGE + "(3, 2): the range is reversed."),
    (-1, {}, "angle must be finite and at least 0, or a pair, got -1."),
    ((-0.5, 1), {"lowest": 0.0}, "angle must be at least 0, got (-0.5, 1), which ranges from -0.5"),
    (1.5, {"center": 1.0, "lowest": 0.0}, "angle must be at least 0, got 1.5, which ranges from"),
    (1, {"center": 1.0, "above": 0.0}, "angle must be above 0, got 1, which ranges from 0 to 2."),
    ((0, 1), {"above": 0.0}, "angle must be above 0, got (0, 1), which ranges from 0 to 1."),
    ((0, 1.1), {"highest": 1.0}, "angle must be at most 1, got (0, 1.1), which ranges from 0 to"),
    (90, {"below": 90.0}, "angle must be below 90, got 90, which ranges from -90 to 90."),
    ((0, 91), {"below": 90.0}, "angle must be below 90, got (0, 91), which ranges from 0 to 91."),
]


@pytest.mark.parametrize(
    "value, center, expected",
    [
        (0, 0.0, (0, 0)),
        (10, 0.0, (-10, 10)),
        (0.2, 1.0, (0.8, 1.2)),
        (np.float32(0.25), 1.0, (0.75, 1.25)),
        (np.int64(3), 0.0, (-3, 3)),
    ],
)
def test_a_number_is_that_much_to_both_sides_of_the_center(value, center, expected):
    assert resolve_range("angle", value, center=center) == expected


@pytest.mark.parametrize("pair", [(-3, 0.5), [-3, 0.5], np.array([-3, 0.5])], ids=type)
def test_a_pair_is_the_range_whatever_the_center_is(pair):
    assert resolve_range("angle", pair, center=7.0) == (-3, 0.5)


def test_a_range_may_be_one_number():
    assert resolve_range("angle", (2, 2)) == (2, 2)


@pytest.mark.parametrize("value", [1, (2, 3), np.array([2, 3]), np.float32(0.5)], ids=repr)
def test_ends_are_plain_floats(value):
    assert [type(end) for end in resolve_range("angle", value)] == [float, float]


def test_a_range_may_reach_closed_bounds_and_come_close_to_open_ones():
    assert resolve_range("angle", (0, 1), lowest=0.0, highest=1.0) == (0, 1)
    assert resolve_range("angle", 89.9, above=-90.0, below=90.0) == (-89.9, 89.9)


@pytest.mark.parametrize("value, bounds, message", WRONG_RANGES, ids=str)
def test_other_values_are_errors_that_name_the_parameter(value, bounds, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        resolve_range("angle", value, **bounds)

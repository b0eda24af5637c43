"""Which columns are categories, and the codes of their levels."""

import datetime

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator

from skreg.preprocessing._categories import (
    UNKNOWN,
    find_categorical,
    find_codes,
    find_levels,
    find_numbers,
)
from skreg.preprocessing._columns import read_columns

FRAME = pd.DataFrame(
    {"age": [1.0, 2.0], "sex": pd.Categorical(["m", "f"]), "pet": ["a", "b"], "old": [True, False]}
)


def read(X):
    return read_columns(BaseEstimator(), X, reset=True)


def column_of(values):
    return read(pd.DataFrame({"it": values}))[0]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("from_dtype", [False, True, True, False]),
        (["sex", "pet", "old"], [False, True, True, True]),
        ([1, 2], [False, True, True, False]),
        ([True, True, True, False], [True, True, True, False]),
    ],
)
def test_categories_are_found_by_dtype_name_number_or_mask(chosen, expected):
    assert_array_equal(find_categorical(read(FRAME), chosen), expected)


def test_an_array_of_numbers_has_the_categories_that_are_listed():
    columns = read(np.ones((2, 3)))
    assert_array_equal(find_categorical(columns, "from_dtype"), [False] * 3)
    assert_array_equal(find_categorical(columns, None), [False] * 3)
    assert_array_equal(find_categorical(columns, [2]), [False, False, True])
    columns = read(pd.DataFrame(np.ones((2, 3)), columns=[2, 1, 0]))  # numbers are places
    assert_array_equal(find_categorical(columns, [2]), [False, False, True])


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (["sex"], "Column 'pet' holds strings: list it"),
        (None, "Column 'sex' holds categories: list it"),
        (["sax"], "has 'sax', but the columns are"),
        ([9], "has 9, but the columns are"),
        ([True, False], r"for each of the 4 columns, got the shape \(2,\)"),
    ],
)
def test_columns_that_are_neither_are_refused(chosen, message):
    with pytest.raises(ValueError, match=message):
        find_categorical(read(FRAME), chosen)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (pd.to_datetime(["2020-01-01", "2021-01-01"]), ValueError, "holds dates or times: turn"),
        ([datetime.date(2020, 1, 1), None], ValueError, "holds dates or times: turn"),
        (["a", 1], ValueError, "mixes strings and other values"),
        ([{}, 1], TypeError, "of type dict and int, but the argument must be a string or a real"),
        ([1j, 2], TypeError, "of type complex128, but"),
        ([b"a", b"b"], TypeError, "of type bytes, but"),
        (pd.interval_range(0, 2), TypeError, r"of type interval\[int64, right\], but"),
    ],
)
def test_values_that_are_no_features_are_refused_by_name(values, error, message):
    with pytest.raises(error, match=f"Column 'it' .*{message}"):
        find_categorical([column_of(values)], "from_dtype")


def test_strings_that_hardly_repeat_are_text():
    names = column_of([f"name {i}" for i in range(70)] + ["name 0"] * 30)
    rows = slice(None)
    with pytest.raises(ValueError, match="'it' holds 70 different strings in 100 rows"):
        find_levels(names, rows, 64, may_be_text=True)
    assert len(find_levels(names, rows, 64, may_be_text=False)) == 70
    assert len(find_levels(names, rows, 70, may_be_text=True)) == 70
    assert (
        len(
            find_levels(
                column_of([f"{i % 70}" for i in range(200)]),
                slice(None),
                64,
                may_be_text=True,
            )
        )
        == 70
    )


def test_strings_of_which_no_two_are_the_same_are_text():
    names = [f"name {i}" for i in range(20)]
    for values in (names, [*names, None]):
        with pytest.raises(ValueError, match="holds 20 different strings in .* look like text"):
            find_levels(column_of(values), slice(None), 64, may_be_text=True)
    for values in ([*names, "name 0"], names[:15]):
        levels = find_levels(column_of(values), slice(None), 64, may_be_text=True)
        assert len(levels) == len(set(values))


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ("{0:.3f}", r"numbers: .*pandas\.to_numeric.*'coerce'"),
        ("-{0:.1e}", "numbers: "),
        ("${0:,.2f}", r"numbers with other characters: .*str\.replace.*pandas\.to_numeric"),
        ("(€ {0:.0f})", "numbers with other characters: "),
        ("{0:.1f} %", "numbers with other characters: "),
        ("{0:,.0f}", "numbers with other characters: "),
        ("2024-01-{1:02d}", r"dates: .*pandas\.to_datetime"),
        ("2024/1/{1} 12:30:00", "dates: "),
        ("{1}.12.1999", "dates: "),
        ("10.0.0.{1}", "text or names: "),
        ("555-{1}", "text or names: "),
        ("ZIP{1}", "text or names: .*TfidfVectorizer"),
    ],
)
def test_what_strings_look_like_is_told_with_what_to_do(form, advice):
    values = [form.format(1e4 * (i + 1) / 7, i + 1) for i in range(20)] + ["?"]
    with pytest.raises(ValueError, match=rf"'it' holds 21 .* look like {advice}.*, or list it in"):
        find_levels(column_of(values), slice(None), 64, may_be_text=True)


def test_levels_are_sorted_and_only_those_of_rows_that_count():
    column = column_of(pd.Categorical(["c", "a", None, "b"], categories=list("dcba")))
    levels = find_levels(column, [0, 1, 2], 9, may_be_text=False)
    assert levels.tolist() == ["a", "c"]
    assert_array_equal(find_codes(column, levels), [1, 0, 2, UNKNOWN])


def test_levels_of_several_types_have_an_order_too():
    levels = find_levels(column_of(["b", 1, "a", 0.5]), slice(None), 9, may_be_text=False)
    assert levels.tolist() == [0.5, 1, "a", "b"]


def test_levels_are_the_same_in_any_dtype():
    levels = find_levels(column_of(pd.Categorical([3, 1, 2])), slice(None), 9, may_be_text=True)
    for values in ([2, 3], [2.0, 3.0], pd.array([2, 3], dtype="Int64"), pd.Categorical([2, 3])):
        assert_array_equal(find_codes(column_of(values), levels), [1, 2])


def test_columns_of_another_type_are_refused_by_name():
    strings = np.array(["a", "b"], dtype=object)
    with pytest.raises(ValueError, match="'it' held strings in fit and holds other values now"):
        find_codes(column_of([1.0, 2.0]), strings)
    with pytest.raises(ValueError, match="'it' held other values in fit and holds strings now"):
        find_codes(column_of(["a"]), np.array([1, 2], dtype=object))
    with pytest.raises(ValueError, match="'it' held numbers in fit and holds strings now"):
        find_numbers(column_of(["1", "2"]))
    with pytest.raises(ValueError, match="'it' held numbers in fit and holds categories now"):
        find_numbers(column_of(pd.Categorical([1, 2])))
    assert_array_equal(find_codes(column_of([None, None]), strings), [2, 2])
    assert_array_equal(find_numbers(column_of(np.array([None, None], object))), [np.nan, np.nan])


def test_numbers_too_large_for_floats_are_refused_by_name():
    with pytest.raises(ValueError, match="Column 'it' has numbers that are too large for float64"):
        find_numbers(column_of(np.array([1, 10**400], dtype=object)))


def test_infinite_numbers_are_refused_by_name():
    with pytest.raises(ValueError, match=r"Column 'it' has infinite values \(inf\)"):
        find_numbers(column_of([1.0, -np.inf]))

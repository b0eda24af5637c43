"""Columns of pandas, polars and arrays: their kinds, their numbers and their levels."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.base import BaseEstimator

from skreg.preprocessing._columns import read_columns

DAY = datetime.date(2020, 2, 29)
PANDAS = {
    "number": {
        "int": [1, 2, 3],
        "float32": pd.Series([1.5, None, 3], dtype="float32"),
        "bool": [True, False, True],
        "Int64": pd.array([1, None, 3], dtype="Int64"),
        "boolean": pd.array([True, None, False], dtype="boolean"),
        "Float64": pd.array([1.5, None, 3], dtype="Float64"),
        "sparse": pd.arrays.SparseArray([0.0, 0.0, 1.0]),
        "objects": np.array([1, None, Decimal("2.5")], dtype=object),
    },
    "category": {"category": pd.Categorical(["b", None, "a"])},
    "string": {
        "str": ["b", None, "a"],
        "string": pd.array(["b", None, "a"], dtype="string"),
        "objects of str": np.array(["b", pd.NA, "a"], dtype=object),
        "objects with NaN": np.array(["b", np.nan, "a"], dtype=object),
    },
    "date": {
        "datetime": pd.to_datetime(["2020-02-29"] * 3),
        "zone": pd.to_datetime(["2020-02-29"] * 3).tz_localize("UTC"),
        "timedelta": pd.to_timedelta([1, 2, 3]),
        "period": pd.period_range("2020", periods=3),
        "objects of date": np.array([DAY, None, pd.Timestamp(DAY)], dtype=object),
    },
    "mixed": {"both": np.array(["a", 1, None], dtype=object)},
    "empty": {"nothing": np.array([None, None, pd.NA], dtype=object)},
    "other": {
        "interval": pd.interval_range(0, 3),
        "sets": np.array([set(), None, 1], dtype=object),
    },
}
POLARS = {
    "number": {
        "int": [1, None, 3],
        "uint": pl.Series([1, None, 3], dtype=pl.UInt8),
        "float": [1.5, None, float("nan")],
        "bool": [True, None, False],
        "decimal": [Decimal("1.5"), None, Decimal(3)],
    },
    "category": {
        "categorical": pl.Series(["b", None, "a"], dtype=pl.Categorical),
        "enum": pl.Series(["b", None, "a"], dtype=pl.Enum(["b", "a"])),
    },
    "string": {"string": ["b", None, "a"]},
    "date": {"date": [DAY, None, DAY], "duration": [datetime.timedelta(1)] * 3},
    "empty": {"null": [None, None, None]},
    "other": {"list": [[1], None, [2]], "struct": [{"a": 1}] * 3},
}


def read(X):
    return read_columns(BaseEstimator(), X, reset=True)


def cases(make_frame, columns):
    flat = {(kind, name): values for kind, of in columns.items() for name, values in of.items()}
    for (kind, name), values in flat.items():
        yield pytest.param(make_frame({name: values}), kind, id=f"{make_frame.__module__}-{name}")


FRAMES = [*cases(pd.DataFrame, PANDAS), *cases(pl.DataFrame, POLARS)]


@pytest.mark.parametrize(("frame", "kind"), FRAMES)
def test_kinds_numbers_and_levels_of_every_dtype(frame, kind):
    (column,) = read(frame)
    assert (column.name, column.kind) == (frame.columns[0], kind)
    if kind in ("number", "empty"):
        values = frame[column.name].to_list()
        expected = [np.nan if pd.isna(value) else float(value) for value in values]
        assert column.to_numbers().dtype.kind in "biuf"
        assert_array_equal(column.to_numbers(), expected)
    if kind in ("category", "string"):
        codes, levels = column.to_levels()
        assert_array_equal(codes, [0, -1, 1])
        assert levels == ["b", "a"]


def test_arrays_and_lists_have_columns_too():
    assert [column.kind for column in read(np.ones((2, 2), np.float32))] == ["number"] * 2
    assert [column.kind for column in read([["a", 1.5], [None, 2]])] == ["string", "number"]
    assert [column.kind for column in read(np.array([["a", "b"]]))] == ["string"] * 2
    column = read(np.array([[2.0], [np.nan], [1.0], [np.nan], [2.0]]))[0]
    codes, levels = column.to_levels()
    assert_array_equal(codes, [0, -1, 1, -1, 0])
    assert levels == [2.0, 1.0]


@pytest.mark.parametrize(
    ("X", "what"),
    [
        (pd.DataFrame({"a": [], "b": []}), "sample"),
        (pl.DataFrame({"a": [], "b": []}), "sample"),
        (np.ones((0, 2)), "sample"),
        (pd.DataFrame(index=range(3)), "feature"),
        (np.ones((3, 0)), "feature"),
    ],
)
def test_nothing_is_refused_as_by_scikit_learn(X, what):
    with pytest.raises(ValueError, match=rf"0 {what}\(s\)"):
        read(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (sparse.csr_array(np.eye(3)), r"Sparse X was passed.*X\.toarray\(\), or MLPClassifier"),
        ({"a": [1, 2]}, r"got dict\. Use pandas\.DataFrame\(X\)\."),
        ([{"a": 1, "b": "x"}], r"got mappings\. Use pandas\.DataFrame\(X\)\."),
        (pl.LazyFrame({"a": [1, 2]}), r"got LazyFrame\. Use X\.collect\(\)\."),
        ("table.csv", r"X must be a dataframe or array-like .*, got str\.$"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(X, message):
    with pytest.raises(TypeError, match=message):
        read(X)


def test_columns_that_changed_places_are_named():
    estimator, frame = BaseEstimator(), pd.DataFrame({"a": [1.0], "b": [2.0], "c": [3.0]})
    read_columns(estimator, frame, reset=True)
    with pytest.raises(ValueError, match=r"Column 1 was 'b' and is 'c' now\."):
        read_columns(estimator, frame[["a", "c", "b"]], reset=False)
    with pytest.raises(ValueError, match=r"unseen at fit time:\n- d\n(.|\n)*missing:\n- c"):
        read_columns(estimator, frame.rename(columns={"c": "d"}), reset=False)

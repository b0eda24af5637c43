"""Data frames in a sampler: kinds, names, order and dtypes of columns stay."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg.augmentation import (
    AugmentationSampler,
    Compose,
    CutMix,
    FeatureDropout,
    GaussianNoise,
    Mixup,
    ScaleJitter,
    SwapNoise,
)
from tests.unequal_classes import LABELS, N, X, make


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("kind", [np.asarray, pd.Series, list], ids=["array", "series", "list"])
def test_frames_and_series_stay_such(frame, kind):
    names = list("abcd")
    X_given, y_given = frame(dict(zip(names, X.T))), kind(np.array(["a", "b", "c"])[LABELS])
    X_more, y_more = make(n_copies="balanced").fit_resample(X_given, y_given)
    expected, labels = make(n_copies="balanced").fit_resample(X, LABELS)
    assert isinstance(X_more, frame)
    assert isinstance(y_more, type(y_given))
    assert list(X_more.columns) == names
    assert_allclose(np.asarray(X_more), expected, rtol=1e-12)
    assert list(y_more) == np.array(["a", "b", "c"])[labels].tolist()


def test_frames_and_series_are_numbered_alike():
    X = pd.DataFrame({"a": np.arange(6.0), "b": np.ones(6)}, index=range(100, 106))
    y = pd.Series([0, 0, 1, 1, 1, 0], index=X.index, name="label")
    more, labels = AugmentationSampler(GaussianNoise(), n_copies=2).fit_resample(X, y)
    assert more.index.equals(labels.index)
    assert labels.name == "label"


PLACES = np.arange(N)
NUMBERS = {
    "int": PLACES,
    "byte": (PLACES % 256).astype(np.uint8),
    "bool": PLACES % 3 == 0,
    "float32": X[:, 0].astype(np.float32),
    "float": X[:, 1],
}
MISSING = PLACES % 5 == 0
DAYS = [datetime.datetime(2020, 1, 1) + datetime.timedelta(int(i)) for i in PLACES % 9]


def without(values):
    return [None if gone else value for value, gone in zip(values, MISSING)]


def pandas_of_numbers():
    frame = pd.DataFrame(NUMBERS)
    sparse = pd.arrays.SparseArray(PLACES % 2, fill_value=0)
    return frame.assign(nullable=pd.array(PLACES, "Int32"), sparse=sparse)


def pandas_of_anything():
    columns = {
        "int": pd.array(without(PLACES.tolist()), "Int64"),
        "bool": pd.array(without((PLACES % 2 == 0).tolist()), "boolean"),
        "float": np.where(MISSING, np.nan, X[:, 0]),
        "category": pd.Categorical(without(np.array(["u", "v", "w"])[LABELS].tolist())),
        "string": without([f"name{i}" for i in PLACES % 7]),
        "object": pd.Series(without(["x", "y", "z"] * (N // 3)), dtype=object),
        "date": pd.to_datetime(pd.Series(without(DAYS))),
    }
    return pd.DataFrame(NUMBERS).add_prefix("full_").assign(**columns)


def polars_of_numbers():
    return pl.DataFrame(NUMBERS)


def polars_of_anything():
    labels = np.array(["u", "v", "w"])[LABELS].tolist()
    columns = {
        "int": without(PLACES.tolist()),
        "bool": without((PLACES % 2 == 0).tolist()),
        "float": without(X[:, 0].tolist()),
        "string": without([f"name{i}" for i in PLACES % 7]),
        "category": pl.Series(without(labels), dtype=pl.Categorical),
        "enum": pl.Series(without(labels), dtype=pl.Enum(["u", "v", "w"])),
        "date": without(DAYS),
    }
    return pl.DataFrame({**{f"full_{name}": NUMBERS[name] for name in NUMBERS}, **columns})


MOVERS = [
    SwapNoise(0.5),
    CutMix(),
    FeatureDropout(0.5, strategy="most_frequent"),
    Compose([SwapNoise(0.5), CutMix(probability=0.5)]),
]
ANY = [GaussianNoise(0.3), Mixup(1.0), ScaleJitter(0.5), FeatureDropout(0.5), SwapNoise(0.5)]


def values_of(frame, name):
    """The values of a column as a set, missing ones as None."""
    values = frame[name].tolist() if hasattr(frame, "iloc") else frame[name].to_list()
    return {None if pd.isna(value) else value for value in values}


@pytest.mark.filterwarnings("ignore:pandas.DataFrame with sparse columns")
@pytest.mark.parametrize("make_frame", [pandas_of_numbers, polars_of_numbers])
@pytest.mark.parametrize("augmenter", ANY, ids=str)
def test_columns_of_numbers_keep_their_dtypes(augmenter, make_frame):
    frame = make_frame()
    more, _ = make(augmenter).fit_resample(frame, LABELS)
    assert list(more.dtypes) == list(frame.dtypes)
    assert more[:N].equals(frame)
    assert len(more) == 2 * N
    assert not np.array_equal(np.asarray(more[N:]["float"]), NUMBERS["float"])
    assert set(np.unique(np.asarray(more["bool"]))) == {False, True}


@pytest.mark.parametrize("make_frame", [pandas_of_anything, polars_of_anything])
@pytest.mark.parametrize("augmenter", MOVERS, ids=str)
def test_moved_values_may_be_anything_or_missing_and_are_those_of_the_column(augmenter, make_frame):
    frame = make_frame()
    more, _ = make(augmenter).fit_resample(frame, LABELS)
    assert list(more.dtypes) == list(frame.dtypes)
    assert more[:N].equals(frame)
    for name in frame.columns:
        assert values_of(more[N:], name) <= values_of(frame, name)
    assert not more[N:].equals(frame)


@pytest.mark.parametrize("make_frame", [pandas_of_anything, polars_of_anything])
def test_feature_dropout_takes_means_of_numbers_and_modes_of_the_rest(make_frame):
    frame = make_frame()
    sampler = make(FeatureDropout(1.0), keep_originals=False)
    more, _ = sampler.fit_resample(frame, LABELS)
    assert list(more.dtypes) == list(frame.dtypes)
    present = np.flatnonzero(~MISSING)
    wanted = {
        "int": round(np.mean(present)),
        "float": X[present, 0].mean(),
        "category": "u",
        "full_int": round(np.mean(PLACES)),
        "full_bool": False,
    }
    for name, value in wanted.items():
        assert list(values_of(more, name)) == [pytest.approx(value)]


@pytest.mark.parametrize("make_frame", [pandas_of_anything, polars_of_anything])
def test_augmenters_that_compute_refuse_columns_without_numbers_by_name(make_frame):
    frame = make_frame()[["full_int", "category", "date"]]
    message = r"Mixup needs numbers, but columns \['category', 'date'\] of X are not numeric"
    with pytest.raises(ValueError, match=message):
        make(Mixup()).fit_resample(frame, LABELS)
    numbers = pd.DataFrame({"code": pd.Categorical(LABELS)})
    with pytest.raises(ValueError, match=r"columns \['code'\]"):
        make(Compose([SwapNoise(), GaussianNoise()])).fit_resample(numbers, LABELS)


def test_integers_stay_in_the_range_of_their_dtype():
    frame = pd.DataFrame(
        {"byte": np.array([0, 255] * 20, np.uint8), "small": np.int8([-128, 127] * 20)}
    )
    more, _ = make(GaussianNoise(1.0)).fit_resample(frame, np.arange(40) % 2)
    low, high = np.asarray(more["byte"][40:])[::2], np.asarray(more["byte"][40:])[1::2]
    assert low.min() == 0
    assert high.max() == 255
    assert low.mean() < 128 < high.mean()
    assert list(more.dtypes) == list(frame.dtypes)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_identifiers_that_no_float_holds_are_moved_as_they_are(frame):
    names = 2**60 + 1 + 2 * PLACES
    given = frame({"id": names, "number": X[:, 0]})
    more, _ = make(SwapNoise(0.5)).fit_resample(given, LABELS)
    assert list(more.dtypes) == list(given.dtypes)
    assert set(more["id"]) <= set(names.tolist())
    assert not np.array_equal(np.asarray(more["id"])[N:], names)


def test_lists_stay_lists():
    more, labels = make().fit_resample(X.tolist(), LABELS.tolist())
    assert isinstance(more, list) and isinstance(labels, list)
    assert_array_equal(more, make().fit_resample(X, LABELS)[0])

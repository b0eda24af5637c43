"""TableEncoder: its parts are those of the other transformers, and its columns are named."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline

from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder
from skreg.preprocessing import _blocks as blocks_module

RNG = np.random.default_rng(0)
N = 300
X = pd.DataFrame(
    {
        "income": RNG.lognormal(10, 1, N),
        "age": pd.array(RNG.integers(18, 90, N), dtype="Int64"),
        "one": 1.0,
        "member": RNG.random(N) < 0.3,
        "city": pd.Categorical(np.array(["Oslo", "Rome", "Bern"])[RNG.integers(0, 3, N)]),
        "sex": np.array(["f", "m"])[RNG.integers(0, 2, N)],
        "same": "x",
        "zip": pd.Categorical(RNG.integers(0, 99, N)),
    }
)
X.loc[::7, "age"] = pd.NA
X.loc[::9, "city"] = None
X["zip"] = X["zip"].where(RNG.random(N) < 0.5, RNG.integers(0, 4, N))
FREQUENT = [0, 1, 2, 3]  # levels of zip
Y = RNG.standard_normal(N)


def to_polars(frame):
    columns = {name: [None if pd.isna(v) else v for v in frame[name]] for name in frame}
    zips = pl.Series(list(map(str, columns["zip"])), dtype=pl.Categorical)
    return pl.DataFrame({**columns, "zip": zips})


def named(encoder, rows, starts):
    """Encoded columns whose names start so."""
    names = encoder.get_feature_names_out()
    return encoder.transform(rows)[:, [name.startswith(starts) for name in names]]


def test_names_say_what_the_columns_are():
    encoder = TableEncoder(n_bins=2, max_categories=5).fit(X, Y)
    assert encoder.get_feature_names_out().tolist() == [
        *("income", "age", "member", "zip_target", "age_missing"),
        *("income_bin_0", "income_bin_1", "age_bin_0", "age_bin_1"),
        *("city_Bern", "city_Oslo", "city_Rome", "city_missing", "sex_m"),
        *(f"zip_{level}" for level in FREQUENT),
        "zip_infrequent",
    ]


def test_numbers_are_those_of_the_parts():
    encoder = TableEncoder(dtype=np.float64).fit(X)
    income, age = X[["income"]].to_numpy(), X[["age"]].to_numpy(float, na_value=np.nan)
    encoded = encoder.transform(X)
    assert_allclose(encoded[:, :1], SmoothClipScaler().fit_transform(income))
    assert_allclose(encoded[:, [1]], np.nan_to_num(SmoothClipScaler().fit_transform(age)))
    assert_array_equal(named(encoder, X, "age_missing")[:, 0], X["age"].isna())
    filled = np.where(np.isnan(age), np.nanmean(age), age)
    bins = PiecewiseLinearEncoder().fit(age).transform(filled)
    assert_allclose(named(encoder, X, "age_bin"), bins)


def test_results_are_float32_and_complete_unless_float64_is_wanted():
    encoded = TableEncoder().fit_transform(X, Y)
    assert encoded.dtype == np.float32
    assert np.isfinite(encoded).all()
    wide = TableEncoder(dtype=np.float64, random_state=0).fit(X).transform(X)
    assert wide.dtype == np.float64
    assert_allclose(TableEncoder(random_state=0).fit(X).transform(X), wide, rtol=1e-6, atol=1e-6)


def test_polars_and_pandas_give_the_same():
    pandas = X.assign(zip=X["zip"].astype(str).astype("category"))
    ours, theirs = TableEncoder().fit(pandas), TableEncoder().fit(to_polars(X))
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert_array_equal(ours.transform(pandas), theirs.transform(to_polars(X)))


@pytest.mark.parametrize("to_frame", [lambda X: X, to_polars], ids=["pandas", "polars"])
def test_blocks_of_rows_change_nothing(to_frame, monkeypatch):
    rows = to_frame(X)
    encoder = TableEncoder().fit(rows, Y)
    whole = encoder.transform(rows)
    assert_array_equal(encoder.transform(rows[40:50]), whole[40:50])
    assert_array_equal(encoder.transform(rows[:1]), whole[:1])
    monkeypatch.setattr(blocks_module, "_BLOCK", 1000)
    assert_array_equal(encoder.transform(rows), whole)
    places = RNG.integers(0, N, 20)
    assert_array_equal(encoder._encode(encoder._read(rows).take(places)), whole[places])


def test_the_dtype_of_strings_and_the_order_of_levels_have_no_effect():
    encoder = TableEncoder().fit(X)
    other = X.assign(
        city=X["city"].astype(object),
        sex=pd.Categorical(X["sex"], categories=["m", "x", "f"]),
        age=X["age"].astype(float),
        member=X["member"].astype(int),
    )
    assert_array_equal(encoder.transform(other), encoder.transform(X))
    assert_array_equal(TableEncoder().fit(other).transform(X), encoder.transform(X))


def test_unknown_and_newly_missing_values_have_an_encoding():
    encoder = TableEncoder(max_categories=10).fit(X)
    row = X.iloc[:1].assign(city="Paris", sex=None, income=np.nan, zip=1000)
    assert not named(encoder, row, "city").any()
    assert named(encoder, row, "sex") == 0.5
    assert named(encoder, row, "zip_infrequent") == 1
    assert named(encoder, row, "income")[0, 0] == 0


def test_mean_targets_are_cross_fitted_in_training_and_fixed_later():
    y = X["zip"].cat.codes % 2 + 0.1 * Y
    encoder = TableEncoder(random_state=0)
    place = clone(encoder).fit(X, y).get_feature_names_out().tolist().index("zip_target")
    trained = encoder.fit_transform(X, y)[:, place]
    later = encoder.transform(X)[:, place]
    assert 0.3 < np.corrcoef(trained, y)[0, 1] < np.corrcoef(later, y)[0, 1]
    assert_array_equal(clone(encoder).fit_transform(X, y)[:, place], trained)
    assert (
        len(TableEncoder().fit(X, np.array(["a", "b", "c"])[np.arange(N) % 3]).target_encoders_)
        == 3
    )
    assert TableEncoder().fit(X).target_encoders_ == []
    with pytest.raises(ValueError, match="NaN"):
        encoder.fit(X, np.where(y > 1, np.nan, y))


def test_bins_are_fewer_where_features_are_many():
    wide = RNG.standard_normal((60, 500))
    assert set(TableEncoder().fit(wide).piecewise_encoder_.n_bins_) == {4}
    assert set(TableEncoder(n_bins=3).fit(wide).piecewise_encoder_.n_bins_) == {3}
    assert set(TableEncoder().fit(np.tile(wide, 3)).piecewise_encoder_.n_bins_) == {2}


def test_constant_features_are_left_out_and_all_constant_are_refused():
    rows = np.column_stack([np.ones(9), np.full(9, np.nan), np.arange(9), np.ones(9)])
    rows[3, 3] = np.nan
    names = TableEncoder(n_bins=2).fit(rows).get_feature_names_out()
    assert names.tolist() == ["x2", "x3_missing", "x2_bin_0", "x2_bin_1"]
    with pytest.raises(ValueError, match=r"All columns of X are constant \(n_samples = 9\)"):
        TableEncoder().fit(rows[:, :2])
    with pytest.raises(ValueError, match="All columns of X are constant"):
        TableEncoder().fit(X[["same"]])


@pytest.mark.parametrize("nothing", [np.nan, None, pd.NA])
def test_a_column_without_any_value_in_fit_may_hold_anything_later(nothing):
    encoder = TableEncoder().fit(X.assign(late=nothing))
    expected = TableEncoder().fit_transform(X)
    for value in (nothing, 3.0, np.inf, "text", pd.Timestamp("2020-01-01")):
        assert_array_equal(encoder.transform(X.assign(late=value)), expected)


def test_tables_of_one_kind_only_are_encoded():
    categories = TableEncoder().fit(X[["city", "sex"]])
    assert categories.scaler_ is categories.piecewise_encoder_ is None
    assert categories.transform(X[["city", "sex"]]).shape == (N, 5)
    numbers = TableEncoder().fit(X[["member"]])
    assert numbers.one_hot_encoder_ is numbers.piecewise_encoder_ is None
    assert np.unique(numbers.transform(X[["member"]])).size == 2


def test_rows_of_weight_zero_do_not_exist():
    weights = np.r_[np.ones(N - 1), 0]
    odd = X.assign(
        income=np.r_[X["income"][:-1], 1e9],
        city=pd.Categorical([*X["city"][:-1], "Lima"]),
        one=np.r_[np.ones(N - 1), 2],
        sex=[*X["sex"][:-1], None],
    )
    weighted = TableEncoder(random_state=0).fit(odd, Y, sample_weight=weights)
    fewer = TableEncoder(random_state=0).fit(X[:-1], Y[:-1])
    assert_allclose(weighted.transform(X), fewer.transform(X), rtol=1e-5, atol=1e-6)
    assert weighted.fit_transform(odd, Y, sample_weight=weights).shape[0] == N


def test_names_that_coincide_are_told_apart():
    rows = pd.DataFrame({"a": [1, np.nan, 2, 3], "a_missing": [0, 1, 0, 0.5]})
    encoder = TableEncoder(n_bins=2).set_output(transform="polars").fit(rows)
    assert encoder.transform(rows).columns[:3] == ["a", "a_missing", "a_missing_"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"income": "high"}, "'income' held numbers in fit and holds strings now"),
        ({"city": 3.0}, "'city' held strings in fit and holds other values now"),
        ({"income": np.inf}, "'income' has infinite values"),
    ],
)
def test_columns_that_changed_are_refused_by_name(change, message):
    encoder = TableEncoder().fit(X)
    with pytest.raises(ValueError, match=message):
        encoder.transform(X.assign(**change))
    with pytest.raises(ValueError, match="Column 0 was 'income' and is 'age' now"):
        encoder.transform(X[["age", "income", *X.columns[2:]]])


def test_it_works_within_pipelines_and_copies():
    encoder = pickle.loads(pickle.dumps(TableEncoder().fit(X, Y)))
    assert encoder.transform(X).shape[1] == len(encoder.get_feature_names_out())
    some = make_column_transformer((TableEncoder(), ["income", "city"]), remainder="drop")
    assert make_pipeline(some).fit_transform(X, Y).shape == (N, 1 + 16 + 4)

"""Members are trained on compact rows as on the encoded table, but for rounding."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, make_scorer, r2_score

from skreg import TabularMLPClassifier, TabularMLPRegressor
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._training.rows.piecewise import PiecewiseRows
from skreg.augmentation import GaussianNoise
from skreg.neural_network._tabular import encoding
from skreg.preprocessing import TableEncoder

ESTIMATORS = {TabularMLPClassifier: accuracy_score, TabularMLPRegressor: r2_score}
N = 200
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
        "b": RNG.integers(0, 99, N),
        "c": RNG.lognormal(size=N),
        "kind": pd.Categorical(RNG.choice(["x", "y", "z"], N)),
        "town": RNG.choice([f"town {i}" for i in range(70)], N),
    }
)
Y = (FRAME["b"] + 20 * RNG.normal(size=N) > 50).to_numpy(int)
WEIGHTS = RNG.uniform(0.5, 2, N)


@pytest.fixture
def given_rows(monkeypatch):
    """The kinds of rows that members were given, one for each table that was encoded."""
    kinds, original = [], encoding.encode

    def encode(*arguments, **how):
        rows = original(*arguments, **how)
        kinds.append(type(rows))
        return rows

    for module in ("base", "prediction"):
        monkeypatch.setattr(f"skreg.neural_network._tabular.{module}.encode", encode)
    return kinds


def outputs(mlp, X):
    return mlp.predict_proba(X) if hasattr(mlp, "classes_") else mlp.predict(X)


def fit(estimator, **params):
    params = {"n_members": 2, "max_iter": 3, "random_state": 0, "dtype": np.float64} | params
    return estimator("8", **params).fit(FRAME, Y, WEIGHTS)


@pytest.mark.parametrize(
    "params",
    [
        {"n_jobs": 2},
        {"early_stopping": True, "validation_fraction": 0.3},
        {"clip_norm": 0.1, "l1": 1e-3, "solver": "sgd", "shuffle": False},
        {"dtype": np.float32},
        *({"normalization": normalization} for normalization in NORMALIZATIONS),
    ],
    ids=lambda params: "-".join(map(str, next(iter(params.items())))),
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fits_are_those_on_the_encoded_table(estimator, params, given_rows, monkeypatch):
    compact = fit(estimator, **params)
    predicted = outputs(compact, FRAME)
    assert given_rows == [PiecewiseRows, PiecewiseRows]
    monkeypatch.setattr(encoding, "_FEWEST", N + 1)
    encoded = fit(estimator, **params)
    tolerance = 1e-9 if compact.dtype == np.float64 else 2e-4
    for mine, other in zip(compact.estimators_, encoded.estimators_, strict=True):
        for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_):
            assert_allclose(a, b, rtol=0, atol=tolerance)
    assert_allclose(predicted, outputs(encoded, FRAME), rtol=0, atol=10 * tolerance)
    assert given_rows[2:] == [np.ndarray, np.ndarray]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_members_agree_on_the_encoded_table_with_compact_rows(estimator):
    mlp = fit(estimator, dtype=np.float32)
    table = mlp.encoder_._read(FRAME)
    rows = encoding.encode(mlp.encoder_, table, compact=True)
    encoded = mlp.encoder_.transform(FRAME)
    for member in mlp.estimators_:
        assert_allclose(outputs(member, rows), outputs(member, encoded), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "params",
    [
        {"solver": "lbfgs"},
        {"input_dropout": 0.1},
        {"augmentation": GaussianNoise(0.1)},
        {"diversity": [{}, {"input_dropout": 0.1}]},
    ],
    ids=lambda params: next(iter(params)),
)
@pytest.mark.filterwarnings("ignore:.*Maximum iterations")
def test_what_changes_encoded_columns_is_given_them(params, given_rows):
    fit(TabularMLPClassifier, **params)
    assert given_rows == [np.ndarray]


def test_scorers_and_warm_starts_take_compact_rows(given_rows):
    scoring = make_scorer(accuracy_score)
    mlp = fit(TabularMLPClassifier, early_stopping=True, scoring=scoring, warm_start=True)
    mlp.fit(FRAME, Y)
    assert given_rows == [PiecewiseRows, PiecewiseRows]
    assert mlp.score(FRAME, Y) > 0.7


def test_few_rows_and_tables_of_few_bins_are_encoded():
    encoder = TableEncoder().fit(FRAME)
    rows = encoder._read(FRAME)
    assert isinstance(encoding.encode(encoder, rows, compact=True), PiecewiseRows)
    assert isinstance(encoding.encode(encoder, rows, compact=False), np.ndarray)
    assert isinstance(encoding.encode(encoder, rows.take([0]), compact=True), np.ndarray)
    frame = FRAME[["a", "b", "kind"]]
    encoder = TableEncoder(2).fit(frame)
    assert isinstance(encoding.encode(encoder, encoder._read(frame), compact=True), np.ndarray)


def test_members_share_rows_that_take_little_more_than_the_table():
    n, d = 100_000, 10
    X = np.random.default_rng(0).normal(size=(n, d))
    y = np.asarray(X[:, 0] > 0, dtype=np.int8)
    mlp = TabularMLPClassifier("8", max_iter=1, batch_size=1024, random_state=0)
    tracemalloc.start()
    try:
        mlp.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mlp.estimators_[0].n_features_in_ == 17 * d
    assert peak < 4 * X.nbytes  # the encoded table, once for each member: 38 times

"""Large tables are encoded block by block: the same results in a fraction of the memory."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.metrics import accuracy_score, make_scorer, r2_score

from skreg import TabularMLPClassifier, TabularMLPRegressor
from skreg._training.rows.lazy import LazyRows
from skreg.augmentation import GaussianNoise
from skreg.neural_network._tabular import encoding
from skreg.preprocessing import TableEncoder

ESTIMATORS = {TabularMLPClassifier: accuracy_score, TabularMLPRegressor: r2_score}
N = 1600
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "a": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
        "b": RNG.integers(0, 99, N),
        "kind": pd.Categorical(RNG.choice(["x", "y", "z"], N)),
        "town": RNG.choice([f"town {i}" for i in range(70)], N),
    }
)
Y = (FRAME["b"] + 20 * RNG.normal(size=N) > 50).to_numpy(int)
WEIGHTS = RNG.uniform(0.5, 2, N)


@pytest.fixture(autouse=True)
def _no_compact_rows(monkeypatch):
    monkeypatch.setattr(encoding, "_MOST_COMPACT", 0)


def fit_either_way(estimator, monkeypatch, **params):
    """The same fit with the encoded table made by blocks, and in memory as a whole."""
    fitted = []
    for most in (0, 1 << 40):
        monkeypatch.setattr(encoding, "_MOST", most)
        mlp = estimator("8", n_members=2, max_iter=2, random_state=0, **params)
        fitted.append(mlp.fit(FRAME, Y, WEIGHTS))
    return fitted


def assert_equal(one, other):
    for a, b in zip(one.estimators_, other.estimators_, strict=True):
        for p, q in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
            assert_array_equal(p, q)
    assert_array_equal(one.votes_, other.votes_)
    assert_array_equal(one.predict(FRAME), other.predict(FRAME))


@pytest.mark.parametrize(
    "params",
    [
        {"n_jobs": 2},
        {"early_stopping": True, "validation_fraction": 0.3},
        {"solver": "lbfgs"},
        {"augmentation": GaussianNoise(0.1), "shuffle": False},
    ],
    ids=lambda params: next(iter(params)),
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.filterwarnings("ignore:.*Maximum iterations")
def test_blocks_train_to_the_same_bits(estimator, params, monkeypatch):
    assert_equal(*fit_either_way(estimator, monkeypatch, **params))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_scores_of_blocks_choose_the_same_epoch(estimator, monkeypatch):
    scoring = make_scorer(ESTIMATORS[estimator])
    params = {"early_stopping": True, "scoring": scoring, "warm_start": True}
    one, other = fit_either_way(estimator, monkeypatch, **params)
    assert_equal(one, other)
    monkeypatch.setattr(encoding, "_MOST", 0)
    assert_equal(one.fit(FRAME, Y), other.fit(FRAME, Y))


def test_few_numbers_are_encoded_once_and_many_by_blocks(monkeypatch):
    encoder = TableEncoder(random_state=0)
    rows = encoder._fit(FRAME, Y, None)
    whole = encoding.encode(encoder, rows, compact=True)
    assert isinstance(whole, np.ndarray)
    monkeypatch.setattr(encoding, "_MOST", whole.size)
    assert isinstance(encoding.encode(encoder, rows, compact=True), np.ndarray)
    monkeypatch.setattr(encoding, "_MOST", whole.size - 1)
    lazy = encoding.encode(encoder, rows, compact=True)
    assert isinstance(lazy, LazyRows)
    assert_array_equal(lazy, whole)
    some = RNG.integers(0, N, 40)
    assert_array_equal(lazy[some], whole[some])


def test_a_table_on_disk_is_never_in_memory_as_a_whole(tmp_path, monkeypatch):
    n = 200_000
    monkeypatch.setattr(encoding, "_MOST", 1 << 20)
    X = np.memmap(tmp_path / "X", np.float32, "w+", shape=(n, 10))
    X[:] = np.random.default_rng(0).normal(size=X.shape)
    X.flush()
    X = np.memmap(tmp_path / "X", np.float32, "r", shape=X.shape)
    y = np.asarray(X[:, 0] > 0, dtype=np.int8)
    mlp = TabularMLPClassifier("8", n_members=2, max_iter=1, batch_size=1024, random_state=0)
    tracemalloc.start()
    try:
        mlp.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    n_encoded = mlp.estimators_[0].n_features_in_
    assert n_encoded > 160
    assert peak < n * n_encoded  # bytes: a quarter of the encoded table in float32
    assert mlp.score(X[:1000], y[:1000]) > 0.95

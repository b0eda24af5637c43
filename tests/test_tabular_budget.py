"""A limit of time is laid out over members and epochs."""

import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg.neural_network._tabular import budget
from skreg.neural_network._tabular.members import Split, Table
from skreg.neural_network._tabular.training import Ending

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
Y = (X[:, 0] > 0).astype(int)
SMALL = {"hidden_layer_sizes": "8", "random_state": 0}


@pytest.fixture
def pace(monkeypatch):
    """A clock that stands still and networks that take a second per epoch."""
    monkeypatch.setattr(budget, "perf_counter", lambda: 0.0)
    monkeypatch.setattr(budget, "seconds_per_epoch", lambda *_: 1.0)
    monkeypatch.setattr(budget, "_SHARE", 1.0)


LAYOUTS = [  # deadline, n_jobs, members, epochs, warmup
    (np.inf, 1, 4, 20, 3),
    (80.0, 1, 4, 20, 3),
    (79.9, 1, 4, 19, 3),
    (30.0, 1, 4, 7, 1),
    (30.0, 2, 4, 15, 3),
    (30.0, 8, 4, 20, 3),
    (4.0, 1, 4, 1, 0),
    (3.9, 1, 3, 1, 0),
    (1.5, 2, 2, 1, 0),
    (0.5, 1, 1, 1, 0),
    (-1.0, 1, 1, 1, 0),
]


@pytest.mark.parametrize(("deadline", "n_jobs", "n_members", "epochs", "warmup"), LAYOUTS)
def test_as_many_epochs_as_fit_and_fewer_members_if_none_does(
    pace, deadline, n_jobs, n_members, epochs, warmup
):
    members = [MLPClassifier(max_iter=20, warmup=3) for _ in range(4)]
    kept = budget.fit_into(deadline, members, None, [None] * 4, None, n_jobs)
    assert len(kept) == n_members
    assert {(member.max_iter, member.warmup) for member in kept} == {(epochs, warmup)}


def test_members_with_fewer_epochs_than_fit_keep_them(pace):
    members = [MLPClassifier(max_iter=n) for n in (2, 50)]
    budget.fit_into(20.0, members, None, [None] * 2, None, 1)
    assert [member.max_iter for member in members] == [2, 10]


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_probe_trains_copies_on_some_rows_of_every_class(kind, monkeypatch):
    n = 3 * budget._ROWS
    y = np.zeros(n)
    y[n // 2 + 1] = 1
    calls = []

    def fit(members, table, splits, scoring, n_jobs):
        for member, split in zip(members, splits, strict=True):
            calls.append((member.max_iter, split.training.size, np.ptp(table.y[split.training])))
        return Ending(is_interrupted=False, reports=[])

    monkeypatch.setattr(budget, "fit_members", fit)
    rows, member = np.arange(n), kind(max_iter=99)
    table = Table(np.zeros((n, 1)), y, None)
    assert budget.seconds_per_epoch([member] * 2, table, Split(rows, rows), None, 1) > 0
    assert member.max_iter == 99
    assert [call[0] for call in calls] == [1, budget._EPOCHS, budget._EPOCHS]
    assert all(budget._ROWS <= call[1] <= budget._ROWS + 2 and call[2] == 1 for call in calls)


@pytest.mark.parametrize("estimator", [TabularMLPClassifier, TabularMLPRegressor])
def test_a_limit_that_does_not_bind_changes_nothing(estimator):
    free, limited = (
        estimator(n_members=2, max_iter=3, time_limit=limit, **SMALL).fit(X, Y)
        for limit in (None, 1e6)
    )
    assert_array_equal(free.predict(X), limited.predict(X))
    assert_array_equal(free.estimators_[0].coefs_[0], limited.estimators_[0].coefs_[0])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_long_fit_ends_in_time(n_jobs):
    mlp = TabularMLPClassifier(n_members=2, max_iter=10**6, n_jobs=n_jobs, **SMALL)
    mlp.set_params(max_iter=2).fit(X, Y)  # compiled before the clock runs
    start = time.perf_counter()
    mlp.set_params(max_iter=10**6, time_limit=1).fit(X, Y)
    assert time.perf_counter() - start < 4
    assert 2 < mlp.n_iter_ < 10**6
    assert mlp.score(X, Y) > 0.9


def test_a_limit_that_is_over_leaves_one_member_with_one_epoch():
    mlp = TabularMLPClassifier(time_limit=1e-9, **SMALL).fit(X, Y)
    assert (len(mlp.estimators_), mlp.n_iter_, len(mlp.votes_)) == (1, 1, 1)
    assert np.isfinite(mlp.predict_proba(X)).all()


def test_limited_members_go_on_and_others_are_added():
    mlp = TabularMLPClassifier(n_members=2, max_iter=2, warm_start=True, **SMALL)
    mlp.set_params(time_limit=1e-9).fit(X, Y)
    mlp.set_params(time_limit=None).fit(X, Y)
    n_epochs = [len(member.loss_curve_) for member in mlp.estimators_]
    assert n_epochs == [3, 2]


@pytest.mark.parametrize("limit", [0, -1.0, np.nan, "1 s"])
def test_a_limit_has_to_be_positive(limit):
    with pytest.raises(ValueError, match="time_limit"):
        TabularMLPClassifier(time_limit=limit).fit(X, Y)

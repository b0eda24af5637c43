"""The last epochs of members, on all rows."""

import signal
import time
from copy import deepcopy

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import PredefinedSplit, ShuffleSplit

from skreg import TabularMLPClassifier, TabularMLPRegressor
from skreg.neural_network._tabular import finishing
from skreg.neural_network._tabular.members import Table
from skreg.neural_network._tabular.plan import SMALL

rng = np.random.default_rng(0)
X = ROWS = rng.normal(size=(SMALL, 3))
Y = TARGETS = (X[:, 0] + rng.normal(size=SMALL) > 0).astype(int)
ESTIMATORS = pytest.mark.parametrize("estimator", [TabularMLPClassifier, TabularMLPRegressor])


def make(estimator=TabularMLPClassifier, **params):
    small = {"hidden_layer_sizes": "8", "n_members": 2, "max_iter": 8, "random_state": 0}
    return estimator(**{**small, **params})


def weights(mlp):
    return [coef for member in mlp.estimators_ for coef in member.coefs_]


def are_equal(mlp, other):
    return all(map(np.array_equal, weights(mlp), weights(other)))


@pytest.mark.parametrize("n_rows", [SMALL, 200])
@ESTIMATORS
def test_members_go_on_from_their_weights_on_all_rows(estimator, n_rows):
    X, Y = ROWS[:n_rows], TARGETS[:n_rows]
    mlp = make(estimator, finish_on_all_rows=True).fit(X, Y)
    plain = make(estimator, finish_on_all_rows=False).fit(X, Y)
    Z = plain.encoder_.transform(X)
    for member, before in zip(mlp.estimators_, plain.estimators_, strict=True):
        network = clone(before).set_params(
            max_iter=max(before.n_iter_ // 8, 1),
            early_stopping=False,
            learning_rate_init=before.learning_rate_init / 4,
            warmup=1,
            warm_start=True,
        )
        network.coefs_, network.intercepts_ = before.coefs_, before.intercepts_
        if estimator is TabularMLPRegressor:
            network.target_center_ = before.target_center_
            network.target_scale_ = before.target_scale_
        expected = network.fit(Z, Y).predict(Z)
        np.testing.assert_allclose(member.predict(Z), expected, rtol=1e-4, atol=1e-5)
        assert member.get_params() == before.get_params()
        assert member.loss_curve_ == before.loss_curve_
    assert not are_equal(mlp, plain)
    assert_array_equal(mlp.votes_, plain.votes_)  # decided by rows that were left out then


@pytest.mark.parametrize(
    "params",
    [
        {"warm_start": True},
        {"early_stopping": True},
        {"solver": "lbfgs"},
        {"validation_fraction": ShuffleSplit(1, random_state=0)},
    ],
    ids=lambda params: next(iter(params)),
)
def test_auto_leaves_members_as_they_are_where_that_is_wanted(params):
    mlp = make(**params).fit(X, Y)
    assert are_equal(mlp, make(**params, finish_on_all_rows=False).fit(X, Y))


def test_small_tables_are_finished_where_asked_for():
    X_small, y_small = X[:200], Y[:200]
    mlp = make().fit(X_small, y_small)
    assert are_equal(mlp, make(finish_on_all_rows=False).fit(X_small, y_small))
    assert not are_equal(mlp, make(finish_on_all_rows=True).fit(X_small, y_small))


def test_results_do_not_depend_on_threads_and_normalizations_go_on():
    params = {"normalization": "batch", "n_members": 3}
    assert are_equal(make(**params).fit(X, Y), make(**params, n_jobs=2).fit(X, Y))


def test_members_that_never_saw_a_rare_class_stay_as_they_are():
    y, left_out = Y.copy(), np.where(np.arange(SMALL) < 100, 0, -1)
    y[0] = 2
    params = {"validation_fraction": PredefinedSplit(left_out)}
    mlp = make(**params, finish_on_all_rows=True).fit(X, y)
    assert mlp.predict_proba(X).shape == (SMALL, 3)
    assert are_equal(mlp, make(**params, finish_on_all_rows=False).fit(X, y))


def test_interrupted_while_finishing_members_are_those_of_before(monkeypatch):
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    real = finishing.train_members

    def train_members(*arguments, **named):
        signal.raise_signal(signal.SIGINT)
        return real(*arguments, **named)

    monkeypatch.setattr(finishing, "train_members", train_members)
    try:
        with pytest.warns(ConvergenceWarning, match="interrupted"):
            mlp = make().fit(X, Y)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert are_equal(mlp, make(finish_on_all_rows=False).fit(X, Y))


def test_members_that_would_end_behind_a_deadline_stay_as_they_are():
    mlp = make(finish_on_all_rows=False, max_iter=24).fit(X, Y)
    before, table = deepcopy(mlp), Table(mlp.encoder_.transform(X), Y, None)
    late = time.perf_counter()
    finishing.finish_members(mlp.estimators_, [table] * 2, n_jobs=None, deadline=late)
    assert are_equal(mlp, before)
    finishing.finish_members(mlp.estimators_, [table] * 2, n_jobs=None)
    assert not are_equal(mlp, before)

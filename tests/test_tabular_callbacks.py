"""Callbacks hear of each member of an ensemble, and if scikit-learn propagates them, of epochs."""

import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV

from skreg import TabularMLPClassifier, TabularMLPRegressor
from tests.test_callbacks import Recorder, callbacks, needs_callbacks, progress_threads

pytestmark = needs_callbacks
RNG = np.random.default_rng(0)
X = pd.DataFrame({"a": RNG.normal(size=90), "b": RNG.choice(["x", "y"], 90)})
Y = ((X["a"] > 0) & (X["b"] == "x")).to_numpy(int)
WEIGHTS = RNG.uniform(0.5, 2, 90)
ESTIMATORS = [TabularMLPClassifier, TabularMLPRegressor]
N_MEMBERS = 3


def make(estimator, **params):
    small = {"hidden_layer_sizes": "4", "n_members": N_MEMBERS, "max_iter": 2, "random_state": 0}
    return estimator(**{**small, "n_jobs": 1, **params})  # one after the other


class Propagated(Recorder):
    """What scikit-learn hands on to the parts of an estimator."""

    max_propagation_depth = None


def tasks_of(recorder, hook):
    return sorted(call[1:] for call in recorder.calls if call[0] == hook)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_each_member_is_a_task_that_changes_nothing(estimator, n_jobs):
    recorder, plain = Recorder(), make(estimator).fit(X, Y, WEIGHTS)
    mlp = make(estimator, n_jobs=n_jobs).set_callbacks(recorder).fit(X, Y, WEIGHTS)
    expected = [("fit", 0), *(("member", i) for i in range(N_MEMBERS))]
    assert tasks_of(recorder, "begin") == tasks_of(recorder, "end") == expected
    assert recorder.calls[0][0] == "setup" and recorder.calls[-1][0] == "teardown"
    for call, given in zip(recorder.calls, recorder.given):
        if call[0] in ("begin", "end"):
            assert given["X"] is X
            assert_array_equal(given["y"], Y)
            assert_array_equal(given["metadata"]["sample_weight"], WEIGHTS)
    assert_array_equal(mlp.predict(X), plain.predict(X))
    assert not any("callback" in name for name in vars(mlp.estimators_[0]))


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_propagated_callbacks_hear_of_epochs(estimator, n_jobs):
    recorder = Propagated()
    make(estimator, n_jobs=n_jobs).set_callbacks(recorder).fit(X, Y)
    epochs = sorted([("epoch", 0), ("epoch", 1)] * N_MEMBERS)
    # The fit of a member takes the place of its task, of which it has the number.
    expected = [*epochs, ("fit", 0), *(("fit", i) for i in range(N_MEMBERS))]
    assert tasks_of(recorder, "begin") == tasks_of(recorder, "end") == sorted(expected)
    assert [call[0] for call in recorder.calls].count("setup") == 1


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fitted_estimators_are_members_alone_and_in_the_end_all(estimator):
    recorder = Recorder()
    mlp = make(estimator).set_callbacks(recorder).fit(X, Y)
    Z = mlp.encoder_.transform(X)
    ends = recorder.fitted("end", "member")
    for alone, member in zip(ends, mlp.estimators_, strict=True):
        expected = member.predict(Z)
        expected = expected.clip(0, 1) if estimator is TabularMLPRegressor else expected
        assert_allclose(alone.predict(X), expected, rtol=1e-4, atol=1e-6)
    (whole,) = recorder.fitted("end", "fit")
    assert_array_equal(whole.predict(X), mlp.predict(X))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_callback_that_returns_true_ends_training_after_a_member(estimator):
    class Satisfied(Recorder):
        def on_fit_task_end(self, estimator, context):
            return context.task_name == "member" and context.task_id == 1

    mlp = make(estimator).set_callbacks(Satisfied()).fit(X, Y)
    assert len(mlp.estimators_) == len(mlp.votes_) == 2


@pytest.mark.parametrize("call", [("begin", "member", 1), ("end", "member", 0), ("end", "fit", 0)])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callback_that_raises_loses_nothing_and_is_torn_down(n_jobs, call):
    failing = Recorder(fails_in=call)
    mlp = make(TabularMLPRegressor, n_jobs=n_jobs).fit(X, Y).set_callbacks(failing)
    before = dict(vars(mlp))
    with pytest.raises(RuntimeError, match="failed in"):
        mlp.fit(X, Y)
    assert vars(mlp) == before
    assert [c[0] for c in failing.calls].count("teardown") == 1


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_scoring_monitor_logs_members_and_the_ensemble(n_jobs):
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    mlp = make(TabularMLPClassifier, n_jobs=n_jobs).set_callbacks(monitor).fit(X, Y)
    *members, whole = sorted(monitor.get_logs().data, key=lambda task: -len(task["task_id_path"]))
    assert [task["task_id"] for task in members] == list(range(N_MEMBERS))
    assert all(0 < task["accuracy"] <= 1 for task in members)
    assert whole["accuracy"] == mlp.score(X, Y)


@pytest.mark.parametrize("kind", ["alone", "search"])
def test_a_progress_bar_shows_members_and_ends(kind, capsys, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "160")
    mlp = make(TabularMLPClassifier)
    if kind == "search":
        mlp = GridSearchCV(mlp, {"l2": [1e-4, 10.0]}, cv=2, error_score="raise")
    mlp.set_callbacks(callbacks.ProgressBar(max_propagation_depth=None)).fit(X, Y)
    printed = capsys.readouterr().out
    assert re.search(rf"{type(mlp).__name__} - fit.*10(0%|…)", printed)
    assert re.search(r"MLPClassifier - member.*10(0%|…)", printed)
    assert not progress_threads()

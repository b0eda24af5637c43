"""The callbacks of scikit-learn 1.9 and later, and life without them."""

import re
import subprocess
import sys
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS

try:
    from sklearn import callback as callbacks
except ImportError:
    callbacks = None

needs_callbacks = pytest.mark.skipif(callbacks is None, reason="scikit-learn has no callbacks")
N_EPOCHS = 5
SOLVERS = [*OPTIMIZERS, "lbfgs"]
ESTIMATORS = [MLPClassifier, MLPRegressor]
X, Y = make_classification(80, 6, n_informative=4, random_state=0)
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, 80)
parametrize_solvers = pytest.mark.parametrize("solver", SOLVERS)
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS)


def make(estimator, **params):
    first = {"max_iter": N_EPOCHS, "random_state": 0, "batch_size": 20, "learning_rate_init": 0.01}
    return estimator((8,), **{**first, **params})


def weights_of(mlp):
    return mlp.coefs_ + mlp.intercepts_


def assert_same_weights(one, other):
    for a, b in zip(weights_of(one), weights_of(other), strict=True):
        assert_array_equal(a, b)


def fit(mlp, method="fit", **given):
    first = {"classes": [0, 1]} if (type(mlp), method) == (MLPClassifier, "partial_fit") else {}
    return getattr(mlp, method)(X, Y, **first, **given)


class Recorder:
    """Record all calls; stop after some epochs, or fail in a hook."""

    def __init__(self, *, stop_after=None, fails_in=None):
        self.stop_after, self.fails_in = stop_after, fails_in
        self.calls, self.given = [], []

    def _record(self, hook, context, **given):
        call = (hook, context.task_name, context.task_id)
        self.calls.append(call)
        self.given.append(given)
        if call == self.fails_in:
            raise RuntimeError(f"failed in {hook}")

    def setup(self, estimator, context):
        self._record("setup", context)

    def teardown(self, estimator, context):
        self._record("teardown", context)

    def on_fit_task_begin(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        given = {"X": X, "y": y, "metadata": metadata, "fitted_estimator": fitted_estimator}
        self._record("begin", context, **given)

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        given = {"X": X, "y": y, "metadata": metadata, "fitted_estimator": fitted_estimator}
        self._record("end", context, **given)
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after

    def fitted(self, hook, task_name="epoch"):
        """The fitted estimators of all calls of a hook."""
        pairs = zip(self.calls, self.given)
        return [g["fitted_estimator"] for call, g in pairs if call[:2] == (hook, task_name)]


def calls_of(n_epochs):
    """All calls of a fit, in order."""
    epochs = [(hook, "epoch", k) for k in range(n_epochs) for hook in ("begin", "end")]
    fit_of = [(hook, "fit", 0) for hook in ("setup", "begin", "end", "teardown")]
    return [*fit_of[:2], *epochs, *fit_of[2:]]


@needs_callbacks
@parametrize_solvers
@parametrize_estimators
def test_each_task_begins_and_ends_once(estimator, solver):
    recorder = Recorder()
    mlp = make(estimator, solver=solver).set_callbacks(recorder)
    for method in ["fit", "partial_fit"] if solver in OPTIMIZERS else ["fit"]:
        recorder.calls.clear()
        fit(mlp, method)
        assert recorder.calls == calls_of(1 if method == "partial_fit" else N_EPOCHS)


@needs_callbacks
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_tasks_are_balanced_where_training_diverges(solver):
    rate = {"sgd": 1e4, "adam": 1e230}[solver]
    recorder = Recorder()
    mlp = make(MLPRegressor, solver=solver, learning_rate_init=rate).set_callbacks(recorder)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        mlp.fit(X * 1e3, Y)
    begun = [call[1:] for call in recorder.calls if call[0] == "begin"]
    ended = [call[1:] for call in recorder.calls if call[0] == "end"]
    assert sorted(begun) == sorted(ended)
    assert recorder.calls[-1][0] == "teardown"


@needs_callbacks
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}], ids=str)
@parametrize_solvers
@parametrize_estimators
def test_callbacks_change_no_weight(estimator, solver, params):
    params = {"dropout": 0.0 if solver == "lbfgs" else 0.3, **params}
    plain, watched = (make(estimator, solver=solver, **params) for _ in range(2))
    assert_same_weights(fit(watched.set_callbacks(Recorder())), fit(plain))
    assert watched.loss_curve_ == plain.loss_curve_
    if solver in OPTIMIZERS:
        for mlp in (plain, watched):
            fit(mlp, "partial_fit")
        assert_same_weights(plain, watched)


@needs_callbacks
@pytest.mark.parametrize("early_stopping", [False, True])
@parametrize_solvers
@parametrize_estimators
def test_a_callback_that_returns_true_stops_training(estimator, solver, early_stopping):
    params = {"solver": solver, "early_stopping": early_stopping}
    recorder = Recorder(stop_after=3)
    mlp = make(estimator, **params).set_callbacks(recorder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(mlp)
    assert recorder.calls == calls_of(3)
    assert mlp.n_iter_ == len(mlp.loss_curve_) == 3
    assert_same_weights(mlp, fit(make(estimator, **params, max_iter=3)))


@needs_callbacks
def test_one_callback_of_several_is_enough_to_stop():
    both = Recorder(), Recorder(stop_after=2)
    assert fit(make(MLPRegressor).set_callbacks(*both)).n_iter_ == 2
    assert fit(make(MLPRegressor).set_callbacks(*both[::-1])).n_iter_ == 2


FAILURES = [call for call in calls_of(2) if call[0] != "teardown"]


@needs_callbacks
@pytest.mark.parametrize("call", FAILURES, ids=str)
@parametrize_solvers
@parametrize_estimators
def test_a_callback_that_raises_loses_nothing_and_is_torn_down(estimator, solver, call):
    failing, other = Recorder(fails_in=call), Recorder()
    new = make(estimator, solver=solver).set_callbacks(failing, other)
    fitted = fit(make(estimator, solver=solver, max_iter=3)).set_callbacks(failing, other)
    methods = ["fit"]
    if solver in OPTIMIZERS and call[1:] != ("epoch", 1):  # partial_fit has but one epoch
        methods.append("partial_fit")
    for mlp in (new, fitted):
        for method in methods:
            before = dict(vars(mlp))
            for recorder in (failing, other):
                recorder.calls.clear()
            with pytest.raises(RuntimeError, match=f"failed in {call[0]}"):
                fit(mlp, method)
            assert vars(mlp) == before
            assert [c[0] for c in failing.calls].count("teardown") == 1
            was_set_up = ("setup", "fit", 0) in other.calls
            assert [c[0] for c in other.calls].count("teardown") == was_set_up


@needs_callbacks
@parametrize_estimators
def test_a_fit_that_fails_tears_callbacks_down(estimator):
    recorder = Recorder()
    with pytest.raises(ValueError, match="NaN"):
        make(estimator).set_callbacks(recorder).fit(X * np.nan, Y)
    assert [call[0] for call in recorder.calls] == ["setup", "teardown"]


@needs_callbacks
@pytest.mark.parametrize(
    "options",
    [
        *({"solver": solver} for solver in SOLVERS),
        *({"normalization": normalization} for normalization in NORMALIZATIONS),
    ],
    ids=str,
)
@parametrize_estimators
def test_fitted_estimators_predict_as_of_their_epoch(estimator, options):
    recorder = Recorder()
    mlp = fit(make(estimator, **options).set_callbacks(recorder))
    expected = [fit(make(estimator, **options, max_iter=k + 1)) for k in range(N_EPOCHS)]
    ends, begins = recorder.fitted("end"), recorder.fitted("begin")
    for one, other in zip(ends, expected, strict=True):
        assert_array_equal(one.predict(X), other.predict(X))
        assert one.score(X, Y) == other.score(X, Y)
    for one, other in zip(begins[1:], expected):
        assert_array_equal(one.predict(X), other.predict(X))
    (last,) = recorder.fitted("end", "fit")
    assert_array_equal(last.predict(X), mlp.predict(X))


@needs_callbacks
@parametrize_estimators
def test_the_fitted_estimator_of_the_whole_fit_has_the_best_weights(estimator):
    recorder = Recorder()
    params = {"learning_rate_init": 0.3, "early_stopping": True, "max_iter": 12}
    mlp = fit(make(estimator, **params).set_callbacks(recorder))
    (last,) = recorder.fitted("end", "fit")
    assert_same_weights(last, mlp)
    best = int(np.argmax(mlp.validation_scores_))
    assert best < mlp.n_iter_ - 1, "the best epoch must not be the last for this test"


@needs_callbacks
@pytest.mark.parametrize("early_stopping", [False, True])
@parametrize_estimators
def test_callbacks_get_the_rows_that_are_trained_on(estimator, early_stopping):
    recorder = Recorder()
    mlp = make(estimator, early_stopping=early_stopping).set_callbacks(recorder)
    fit(mlp, sample_weight=WEIGHTS)
    n_rows = mlp.t_ // mlp.n_iter_
    assert n_rows < 80 if early_stopping else n_rows == 80
    for call, given in zip(recorder.calls, recorder.given):
        if call[0] in ("begin", "end"):
            rows = [np.flatnonzero((X == x).all(axis=1))[0] for x in given["X"]]
            assert len(rows) == n_rows
            assert_array_equal(given["y"], Y[rows])
            assert_allclose(given["metadata"]["sample_weight"], WEIGHTS[rows])
    recorder = Recorder()
    fit(clone(mlp).set_callbacks(recorder))
    assert recorder.given[1]["metadata"] is None


@needs_callbacks
@pytest.mark.parametrize("solver", OPTIMIZERS)
@parametrize_estimators
def test_a_fitted_estimator_goes_on_as_the_fit_did(estimator, solver):
    recorder = Recorder()
    mlp = make(estimator, solver=solver, dropout=0.2, learning_rate="invscaling")
    fit(mlp.set_callbacks(recorder))
    ends = [one.set_callbacks() for one in recorder.fitted("end")]
    assert (
        [one.n_iter_ for one in ends] == [len(one.loss_curve_) for one in ends] == [1, 2, 3, 4, 5]
    )
    for one, following in zip(ends[:-1], ends[1:]):
        assert_same_weights(one.partial_fit(X, Y), following)
    fit(ends[-1].set_params(warm_start=True))
    whole = fit(make(estimator, max_iter=2 * N_EPOCHS, **non_defaults(mlp)))
    assert_same_weights(ends[-1], whole)


def non_defaults(mlp):
    return {name: getattr(mlp, name) for name in ("solver", "dropout", "learning_rate")}


@needs_callbacks
@parametrize_estimators
def test_what_a_callback_does_to_fitted_estimators_changes_nothing(estimator):
    class Trainer(Recorder):
        def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
            fitted_estimator.set_callbacks().partial_fit(X, y)
            for part in weights_of(fitted_estimator):
                part.fill(np.nan)

    watched = fit(make(estimator).set_callbacks(Trainer()))
    plain = fit(make(estimator))
    assert_same_weights(watched, plain)
    assert watched.loss_curve_ == plain.loss_curve_
    assert_same_weights(fit(watched.set_callbacks(), "partial_fit"), fit(plain, "partial_fit"))


@needs_callbacks
@pytest.mark.parametrize("early_stopping", [False, True])
@parametrize_estimators
def test_fitted_estimators_know_the_names_of_features(estimator, early_stopping):
    recorder, monitor = Recorder(), callbacks.ScoringMonitor(scoring="r2")
    frame = pd.DataFrame(X, columns=list("abcdef"))
    mlp = make(estimator, early_stopping=early_stopping).set_callbacks(recorder, monitor)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        mlp.fit(frame, Y)
    assert len(monitor.get_logs().data) == N_EPOCHS + 1
    for one in [*recorder.fitted("end"), *recorder.fitted("end", "fit")]:
        assert one.feature_names_in_.tolist() == list("abcdef")
        with pytest.raises(ValueError, match="feature names should match"):
            one.predict(frame[list("fedcba")])
    rows = recorder.given[1]["X"].index
    assert (len(rows) < len(X)) == early_stopping
    assert_array_equal(recorder.given[1]["y"], Y[rows])


def epochs_of(monitor, **kwargs):
    """The logged tasks of the monitor that are epochs."""
    data = monitor.get_logs(**kwargs).data
    return [task for task in data if task["task_name"] == "epoch"]


@needs_callbacks
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@parametrize_solvers
@parametrize_estimators
def test_a_scoring_monitor_logs_the_score_of_each_epoch(estimator, solver, weights):
    name = "neg_log_loss" if estimator is MLPClassifier else "neg_mean_squared_error"
    monitor = callbacks.ScoringMonitor(scoring=name)
    fit(make(estimator, solver=solver).set_callbacks(monitor), sample_weight=weights)
    scorer = get_scorer(name)
    expected = [
        scorer(
            fit(make(estimator, solver=solver, max_iter=k + 1), sample_weight=weights),
            X,
            Y,
            sample_weight=weights,
        )
        for k in range(N_EPOCHS)
    ]
    assert_allclose([task[name] for task in epochs_of(monitor)], expected, rtol=1e-12)
    (whole,) = (task for task in monitor.get_logs().data if task["task_name"] == "fit")
    assert_allclose(whole[name], expected[-1], rtol=1e-12)


@needs_callbacks
def test_a_scoring_monitor_follows_partial_fit():
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    mlp = make(MLPClassifier).set_callbacks(monitor)
    for k in range(1, 4):
        fit(mlp, "partial_fit")
        assert len(monitor.get_logs(select="all")) == k
        assert [task["accuracy"] for task in epochs_of(monitor)] == [mlp.score(X, Y)]


@needs_callbacks
def test_a_scoring_monitor_in_a_pipeline():
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    pipeline = make_pipeline(StandardScaler(), make(MLPClassifier).set_callbacks(monitor))
    pipeline.fit(X, Y)
    tasks = epochs_of(monitor)
    assert len(tasks) == N_EPOCHS
    assert tasks[-1]["accuracy"] == pipeline.score(X, Y)
    assert monitor.get_logs().estimator_name == "Pipeline"


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_scoring_monitor_in_a_search(n_jobs):
    monitor = callbacks.ScoringMonitor(scoring="accuracy")
    mlp = make(MLPClassifier).set_callbacks(monitor)
    search = GridSearchCV(mlp, {"l2": [1e-4, 10.0]}, cv=2, n_jobs=n_jobs, error_score="raise")
    search.fit(X, Y)
    tasks = epochs_of(monitor)
    assert len(tasks) == (2 * 2 + 1) * N_EPOCHS
    refit = [task for task in tasks if task["task_id_path"][1] != 0]
    assert len(refit) == N_EPOCHS
    assert refit[-1]["accuracy"] == search.score(X, Y)
    plain = GridSearchCV(make(MLPClassifier), {"l2": [1e-4, 10.0]}, cv=2).fit(X, Y)
    scores = "mean_test_score"
    assert_array_equal(search.cv_results_[scores], plain.cv_results_[scores])


@needs_callbacks
@pytest.mark.parametrize(
    ("kind", "n_jobs"), [("alone", 1), ("pipeline", 1), ("search", 1), ("search", 2)]
)
def test_a_progress_bar_shows_the_fit_and_ends(kind, n_jobs, capsys):
    pytest.importorskip("rich")
    mlp = make(MLPClassifier)
    if kind == "pipeline":
        mlp = make_pipeline(StandardScaler(), mlp)
    if kind == "search":
        mlp = GridSearchCV(mlp, {"l2": [1e-4, 10.0]}, cv=2, n_jobs=n_jobs, error_score="raise")
    mlp.set_callbacks(callbacks.ProgressBar(max_propagation_depth=None)).fit(X, Y)
    printed = capsys.readouterr().out
    assert re.search(r"MLPClassifier - fit.*100%", printed)
    assert not progress_threads()
    assert mlp.predict(X).shape == (80,)


def progress_threads():
    return [t for t in threading.enumerate() if type(t).__name__ == "RichProgressMonitor"]


@needs_callbacks
@pytest.mark.parametrize("call", [("begin", "epoch", 1), ("end", "epoch", 1), ("end", "fit", 0)])
def test_the_thread_of_a_progress_bar_ends_where_a_callback_raises(call, capsys):
    pytest.importorskip("rich")
    mlp = make(MLPClassifier).set_callbacks(callbacks.ProgressBar(), Recorder(fails_in=call))
    with pytest.raises(RuntimeError, match="failed in"):
        fit(mlp)
    assert not progress_threads()


@needs_callbacks
def test_several_callbacks_together():
    recorder, monitor = Recorder(), callbacks.ScoringMonitor(scoring=["accuracy", "roc_auc"])
    mlp = fit(make(MLPClassifier).set_callbacks(recorder, monitor))
    assert recorder.calls == calls_of(N_EPOCHS)
    (last,) = (task for task in monitor.get_logs().data if task["task_name"] == "fit")
    assert last["accuracy"] == mlp.score(X, Y)


@needs_callbacks
def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="callbacks must be instances"):
        make(MLPClassifier).set_callbacks("progress")


WITHOUT_CALLBACKS = """
import builtins, pickle, sys
import numpy as np

whole_import = builtins.__import__

def refuse(name, globals=None, *args, **kwargs):
    if "callback" in name and (globals or {}).get("__name__", "").startswith("skreg"):
        if name.startswith("sklearn"):
            refused.append(name)
            raise ImportError(name)
    return whole_import(name, globals, *args, **kwargs)

refused = []
builtins.__import__ = refuse
from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier
from sklearn.base import clone

assert refused
X, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
for estimator in (MLPClassifier, MLPRegressor):
    for solver in ("sgd", "adam", "lbfgs"):
        mlp = estimator((4,), solver=solver, max_iter=3, early_stopping=True, random_state=0)
        assert not hasattr(mlp, "set_callbacks")
        mlp.fit(X, y)
        assert mlp.n_iter_ >= 1
        copy = pickle.loads(pickle.dumps(clone(mlp).fit(X, y)))
        assert (copy.predict(X) == mlp.predict(X)).all()
    estimator().partial_fit(X, y, **({"classes": [0, 1]} if estimator is MLPClassifier else {}))
tabular = TabularMLPClassifier("4", n_members=2, max_iter=2).fit(X, y)
assert not hasattr(tabular, "set_callbacks") and len(tabular.estimators_) == 2
print("fine")
"""


def test_estimators_work_where_there_are_no_callbacks():
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_CALLBACKS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "fine", done.stderr

"""Members in threads: Ctrl-C keeps those that were trained, and lines tell of each."""

import signal
import threading
import time
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from skreg import MLPClassifier, TabularMLPClassifier, TabularMLPRegressor
from skreg import _interrupts as interrupts
from skreg._training import lbfgs, stochastic
from skreg.neural_network._tabular import training
from skreg.neural_network._tabular.members import Split, Table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
Y = (X[:, 0] > 0).astype(int)
ESTIMATORS = [TabularMLPClassifier, TabularMLPRegressor]


@pytest.fixture(autouse=True)
def handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def make(estimator=TabularMLPClassifier, **params):
    small = {"hidden_layer_sizes": "8", "n_members": 3, "max_iter": 4, "random_state": 0}
    return estimator(**{**small, "n_jobs": 1, **params})  # one after the other


def interrupt_epoch(monkeypatch, number, how):
    """Interrupt the epoch of that number, of all that any member begins."""
    real, begun, lock = stochastic.learning_rate, [], threading.Lock()

    def learning_rate(settings, state):
        with lock:
            begun.append(state.epoch)
            is_due = len(begun) == number
        if is_due and how == "signal":
            signal.raise_signal(signal.SIGINT)
        elif is_due:
            raise KeyboardInterrupt
        return real(settings, state)

    monkeypatch.setattr(stochastic, "learning_rate", learning_rate)
    return begun


@pytest.mark.parametrize("how", ["signal", "exception"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_members_trained_before_an_interruption_make_the_ensemble(estimator, how, monkeypatch):
    whole = make(estimator, validation_fraction=0.2).fit(X, Y)
    begun = interrupt_epoch(monkeypatch, 7, how)  # the third of the second member
    mlp = make(estimator, validation_fraction=0.2)
    with pytest.warns(ConvergenceWarning, match="interrupted by user: 2 of 3 members") as caught:
        mlp.fit(X, Y)
    assert len(caught) == 1
    assert len(begun) == 7
    assert [member.n_iter_ for member in mlp.estimators_] == [4, 2]
    assert_array_equal(mlp.estimators_[0].coefs_[0], whole.estimators_[0].coefs_[0])
    assert mlp.votes_.shape == (2,)
    assert np.isfinite(mlp.predict(X)).all()


def test_a_member_that_ended_no_epoch_is_left_out(monkeypatch):
    interrupt_epoch(monkeypatch, 5, "signal")
    with pytest.warns(ConvergenceWarning, match="1 of 3 members"):
        mlp = make().fit(X, Y)
    assert [member.n_iter_ for member in mlp.estimators_] == [4]
    assert mlp.oof_predictions_ is None


@pytest.mark.parametrize("how", ["signal", "exception"])
@pytest.mark.parametrize("params", [{}, {"warm_start": True}, {"time_limit": 9.0}], ids=str)
def test_interrupted_in_the_first_epoch_the_estimator_stays_as_it_was(params, how, monkeypatch):
    fitted = make().fit(X, Y).set_params(**params)
    before, proba = dict(vars(fitted)), fitted.predict_proba(X)
    interrupt_epoch(monkeypatch, 1, how)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(X, Y)
    assert vars(fitted).keys() == before.keys()
    assert all(vars(fitted)[name] is value for name, value in before.items())
    assert_array_equal(fitted.predict_proba(X), proba)


def test_a_warning_of_an_interruption_made_an_error_undoes_no_training(monkeypatch):
    interrupt_epoch(monkeypatch, 7, "signal")
    mlp = make()
    with warnings.catch_warnings(), pytest.raises(ConvergenceWarning, match="interrupted"):
        warnings.simplefilter("error")
        mlp.fit(X, Y)
    assert len(mlp.estimators_) == 2


def test_interrupted_within_a_probe_the_fit_ends(monkeypatch):
    begun = interrupt_epoch(monkeypatch, 3, "signal")  # the last of the probe
    with pytest.raises(KeyboardInterrupt):
        make(time_limit=99.0).fit(X, Y)
    assert len(begun) == 3


def test_members_of_before_stay_if_training_that_goes_on_is_interrupted(monkeypatch):
    mlp = make(warm_start=True).fit(X, Y)
    interrupt_epoch(monkeypatch, 6, "signal")
    with pytest.warns(ConvergenceWarning, match="2 of 3 members"):
        mlp.fit(X, Y)
    assert [len(member.loss_curve_) for member in mlp.estimators_] == [8, 5, 4]


def test_an_interrupted_lbfgs_ends_training_too(monkeypatch):
    real, calls = lbfgs.Objective.smooth, []

    def smooth(self, theta):
        calls.append(1)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return real(self, theta)

    monkeypatch.setattr(lbfgs.Objective, "smooth", smooth)
    with pytest.warns(ConvergenceWarning, match="1 of 3 members"):
        mlp = make(solver="lbfgs", max_iter=500, early_stopping=False).fit(X, Y)
    assert len(mlp.estimators_) == 1


def test_ctrl_c_ends_members_in_other_threads(monkeypatch):
    real, far = stochastic.learning_rate, set()

    def learning_rate(settings, state):
        if state.epoch == 3:
            far.add(threading.get_ident())
            if len(far) == 2:
                signal.raise_signal(signal.SIGINT)  # of which the main thread takes note
        return real(settings, state)

    monkeypatch.setattr(stochastic, "learning_rate", learning_rate)
    mlp = make(n_members=4, n_jobs=2, max_iter=10**6)
    with pytest.warns(ConvergenceWarning, match="2 of 4 members") as caught:
        mlp.fit(X, Y)
    assert len(caught) == 1
    assert len(mlp.estimators_) == 2
    assert all(3 <= member.n_iter_ < 10**6 for member in mlp.estimators_)


def test_ctrl_c_in_the_first_epochs_of_all_threads_changes_nothing(monkeypatch):
    fitted = make(n_jobs=2).fit(X, Y)
    before, real = dict(vars(fitted)), stochastic.learning_rate

    def learning_rate(settings, state):
        signal.raise_signal(signal.SIGINT)
        until = time.monotonic() + 10
        while not interrupts._keyboard.is_noted and time.monotonic() < until:
            time.sleep(0.01)
        return real(settings, state)

    monkeypatch.setattr(stochastic, "learning_rate", learning_rate)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(X, Y)
    assert all(vars(fitted)[name] is value for name, value in before.items())


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_line_tells_of_each_member(n_jobs, capsys):
    make(verbose=True, n_jobs=n_jobs).fit(X, Y)
    lines = sorted(capsys.readouterr().out.splitlines())
    assert len(lines) == 3
    for i, line in enumerate(lines, start=1):
        assert line.startswith(f"Member {i} of 3  epochs    4  loss 0.")
        assert "lowest validation loss 0." in line and line.endswith(" s")


def test_without_verbose_nothing_is_printed(capsys):
    make(time_limit=9.0).fit(X, Y)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_members_that_warn_alike_do_so_once_at_the_line_of_the_user(n_jobs):
    with pytest.warns() as caught:
        make(solver="lbfgs", max_iter=3, early_stopping=False, n_jobs=n_jobs).fit(X, Y)
    (warning,) = caught
    assert warning.category is ConvergenceWarning
    assert str(warning.message).startswith("Members 1, 2, 3 of 3: Maximum iterations (3) reached")
    assert warning.filename == __file__


def test_warnings_say_which_members_they_are_about():
    diversity = [{"learning_rate_init": 1e30}, {}, {}]
    with pytest.warns(ConvergenceWarning, match="Member 1 of 3: Training diverged") as caught:
        make(diversity=diversity).fit(X, Y)
    assert len(caught) == 1


def test_a_warning_of_a_member_made_an_error_undoes_no_training():
    mlp = make(solver="lbfgs", max_iter=3, early_stopping=False)
    with warnings.catch_warnings(), pytest.raises(ConvergenceWarning, match="Members 1, 2, 3"):
        warnings.simplefilter("error")
        mlp.fit(X, Y)
    assert len(mlp.estimators_) == 3


@pytest.mark.parametrize(("how", "n_copies"), [("auto", 3), (0.2, 1)])
def test_members_share_the_rows_of_a_common_split(how, n_copies, monkeypatch):
    real, trained_on = training.fit_member, []

    def fit_member(member, rows, *others):
        trained_on.append(rows)
        real(member, rows, *others)

    monkeypatch.setattr(training, "fit_member", fit_member)
    make(validation_fraction=how, n_jobs=2).fit(X, Y)
    assert len(trained_on) == 3 and len({id(rows) for rows in trained_on}) == n_copies


def test_behind_a_deadline_the_first_member_has_one_epoch_and_the_others_none():
    table, split = Table(X, Y, None), Split(np.arange(150), np.arange(150, 200))
    members = [MLPClassifier("8", max_iter=4, random_state=i) for i in range(3)]
    late = time.perf_counter()
    ending = training.fit_members(members, table, [split] * 3, None, n_jobs=1, deadline=late)
    assert [report.has_learned for report in ending.reports] == [True, False, False]
    assert members[0].n_iter_ == 1 and not ending.is_interrupted

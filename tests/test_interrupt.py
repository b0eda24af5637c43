"""Ctrl-C during a fit: the best epoch is kept, or the estimator stays as it was."""

import signal

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from skreg import MLPClassifier
from skreg._training import monitor, stochastic

X, Y = make_classification(300, 10, random_state=0)


class Interrupt:
    """Wraps a function so that its n-th call is interrupted."""

    def __init__(self, function, call):
        self.function, self.call, self.calls = function, call, 0

    def __call__(self, *args):
        self.calls += 1
        if self.calls == self.call:
            raise KeyboardInterrupt
        return self.function(*args)


def make(**params):
    return MLPClassifier((8,), batch_size=50, random_state=0, n_iter_no_change=99, **params)


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}], ids=str)
def test_an_interrupted_fit_is_one_that_ended_an_epoch_before(monkeypatch, params):
    whole = make(max_iter=4, **params).fit(X, Y)
    interrupt = Interrupt(stochastic.learning_rate, 5)
    monkeypatch.setattr(stochastic, "learning_rate", interrupt)
    mlp = make(max_iter=50, **params)
    with pytest.warns(ConvergenceWarning, match="interrupted by user after 4 epochs"):
        mlp.fit(X, Y)
    assert mlp.n_iter_ == 4
    assert mlp.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(mlp.coefs_[0], whole.coefs_[0])
    assert mlp.score(X, Y) == whole.score(X, Y)


def test_an_interruption_between_epochs_undoes_the_unfinished_record(monkeypatch):
    monkeypatch.setattr(monitor, "reduce_rate", Interrupt(monitor.reduce_rate, 1))
    mlp = make(max_iter=50, tol=10.0, learning_rate="adaptive").set_params(n_iter_no_change=3)
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        mlp.fit(X, Y)
    assert len(mlp.loss_curve_) == mlp.n_iter_


def test_the_best_epoch_is_kept_when_the_last_is_worse(monkeypatch):
    params = {"solver": "sgd", "learning_rate_init": 0.5, "momentum": 0.99}
    curve = make(max_iter=12, **params).fit(X, Y).loss_curve_
    best = int(np.argmin(curve)) + 1
    assert best < 12, "the curve has to go up for this test"
    monkeypatch.setattr(stochastic, "learning_rate", Interrupt(stochastic.learning_rate, 13))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        interrupted = make(max_iter=50, **params).fit(X, Y)
    monkeypatch.undo()
    at_best = make(max_iter=best, **params).fit(X, Y)
    np.testing.assert_array_equal(interrupted.coefs_[0], at_best.coefs_[0])


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("warm_start", [False, True])
def test_interrupted_in_the_first_epoch_the_estimator_stays_as_it_was(
    monkeypatch, fitted, warm_start
):
    mlp = make(max_iter=3, warm_start=warm_start)
    if fitted:
        mlp.fit(X, Y)
    before = dict(vars(mlp))
    proba = mlp.predict_proba(X) if fitted else None
    monkeypatch.setattr(stochastic, "learning_rate", Interrupt(stochastic.learning_rate, 1))
    with pytest.raises(KeyboardInterrupt):
        mlp.fit(X, Y)
    assert vars(mlp).keys() == before.keys()
    if fitted:
        np.testing.assert_array_equal(mlp.predict_proba(X), proba)


def test_going_on_after_an_interruption_equals_no_interruption(monkeypatch):
    whole = make(max_iter=7).fit(X, Y)
    monkeypatch.setattr(stochastic, "learning_rate", Interrupt(stochastic.learning_rate, 5))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        mlp = make(max_iter=7, warm_start=True).fit(X, Y)
    monkeypatch.undo()
    mlp.set_params(max_iter=3).fit(X, Y)
    np.testing.assert_array_equal(mlp.coefs_[0], whole.coefs_[0])


def test_a_signal_is_answered_in_the_middle_of_a_long_fit():
    mlp = MLPClassifier((64,), max_iter=10**6, tol=0.0, n_iter_no_change=np.inf, random_state=0)
    MLPClassifier((64,), max_iter=1).fit(X, Y)  # compiled before the clock runs

    def interrupt(signum, frame):
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.warns(ConvergenceWarning, match="interrupted"):
            mlp.fit(X, Y)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert mlp.score(X, Y) > 0.9


def test_an_interrupted_lbfgs_keeps_its_best_iterate(monkeypatch):
    from skreg._training import lbfgs

    real = lbfgs.Objective.smooth
    interrupt = Interrupt(real, 12)
    monkeypatch.setattr(lbfgs.Objective, "smooth", lambda self, theta: interrupt(self, theta))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        mlp = make(solver="lbfgs").fit(X, Y)
    assert 1 <= mlp.n_iter_ < 12
    assert mlp.loss_curve_[-1] < mlp.loss_curve_[0]

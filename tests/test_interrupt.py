"""Ctrl-C during a fit: the best epoch is kept, or the estimator stays as it was."""

import signal

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from skreg import MLPClassifier
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training import lbfgs, monitor, stochastic

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


def fresh_moments(mlp):
    """Whether the moments and the count of steps are those of a start."""
    state = mlp._training_state
    return state["n_steps"] == 0 and not state["first"].any() and not state["second"].any()


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_an_unfinished_epoch_is_undone_to_the_best_with_moments_of_a_start(monkeypatch, solver):
    whole = make(max_iter=4, solver=solver).fit(X, Y)
    assert whole.loss_curve_[-1] == min(whole.loss_curve_), "the last has to be the best"
    assert not fresh_moments(whole)
    monkeypatch.setattr(stochastic, "learning_rate", Interrupt(stochastic.learning_rate, 5))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        mlp = make(max_iter=9, solver=solver, warm_start=True).fit(X, Y)
    assert fresh_moments(mlp)
    state, other = mlp._training_state, whole._training_state
    np.testing.assert_array_equal(state["theta"], other["theta"])
    assert all(state[name] == other[name] for name in ("epoch", "t", "mass", "loss_curve"))


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_training_goes_on_after_an_interruption(monkeypatch, solver):
    monkeypatch.setattr(stochastic, "learning_rate", Interrupt(stochastic.learning_rate, 5))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        mlp = make(max_iter=7, solver=solver, warm_start=True).fit(X, Y)
    monkeypatch.undo()
    loss = mlp.loss_
    mlp.set_params(max_iter=20).fit(X, Y)
    assert len(mlp.loss_curve_) == 4 + 20
    assert mlp._training_state["epoch"] == 24
    assert mlp.loss_ < loss


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_an_interrupted_partial_fit_leaves_everything_as_it_was(monkeypatch, solver):
    mlp = make(solver=solver).partial_fit(X, Y, [0, 1])
    theta, before = mlp._training_state["theta"].copy(), dict(vars(mlp))
    monkeypatch.setattr(stochastic, "learning_rate", Interrupt(stochastic.learning_rate, 1))
    with pytest.raises(KeyboardInterrupt):
        mlp.partial_fit(X, Y)
    assert vars(mlp).keys() == before.keys()
    assert all(vars(mlp)[name] is value for name, value in before.items())
    np.testing.assert_array_equal(mlp._training_state["theta"], theta)


class Spoil:
    """Wraps the rate of the n-th epoch so that it makes the weights overflow."""

    def __init__(self, function, call):
        self.function, self.call, self.calls = function, call, 0

    def __call__(self, *args):
        self.calls += 1
        return np.inf if self.calls == self.call else self.function(*args)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_a_diverged_epoch_is_undone_to_the_best_with_moments_of_a_start(
    monkeypatch, solver, early_stopping
):
    params = {"solver": solver, "early_stopping": early_stopping}
    whole = make(max_iter=4, **params).fit(X, Y)
    monkeypatch.setattr(stochastic, "learning_rate", Spoil(stochastic.learning_rate, 5))
    with pytest.warns(ConvergenceWarning, match="diverged.*after 4 epochs"):
        mlp = make(max_iter=9, **params).fit(X, Y)
    assert mlp.n_iter_ == 4
    assert mlp.loss_curve_ == whole.loss_curve_
    assert mlp.validation_scores_ == whole.validation_scores_
    assert fresh_moments(mlp)
    best = whole._training_state["best_theta"]
    np.testing.assert_array_equal(mlp._training_state["theta"], best)
    np.testing.assert_array_equal(mlp.coefs_[0].ravel(), best[: mlp.coefs_[0].size])


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_diverged_in_the_first_epoch_the_initial_weights_are_kept(monkeypatch, solver):
    initial = make(max_iter=1, solver=solver, learning_rate_init=1e-300).fit(X, Y)
    monkeypatch.setattr(stochastic, "learning_rate", Spoil(stochastic.learning_rate, 1))
    with pytest.warns(ConvergenceWarning, match="diverged.*after 0 epochs"):
        mlp = make(max_iter=9, solver=solver).fit(X, Y)
    assert mlp.loss_curve_ == []
    np.testing.assert_array_equal(mlp.coefs_[0], initial.coefs_[0])
    assert np.isfinite(mlp.predict_proba(X)).all()


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
    real = lbfgs.Objective.smooth
    interrupt = Interrupt(real, 12)
    monkeypatch.setattr(lbfgs.Objective, "smooth", lambda self, theta: interrupt(self, theta))
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        mlp = make(solver="lbfgs").fit(X, Y)
    assert 1 <= mlp.n_iter_ < 12
    assert mlp.loss_curve_[-1] < mlp.loss_curve_[0]

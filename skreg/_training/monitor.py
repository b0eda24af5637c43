"""What happens between two epochs: curves, the best weights, and when to stop."""

import threading
import time
from contextlib import contextmanager

import numpy as np

from skreg._interrupts import answered
from skreg._training.curves import extend, last_of
from skreg._training.schedules import learning_rate, reduce_rate

_limits = threading.local()


@contextmanager
def until(deadline):
    """Fits in this thread end with the first epoch behind a deadline of `time.perf_counter`."""
    before, _limits.deadline = getattr(_limits, "deadline", np.inf), deadline
    try:
        yield
    finally:
        _limits.deadline = before


class Hooks:
    """What others want to do around each epoch: here nothing."""

    def begin_epoch(self, state):
        """Called before an epoch with the state so far."""

    def end_epoch(self, state):
        """Called after an epoch with its state; returns whether training should stop."""
        return False

    def abandon_epoch(self):
        """Called in place of `end_epoch` where an epoch is undone."""


class Monitor:
    """Record each epoch in the state, and decide whether there is to be another.

    Parameters
    ----------
    validate : callable(theta) -> (float, float), or None
        The loss and the score on validation data, where there are any.

    hooks : Hooks
    """

    def __init__(self, settings, validate=None, hooks=None):
        self.settings, self.validate, self.hooks = settings, validate, hooks or Hooks()
        self._started, self._done = time.perf_counter(), 0
        self._deadline = getattr(_limits, "deadline", np.inf)

    def begin_epoch(self, state):
        self._rate = learning_rate(self.settings, state)
        with answered:
            self.hooks.begin_epoch(state)

    def abandon_epoch(self):
        """In place of `record`, where an epoch is undone."""
        with answered:
            self.hooks.abandon_epoch()

    def record(self, state, loss):
        """Add an epoch to the state."""
        theta, validated = state.settled(self.settings), None
        if self.validate is not None:
            with answered:
                validated = self.validate(theta)
        state.loss_curve = extend(state.loss_curve, loss)
        if validated is not None:
            state.validation_loss_curve = extend(state.validation_loss_curve, validated[0])
            state.validation_scores = extend(state.validation_scores, validated[1])
        improved = self._record_best(state, theta)
        state.n_without_improvement = 0 if improved else state.n_without_improvement + 1
        self._done += 1
        if self.settings.verbose:
            print(self._describe(state))

    def is_over(self, state):
        """Whether the epoch that was recorded should be the last."""
        with answered:
            is_stopped = self.hooks.end_epoch(state)
        is_late = time.perf_counter() >= self._deadline
        return is_stopped | is_late | self._has_had_enough(state)

    def _record_best(self, state, theta):
        """Keep the weights if they are the best so far; returns whether they improved by tol."""
        tol, by_score = self.settings.tol, self.settings.early_stopping
        loss = last_of(state.loss_curve)
        is_best, improved = loss < state.best_loss, not loss > state.best_loss - tol
        if is_best:
            state.best_loss = loss
        if self.validate is not None:
            now = last_of(state.validation_scores), -last_of(state.validation_loss_curve)
            before = state.best_score, -state.best_validation_loss  # which tells equal scores apart
            if by_score:
                is_best, improved = now > before, not now[0] < before[0] + tol
            if now > before:
                state.best_score, state.best_validation_loss = now[0], -now[1]
        if is_best:
            np.copyto(state.best_theta, theta)
        return improved

    def _has_had_enough(self, state):
        has_own_test = not (self.settings.is_stochastic or self.settings.early_stopping)
        if has_own_test or state.n_without_improvement <= self.settings.n_iter_no_change:
            return False
        if reduce_rate(self.settings, state):
            state.n_without_improvement = 0
            return False
        return True

    def _describe(self, state):
        """A line of the epoch, the losses, the score, the rate and the seconds so far."""
        title = "Epoch" if self.settings.is_stochastic else "Iteration"
        parts = [f"{title} {self._done:4d}", f"loss {last_of(state.loss_curve):.6f}"]
        if self.validate is not None:
            parts.append(f"validation loss {last_of(state.validation_loss_curve):.6f}")
            parts.append(f"score {last_of(state.validation_scores):.4f}")
        if self.settings.is_stochastic:
            parts.append(f"rate {self._rate:.2e}")
        return "  ".join([*parts, f"{time.perf_counter() - self._started:.1f} s"])

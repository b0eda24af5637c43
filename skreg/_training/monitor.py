"""What happens between two epochs: curves, the best weights, and when to stop."""

import time

import numpy as np

from skreg._training.schedules import learning_rate, reduce_rate


class Hooks:
    """What others want to do around each epoch: here nothing."""

    def begin_epoch(self, theta):
        """Called before an epoch with the weights so far."""

    def end_epoch(self, theta):
        """Called after an epoch with its weights; returns whether training should stop."""
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

    def begin_epoch(self, state):
        self._rate = learning_rate(self.settings, state)
        self.hooks.begin_epoch(state.theta)

    def end_epoch(self, state, loss):
        """Record an epoch; returns whether training should stop."""
        theta = state.settled(self.settings)
        state.loss_curve.append(loss)
        if self.validate is not None:
            of_validation, score = self.validate(theta)
            state.validation_loss_curve.append(of_validation)
            state.validation_scores.append(score)
        improved = self._record_best(state, theta)
        state.n_without_improvement = 0 if improved else state.n_without_improvement + 1
        self._done += 1
        if self.settings.verbose:
            print(self._describe(state))
        return self.hooks.end_epoch(theta) | self._has_had_enough(state)

    def _record_best(self, state, theta):
        """Keep the weights if they are the best so far; returns whether they improved by tol."""
        if not self.settings.early_stopping:
            loss, best = state.loss_curve[-1], state.best_loss
            if loss < best:
                state.best_loss = loss
                np.copyto(state.best_theta, theta)
            return not loss > best - self.settings.tol
        score, best = state.validation_scores[-1], state.best_score
        now = score, -state.validation_loss_curve[-1]  # of equal scores, the smaller loss is better
        if now > (best, -state.best_validation_loss):
            state.best_score, state.best_validation_loss = score, -now[1]
            np.copyto(state.best_theta, theta)
        return not score < best + self.settings.tol

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
        parts = [f"{title} {self._done:4d}", f"loss {state.loss_curve[-1]:.6f}"]
        if self.validate is not None:
            parts.append(f"validation loss {state.validation_loss_curve[-1]:.6f}")
            parts.append(f"score {state.validation_scores[-1]:.4f}")
        if self.settings.is_stochastic:
            parts.append(f"rate {self._rate:.2e}")
        return "  ".join([*parts, f"{time.perf_counter() - self._started:.1f} s"])

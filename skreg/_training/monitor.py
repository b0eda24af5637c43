"""What happens between two epochs: curves, the best weights, and when to stop."""

import time

import numpy as np

from skreg._training.schedules import learning_rate, reduce_rate


class Monitor:
    """Record each epoch in the state, and decide whether there is to be another.

    Parameters
    ----------
    score : callable(theta) -> float, or None
        The score on validation data, where training stops by it; else the training loss decides.
    """

    def __init__(self, settings, score=None):
        self.settings, self.score = settings, score
        self._started = time.perf_counter()

    def end_epoch(self, state, loss):
        """Record an epoch; returns whether training should stop."""
        state.loss_curve.append(loss)
        if self.score is None:
            improved = self._record_loss(state, loss)
        else:
            improved = self._record_score(state, self.score(state.settled(self.settings)))
        state.n_without_improvement = 0 if improved else state.n_without_improvement + 1
        if self.settings.verbose:
            self._report(state)
        if state.n_without_improvement <= self.settings.n_iter_no_change:
            return False
        if reduce_rate(self.settings, state):
            state.n_without_improvement = 0
            return False
        return True

    def _record_loss(self, state, loss):
        improved = not loss > state.best_loss - self.settings.tol
        if loss < state.best_loss:
            state.best_loss = loss
            np.copyto(state.best_theta, state.settled(self.settings))
        return improved

    def _record_score(self, state, score):
        state.validation_scores.append(score)
        improved = not score < state.best_score + self.settings.tol
        if score > state.best_score:
            state.best_score = score
            np.copyto(state.best_theta, state.settled(self.settings))
        return improved

    def _report(self, state):
        score = f"  validation score {state.validation_scores[-1]:.4f}" if self.score else ""
        print(
            f"Epoch {state.epoch:4d}  loss {state.loss_curve[-1]:.6f}{score}"
            f"  learning rate {learning_rate(self.settings, state):.2e}"
            f"  {time.perf_counter() - self._started:.1f} s"
        )

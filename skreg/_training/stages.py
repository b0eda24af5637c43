"""Training in stages: a fit that stops at an epoch and later goes on as if it had not stopped.

Anything that fits networks can be fitted in stages: a network, an ensemble, a pipeline, which is
itself fitted anew in each stage. Only the networks inside take up their training where they left it
in the stage before, in the order in which they are fitted. In the end they are what one long fit
makes of them, to the last bit, as `max_iter` and with it all schedules stay as they are:

    stage = Stage(10)
    with stage:
        estimator.fit(X, y)  # its networks are trained for 10 epochs
    with Stage(30, stage.ends):
        clone(estimator).fit(X, y)  # 20 epochs more, on the same rows

All random states of the estimator have to be integers. Only the thread that enters a stage sees it.
"""

import math
import threading
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from skreg._training.outcome import Outcome

_of_thread = threading.local()


class End(NamedTuple):
    """Where the training of a network ended in a stage, in plain arrays, tuples and numbers."""

    state: dict | None  # what to go on from; None to start again
    outcome: Outcome  # of all epochs so far

    @property
    def is_over(self):
        return self.outcome.end != "paused"


class Stage:
    """A context within which networks are trained up to an epoch.

    Parameters
    ----------
    n_epochs : int
        The epoch, counted from the start of training; `max_iter` of a network ends it earlier.

    ends : list, default=()
        `ends` of the stage before, which may come from another process.

    Attributes
    ----------
    ends : list
        What the next stage goes on from: the End of each network that was fitted, or a list of
        those of its members for an ensemble.
    """

    def __init__(self, n_epochs, ends=()):
        self.n_epochs, self._known, self.ends = n_epochs, list(ends), []

    def __enter__(self):
        self._outer = _current()
        _of_thread.stage = self
        return self

    def __exit__(self, *_):
        _of_thread.stage = self._outer

    @property
    def is_over(self):
        """Whether all networks have ended their training, so that further stages change nothing."""
        return all(_is_over(end) for end in self.ends)


def _current():
    return getattr(_of_thread, "stage", None)


def _is_over(end):
    return all(map(_is_over, end)) if isinstance(end, list) else end.is_over


class Turn:
    """The part of a stage that a network, or an ensemble of networks, is trained for.

    Parameters
    ----------
    n_epochs : int or np.inf
        At which epoch to stop.

    begun : End, list or None
        Where it ended in the stage before.

    Attributes
    ----------
    n_done : int
        The epoch that a network goes on from.

    end : End, list or None
        Where it ends now.
    """

    def __init__(self, n_epochs=math.inf, begun=None):
        self.n_epochs, self.begun = n_epochs, begun
        goes_on = isinstance(begun, End) and begun.state
        self.n_done = begun.outcome.n_epochs if goes_on else 0
        self.end: Any = None

    def train(self, run, max_iter, state):
        """Call `run(n_epochs)`, which trains and returns an Outcome, for what is left.

        Parameters
        ----------
        max_iter : int
            Number of epochs of all stages together.

        state : TrainingState or None
            What is trained; None if that is not all that is needed to go on from.

        Returns
        -------
        outcome : Outcome
            That of all stages so far.
        """
        if self.n_epochs == math.inf:
            return run(max_iter)
        if self.n_done and self.begun.is_over:
            outcome = self.begun.outcome
        else:
            outcome = run(min(self.n_epochs, max_iter) - self.n_done)
            outcome = outcome._replace(n_epochs=self.n_done + outcome.n_epochs)
            if outcome.end == "max_iter" and outcome.n_epochs < max_iter:
                outcome = outcome._replace(end="paused")
        self.end = End(state and vars(state), outcome)
        return outcome

    def split(self, n):
        """A context for each of n members, which may be entered in other threads."""
        if self.n_epochs == math.inf:
            return [nullcontext()] * n
        return [Stage(self.n_epochs, [end]) for end in self.begun or [None] * n]

    def join(self, stages):
        """Keep where the members ended, each in its own; returns whether any is to go on."""
        if self.n_epochs == math.inf:
            return False
        self.end = [end for stage in stages for end in stage.ends]
        return not _is_over(self.end)


WHOLE = Turn()  # of a fit without stages


@contextmanager
def begin_turn():
    """The Turn of what is fitted now; what that fits itself does not see the stage."""
    stage = _current()
    if stage is None:
        yield WHOLE
        return
    place = len(stage.ends)
    turn = Turn(stage.n_epochs, stage._known[place] if place < len(stage._known) else None)
    _of_thread.stage = None
    try:
        yield turn
    finally:
        _of_thread.stage = stage
    stage.ends.append(turn.end)

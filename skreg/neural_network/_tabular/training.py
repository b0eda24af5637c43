"""All members of an ensemble are trained in threads; Ctrl-C ends training, not only one member."""

import warnings
from threading import Event
from time import perf_counter
from typing import NamedTuple

from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning

from skreg._interrupts import answer, deferred, following, watch
from skreg._validation import warn_user
from skreg.neural_network._tabular.members import fit_member


class Ending(NamedTuple):
    """How the training of all members ended."""

    is_interrupted: bool
    learned: list  # for each member, whether it ended at least one epoch

    def warn(self):
        """Tell the user of Ctrl-C."""
        if self.is_interrupted:
            message = f"{sum(self.learned)} of {len(self.learned)} members were trained"
            message = f"Training interrupted by user: {message}, each up to its best epoch so far."
            warn_user(message, ConvergenceWarning)


def fit_members(members, table, splits, scoring, *, n_jobs, verbose=False):
    """Fit networks in place, each to the rows of its Split; returns an Ending.

    After Ctrl-C, those in training keep their best epoch and no others are begun. Those that ended
    no epoch are as they were. With `verbose`, a line tells of each member when it is done.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before any member ended an epoch.
    """
    stop, n_members = Event(), len(members)
    with deferred(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Training interrupted", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Without effect", UserWarning)  # the caller's to say
        fit = _Fit(table, scoring, stop, watch())
        learned = Parallel(n_jobs, require="sharedmem")(
            delayed(fit)(member, split, f"Member {i} of {n_members}" if verbose else None)
            for i, (member, split) in enumerate(zip(members, splits), start=1)
        )
        try:
            answer()  # as members in other threads only heard of it
        except KeyboardInterrupt:
            stop.set()
    if not any(learned):
        raise KeyboardInterrupt
    return Ending(stop.is_set(), learned)


class _Fit:
    """Fits a member, unless training was interrupted; returns whether that ended an epoch."""

    def __init__(self, table, scoring, stop, is_interrupted):
        self._table, self._scoring, self._stop = table, scoring, stop
        self._is_interrupted = is_interrupted

    def __call__(self, member, split, title):
        start = perf_counter()
        try:
            with following(self._is_interrupted):
                answer()
                if self._stop.is_set():
                    return False
                fit_member(member, self._table, split, self._scoring)
        except KeyboardInterrupt:
            self._stop.set()
            return False
        if member._was_interrupted:
            self._stop.set()
        if title is not None:
            print(f"{title}  {_describe(member)}  {perf_counter() - start:.1f} s")
        return True


def _describe(member):
    parts = [f"epochs {member.n_iter_:4d}", f"loss {member.loss_:.6f}"]
    if member.validation_loss_curve_:
        parts.append(f"lowest validation loss {min(member.validation_loss_curve_):.6f}")
    return "  ".join(parts)

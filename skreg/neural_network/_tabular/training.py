"""All members of an ensemble are trained in threads; Ctrl-C ends training, not only one member."""

from contextlib import nullcontext
from functools import partial
from itertools import repeat
from threading import Event
from time import perf_counter
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.parallel import Parallel, delayed

from skreg._interrupts import answer, deferred, following, is_part, watch
from skreg._training.monitor import until
from skreg._training.outcome import INTERRUPTED
from skreg._validation import collected_warnings, kind_of_warning, warn_user
from skreg.neural_network._ignored import IGNORED
from skreg.neural_network._tabular.callbacks import EnsembleCallbacks
from skreg.neural_network._tabular.jobs import count_threads
from skreg.neural_network._tabular.members import fit_member

_KNOWN = INTERRUPTED, IGNORED  # warnings that the ensemble gives itself
NO_CALLBACKS = EnsembleCallbacks(None)


class Ending(NamedTuple):
    """How the training of all members ended."""

    is_interrupted: bool
    reports: list  # a Report of each member

    @property
    def n_learned(self):
        return sum(report.has_learned for report in self.reports)

    def warn(self):
        """Tell the user of Ctrl-C, and what members warn of, alike warnings once."""
        n_members, alike = len(self.reports), {}
        for i, report in enumerate(self.reports, start=1):
            for message, category in report.warnings:
                kind = kind_of_warning(message, category)
                alike.setdefault(kind, (message, []))[1].append(str(i))
        for (category, _), (message, numbers) in alike.items():
            which = f"{'Members' if len(numbers) > 1 else 'Member'} {', '.join(numbers)}"
            warn_user(f"{which} of {n_members}: {message}", category)
        if self.is_interrupted:
            message = f"{self.n_learned} of {n_members} members were trained"
            message = f"{INTERRUPTED} by user: {message}, each up to its best epoch so far."
            warn_user(message, ConvergenceWarning)


class Report(NamedTuple):
    """How the training of a member ended."""

    has_learned: bool  # whether it ended at least one epoch
    warnings: list  # of messages and their categories
    seconds: float  # of its thread


def fit_members(members, table, splits, scoring, **how):
    """Fit networks in place, each to the rows of its Split of a Table; see `train_members`."""
    parts_of = share_parts(table, splits)
    return train_members(members, [partial(parts_of, each) for each in splits], scoring, **how)


def train_members(
    members,
    parts,
    scoring,
    *,
    n_jobs,
    verbose=False,
    callbacks=NO_CALLBACKS,
    stages=None,
    deadline=np.inf,
):
    """Fit networks in place; returns an Ending.

    After Ctrl-C, those in training keep their best epoch and no others are begun. Those that ended
    no epoch are as they were. With `verbose`, a line tells of each member when it is done.

    Parameters
    ----------
    parts : list of callable() -> (Table, Table)
        What makes the rows that a network is trained on, and those that it is judged by.

    callbacks : EnsembleCallbacks

    stages : list of context managers, default=None
        What to fit each member within.

    deadline : float
        In seconds of `time.perf_counter`; those in training then end with their epoch, and none but
        the first is begun.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before any member ended an epoch.
    """
    with deferred():
        fit = _Fit(len(members), scoring, watch(), verbose, callbacks, deadline)
        each = zip(range(len(members)), members, parts, stages or repeat(nullcontext()))
        reports = Parallel(count_threads(n_jobs), require="sharedmem")(
            delayed(fit)(*of_one) for of_one in each
        )
        try:
            answer()  # as members in other threads only heard of it
        except KeyboardInterrupt:
            fit.interruption.set()
    ending = Ending(fit.interruption.is_set(), reports)
    if not ending.n_learned or (ending.is_interrupted and is_part()):
        raise KeyboardInterrupt
    return ending


class _Fit:
    """Fits a member, unless training was interrupted or a callback had enough of members."""

    def __init__(self, n_members, scoring, is_interrupted, verbose, callbacks, deadline):
        self._n_members, self._scoring, self._is_interrupted = n_members, scoring, is_interrupted
        self._verbose, self._callbacks, self._deadline = verbose, callbacks, deadline
        self.interruption, self._enough = Event(), Event()

    def __call__(self, i, member, parts, stage):
        start = perf_counter()
        with collected_warnings() as warned, until(self._deadline), stage:
            has_learned = (i == 0 or start < self._deadline) and self._fit(i, member, parts)
        seconds = perf_counter() - start
        if has_learned and self._verbose:
            title = f"Member {i + 1} of {self._n_members}"
            print(f"{title}  {_describe(member)}  {seconds:.1f} s")
        warned = [each for each in warned if not each[0].startswith(_KNOWN)]
        return Report(has_learned, warned, seconds)

    def _fit(self, i, member, parts):
        def fit():
            fit_member(member, *parts(), self._scoring)

        try:
            with following(self._is_interrupted):
                answer()
                if self.interruption.is_set() or self._enough.is_set():
                    return False
                if self._callbacks.fit_member(i, member, fit):
                    self._enough.set()
        except KeyboardInterrupt:
            self.interruption.set()
            return False
        if member._was_interrupted:
            self.interruption.set()
        return True


def share_parts(table, splits):
    """A function of a Split that takes its parts of a table; once, if all splits are one."""

    def take(split):
        return table.take(split.training), table.take(split.left_out)

    if any(split is not splits[0] for split in splits):
        return take
    parts = take(splits[0])
    return lambda split: parts


def _describe(member):
    parts = [f"epochs {member.n_iter_:4d}", f"loss {member.loss_:.6f}"]
    if member.validation_loss_curve_:
        parts.append(f"lowest validation loss {min(member.validation_loss_curve_):.6f}")
    return "  ".join(parts)

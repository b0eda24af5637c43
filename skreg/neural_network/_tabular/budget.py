"""How many members and epochs fit into a limit of time, by the pace of a short probe."""

from math import ceil
from time import perf_counter

import numpy as np
from sklearn.base import clone, is_classifier

from skreg.neural_network._tabular.finishing import SHARE
from skreg.neural_network._tabular.jobs import count_threads
from skreg.neural_network._tabular.members import Split
from skreg.neural_network._tabular.training import fit_members

_ROWS = 4096  # of a probe, which is to be short for large tables too
_EPOCHS = 2  # of a probe
_SHARE = 0.85  # of the time left that is for training; votes and temperatures need some of it


def fit_into(deadline, members, table, splits, scoring, n_jobs, *, is_finished=False):
    """The members that can be trained up to a deadline, with as many epochs as fit.

    Where not even one epoch of each fits, there are fewer members, but at least one.

    Parameters
    ----------
    deadline : float
        In seconds of `time.perf_counter`.

    members : list of MLPClassifier or MLPRegressor
        Their `max_iter` and `warmup` are lowered in place.

    splits : list of Split, one per member

    is_finished : bool
        Whether members are trained on all rows in the end, for which time is left.
    """
    n_threads, n_rounds = min(count_threads(n_jobs), len(members)), 0.0  # of one epoch
    if perf_counter() < deadline:
        seconds = seconds_per_epoch(members[:n_threads], table, splits[0], scoring, n_jobs)
        n_rounds = max(deadline - perf_counter(), 0) * _SHARE / seconds
        if is_finished:
            n_rounds /= 1 + SHARE * table.n_rows / splits[0].training.size
    n_epochs = n_rounds / ceil(len(members) / n_threads)
    if n_epochs < 1:
        members, n_epochs = members[: max(int(n_rounds) * n_threads, 1)], 1
    for member in members:
        if n_epochs < member.max_iter:
            max_iter = int(n_epochs)  # which a limit without end is never asked for
            member.set_params(max_iter=max_iter, warmup=min(member.warmup, max_iter // 4))
    return members


def seconds_per_epoch(members, table, split, scoring, n_jobs):
    """How long an epoch takes if these members are trained at once, each in a thread."""
    few = Split(_some_of(split.training, table, members[0]), _thin(split.left_out))

    def train(networks, n_epochs):
        fresh = [clone(each).set_params(max_iter=n_epochs) for each in networks]
        start = perf_counter()
        ending = fit_members(fresh, table, [few] * len(fresh), scoring, n_jobs=n_jobs)
        if ending.is_interrupted:
            raise KeyboardInterrupt
        return perf_counter() - start

    train(members[:1], 1)  # which may wait for a compiler
    return train(members, _EPOCHS) / _EPOCHS * split.training.size / few.training.size


def _thin(rows):
    """Every k-th row, for at most _ROWS."""
    return rows[:: ceil(rows.size / _ROWS) or 1]


def _some_of(rows, table, member):
    """Some of the rows; with each class, or the largest target, where the others may lack it."""
    y = table.y[rows]
    extreme = np.unique(y, return_index=True)[1] if is_classifier(member) else y.argmax(axis=0)
    return np.union1d(_thin(rows), rows[extreme])

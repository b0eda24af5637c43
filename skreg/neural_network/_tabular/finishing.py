"""The last epochs of members, on all rows: those that they left out have told what they had to."""

from functools import partial
from time import perf_counter

import numpy as np
from sklearn.base import clone, is_classifier

from skreg.neural_network._fitted import learned_by
from skreg.neural_network._tabular.training import train_members

SHARE = 1 / 8  # of the epochs of a member
_OF_RATE = 1 / 4


def finish_members(members, tables, *, n_jobs, deadline=np.inf):
    """Train members some epochs more, in place, on all rows of their Tables at a low rate.

    Their curves and numbers of epochs stay those of the rows that they were trained on before. If
    interrupted, they stay as they are; returns whether they were. So do those that do not get to
    the end before a deadline of `time.perf_counter`.
    """
    pairs = list(zip(members, tables, strict=True))
    if is_classifier(members[0]):  # those that miss a rare class have no output for it
        classes = np.unique(tables[0].y)
        pairs = [pair for pair in pairs if np.array_equal(pair[0].classes_, classes)]
    if not pairs:
        return False
    finished = [go_on_from(each, epochs_to_finish(each), _OF_RATE) for each, _ in pairs]
    parts = [partial(_all_of, table) for _, table in pairs]
    how = {"n_jobs": n_jobs, "deadline": deadline}
    try:
        was_interrupted = train_members(finished, parts, None, **how).is_interrupted
    except KeyboardInterrupt:
        was_interrupted = True
    is_late = perf_counter() >= deadline
    if not was_interrupted:
        for (member, _), other in zip(pairs, finished, strict=True):
            if not is_late or getattr(other, "n_iter_", 0) == other.max_iter:
                vars(member).update(learned_by(other))
    return was_interrupted


def _all_of(table):
    return table, table.take(np.arange(0))


def epochs_to_finish(member):
    """How many epochs a member is trained on all rows."""
    return max(int(member.n_iter_ * SHARE), 1)


def go_on_from(member, n_epochs, of_rate=1.0):
    """A network that begins where a member ended, at a share of its rate."""
    network = clone(member).set_params(
        max_iter=n_epochs,
        learning_rate_init=member.learning_rate_init * of_rate,
        warmup=1,
        early_stopping=False,  # which would hold rows out
        warm_start=True,  # from the weights below
    )
    vars(network).update(learned_by(member))
    return network

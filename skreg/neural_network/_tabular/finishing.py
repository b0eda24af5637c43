"""The last epochs of members, on all rows: those that they left out have told what they had to."""

import numpy as np
from sklearn.base import clone, is_classifier

from skreg.neural_network._fitted import learned_by
from skreg.neural_network._tabular.members import Split
from skreg.neural_network._tabular.training import fit_members

SHARE = 1 / 8  # of the epochs of a member
_OF_RATE = 1 / 4


def finish_members(members, table, *, n_jobs):
    """Train members some epochs more, in place, on all rows of a Table at a low rate.

    Their curves and numbers of epochs stay those of the rows that they were trained on before. If
    interrupted, they stay as they are; returns whether they were.
    """
    if is_classifier(members[0]):  # those that miss a rare class have no output for it
        classes = np.unique(table.y)
        members = [each for each in members if np.array_equal(each.classes_, classes)]
    if not members:
        return False
    finished = [_go_on_from(member) for member in members]
    rows = np.arange(table.n_rows)
    try:
        splits = [Split(rows, rows[:0])] * len(members)
        was_interrupted = fit_members(finished, table, splits, None, n_jobs=n_jobs).is_interrupted
    except KeyboardInterrupt:
        was_interrupted = True
    if not was_interrupted:
        for member, other in zip(members, finished, strict=True):
            vars(member).update(learned_by(other))
    return was_interrupted


def _go_on_from(member):
    """A network that begins where a member ended."""
    network = clone(member).set_params(
        max_iter=max(int(member.n_iter_ * SHARE), 1),
        learning_rate_init=member.learning_rate_init * _OF_RATE,
        warmup=1,
        early_stopping=False,  # which would hold rows out
        warm_start=True,  # from the weights below
    )
    vars(network).update(learned_by(member))
    return network

"""A member of an ensemble: trained on some rows of an encoded table, judged by those left out."""

from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier


class Table(NamedTuple):
    """Encoded rows, which all members share, and their targets."""

    Z: np.ndarray  # (n_samples, n_encoded), or PiecewiseRows or LazyRows
    y: np.ndarray  # (n_samples,) or (n_samples, n_outputs)
    weights: np.ndarray | None  # (n_samples,)

    @property
    def n_rows(self):
        return self.Z.shape[0]

    def take(self, rows):
        """Copies of some rows (numbers), unless they are lazy."""
        weights = None if self.weights is None else self.weights[rows]
        return Table(self.Z[rows], self.y[rows], weights)


class Split(NamedTuple):
    """Numbers of the rows that a member is trained on, and of those that it is not."""

    training: np.ndarray
    left_out: np.ndarray


def take_left_out(table, splits):
    """Tables of the rows that each Split leaves out; one for all where the splits are one."""
    taken = {id(split): table.take(split.left_out) for split in splits}
    return [taken[id(split)] for split in splits]


def fit_member(member, training, left_out, scoring):
    """Fit a network to a Table; with `scoring`, keep the epoch that is best by another."""
    validation = {}
    if scoring is not None:
        if is_classifier(member):  # of which a rare class may be in the other part alone
            known = np.isin(left_out.y, training.y)
            left_out = left_out.take(np.flatnonzero(known))
        if left_out.n_rows:
            member.set_params(early_stopping=True, scoring=scoring)
            names = "X_val", "y_val", "sample_weight_val"
            validation = dict(zip(names, left_out))
    return member.fit(*training, **validation)


def mean_of_left_out(splits, predictions, n_rows):
    """For each row, the mean of the predictions by members that left it out.

    None if some row was left out by none of them.
    """
    counts = np.bincount(np.concatenate([s.left_out for s in splits]), minlength=n_rows)
    if not counts.all():
        return None
    totals = np.zeros((n_rows, *predictions[0].shape[1:]))
    for split, prediction in zip(splits, predictions):
        totals[split.left_out] += prediction
    return totals / counts.reshape(-1, *[1] * (totals.ndim - 1))


def moments_of_left_out(splits, predictions, votes):
    """The mean and the variance of predictions by the members that left rows out, by their votes.

    Returns
    -------
    rows : ndarray of the numbers of rows that were left out
    mean, variance : ndarray of one prediction for each
    """
    rows = np.unique(np.concatenate([split.left_out for split in splits]))
    places = [np.searchsorted(rows, split.left_out) for split in splits]
    totals = np.bincount(np.concatenate(places), np.repeat(votes, list(map(len, places))))

    def average(values):
        result = np.zeros((rows.size, *values[0].shape[1:]))
        for at, vote, each in zip(places, votes, values, strict=True):
            result[at] += vote * each
        return result / totals.reshape(-1, *[1] * (result.ndim - 1))

    mean = average(predictions)
    squares = [(each - mean[at]) ** 2 for at, each in zip(places, predictions, strict=True)]
    return rows, mean, average(squares)

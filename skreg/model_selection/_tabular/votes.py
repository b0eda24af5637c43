"""Votes of a library of networks: greedy selection with replacement."""

import numpy as np

_FIRST = 2  # of the best by themselves, to begin with
_MORE = 20


def choose_votes(entries, loss):
    """The votes (n_entries,) of entries in the order of their scores (Caruana et al., 2004).

    The best few have one each to begin with, for few rows to decide on less than all.

    Parameters
    ----------
    entries : list of Entry

    loss : callable(prediction) -> float
    """
    predictions = [entry.prediction for entry in entries]
    votes = np.zeros(len(entries), int)
    votes[:_FIRST] = 1
    total = sum(predictions[:_FIRST])
    for _ in range(_MORE):
        n_votes = votes.sum() + 1
        best = np.argmin([loss((total + prediction) / n_votes) for prediction in predictions])
        votes[best] += 1
        total = total + predictions[best]
    return votes

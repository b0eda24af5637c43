"""Votes of members: those that lower the loss of their mean on rows that all of them left out."""

import numpy as np

_ROUNDS = 3  # votes per member, beyond the first of each


def select_votes(predictions, loss):
    """Weights (n_members,) by greedy selection with replacement (Caruana et al., 2004).

    Each member begins with one vote, for few rows to decide on less than all.

    Parameters
    ----------
    predictions : list of ndarray
        Of each member for the same rows.

    loss : callable(prediction) -> float
    """
    votes = np.ones(len(predictions))
    for _ in range(_ROUNDS * len(predictions)):
        total = sum(vote * each for vote, each in zip(votes, predictions))
        losses = [loss((total + each) / (votes.sum() + 1)) for each in predictions]
        votes[np.argmin(losses)] += 1
    return votes / votes.sum()

"""Votes of a library of networks: greedy selection with replacement, on many halves of the rows."""

import numpy as np

_BAGS = 10
_MORE = 12  # votes in each, beside the one that the best has to begin with
_MOST_ROWS = 10_000  # of a half


def choose_votes(entries, judge, seed):
    """The votes (n_entries,) of entries in the order of their scores (Caruana et al., 2004).

    Those of several random halves of the rows are added up, as few rows make the votes of one
    choice hang on chance.

    Parameters
    ----------
    entries : list of Entry

    judge : Judge
    """
    rng, total = np.random.default_rng(seed), np.zeros(len(entries), int)
    predictions = [entry.prediction for entry in entries]
    for rows in judge.halve(rng, _BAGS, _MOST_ROWS):
        total += _choose([each[rows] for each in predictions], judge.loss_on(rows))
    return total


def _choose(predictions, loss):
    """The votes of predictions for the same rows."""
    votes, total = np.zeros(len(predictions), int), 0.0
    for n_votes in range(1, _MORE + 2):
        best = np.argmin([loss((total + prediction) / n_votes) for prediction in predictions])
        votes[best] += 1
        total = total + predictions[best]
    return votes

"""The candidates of a search, and how each is trained step by step: more epochs, or more folds."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from skreg.neural_network._tabular.finishing import go_on_from

GROWTH = 2  # of the epochs from one rung to the next
_FIRST_FOLDS = 2  # to choose by before all others
_OF_EACH_GOING_ON = 3  # candidates, one goes on


@dataclass
class Candidate:
    """A configuration, its networks so far and what they say of the rows that they left out."""

    number: int
    params: dict  # that were drawn
    network: dict  # constructor parameters, without random_state
    n_bins: int
    seeds: list  # of the network of each split
    networks: list = field(default_factory=list)  # one per split; None if it is not yet trained
    predictions: list = field(default_factory=list)  # of each split
    scores: list = field(default_factory=list)  # of each split
    n_epochs: int = 0  # of all networks and rungs together
    seconds: float = 0.0
    history: list = field(default_factory=list)  # the score at each rung so far

    @property
    def rung(self):
        """The last rung whose networks are trained; -1 before the first."""
        return len(self.history) - 1

    @property
    def is_complete(self):
        return all(each is not None for each in self.networks)

    @property
    def is_judged(self):
        """Whether there are predictions to judge it by."""
        return any(each is not None for each in self.predictions)


class Task(NamedTuple):
    """A network to train: the one of a candidate for a split."""

    candidate: Candidate
    split: int
    network: object


class Entry(NamedTuple):
    """The networks of a candidate at one of its rungs, which may vote."""

    candidate: int
    networks: list
    n_bins: int
    predictions: list  # for the rows that each split left out
    score: float

    @property
    def prediction(self):
        """For all rows left out, split by split."""
        return np.concatenate(self.predictions)


class Progress(NamedTuple):
    """How far a search has come, to be continued from."""

    candidates: list
    entries: list  # of candidates at one of their rungs
    n_defaults: int
    random: np.random.RandomState

    def copy(self):
        """The same, of which nothing changes if the other goes on."""
        lists = "networks", "predictions", "scores", "history"
        candidates = [
            replace(each, **{name: list(getattr(each, name)) for name in lists})
            for each in self.candidates
        ]
        return Progress(candidates, list(self.entries), self.n_defaults, deepcopy(self.random))


class EpochRungs:
    """One common split: rungs are epochs, and each begins with the networks of the one before.

    A rung ends with a low learning rate, so candidates can be compared and vote at each. The next
    one begins at the full rate again, and is longer (Loshchilov & Hutter, 2017).
    """

    n_rungs, are_folds = 3, False

    def tasks(self, candidate, member):
        rung = candidate.rung + 1
        if rung == 0:
            network = member(**candidate.network, random_state=candidate.seeds[0])
        else:
            n_epochs = candidate.network["max_iter"] * GROWTH**rung
            network = go_on_from(candidate.networks[0], n_epochs)
        return [Task(candidate, 0, network)]


class FoldRungs:
    """Several splits: the first of them tell which candidates are worth the others."""

    n_rungs, are_folds = 2, True

    def __init__(self, n_splits):
        first = min(_FIRST_FOLDS, n_splits)
        self._splits = range(first), range(first, n_splits)

    def tasks(self, candidate, member):
        return [
            Task(candidate, i, member(**candidate.network, random_state=candidate.seeds[i]))
            for i in self._splits[candidate.rung + 1]
            if candidate.networks[i] is None
        ]


def mean_of(scores):
    """The mean of the scores of the splits that are not None."""
    return float(np.mean([score for score in scores if score is not None]))


def choose_to_promote(candidates, n_rungs):
    """The candidates that go on to the next rung: the best third of those of the highest rung.

    Of the rungs where some are due, the highest comes first, so that good candidates do not wait
    for others (Li et al., 2020). Those that failed do not go on.
    """
    for rung in reversed(range(n_rungs - 1)):
        arrived = [each for each in candidates if each.rung >= rung]
        best = sorted(arrived, key=lambda each: -each.history[rung])[
            : len(arrived) // _OF_EACH_GOING_ON
        ]
        due = [each for each in best if each.rung == rung and np.isfinite(each.history[rung])]
        if due:
            return due
    return []

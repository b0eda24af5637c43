"""How long networks will take, by how long others took."""

from itertools import pairwise
from math import prod

from skreg.neural_network._settings import resolve_hidden_units

_OF_INPUT = 64  # units that the encoded columns cost as much as
_OF_ROW = 20_000  # products that all else in a row costs as much as


class Pace:
    """Seconds of a thread for a unit of work."""

    def __init__(self, n_threads):
        self._n_threads, self._seconds, self._work = n_threads, 0.0, 0.0

    def learn(self, seconds, work):
        """Take note of the seconds that a network took."""
        self._seconds += seconds
        self._work += work

    def count_fitting(self, works, seconds):
        """How many of these pieces of work, in their order, are done within some seconds."""
        return sum(end <= seconds for end in self._ends(works))

    def predict(self, works):
        """Seconds until all of these are done."""
        return max(self._ends(works), default=0.0)

    def _ends(self, works):
        """When the threads, each of which takes the next piece once it is free, are done so far."""
        busy, ends = [0.0] * self._n_threads, []
        for work in works:
            busy[busy.index(min(busy))] += work * self._seconds / self._work
            ends.append(max(busy))
        return ends


def work_of(network, n_rows):
    """About how many products there are in the training of a network on so many rows."""
    units = _OF_INPUT, *resolve_hidden_units(network.hidden_layer_sizes)
    return network.max_iter * n_rows * (_OF_ROW + sum(map(prod, pairwise(units))))

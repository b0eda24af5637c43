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

    def choose_fitting(self, pieces, seconds):
        """Numbers of the pieces of work, in their order, that are done within some seconds.

        Those that would take longer are left out in favor of others behind them.

        Parameters
        ----------
        pieces : list of list of float
            The works of the networks of each.
        """
        chosen, busy = [], [0.0] * self._n_threads
        for i, works in enumerate(pieces):
            with_it = self._add(busy, works)
            if max(with_it) <= seconds:
                chosen.append(i)
                busy = with_it
        return chosen

    def predict(self, works):
        """Seconds until all of these are done."""
        return max(self._add([0.0] * self._n_threads, works))

    def _add(self, busy, works):
        """How long each thread is busy if the one that is free first takes the next work."""
        busy = list(busy)
        for work in works:
            busy[busy.index(min(busy))] += work * self._seconds / self._work
        return busy


def work_of(network, n_epochs, n_rows):
    """About how many products there are in some epochs of a network over so many rows."""
    units = _OF_INPUT, *resolve_hidden_units(network.hidden_layer_sizes)
    return n_epochs * n_rows * (_OF_ROW + sum(map(prod, pairwise(units))))

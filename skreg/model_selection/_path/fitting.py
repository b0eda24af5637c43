"""The networks of all folds and points, trained in threads; each begins where another ended.

Paths go from weak to strong penalties: networks lose weights that they do not need, while those
that begin at zero cannot leave it, since every weight has a derivative of zero there.
"""

from __future__ import annotations

from functools import partial
from heapq import heapify, heappop, heappush
from math import ceil
from threading import Condition, Event
from typing import NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import is_classifier
from sklearn.utils.parallel import Parallel, delayed

from skreg._interrupts import answer, as_part, deferred, following, is_part, watch
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._validation import collected_warnings
from skreg.model_selection._path.grid import Grid
from skreg.neural_network._base import BaseMLP
from skreg.neural_network._fitted import learned_by
from skreg.neural_network._judging import judge
from skreg.neural_network._settings import resolve_batch_size

_FEWEST_STEPS = 200  # of the optimizer, so that weights have a chance to become zero
_SHARE = 10  # of `max_iter`: a tenth


class Fit(NamedTuple):
    """What is known of the network of a fold at a point."""

    score: float
    sparsity: float
    n_iter: int
    said: np.ndarray  # of the rows that were left out, see `say`


class Recipe(NamedTuple):
    """How the network of a point is trained."""

    network: BaseMLP  # with the parameters that all points share
    grid: Grid
    path_max_iter: int  # epochs of a network that goes on from another one

    def make(self, point, learned=None):
        """The network of a point, which is to go on from what another one has learned, if any."""
        params = self.network.get_params(deep=False) | self.grid.params(point)
        if learned:
            warmup = min(self.network.warmup, self.path_max_iter // 4)
            params |= {"max_iter": self.path_max_iter, "warmup": warmup, "warm_start": True}
        network = type(self.network)(**params)
        vars(network).update(learned or {})
        return network


def find_max_iter(network, path_max_iter, n_rows):
    """Most epochs of a network that goes on from another one."""
    max_iter = network.max_iter
    if path_max_iter is None or network.solver not in OPTIMIZERS:
        return max_iter  # L-BFGS sees by itself when it is done
    if path_max_iter != "auto":
        return path_max_iter
    n_steps = ceil(n_rows / resolve_batch_size(network.batch_size, n_rows, warn=False))
    return min(max(ceil(_FEWEST_STEPS / n_steps), max_iter // _SHARE), max_iter)


def fit_all(recipe, rows, splits, *, n_jobs, progress):
    """Fit a network for each point to each Split of PathRows.

    Parameters
    ----------
    progress : Progress

    Returns
    -------
    fits : dict of (fold, point) to Fit
        All of them, unless they were interrupted or stopped.

    warnings : list of (str, Warning)

    is_interrupted : bool

    Raises
    ------
    KeyboardInterrupt
        If interrupted as a part of something longer.
    """
    raises = is_part()
    with deferred(), as_part():
        queue = _Queue(recipe, rows, splits, watch(), progress)
        n_workers = min(effective_n_jobs(n_jobs), len(splits) * len(recipe.grid.points))
        work = (delayed(queue.work)() for _ in range(n_workers))
        warned = Parallel(n_jobs, require="sharedmem")(work)
        try:
            answer()  # as those in other threads only heard of it
        except KeyboardInterrupt:
            queue.is_interrupted.set()
    is_interrupted = queue.is_interrupted.is_set()
    if is_interrupted and raises:
        raise KeyboardInterrupt
    return queue.fits, [each for some in warned for each in some], is_interrupted


class _Queue:
    """Networks that can be trained now, those with the weakest penalties first, of all folds."""

    def __init__(self, recipe, rows, splits, watched, progress):
        self._recipe, self._rows, self._splits = recipe, rows.share(recipe.network), splits
        self._watched, self._progress = watched, progress
        self.fits, self.is_interrupted = {}, Event()
        self._changed, self._is_over, self._n_running, self._learned = Condition(), False, 0, {}
        grid = recipe.grid
        self._ways = {point: len(grid.way_to(point)) for point in grid.points}
        self._next = {point: [] for point in grid.points}
        for point in grid.points:
            if (before := grid.weaker(point)) is not None:
                self._next[before].append(point)
        firsts = [point for point in grid.points if grid.weaker(point) is None]
        self._ready = [(1, fold, point) for fold in range(len(splits)) for point in firsts]
        heapify(self._ready)

    def work(self):
        """Train networks until none is left; returns what they warned of."""
        with collected_warnings() as warned, following(self._watched):
            try:
                while (task := self._take()) is not None:
                    self._fit(*task)
            except BaseException as error:
                self._end()
                if not isinstance(error, KeyboardInterrupt):
                    raise
                self.is_interrupted.set()
        return warned

    def _end(self):
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _take(self):
        """The next task, once there is one; None if there will be none."""
        with self._changed:
            while not (self._ready or self._is_over) and self._n_running:
                self._changed.wait()
            if self._is_over or not self._ready:
                return None
            self._n_running += 1
            _, fold, point = heappop(self._ready)
            before = fold, self._recipe.grid.weaker(point)
            learned, n_left = self._learned.pop(before, (None, 0))
            if n_left > 1:
                self._learned[before] = learned, n_left - 1
            return fold, point, learned

    def _fit(self, fold, point, learned):
        answer()
        split, network = self._splits[fold], self._recipe.make(point, learned)
        fit = partial(self._rows.take(split.training).fit, network)
        has_enough = self._progress.train(fold, point, network, fit)
        judged, next_points = _judge(network, self._rows.take(split.left_out)), self._next[point]
        with self._changed:
            self.fits[fold, point] = judged
            self._progress.tell(fold, point, judged)
            if next_points:
                self._learned[fold, point] = learned_by(network), len(next_points)
            for other in next_points:
                heappush(self._ready, (self._ways[other], fold, other))
            self._n_running -= 1
            self._is_over |= bool(has_enough)
            self._changed.notify_all()


def _judge(network, left_out):
    score = judge(network, left_out.X, left_out.y, left_out.weights)
    if np.isneginf(score):  # of outputs that are not finite, or of a scorer
        said = None
    else:
        said = say(network, left_out.X)
    return Fit(score, sparsity_of(network), network.n_iter_, said)


def say(network, X):
    """Predictions or probabilities; for `loss="gaussian"`, means and variances in a last axis."""
    if is_classifier(network):
        return network.predict_proba(X)
    if network.loss == "gaussian":
        return np.stack(network._predict_mean_and_variance(X), axis=-1)
    return network.predict(X)


def sparsity_of(network):
    """The share of zeros among all weights."""
    return float(np.average(network.sparsity_, weights=[coef.size for coef in network.coefs_]))

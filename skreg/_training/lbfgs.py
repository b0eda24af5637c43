"""Training on all rows at once by SciPy's L-BFGS-B (Byrd, Lu, Nocedal & Zhu, 1995).

L1 is made smooth by splitting the weights, W = P − N with P, N ≥ 0: the penalty is l1·Σ(P + N), and
weights are exactly zero where both parts end on their bounds.
"""

from contextlib import suppress
from itertools import count, repeat

import numpy as np
from scipy.optimize import Bounds, minimize

from skreg._compiler.jit import SameTypes
from skreg._interrupts import answer, deferred, is_part
from skreg._kernels.entries import add_loss_and_gradient
from skreg._products.small_products import DEEPEST, most_products
from skreg._products.threads import single_blas_thread
from skreg._training.arguments import make_net, make_scratch, make_work
from skreg._training.curves import last_of
from skreg._training.data import MOST_PRODUCTS
from skreg._training.distinct import distinct_rows
from skreg._training.outcome import Outcome
from skreg._training.rows import rows_of
from skreg._training.rows.copies import gather
from skreg._training.segments import numbers_per_place
from skreg._training.state import Undo

_TILE_BYTES = 1 << 18  # of the widest layer: rows that go through the network at once
_LEAST_ROWS = 64  # of a tile
_KEPT_BYTES = 1 << 23  # the same of all rows, up to which they are gathered only once
_MEMORY = 15  # steps that tell of curvature; with SciPy's 10, fits need more iterations
_FTOL_BY_TOL = 2.2e-5  # SciPy's relative tolerance of J at the default tol, and tighter with it


class Objective:
    """J and its gradient, as functions of theta in float64, computed in the dtype of the data.

    It remembers the least J that it has seen, `best_value`, and where, `best_theta`.
    """

    best_theta, best_value = None, np.inf

    def __init__(self, settings, layout, data, dtype):
        self.layout, self.data, self.dtype = layout, data, dtype
        self.order, self.weights = distinct_rows(data)
        self.net = make_net(layout, settings, 0, dtype)
        self.l1, self.l2 = (numbers_per_place(layout, settings, name) for name in ("l1", "l2"))
        self.rows = rows_of(data.X)
        widest = max(self.rows.bytes_per_row, max(layout.units[1:]) * dtype.itemsize)
        self.tile = min(self.order.size, _rows_of_tile(layout, widest, dtype))
        self.work = make_work(layout, settings, self.tile, dtype)
        self.scratch = make_scratch(layout, settings, data.X, self.tile)
        mass = np.sum(self.weights, dtype=np.float64)  # in an order of the contents
        self.gradient, self.scale = np.empty(layout.size, dtype), dtype.type(1 / mass)
        self.add = SameTypes(add_loss_and_gradient[self.rows.form][dtype])
        is_small = self.order.size * widest <= _KEPT_BYTES
        most_tiles = max(1, MOST_PRODUCTS // (layout.n_weights * self.tile))
        self.block = min(self.order.size, most_tiles * self.tile) if is_small else self.tile
        self.memory = self.kept = None
        if is_small:
            self.kept = list(self._gather_blocks(self._new_memory() for _ in count()))
        else:
            self.memory = self._new_memory()

    def _new_memory(self):
        """What gathers X, and room for Y."""
        n_targets = self.data.Y.shape[1]
        return self.rows.gatherer(self.block), np.empty((self.block, n_targets), self.dtype)

    def _gather_blocks(self, memories):
        """All rows in blocks of whole tiles, each in the next of the memories."""
        starts = range(0, self.order.size, self.block)
        for start, (gather_X, Y) in zip(starts, memories, strict=False):
            rows = self.order[start : start + self.block]
            weights = self.weights[start : start + self.block]
            yield gather_X(rows), gather(self.data.Y, rows, Y), weights

    def smooth(self, theta):
        """loss + ½·l2·‖W‖² and its gradient."""
        with np.errstate(over="ignore"):  # then the loss is infinite too, and the step is undone
            vector, total = theta.astype(self.dtype), 0.0
        self.gradient[:] = 0
        memory = self.net, self.work, self.scratch
        for block in self.kept or self._gather_blocks(repeat(self.memory)):
            total += self.add(vector, self.gradient, *memory, *block, self.scale, self.tile)
            answer()
        shrunk = self.l2 * theta
        return total + 0.5 * (shrunk @ theta), self.gradient + shrunk

    def whole(self, theta):
        """J and its gradient where there is no L1."""
        value, gradient = self.smooth(theta)
        self._keep_best(theta, value)
        return value, gradient

    def split(self, parts):
        """l1·Σ(P + N) + smooth(P − N) and its gradient, given [P | N] with the biases all in P."""
        theta, n_weights = join(parts, self.layout), self.layout.n_weights
        value, gradient = self.smooth(theta)
        l1, weights = self.l1[:n_weights], gradient[:n_weights]
        value += l1 @ np.abs(theta[:n_weights])
        self._keep_best(theta, value)
        gradient = np.concatenate([weights + l1, gradient[n_weights:], l1 - weights])
        return value + self.excess(parts), gradient

    def excess(self, parts):
        """l1·Σ(P + N) − l1·‖P − N‖₁: weights are counted twice where both parts are above zero."""
        n_weights = self.layout.n_weights
        both = np.minimum(parts[:n_weights], parts[self.layout.size :])
        return 2 * float(self.l1[:n_weights] @ both)

    def _keep_best(self, theta, value):
        if value < self.best_value:
            self.best_theta, self.best_value = theta.copy(), float(value)


def _rows_of_tile(layout, widest, dtype):
    """As many as stay in a core's cache; fewer where that makes all products small ones."""
    products = [most_products(n_out, dtype) // (n_in * n_out) for n_in, n_out in layout.shapes]
    small = min(DEEPEST, *products)
    rows = max(_LEAST_ROWS, _TILE_BYTES // widest)
    return min(rows, small) if small >= _LEAST_ROWS else rows


def join(parts, layout):
    """theta = P − N."""
    theta = parts[: layout.size].copy()
    theta[: layout.n_weights] -= parts[layout.size :]
    return theta


def minimize_objective(objective, theta, settings, n_iterations, record):
    """Minimize J from theta; `record(theta, loss)` is called after every iteration.

    Returns SciPy's OptimizeResult.
    """
    layout, has_l1 = objective.layout, any(settings.l1)
    start, bounds, function = theta.astype(np.float64), None, objective.whole
    if has_l1:
        weights = start[: layout.n_weights]
        bias = start[layout.n_weights :]
        start = np.concatenate([np.maximum(weights, 0), bias, np.maximum(-weights, 0)])
        lowest = np.zeros_like(start)
        lowest[layout.n_weights : layout.size] = -np.inf
        bounds, function = Bounds(lowest, np.inf), objective.split

    def callback(intermediate_result):
        x, value = intermediate_result.x, float(intermediate_result.fun)
        if has_l1:
            x, value = join(x, layout), value - objective.excess(x)
        record(x, value)

    with single_blas_thread():
        return minimize(
            function,
            start,
            jac=True,
            bounds=bounds,
            method="L-BFGS-B",
            callback=callback,
            options={
                "maxcor": _MEMORY,
                "maxiter": n_iterations,
                "maxfun": settings.max_fun,
                "gtol": settings.tol,
                "ftol": max(settings.tol * _FTOL_BY_TOL, np.finfo(theta.dtype).eps),
            },
        )


@deferred()
def train_on_all_rows(state, settings, layout, data, monitor, n_iterations):
    """Minimize J from `state.theta`, in place; returns an Outcome.

    Where a search along a line fails, the last iteration is that to the best point it has seen.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before the first iteration ended.
    """
    done, undo, stopped = 0, None, False
    objective = Objective(settings, layout, data, state.theta.dtype)

    def record(theta, loss):
        nonlocal done, undo, stopped
        undo = Undo(state)
        monitor.begin_epoch(state)
        state.epoch += 1
        state.theta[:] = theta
        try:
            monitor.record(state, loss)
            done, undo = done + 1, None
            stopped = monitor.is_over(state)
        except StopIteration as error:  # which SciPy would take for ours
            raise RuntimeError("A scorer or a callback raised StopIteration.") from error
        if stopped:
            raise StopIteration

    try:
        result = minimize_objective(objective, state.theta, settings, n_iterations, record)
        if stopped:
            return Outcome(done, "converged")
        if not np.isfinite(objective.best_value):
            return Outcome(done, "infinite")
        has_failed = result.status != 0 and done < n_iterations
        if done == 0 or (has_failed and objective.best_value < last_of(state.loss_curve)):
            with suppress(StopIteration):
                record(objective.best_theta, objective.best_value)
    except KeyboardInterrupt:
        if done == 0 or is_part():
            raise
        if undo is not None:
            undo.restore(state)
            state.restart_from(state.best_theta)
            monitor.abandon_epoch()
        return Outcome(done, "interrupted")
    ends = {0: "converged", 1: "stalled" if has_failed else "max_iter"}
    return Outcome(done, ends.get(result.status, "stalled"), str(result.message))

"""Training by mini-batches: the epoch loop. What it calls per block is jitted."""

import math
from functools import cache

import numpy as np

from skreg._compiler.jit import SameTypes
from skreg._interrupts import answer, deferred, is_part
from skreg._kernels.entries import train_on_block
from skreg._kernels.losses import LOSSES
from skreg._kernels.penalties import DECAY
from skreg._products.team import Alone, Team, has_large_products
from skreg._products.threads import keep_buffers_touched, single_blas_thread
from skreg._training.arguments import make_net, make_rule, make_scratch, make_segments, make_work
from skreg._training.data import Blocks
from skreg._training.outcome import Outcome
from skreg._training.predict import predict
from skreg._training.schedules import SCHEDULES, learning_rate
from skreg._training.state import Undo

_ORDINARY_WEIGHT = 100.0  # smaller ones do not make outputs overflow where the loss did not


class Epoch:
    """One pass over the data, with everything that it needs made once per fit."""

    def __init__(self, state, settings, layout, data, n_threads):
        dtype = state.theta.dtype
        self.settings, self.layout, self.data = settings, layout, data
        self.scalar = dtype.type
        self.blocks = Blocks(
            data,
            settings.batch_size,
            settings.shuffle,
            state.seed,
            n_weights=layout.n_weights,
            augmenter=settings.augmenter,
        )
        is_large = has_large_products(layout.shapes, settings.batch_size)
        self.team = Team(dtype, n_threads) if is_large else Alone(dtype)
        self.train_on_block = _entry(self.blocks.gather_X.form, dtype)
        self.constants = (
            make_net(layout, settings, state.seed, dtype, self.team.gemm),
            make_segments(layout, settings, dtype),
            make_rule(settings, dtype),
            make_work(layout, settings, settings.batch_size, dtype),
            make_scratch(layout, settings, data.X, settings.batch_size),
        )
        net, segments = self.constants[:2]
        driven = (
            (settings.dropout_schedule, net.dropout),
            (settings.weight_decay_schedule, segments.numbers[:, DECAY]),
        )
        self.driven = [(name, now, now.copy()) for name, now in driven if name != "constant"]
        self.scale, self.mass = dtype.type(data.scale), data.mass * data.unit

    def run(self, state):
        """Train `state` in place; returns the mean of J over the rows, or what is not finite."""
        keep_buffers_touched()
        with self.team:
            return self._run(state)

    def _run(self, state):
        total, n_steps, batch_size = 0.0, int(state.n_steps), self.settings.batch_size
        rate, vectors = self.scalar(learning_rate(self.settings, state)), state.vectors
        for schedule, now, start in self.driven:
            now[:] = SCHEDULES[schedule](start, self.settings, state)
        for X, Y, weights in self.blocks.of_epoch(state.epoch):
            arguments = (X, Y, weights, self.scale, rate, batch_size, n_steps)
            with self.team.timing(Y.shape[0]):
                total += self.train_on_block(vectors, *self.constants, *arguments)
            answer()
            if not math.isfinite(total):
                return total
            n_steps += -(-Y.shape[0] // batch_size)
        if not self._has_sound_end(state.theta):
            return np.inf
        if state.epoch >= self.settings.warmup:
            state.mass += self.mass
        state.n_steps = n_steps
        state.epoch += 1
        state.t += self.data.n
        return total / self.data.n

    def _has_sound_end(self, theta):
        """Whether the weights behind the last step are of use; no loss of this epoch tells."""
        largest = max(theta.max(), -theta.min())  # nan, if there is one
        if largest <= _ORDINARY_WEIGHT and LOSSES[self.settings.loss].link != "exp":
            return True
        some = self.data.take(slice(0, self.settings.batch_size))
        return bool(np.isfinite(largest)) and _is_sound(theta, self.settings, self.layout, some)


@cache
def _entry(form, dtype):
    """The entry for blocks of a form, whose arguments always have the types that are made here."""
    return SameTypes(train_on_block[form][dtype])


@deferred()
def train(state, settings, layout, data, monitor, n_epochs):
    """Train `state` for at most `n_epochs` epochs, in place; returns an Outcome.

    An epoch which is interrupted, or whose loss or weights are not finite, is undone: the state is
    then that of the best epoch so far, with the moments of a start. Where those weights are useless
    already, the ones that the call began with take their place.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before the first epoch ended.
    """
    state.begin_average(settings)
    start, done, undo = state.theta.copy(), 0, None
    with single_blas_thread() as n_threads:
        epoch = Epoch(state, settings, layout, data, n_threads)
        try:
            answer()  # which may have waited for a compiler
            while done < n_epochs:
                undo = Undo(state)
                monitor.begin_epoch(state)
                loss = epoch.run(state)
                if not np.isfinite(loss):
                    break
                monitor.record(state, loss)
                done, undo = done + 1, None
                if monitor.is_over(state):
                    return Outcome(done, "converged")
        except KeyboardInterrupt:
            if done == 0 or is_part():
                raise
            if undo is not None:
                undo.restore(state)
                state.restart_from(state.best_theta)
                monitor.abandon_epoch()
            return Outcome(done, "interrupted")
    if undo is None:
        return Outcome(done, "max_iter")
    undo.restore(state)
    monitor.abandon_epoch()
    sound = [t for t in (state.best_theta, start) if _is_sound(t, settings, layout, data)]
    state.restart_from(sound[0] if sound else start)
    return Outcome(done, "diverged" if sound else "infinite")


def _is_sound(theta, settings, layout, data):
    """Whether the squares of errors are finite: weights may be finite and useless all the same."""
    weights = layout.coefs(theta), layout.intercepts(theta)
    link = "exp" if LOSSES[settings.loss].link == "exp" else "identity"
    normalized = settings.normalization, layout.owned(theta)
    with np.errstate(over="ignore"):
        outputs = predict(data.X, *weights, settings.activations, link, *normalized)
        each = outputs.shape[1] // data.Y.shape[1]  # scores of a target
        squares = np.square(outputs - np.repeat(data.Y, each, axis=1))
        counts = slice(None) if data.weights is None else data.weights > 0
        return bool(np.isfinite(squares[counts].sum()))

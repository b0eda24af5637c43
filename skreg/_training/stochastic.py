"""Training by mini-batches: the epoch loop. What it calls per block is jitted."""

import numpy as np

from skreg._kernels.entries import train_on_block
from skreg._training.arguments import make_net, make_penalty, make_rule, make_work
from skreg._training.data import Blocks
from skreg._training.outcome import Outcome
from skreg._training.predict import predict
from skreg._training.schedules import learning_rate
from skreg._training.state import Undo
from skreg._training.threads import single_blas_thread


class Epoch:
    """One pass over the data, with everything that it needs made once per fit."""

    def __init__(self, state, settings, layout, data):
        dtype = state.theta.dtype
        self.settings, self.data, self.scalar = settings, data, dtype.type
        self.blocks = Blocks(
            data,
            settings.batch_size,
            settings.shuffle,
            state.seed,
            n_weights=layout.n_weights,
            augmenter=settings.augmenter,
        )
        self.run_block = train_on_block[dtype]
        self.constants = (
            make_net(layout, settings, state.seed, dtype),
            make_penalty(layout, settings, dtype),
            make_rule(settings, dtype),
            make_work(layout, settings.batch_size, dtype),
        )
        self.scale = dtype.type(data.scale)

    def run(self, state):
        """Train `state` in place; returns the mean of J over the rows, or what is not finite."""
        total, n_steps, batch_size = 0.0, state.n_steps, self.settings.batch_size
        rate = self.scalar(learning_rate(self.settings, state))
        for X, Y, weights in self.blocks.of_epoch(state.epoch):
            arguments = (X, Y, weights, self.scale, rate, batch_size, n_steps)
            total += self.run_block(state.vectors, *self.constants, *arguments)
            if not np.isfinite(total):
                return total
            n_steps += -(-X.shape[0] // batch_size)
        if not np.isfinite(state.theta).all():
            return np.inf
        state.n_steps = n_steps
        state.epoch += 1
        state.t += self.data.n
        return total / self.data.n


def train(state, settings, layout, data, monitor, n_epochs):
    """Train `state` for at most `n_epochs` epochs, in place; returns an Outcome.

    After each call the state is that at the end of an epoch: an epoch which is interrupted, or
    whose loss or weights are not finite, is undone. Where the weights before it were useless
    already, those of the best epoch or of the start of the call take their place.

    Raises
    ------
    KeyboardInterrupt
        If interrupted before the first epoch ended.
    """
    epoch, undo, start = Epoch(state, settings, layout, data), Undo(state), state.theta.copy()
    done, in_epoch = 0, False
    with single_blas_thread():
        try:
            while done < n_epochs:
                undo.save(state)
                in_epoch = True
                loss = epoch.run(state)
                if not np.isfinite(loss):
                    break
                stop = monitor.end_epoch(state, loss)
                done, in_epoch = done + 1, False
                if stop:
                    return Outcome(done, "converged")
        except KeyboardInterrupt:
            if in_epoch:
                undo.restore(state)
            if done == 0:
                raise
            return Outcome(done, "interrupted")
    if not in_epoch:
        return Outcome(done, "max_iter")
    undo.restore(state)
    candidates = (state.theta, state.best_theta, start)
    sound = [theta for theta in candidates if _is_sound(theta, settings, layout, data)]
    state.restart_from(sound[0] if sound else start)
    return Outcome(done, "diverged" if sound else "infinite")


def _is_sound(theta, settings, layout, data):
    """Whether the outputs have finite squares: weights may be finite and useless all the same."""
    weights = layout.coefs(theta), layout.intercepts(theta)
    with np.errstate(over="ignore"):
        outputs = predict(data.X, *weights, settings.activations, "identity")
        return bool(np.isfinite(np.square(outputs - data.Y).sum()))

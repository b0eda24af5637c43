"""Training by mini-batches: the epoch loop. What it calls per block is jitted."""

import warnings
from copy import deepcopy
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skreg._kernels.entries import train_on_block
from skreg._training.arguments import make_net, make_penalty, make_rule, make_work
from skreg._training.data import Blocks
from skreg._training.predict import predict
from skreg._training.schedules import learning_rate
from skreg._training.threads import single_blas_thread


class Outcome(NamedTuple):
    """How a call of the trainer ended."""

    n_epochs: int
    end: str  # "converged", "max_iter", "interrupted" or "diverged"


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
    dtype = state.theta.dtype
    run_block = train_on_block[dtype]
    net = make_net(layout, settings, state.seed, dtype)
    penalty, rule = make_penalty(layout, settings, dtype), make_rule(settings, dtype)
    work = make_work(layout, settings.batch_size, dtype)
    blocks = Blocks(data, settings.batch_size, settings.shuffle, state.seed)
    undo, start = deepcopy(state), state.theta.copy()

    def run_epoch():
        """The mean of J over the rows of an epoch, or a number that is not finite."""
        total, n_steps = 0.0, state.n_steps
        rate, scale = dtype.type(learning_rate(settings, state)), dtype.type(data.scale)
        for X, Y, weights in blocks.of_epoch(state.epoch):
            args = (penalty, rule, work, X, Y, weights, scale, rate, settings.batch_size)
            total += run_block(state.vectors, net, *args, n_steps)
            if not np.isfinite(total):
                return total
            n_steps += -(-X.shape[0] // settings.batch_size)
        if not np.isfinite(state.theta).all():
            return np.inf
        state.n_steps = n_steps
        state.epoch += 1
        state.t += data.mass
        return total / data.n

    done = 0
    with single_blas_thread():
        while done < n_epochs:
            undo.copy_from(state)
            try:
                loss = run_epoch()
                if not np.isfinite(loss):
                    state.copy_from(undo)
                    candidates = (state.theta, state.best_theta, start)
                    state.restart_from(_first_sound(candidates, settings, layout, data))
                    return Outcome(done, "diverged")
                stop = monitor.end_epoch(state, loss)
            except KeyboardInterrupt:
                state.copy_from(undo)
                if done == 0:
                    raise
                return Outcome(done, "interrupted")
            done += 1
            if stop:
                return Outcome(done, "converged")
    return Outcome(done, "max_iter")


def _first_sound(thetas, settings, layout, data):
    """The first theta whose outputs have finite squares; weights alone may be finite and useless."""
    for theta in thetas:
        weights = layout.coefs(theta), layout.intercepts(theta)
        outputs = predict(data.X, *weights, settings.activations, "identity")
        with np.errstate(over="ignore"):
            if np.isfinite(np.square(outputs).sum()):
                break
    return theta


def warn_of(outcome, settings):
    """Tell the user how training ended where it did not end well."""
    if outcome.end == "interrupted":
        warnings.warn(
            f"Training interrupted by user after {outcome.n_epochs} epochs; the best is kept.",
            ConvergenceWarning,
            stacklevel=2,
        )
    elif outcome.end == "diverged":
        warnings.warn(
            f"Training diverged: the loss or the weights were not finite after {outcome.n_epochs} "
            f"epochs; keeping the last finite weights. Try a smaller learning_rate_init "
            f"(it is {settings.learning_rate_init}) or scale the data.",
            ConvergenceWarning,
            stacklevel=2,
        )
    elif outcome.end == "max_iter":
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({settings.max_iter}) reached and the "
            "optimization hasn't converged yet.",
            ConvergenceWarning,
            stacklevel=2,
        )

"""What Python calls: the order of rows, training on a block, loss and gradient, predictions.

Each entry is a dict from dtype to the function compiled for it (`draw_order`, which knows no dtype,
is the function itself), and is kept in Numba's cache on disk. That cache knows an entry by the text
of *this* file alone, so HELPERS is a digest of the other files of this floor: a test keeps it true,
and a changed helper thereby changes this file.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.activations import activate
from skreg._kernels.hashing import draw_key, draw_word
from skreg._kernels.jit import entry, plain_entry
from skreg._kernels.losses import apply_link, overwrite_by_delta
from skreg._kernels.network import add_bias, backward, forward
from skreg._kernels.optimizers import correct_rates, step

HELPERS = "661e43327dbf73ea"
_OF_ROWS = 0xFFFFFFFF  # in place of a layer, for the order of rows


class State(NamedTuple):
    """What an optimizer changes: three vectors of one length and dtype."""

    theta: np.ndarray
    first: np.ndarray  # Adam's first moments, or the velocities of SGD
    second: np.ndarray  # Adam's second moments; for SGD the same array as `first`


class Penalty(NamedTuple):
    """Segments of theta and how strongly each is penalized, in the dtype of theta."""

    segments: np.ndarray  # (n_segments, 2) int64: first and last + 1
    l1: np.ndarray  # (n_segments,)
    l2: np.ndarray  # (n_segments,)


@plain_entry
def draw_order(order, seed, epoch):
    """Overwrite `order` (n,) int64 by a random permutation (Fisher & Yates, 1938) for an epoch."""
    key = draw_key(seed, epoch, _OF_ROWS)
    for i in range(order.size):
        order[i] = i
    for i in range(order.size - 1, 0, -1):
        j = np.int64(np.uint64(draw_word(key, i)) * np.uint64(i + 1) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]


@entry
def train_on_block(state, net, penalty, rule, work, X, Y, weights, scale, rate, batch_size, count):
    """One optimizer step per batch of the block; returns Σ over batches of J · rows.

    X (n, d) may be overwritten; `weights` (n,) are sample weights and 1 / `scale` is their mean
    over the whole training set; `count` is the number of steps made before. Stops, with a result
    that is not finite, before the first step whose loss is not finite.
    """
    total, one = 0.0, type(rate)(1)
    for start in range(0, X.shape[0], batch_size):
        x = X[start : start + batch_size]
        n = x.shape[0]
        scores = forward(state.theta, net, work, x, count)
        factor = scale * (one / type(rate)(n))
        y, s = Y[start : start + n], weights[start : start + n]
        loss = overwrite_by_delta(scores, y, s, factor, net.loss)
        if not np.isfinite(loss):
            return np.float64(loss)
        backward(state.theta, work.gradient, net, work, x, scores, count)
        count += 1
        rates = correct_rates(rate, rule, count)
        for i in range(penalty.segments.shape[0]):
            first, last = penalty.segments[i, 0], penalty.segments[i, 1]
            loss += step(
                state.theta[first:last],
                work.gradient[first:last],
                state.first[first:last],
                state.second[first:last],
                rates,
                rule,
                penalty.l1[i],
                penalty.l2[i],
            )
        total += np.float64(loss) * n
    return total


@entry
def add_loss_and_gradient(theta, net, work, X, Y, weights, scale):
    """Add the gradient of scale · Σᵢ weightᵢ·lossᵢ to `work.gradient`; returns that sum.

    X (n, d) is a tile of the training set; uses `work.scratch`.
    """
    scores = forward(theta, net, work, X, 0)
    loss = overwrite_by_delta(scores, Y, weights, scale, net.loss)
    backward(theta, work.scratch, net, work, X, scores, 0)
    for j in range(theta.size):
        work.gradient[j] += work.scratch[j]
    return np.float64(loss)


@entry
def predict_layer(inputs, coefs, intercepts, outputs, activation):
    """Overwrite `outputs` (n, n_out) by the activations of one hidden layer."""
    np.dot(inputs, coefs, outputs)
    add_bias(outputs, intercepts)
    activate(outputs.reshape(outputs.size), activation)


@entry
def predict_outputs(inputs, coefs, intercepts, outputs, link):
    """Overwrite `outputs` (n, n_outputs) by the predictions of the last layer."""
    np.dot(inputs, coefs, outputs)
    add_bias(outputs, intercepts)
    apply_link(outputs, link)

"""Forward and backward pass of a batch through the layers of a flat parameter vector.

Conventions: `theta` holds every weight and bias; row k of `net.layers` says where those of layer k
are and which activation follows. `X` are the rows of a batch as in `inputs.py`. `work.units` holds
the activations of the hidden layers and the scores of the last one after the other, `work.scores`
the scores of hidden layers where a slope needs them, and `work.deltas` two rows that take turns.
Dropout masks are drawn by (net.seed, step), so `backward` finds those of `forward`.

Each array that a function is given costs it two atomic operations on a counter of references, for a
small network as much as its arithmetic. So the tuples are short, and functions are given parts.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.dropout import drop
from skreg._kernels.hashing import draw_key
from skreg._kernels.inputs import count_rows, multiply_inputs
from skreg._kernels.jit import helper
from skreg._kernels.options import run

# Columns of `net.layers`; of the last layer, those behind the first four are not used.
N_IN, N_OUT, WEIGHT, BIAS, ACTIVATE, SLOPE, SLOPE_OF_SCORE, FLAT_AT_ZERO = range(8)


class Net(NamedTuple):
    """The constants of a network: floats have the dtype of theta."""

    layers: np.ndarray  # (n_layers, 8) int64: sizes, first weight and bias, and the activation
    dropout: np.ndarray  # (n_layers,) rates in front of each layer; the first is of the inputs
    loss: int  # address of an option
    loss_parameter: float
    seed: int  # of the dropout masks


class Work(NamedTuple):
    """Memory that is made once per fit, for batches of at most n rows."""

    units: np.ndarray  # (n · units behind the inputs,)
    scores: np.ndarray  # (n · hidden units,) where any are needed, else empty
    deltas: np.ndarray  # (2, n · widest hidden layer)
    gradient: np.ndarray  # like theta


@helper
def weights_of(theta, layer):
    """The weights (n_in, n_out) of a layer, as a view."""
    n_in, n_out, first = layer[N_IN], layer[N_OUT], layer[WEIGHT]
    return theta[first : first + n_in * n_out].reshape(n_in, n_out)


@helper
def bias_of(theta, layer):
    """The bias (n_out,) of a layer, as a view."""
    return theta[layer[BIAS] : layer[BIAS] + layer[N_OUT]]


@helper
def add_bias(scores, bias):
    for i in range(scores.shape[0]):
        for j in range(bias.size):
            scores[i, j] += bias[j]


@helper
def _units_after(vector, layers, k, n):
    """The part (n, n_out) of `work.units` or `work.scores` that belongs to layer k."""
    first = 0
    for i in range(k):
        first += layers[i, N_OUT]
    first, n_out = first * n, layers[k, N_OUT]
    return vector[first : first + n * n_out].reshape(n, n_out)


@helper
def _copy(target, source):
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[i, j] = source[i, j]


@helper
def forward(theta, net, work, X, step):
    """Scores (n, n_outputs) of a batch, whose inputs are dropped already; overwrites `work`."""
    n, layers = count_rows(X), net.layers
    units = _units_after(work.units, layers, 0, n)
    multiply_inputs(X, weights_of(theta, layers[0]), units)
    add_bias(units, bias_of(theta, layers[0]))
    for k in range(1, layers.shape[0]):
        before, rate = layers[k - 1], net.dropout[k]
        if before[SLOPE_OF_SCORE]:
            _copy(_units_after(work.scores, layers, k - 1, n), units)
        run(before[ACTIVATE], (units,))
        if rate > 0:
            drop(units.reshape(units.size), draw_key(net.seed, step, k), rate)
        inputs, layer = units, layers[k]
        units = _units_after(work.units, layers, k, n)
        np.dot(inputs, weights_of(theta, layer), units)
        add_bias(units, bias_of(theta, layer))
    return units


@helper
def _overwrite_by_sums(sums, delta):
    """sums[j] = Σᵢ delta[i, j]."""
    for j in range(sums.size):
        sums[j] = delta[0, j]
    for i in range(1, delta.shape[0]):
        for j in range(sums.size):
            sums[j] += delta[i, j]


@helper
def multiply(vector, factor):
    for j in range(vector.size):
        vector[j] *= factor


@helper
def _drop_back(delta, units, key, rate, flat_at_zero):
    """Undo dropout: overwrite dJ/d(unit) by that of the unit before, and the unit too."""
    keep = units.dtype.type(1) - rate
    if flat_at_zero:  # then the slope of a dropped unit is its mask
        multiply(delta, units.dtype.type(1) / keep)
    else:
        drop(delta, key, rate)
        multiply(units, keep)


@helper
def backward(theta, net, work, X, delta, step):
    """Overwrite `work.gradient` by that of the loss, but for the weights of the first layer.

    `delta` (n, n_outputs) is dJ/d(score); returns the same for the scores of the first layer.
    """
    n, layers, gradient = count_rows(X), net.layers, work.gradient
    for k in range(layers.shape[0] - 1, 0, -1):
        layer, before, rate = layers[k], layers[k - 1], net.dropout[k]
        units = _units_after(work.units, layers, k - 1, n)
        np.dot(units.T, delta, weights_of(gradient, layer))
        _overwrite_by_sums(bias_of(gradient, layer), delta)
        below = work.deltas[k % 2][: units.size].reshape(n, layer[N_IN])
        np.dot(delta, weights_of(theta, layer).T, below)
        if rate > 0:
            flat, key = below.reshape(below.size), draw_key(net.seed, step, k)
            _drop_back(flat, units.reshape(units.size), key, rate, before[FLAT_AT_ZERO])
        if before[SLOPE_OF_SCORE]:
            units = _units_after(work.scores, layers, k - 1, n)
        run(before[SLOPE], (below, units))
        delta = below
    _overwrite_by_sums(bias_of(gradient, layers[0]), delta)
    return delta

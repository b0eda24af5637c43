"""Forward and backward pass of a batch through the layers of a flat parameter vector.

Conventions: `theta` holds every weight and bias; `net.layers[k]` = (n_in, n_out, first weight,
first bias) says where those of layer k are. `X` is a batch (n, n_features), C-contiguous and ours
to overwrite. `work.units` holds the activations of the hidden layers one after the other,
`work.deltas` two rows that take turns, `work.scores` the outputs. Dropout masks are drawn by
(net.seed, step), so `backward` finds those of `forward`.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.activations import activate, is_flat_at_zero, multiply_by_slope
from skreg._kernels.dropout import drop
from skreg._kernels.hashing import draw_key
from skreg._kernels.jit import helper


class Net(NamedTuple):
    """The constants of a network: arrays have one row per layer, floats the dtype of theta."""

    layers: np.ndarray  # (n_layers, 4) int64
    activations: np.ndarray  # (n_layers,) int64 codes; the last is identity
    dropout: np.ndarray  # (n_layers,) rates in front of each layer; the first is of the inputs
    loss: int
    seed: int  # of the dropout masks


class Work(NamedTuple):
    """Memory that is made once per fit, for batches of at most n rows."""

    units: np.ndarray  # (n · hidden units,)
    deltas: np.ndarray  # (2, n · widest hidden layer)
    scores: np.ndarray  # (n · n_outputs,)
    gradient: np.ndarray  # like theta
    scratch: np.ndarray  # like theta where gradients of tiles are added up, else empty


@helper
def weights_of(theta, layer):
    """The weights (n_in, n_out) of a layer, as a view."""
    n_in, n_out, first = layer[0], layer[1], layer[2]
    return theta[first : first + n_in * n_out].reshape(n_in, n_out)


@helper
def bias_of(theta, layer):
    """The bias (n_out,) of a layer, as a view."""
    return theta[layer[3] : layer[3] + layer[1]]


@helper
def add_bias(scores, bias):
    for i in range(scores.shape[0]):
        for j in range(bias.size):
            scores[i, j] += bias[j]


@helper
def _units_after(work, net, k, n):
    """Activations (n, n_out) of hidden layer k."""
    first = 0
    for i in range(k):
        first += net.layers[i, 1]
    first, n_out = first * n, net.layers[k, 1]
    return work.units[first : first + n * n_out].reshape(n, n_out)


@helper
def forward(theta, net, work, X, step):
    """Scores (n, n_outputs) of a batch; overwrites X where inputs are dropped, and `work`."""
    n, n_layers = X.shape[0], net.layers.shape[0]
    if net.dropout[0] > 0:
        drop(X.reshape(X.size), draw_key(net.seed, step, 0), net.dropout[0])
    inputs = X
    for k in range(n_layers - 1):
        layer, rate = net.layers[k], net.dropout[k + 1]
        units = _units_after(work, net, k, n)
        np.dot(inputs, weights_of(theta, layer), units)
        add_bias(units, bias_of(theta, layer))
        activate(units.reshape(units.size), net.activations[k])
        if rate > 0:
            drop(units.reshape(units.size), draw_key(net.seed, step, k + 1), rate)
        inputs = units
    layer = net.layers[n_layers - 1]
    scores = work.scores[: n * layer[1]].reshape(n, layer[1])
    np.dot(inputs, weights_of(theta, layer), scores)
    add_bias(scores, bias_of(theta, layer))
    return scores


@helper
def _overwrite_by_sums(sums, delta):
    """sums[j] = Σᵢ delta[i, j]."""
    for j in range(sums.size):
        sums[j] = delta[0, j]
    for i in range(1, delta.shape[0]):
        for j in range(sums.size):
            sums[j] += delta[i, j]


@helper
def _multiply(vector, factor):
    for j in range(vector.size):
        vector[j] *= factor


@helper
def _pass_back(delta, units, activation, key, rate):
    """Overwrite dJ/d(activation after dropout) by dJ/d(score); may overwrite `units` too."""
    if rate > 0:
        keep = units.dtype.type(1) - rate
        if is_flat_at_zero(activation):  # then the slope of a dropped unit is its mask
            _multiply(delta, units.dtype.type(1) / keep)
        else:
            drop(delta, key, rate)
            _multiply(units, keep)  # as they were before dropout
    multiply_by_slope(delta, units, activation)


@helper
def backward(theta, gradient, net, work, X, delta, step):
    """Overwrite `gradient` by that of the loss; `delta` (n, n_outputs) is dJ/d(score)."""
    n = X.shape[0]
    for k in range(net.layers.shape[0] - 1, 0, -1):
        layer, rate = net.layers[k], net.dropout[k]
        units = _units_after(work, net, k - 1, n)
        np.dot(units.T, delta, weights_of(gradient, layer))
        _overwrite_by_sums(bias_of(gradient, layer), delta)
        below = work.deltas[k % 2][: n * layer[0]].reshape(n, layer[0])
        np.dot(delta, weights_of(theta, layer).T, below)
        key, activation = draw_key(net.seed, step, k), net.activations[k - 1]
        _pass_back(below.reshape(below.size), units.reshape(units.size), activation, key, rate)
        delta = below
    np.dot(X.T, delta, weights_of(gradient, net.layers[0]))
    _overwrite_by_sums(bias_of(gradient, net.layers[0]), delta)

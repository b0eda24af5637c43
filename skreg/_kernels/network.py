"""Forward and backward pass of a batch through the layers of a flat parameter vector.

Conventions: `theta` holds every weight and bias; row k of `net.layers` says where those of layer k
are and which activation follows. `X` are the rows of a batch as in `inputs`, and `weights` (n,)
those of its rows. `work.units` holds the activations of the hidden layers and the scores of the
last one after the other, `work.products` those of inputs and weights of hidden layers, normalized,
where a slope needs them, and `work.deltas` two rows that take turns; before them, the loss uses the
first. `work.normalized` and `work.room` are what `normalizing.py` keeps. Masks of dropout are
drawn by (net.seed, step), so `backward` finds those of `forward`.
"""

from typing import NamedTuple

import numpy as np

from skreg._compiler.jit import helper, inlined_helper
from skreg._compiler.options import run
from skreg._compiler.sums import sum_columns
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.bias import add_bias
from skreg._kernels.inputs import count_rows, multiply_inputs, prepare_weights
from skreg._kernels.masks import scale_of
from skreg._products.products import multiply_matrices

# Columns of `net.layers`; of the last layer, those behind the first five are not used.
N_IN, N_OUT, WEIGHT, BIAS, UNITS, ACTIVATE, SLOPE, SLOPE_OF_SCORE, FLAT_AT_ZERO, OWN = range(10)


class Net(NamedTuple):
    """The constants of a network: floats have the dtype of theta, and addresses are of options."""

    layers: np.ndarray  # (n_layers, 10) int64: sizes, first weight, bias, unit; options; first own
    dropout: np.ndarray  # (n_layers,) rates in front of each layer; the first is of the inputs
    drop: int  # address of the dropout, where there is any
    undo: int  # address of its way back
    normalize: int  # address of the normalization of hidden layers, zero for none
    turn_back: int  # address of its way back
    loss: int  # address
    loss_parameters: np.ndarray  # (1,) or more
    gemm: tuple  # the matrix product, as in `products.py`
    seed: int  # of the dropout masks


class Work(NamedTuple):
    """Memory that is made once per fit, for batches of at most n rows."""

    units: np.ndarray  # (n · units behind the inputs,)
    products: np.ndarray  # (n · hidden units,) where any are needed, else empty
    deltas: np.ndarray  # (2, n · widest hidden layer, or n where there is none)
    gradient: np.ndarray  # like theta
    sums: np.ndarray  # (widest layer,) float64
    normalized: np.ndarray  # (n · hidden units,) where there is a normalization, else empty
    room: np.ndarray  # (hidden layers, n or twice the widest) then


@inlined_helper
def weights_of(theta, layer):
    """The weights (n_in, n_out) of a layer, as a view."""
    return matrix_at(theta, layer[WEIGHT], layer[N_IN], layer[N_OUT])


@inlined_helper
def bias_of(theta, layer):
    """The bias (n_out,) of a layer, as a view."""
    return vector_at(theta, layer[BIAS], layer[N_OUT])


@inlined_helper
def units_after(vector, layer, n):
    """The part (n, n_out) of `work.units` or one like it that belongs to a layer."""
    return matrix_at(vector, layer[UNITS] * n, n, layer[N_OUT])


@helper
def _copy(target, source):
    to, by = vector_at(target, 0, target.size), vector_at(source, 0, source.size)
    for j in range(to.size):
        to[j] = by[j]


@inlined_helper
def forward(theta, net, work, X, weights, step):
    """Scores (n, n_outputs) of a batch, whose inputs are dropped already; overwrites `work`.

    That includes the gradient of the weights of the first layer, which is not needed yet. A
    normalization may write statistics of the batch into theta.
    """
    n, layers = count_rows(X), net.layers
    units = units_after(work.units, layers[0], n)
    first, room = weights_of(theta, layers[0]), weights_of(work.gradient, layers[0])
    multiply_inputs(X, prepare_weights(X, first, room), units, net.gemm)
    for k in range(1, layers.shape[0]):
        before, rate = layers[k - 1], net.dropout[k]
        if net.normalize:
            kept = work.normalized, work.room, layers
            run(net.normalize, (units, theta, weights, *kept, k, step))
        if before[SLOPE_OF_SCORE]:
            _copy(units_after(work.products, before, n), units)
        run(before[ACTIVATE], (units, bias_of(theta, before)))
        if rate > 0:
            run(net.drop, (vector_at(units, 0, units.size), net.seed, step, k, rate))
        inputs, layer = units, layers[k]
        units = units_after(work.units, layer, n)
        multiply_matrices(net.gemm, inputs, weights_of(theta, layer), units)
    add_bias(units, bias_of(theta, layers[-1]))
    return units


@inlined_helper
def backward(theta, net, work, X, delta, weights, step):
    """Overwrite `work.gradient` by that of the loss, but for the weights of the first layer.

    `delta` (n, n_outputs) is dJ/d(score); returns the same for the scores of the first layer.
    """
    n, layers, gradient = count_rows(X), net.layers, work.gradient
    sum_columns(bias_of(gradient, layers[-1]), delta)
    for k in range(layers.shape[0] - 1, 0, -1):
        layer, before, rate = layers[k], layers[k - 1], net.dropout[k]
        units = units_after(work.units, before, n)
        multiply_matrices(net.gemm, units.T, delta, weights_of(gradient, layer))
        below = matrix_at(work.deltas, (k & 1) * work.deltas.shape[1], n, layer[N_IN])
        multiply_matrices(net.gemm, delta, weights_of(theta, layer).T, below)
        factor = type(rate)(1)
        if rate > 0 and before[FLAT_AT_ZERO]:  # then the slope of a dropped unit is its mask
            factor = scale_of(rate)
        elif rate > 0:
            vectors = (vector_at(below, 0, below.size), vector_at(units, 0, units.size))
            run(net.undo, (*vectors, net.seed, step, k, rate))
        if before[SLOPE_OF_SCORE]:
            units = units_after(work.products, before, n)
        biases = (bias_of(theta, before), bias_of(gradient, before))
        run(before[SLOPE], (below, units, *biases, factor))
        if net.normalize:
            kept = work.normalized, work.room, layers
            run(net.turn_back, (below, theta, gradient, weights, *kept, k))
        delta = below
    return delta

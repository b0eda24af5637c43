"""What Python calls: training on a block, loss and gradient, predictions, one-hot targets.

Each entry is a dict from the form of its rows, a file of `inputs`, to a dict from dtype to the
function compiled for them; `write_one_hot`, without X, is a dict from dtype. A function is compiled
when it is first called, and kept in the cache on disk.
"""

import numpy as np

from skreg._compiler.jit import entry, row_entry
from skreg._compiler.options import evaluate, run
from skreg._compiler.subnormals import flush_subnormals, restore_subnormals
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.inputs import (
    count_rows,
    drop_inputs,
    multiply_inputs,
    multiply_one,
    multiply_transposed_inputs,
    step_all,
    take_rows,
)
from skreg._kernels.network import backward, forward, weights_of
from skreg._kernels.steps import follow_step, penalty_of_maps


@entry
def write_one_hot(out, codes, places, on, off):
    """Overwrite row i of `out` (n, k) by `on` in column codes[places[i]], and `off` elsewhere.

    `codes` (n_all,) are int32, and `places` (n,) int64.
    """
    k, flat = out.shape[1], vector_at(out, 0, out.size)
    for j in range(flat.size):
        flat[j] = off
    for i in range(places.size):
        flat[i * k + codes[places[i]]] = on


@row_entry
def train_on_block(
    state, net, segments, rule, work, scratch, X, Y, weights, scale, rate, batch_size, count
):
    """One optimizer step per batch of the block; returns Σ over batches of J · rows.

    Dense X may be overwritten; `weights` (n,) are sample weights and 1 / `scale` is their mean
    over the whole training set; `count` is the number of steps made before. Stops, with a result
    that is not finite, before the first step whose loss is not finite.
    """
    total, one, rounding = 0.0, type(rate)(1), flush_subnormals()
    inputs = weights_of(work.gradient, net.layers[0])
    for start in range(0, count_rows(X), batch_size):
        x = take_rows(X, start, start + batch_size)
        n = count_rows(x)
        x = drop_inputs(x, net.layers[0, 0], net.seed, count, net.dropout[0], net.drop, scratch)
        s = vector_at(weights, start, n)
        scores = forward(state.theta, net, work, x, s, count)
        factor = scale * (one / type(rate)(n))
        y = matrix_at(Y, start * Y.shape[1], n, Y.shape[1])
        vectors = s, vector_at(work.deltas, 0, n)
        loss = evaluate(net.loss, (scores, y, *vectors, factor, net.loss_parameters))
        if not np.isfinite(loss):
            total = np.float64(loss)
            break
        delta = backward(state.theta, net, work, x, scores, s, count)
        count += 1
        more = (segments, rule, rate, count, net.gemm)
        loss += penalty_of_maps(state.theta, segments, one - one)
        loss += step_all(x, delta, inputs, work, scratch, state, *more)
        follow_step(state, work, segments, rule, rate, count)
        total += np.float64(loss) * n
    restore_subnormals(rounding)
    return total


@row_entry
def add_loss_and_gradient(theta, gradient, net, work, scratch, X, Y, weights, scale, tile):
    """Add the gradient of scale · Σᵢ weightᵢ·lossᵢ to `gradient`; returns that sum.

    X are rows of the training set, which go through the network `tile` at a time.
    """
    total, rounding = 0.0, flush_subnormals()
    inputs = weights_of(work.gradient, net.layers[0])
    for start in range(0, count_rows(X), tile):
        x = take_rows(X, start, start + tile)
        n = count_rows(x)
        s = vector_at(weights, start, n)
        scores = forward(theta, net, work, x, s, 0)
        y = matrix_at(Y, start * Y.shape[1], n, Y.shape[1])
        vectors = s, vector_at(work.deltas, 0, n)
        loss = evaluate(net.loss, (scores, y, *vectors, scale, net.loss_parameters))
        total += np.float64(loss)
        delta = backward(theta, net, work, x, scores, s, 0)
        multiply_transposed_inputs(x, delta, inputs, scratch, net.gemm)
        for j in range(theta.size):
            gradient[j] += work.gradient[j]
    restore_subnormals(rounding)
    return total


@row_entry
def predict_layer(inputs, coefs, intercepts, outputs, function, gemm):
    """Overwrite `outputs` (n, n_out) by the outputs of a layer.

    `function` is the address of an activation or a link; `coefs` are prepared for the inputs.
    """
    inputs = take_rows(inputs, 0, count_rows(inputs))
    if count_rows(inputs) == 1:
        multiply_one(inputs, coefs, outputs, gemm)
    else:
        multiply_inputs(inputs, coefs, outputs, gemm)
    run(function, (outputs, intercepts))

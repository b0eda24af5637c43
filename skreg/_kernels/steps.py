"""The step of an optimizer on all of theta, with the gradient clipped on the way.

Conventions: `gradient` has that of the loss, but for the weights of the first layer where rows
are sparse: theirs is mostly zeros, and made tile by tile while the optimizer passes over them.
`delta` (n, n_out) is the gradient with respect to the scores of the first layer.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.inputs import multiply_columns, multiply_transposed_inputs, sort_by_column
from skreg._kernels.jit import by_form, helper
from skreg._kernels.options import evaluate


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


@helper
def _sum_squares(vector):
    total = 0.0
    for j in range(vector.size):
        total += np.float64(vector[j]) * np.float64(vector[j])
    return total


@helper
def _gradient_of_tile(scratch, delta, start, stop):
    """The gradient of the weights of some features, as one vector."""
    tile = scratch.tile[: stop - start]
    multiply_columns(scratch, delta, tile, start)
    return tile.reshape(tile.size)


@helper
def _prepare_dense(rows, delta, gradient, scratch, gemm):
    multiply_transposed_inputs(rows, delta, gradient, scratch, gemm)


@helper
def _prepare_csr(rows, delta, gradient, scratch, gemm):
    sort_by_column(rows, scratch)


@helper
def _squares_dense(rows, delta, gradient, scratch):
    return _sum_squares(gradient.reshape(gradient.size))


@helper
def _squares_csr(rows, delta, gradient, scratch):
    total, size = 0.0, scratch.tile.shape[0]
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        total += _sum_squares(_gradient_of_tile(scratch, delta, start, stop))
    return total


@helper
def _step_dense(rows, delta, scratch, factor, state, penalty, rule, rate, count):
    return 0, rate - rate  # it is a segment like all others


@helper
def _step_csr(rows, delta, scratch, factor, state, penalty, rule, rate, count):
    total, n_out, size = rate - rate, delta.shape[1], scratch.tile.shape[0]
    l1, l2, segment = penalty.l1[:1], penalty.l2[:1], scratch.segment
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        tile = _gradient_of_tile(scratch, delta, start, stop)
        first, last = start * n_out, stop * n_out
        segment[0, 1] = tile.size
        theta, of_first = state.theta[first:last], state.first[first:last]
        vectors = (theta, tile, of_first, state.second[first:last])
        more = (segment, l1, l2, rule.constants, rate, factor, count)
        total += evaluate(rule.step, (*vectors, *more))
    return 1, total


# (rows, delta, gradient, scratch, gemm): make the gradient of the weights, or what it is made of
_prepare_inputs = by_form(_prepare_dense, _prepare_csr)
_sum_squares_of_inputs = by_form(_squares_dense, _squares_csr)  # of the same, once prepared
# (rows, delta, scratch, factor, …) -> how many segments have been moved, and their penalty
_step_inputs = by_form(_step_dense, _step_csr)


@helper
def _shorten(rows, delta, inputs, rest, scratch, clip_norm):
    """By what to multiply a gradient for its norm not to exceed another (Pascanu et al., 2013).

    `inputs` are the part of the gradient for the weights of the first layer, and `rest` all others.
    """
    squares = _sum_squares_of_inputs(rows, delta, inputs, scratch) + _sum_squares(rest)
    if squares > np.float64(clip_norm) ** 2:
        return type(clip_norm)(clip_norm / np.sqrt(squares))
    return type(clip_norm)(1)


@helper
def step_all(rows, delta, inputs, work, scratch, state, penalty, rule, rate, count, gemm):
    """Move theta, given the gradient but for that of the first layer's weights, `inputs`.

    Returns the penalty before the move.
    """
    _prepare_inputs(rows, delta, inputs, scratch, gemm)
    factor = type(rate)(1)
    if rule.clip_norm < np.inf:
        rest = work.gradient[inputs.size :]
        factor = _shorten(rows, delta, inputs, rest, scratch, rule.clip_norm)
    done, total = _step_inputs(rows, delta, scratch, factor, state, penalty, rule, rate, count)
    vectors = (state.theta, work.gradient, state.first, state.second, penalty.segments[done:])
    more = (penalty.l1[done:], penalty.l2[done:], rule.constants, rate, factor, count)
    return total + evaluate(rule.step, (*vectors, *more))

"""The step of an optimizer on all of theta, with the gradient clipped on the way.

Conventions: `gradient` has that of the loss, but for the weights of the first layer where rows
are sparse: theirs is mostly zeros, and made tile by tile while the optimizer passes over them.
`delta` (n, n_out) is the gradient with respect to the scores of the first layer.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.inputs import add_columns, multiply_transposed_inputs, sort_by_column
from skreg._kernels.jit import by_form, helper, inlined_helper
from skreg._kernels.network import multiply
from skreg._kernels.optimizers import step


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
    tile[:] = 0
    add_columns(scratch, delta, tile, start)
    return tile.reshape(tile.size)


@helper
def _prepare_dense(rows, delta, gradient, scratch):
    multiply_transposed_inputs(rows, delta, gradient, scratch)


@helper
def _prepare_csr(rows, delta, gradient, scratch):
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
def _scale_dense(rows, gradient, factor):
    multiply(gradient.reshape(gradient.size), factor)


@helper
def _scale_csr(rows, gradient, factor):
    pass


@inlined_helper
def _step_part(state, gradient, first, last, rates, rule, l1, l2):
    """Move theta[first:last], given its gradient; returns the penalty before the move."""
    theta, of_first = state.theta[first:last], state.first[first:last]
    return step(theta, gradient, of_first, state.second[first:last], rates, rule, l1, l2)


@helper
def _step_dense(rows, delta, scratch, factor, state, penalty, rates, rule):
    return 0, factor - factor  # it is a segment like all others


@helper
def _step_csr(rows, delta, scratch, factor, state, penalty, rates, rule):
    total, n_out, size = factor - factor, delta.shape[1], scratch.tile.shape[0]
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        tile = _gradient_of_tile(scratch, delta, start, stop)
        if factor < 1:
            multiply(tile, factor)
        first, last, l1, l2 = start * n_out, stop * n_out, penalty.l1[0], penalty.l2[0]
        total += _step_part(state, tile, first, last, rates, rule, l1, l2)
    return 1, total


# (rows, delta, gradient, scratch): make the gradient of the weights, or all that it is made of
_prepare_inputs = by_form(_prepare_dense, _prepare_csr)
_sum_squares_of_inputs = by_form(_squares_dense, _squares_csr)  # of the same, once prepared
_scale_inputs = by_form(_scale_dense, _scale_csr)  # (rows, gradient, factor)
# (rows, delta, scratch, factor, …) -> how many segments have been moved, and their penalty
_step_inputs = by_form(_step_dense, _step_csr)


@helper
def _clip(rows, delta, inputs, rest, scratch, clip_norm):
    """Scale the gradient down to a norm where it is longer (Pascanu et al., 2013).

    `inputs` are the part of the gradient for the weights of the first layer, and `rest` all others.
    Returns the factor, which is still to be applied where the gradient is made tile by tile.
    """
    squares = _sum_squares_of_inputs(rows, delta, inputs, scratch) + _sum_squares(rest)
    factor = type(clip_norm)(1)
    if squares > np.float64(clip_norm) ** 2:
        factor = type(clip_norm)(clip_norm / np.sqrt(squares))
        multiply(rest, factor)
        _scale_inputs(rows, inputs, factor)
    return factor


@inlined_helper
def step_all(rows, delta, inputs, work, scratch, state, penalty, rates, rule):
    """Move theta, given the gradient but for that of the first layer's weights, `inputs`.

    Returns the penalty before the move.
    """
    _prepare_inputs(rows, delta, inputs, scratch)
    factor = type(rule.clip_norm)(1)
    if rule.clip_norm < np.inf:
        rest = work.gradient[inputs.size :]
        factor = _clip(rows, delta, inputs, rest, scratch, rule.clip_norm)
    done, total = _step_inputs(rows, delta, scratch, factor, state, penalty, rates, rule)
    for i in range(done, penalty.segments.shape[0]):
        first, last = penalty.segments[i, 0], penalty.segments[i, 1]
        part, l1, l2 = work.gradient[first:last], penalty.l1[i], penalty.l2[i]
        total += _step_part(state, part, first, last, rates, rule, l1, l2)
    return total

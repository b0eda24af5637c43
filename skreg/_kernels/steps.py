"""The step of an optimizer on all of theta, with the gradient clipped on the way.

Conventions: `gradient` has that of the loss, but for the weights of the first layer where rows
are sparse: theirs is mostly zeros, and made tile by tile while the optimizer passes over them.
`delta` (n, n_out) is the gradient with respect to the scores of the first layer.
"""

from typing import NamedTuple

import numpy as np

from skreg._compiler.jit import by_form, helper
from skreg._compiler.options import evaluate
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.inputs import multiply_columns, sort_by_column
from skreg._products.products import multiply_matrices


class State(NamedTuple):
    """What an optimizer changes: three vectors of one length and dtype."""

    theta: np.ndarray
    first: np.ndarray  # Adam's first moments, or the velocities of SGD
    second: np.ndarray  # Adam's second moments; for SGD the same array as `first`


class Rule(NamedTuple):
    """Which optimizer, and its constants in the dtype of theta."""

    step: int  # address
    constants: np.ndarray  # (n,), as the optimizer wants them
    norm: int  # address of the norm, where gradients are clipped
    clip_norm: float  # infinity where they are not


class Penalty(NamedTuple):
    """Segments of theta and how strongly each is penalized, in the dtype of theta."""

    segments: np.ndarray  # (n_segments, 2) int64: first and last + 1
    l1: np.ndarray  # (n_segments,)
    l2: np.ndarray  # (n_segments,)


@helper
def _shorten(length, clip_norm):
    """By what to multiply a gradient for its norm not to exceed another (Pascanu et al., 2013)."""
    return clip_norm / length if length > clip_norm else type(clip_norm)(1)


@helper
def _step_dense(rows, delta, inputs, work, scratch, state, penalty, rule, rate, count, gemm):
    multiply_matrices(gemm, rows.T, delta, inputs)
    factor = type(rate)(1)
    if rule.clip_norm < np.inf:
        factor = _shorten(evaluate(rule.norm, (work.gradient,)), rule.clip_norm)
    vectors = (state.theta, work.gradient, state.first, state.second, penalty.segments)
    more = (penalty.l1, penalty.l2, rule.constants, rate, factor, count)
    return evaluate(rule.step, (*vectors, *more))


@helper
def _gradient_of_tile(scratch, delta, start, stop):
    """The gradient of the weights of some features, as one vector."""
    n, n_out = stop - start, delta.shape[1]
    multiply_columns(scratch, delta, matrix_at(scratch.tile, 0, n, n_out), start)
    return vector_at(scratch.tile, 0, n * n_out)


@helper
def _square_of_norm(norm, vector):
    length = np.float64(evaluate(norm, (vector,)))
    return length * length


@helper
def _square_of_norm_csr(scratch, delta, inputs, work, norm):
    total, size = 0.0, scratch.tile.shape[0]
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        total += _square_of_norm(norm, _gradient_of_tile(scratch, delta, start, stop))
    return total + _square_of_norm(norm, work.gradient[inputs.size :])


@helper
def _step_csr(rows, delta, inputs, work, scratch, state, penalty, rule, rate, count, gemm):
    """The weights of the first layer, the first segment, are moved tile by tile."""
    sort_by_column(rows, scratch)
    factor = type(rate)(1)
    if rule.clip_norm < np.inf:
        squares = _square_of_norm_csr(scratch, delta, inputs, work, rule.norm)
        factor = _shorten(type(rate)(np.sqrt(squares)), rule.clip_norm)
    total, n_out, size = rate - rate, delta.shape[1], scratch.tile.shape[0]
    l1, l2, segment = penalty.l1[:1], penalty.l2[:1], scratch.segment
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        tile, first = _gradient_of_tile(scratch, delta, start, stop), start * n_out
        length = segment[0, 1] = tile.size
        moments = (vector_at(state.first, first, length), vector_at(state.second, first, length))
        vectors = (vector_at(state.theta, first, length), tile, *moments)
        more = (segment, l1, l2, rule.constants, rate, factor, count)
        total += evaluate(rule.step, (*vectors, *more))
    vectors = (state.theta, work.gradient, state.first, state.second, penalty.segments[1:])
    more = (penalty.l1[1:], penalty.l2[1:], rule.constants, rate, factor, count)
    return total + evaluate(rule.step, (*vectors, *more))


# (rows, delta, inputs, work, …) -> the penalty before the move: move theta, given the gradient but
# for that of the first layer's weights, `inputs`.
step_all = by_form(dense=_step_dense, csr=_step_csr)

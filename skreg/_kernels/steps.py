"""The step of an optimizer on all of theta, with the gradient clipped on the way."""

from typing import NamedTuple

import numpy as np

from skreg._compiler.jit import helper
from skreg._compiler.options import evaluate


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


class Segments(NamedTuple):
    """The parts of theta that an optimizer moves, the weights of the first layer first."""

    ends: np.ndarray  # (n_segments, 2) int64: first and last + 1
    numbers: np.ndarray  # (n_segments, 3) as in `optimizers.py`, in the dtype of theta


@helper
def shorten(length, clip_norm):
    """By what to multiply a gradient for its norm not to exceed another (Pascanu et al., 2013)."""
    return clip_norm / length if length > clip_norm else type(clip_norm)(1)


@helper
def step_whole(state, gradient, segments, rule, rate, count):
    """Move theta by the gradient of the loss; returns the penalty before the move."""
    factor = type(rate)(1)
    if rule.clip_norm < np.inf:
        factor = shorten(evaluate(rule.norm, (gradient,)), rule.clip_norm)
    vectors = (state.theta, gradient, state.first, state.second)
    more = (segments.ends, segments.numbers, rule.constants, rate, factor, count)
    return evaluate(rule.step, (*vectors, *more))

"""The step of an optimizer on all of theta, with the gradient clipped, and what follows it."""

from typing import NamedTuple

import numpy as np

from skreg._compiler.jit import helper
from skreg._compiler.options import evaluate, run
from skreg._compiler.views import matrix_at, vector_at

# Columns of `segments.maps` and of `segments.strengths`.
WEIGHT, N_IN, N_OUT, VALUE, MOVE, IN_METRIC = range(6)
STRENGTH, FACTOR_OF_RATE = range(2)


class State(NamedTuple):
    """What a step changes: vectors of one length and dtype."""

    theta: np.ndarray
    first: np.ndarray  # Adam's first moments, or the velocities of SGD
    second: np.ndarray  # Adam's second moments; for SGD the same array as `first`
    average: np.ndarray  # of the weights; empty where none is wanted


class Rule(NamedTuple):
    """Which optimizer, and its constants in the dtype of theta."""

    step: int  # address
    constants: np.ndarray  # (n,), as the optimizer wants them
    norm: int  # address of the norm, where gradients are clipped
    clip_norm: float  # infinity where they are not
    metric: int  # address of the optimizer's
    ahead: float  # how many velocities, which `first` holds, theta is ahead of the weights
    carried: float  # 1 if there are velocities, else 0
    average: int  # address, or 0 where there is no average of the weights
    averaging: float  # what a step leaves of it


class Segments(NamedTuple):
    """The parts of theta that an optimizer moves, the weights of the first layer first."""

    ends: np.ndarray  # (n_segments, 2) int64: first and last + 1
    numbers: np.ndarray  # (n_segments, 4) as in `penalties.py`, in the dtype of theta
    maps: np.ndarray  # (n_maps, 6) int64: the matrix and the addresses of maps behind the step
    strengths: np.ndarray  # (n_maps, 2): of each, and what multiplies the rate of its matrix


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


@helper
def penalty_of_maps(theta, segments, zero):
    """The terms of J that the step does not return."""
    for i in range(segments.maps.shape[0]):
        row = segments.maps[i]
        if row[VALUE] != 0:
            weights = matrix_at(theta, row[WEIGHT], row[N_IN], row[N_OUT])
            zero += evaluate(row[VALUE], (weights, segments.strengths[i, STRENGTH]))
    return zero


@helper
def _apply_map(state, work, row, strengths, rule, rate, count):
    place, size = (row[WEIGHT], row[N_IN], row[N_OUT]), row[N_IN] * row[N_OUT]
    if row[IN_METRIC] != 0:
        steps = vector_at(work.gradient, row[WEIGHT], size)
        second = vector_at(state.second, row[WEIGHT], size)
        more = (rule.constants, rate * strengths[FACTOR_OF_RATE], count)
        run(rule.metric, (steps, second, *more))
    moving = (matrix_at(state.theta, *place), matrix_at(state.first, *place))
    scratch = (matrix_at(work.gradient, *place), work.sums)
    run(row[MOVE], (*moving, *scratch, strengths[STRENGTH], rule.ahead, rule.carried))


@helper
def follow_step(state, work, segments, rule, rate, count):
    """Apply the maps and update the average, after step number `count` = 1, 2, …

    The gradient is no longer of use, and overwritten.
    """
    for i in range(segments.maps.shape[0]):
        row, strengths = segments.maps[i], segments.strengths[i]
        _apply_map(state, work, row, strengths, rule, rate, count)
    if rule.average != 0:
        keep = min(rule.averaging, type(rate)((1.0 + count) / (10.0 + count)))
        velocity = state.first if rule.carried > 0 else state.theta
        evaluate(rule.average, (state.average, state.theta, velocity, keep, rule.ahead))

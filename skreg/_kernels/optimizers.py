"""One step of an optimizer on theta: L2 in the gradient, L1 by its proximal map.

Conventions: `theta`, `gradient`, `first`, `second` are vectors of equal length; `gradient` is that
of the loss alone, and is multiplied by `factor` on the way. Row i of `segments` (n, 2) says where
segment i begins and ends, and `l1` and `l2` (n,) how strongly it is penalized. Each step returns
the penalty l1·‖w‖₁ + ½·l2·‖w‖² of the weights *before* the step, the ones the loss was computed
with, so theta passes through memory once.

L1 acts in the metric of the step: where a coordinate moves by rate·g / d, it is then pulled
towards zero by rate·l1 / d, so that its fixed points are the stationary points of
J = loss + l1·‖w‖₁ + ½·l2·‖w‖², with exact zeros.

A new optimizer is a function and a row in the table at the end. Each is compiled when it is first
used: see `options.py`, and `entries.py` for HELPERS.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.jit import helper
from skreg._kernels.options import Option, integer_of, integers_of, number_of, vector_of

HELPERS = "5f0fad18569af63a"


class Rule(NamedTuple):
    """Which optimizer, and its constants in the dtype of theta."""

    step: int  # address
    constants: np.ndarray  # (n,), as the optimizer wants them
    clip_norm: float  # infinity where gradients are not clipped


@helper
def shrink(w, threshold):
    """The proximal map of threshold·|w|: zero where |w| ≤ threshold; nan stays nan."""
    return w - min(max(w, -threshold), threshold)


@helper
def _move_by_sgd(theta, gradient, velocity, constants, rate, factor, l1, l2):
    """Heavy ball: w ← prox(w + momentum·velocity − rate·g), velocity ← the change of w. Nesterov:
    theta is the point ahead, w + momentum·velocity; w itself is recovered from it.
    """
    momentum, ahead = constants[0], constants[0] * constants[1]  # the second is 0 or 1
    half, penalty, threshold = type(rate)(0.5), rate - rate, rate * l1
    for j in range(theta.size):
        w = theta[j]
        penalty += l1 * abs(w) + half * l2 * w * w
        push = momentum * velocity[j] - rate * (factor * gradient[j] + l2 * w)
        here = w - ahead * velocity[j]
        moved = here + push
        pull = min(max(moved, -threshold), threshold)
        velocity[j] = push - pull
        theta[j] = (moved - pull) + ahead * velocity[j]
    return penalty


def _sgd(theta, gradient, first, second, segments, l1, l2, constants, rate, factor, count):
    """Momentum (Polyak, 1964) or Nesterov's, as inertial proximal gradient (Ochs et al., 2014)."""
    penalty = rate - rate
    for i in range(segments.shape[0]):
        a, b = segments[i, 0], segments[i, 1]
        vectors = (theta[a:b], gradient[a:b], first[a:b])
        penalty += _move_by_sgd(*vectors, constants, rate, factor, l1[i], l2[i])
    return penalty


@helper
def _move_by_adam(theta, gradient, first, second, constants, rates, factor, l1, l2):
    """Without L1, which would take a third more time."""
    beta_1, beta_2, epsilon = constants[0], constants[1], constants[2]
    rate, one, squares = rates[0], type(l2)(1), l2 - l2
    new_1, new_2 = one - beta_1, one - beta_2
    for j in range(theta.size):
        w = theta[j]
        squares += w * w
        g = factor * gradient[j] + l2 * w
        first[j] = beta_1 * first[j] + new_1 * g
        second[j] = beta_2 * second[j] + new_2 * g * g
        theta[j] = w - rate * first[j] / (np.sqrt(second[j]) + epsilon)
    return type(l2)(0.5) * l2 * squares


@helper
def _move_by_adam_and_shrink(theta, gradient, first, second, constants, rates, factor, l1, l2):
    beta_1, beta_2, epsilon = constants[0], constants[1], constants[2]
    rate, rate_of_l1 = rates
    one, half, penalty = type(rate)(1), type(rate)(0.5), rate - rate
    new_1, new_2, threshold = one - beta_1, one - beta_2, rate_of_l1 * l1
    for j in range(theta.size):
        w = theta[j]
        penalty += l1 * abs(w) + half * l2 * w * w
        g = factor * gradient[j] + l2 * w
        first[j] = beta_1 * first[j] + new_1 * g
        second[j] = beta_2 * second[j] + new_2 * g * g
        share = one / (np.sqrt(second[j]) + epsilon)
        theta[j] = shrink(w - rate * share * first[j], threshold * share)
    return penalty


@helper
def _correct(rate, constants, count):
    """Rates of the gradient and of l1 in step number `count` = 1, 2, …

    The moments begin at zero, which the rates make up for; l1 is no moment and needs only the part
    for v.
    """
    of_l1 = np.sqrt(1.0 - np.float64(constants[1]) ** count)
    of_gradient = of_l1 / (1.0 - np.float64(constants[0]) ** count)
    return rate * type(rate)(of_gradient), rate * type(rate)(of_l1)


_move = _move_by_adam  # in an option, its own


def _adam(theta, gradient, first, second, segments, l1, l2, constants, rate, factor, count):
    """Adam (Kingma & Ba, 2015), with epsilon added to √v before v is corrected for its bias."""
    rates, penalty = _correct(rate, constants, count), rate - rate
    for i in range(segments.shape[0]):
        a, b = segments[i, 0], segments[i, 1]
        vectors = (theta[a:b], gradient[a:b], first[a:b], second[a:b])
        penalty += _move(*vectors, constants, rates, factor, l1[i], l2[i])
    return penalty


class Optimizer:
    """A step as an option, and what it needs.

    Parameters
    ----------
    function : see the top of the file

    constants : names of the parameters of an estimator that it has as `constants`

    n_moments : how many vectors like theta it carries along

    move, move_and_shrink : what `_move` of the function stands for, without l1 and with it
    """

    def __init__(self, function, constants, n_moments, move=None, move_and_shrink=None):
        self.option = Option(function, "step", _TYPES, _move=move)
        self.option_of_l1 = Option(function, "step_and_shrink", _TYPES, _move=move_and_shrink)
        self.constants, self.n_moments, self.doc = constants, n_moments, function.__doc__


_TYPES = (*[vector_of] * 4, integers_of, *[vector_of] * 3, number_of, number_of, integer_of)
_MOVES = _move_by_adam, _move_by_adam_and_shrink

OPTIMIZERS = {
    "sgd": Optimizer(_sgd, ("momentum", "nesterovs_momentum"), 1),
    "adam": Optimizer(_adam, ("beta_1", "beta_2", "epsilon"), 2, *_MOVES),
}

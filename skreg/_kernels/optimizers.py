"""One step of an optimizer on one segment of theta: L2 in the gradient, L1 by its proximal map.

Conventions: `theta`, `gradient`, `first`, `second` are segments of equal length; `gradient` is that
of the loss alone. Each step returns the penalty l1·‖w‖₁ + ½·l2·‖w‖² of the weights *before* the
step, the ones the loss was computed with, so theta passes through memory once.

L1 acts in the metric of the step: where a coordinate moves by rate·g / d, it is then pulled
towards zero by rate·l1 / d, so that its fixed points are the stationary points of
J = loss + l1·‖w‖₁ + ½·l2·‖w‖², with exact zeros.

A new optimizer is a function, a branch in `step` and a row in the table at the end.
"""

from typing import NamedTuple

import numpy as np

from skreg._kernels.jit import helper

SGD, ADAM = range(2)


class Rule(NamedTuple):
    """Which optimizer, and its constants in the dtype of theta."""

    optimizer: int
    momentum: float
    nesterov: int
    beta_1: float
    beta_2: float
    epsilon: float
    clip_norm: float  # infinity where gradients are not clipped


@helper
def shrink(w, threshold):
    """The proximal map of threshold·|w|: zero where |w| ≤ threshold; nan stays nan."""
    return w - min(max(w, -threshold), threshold)


@helper
def _step_sgd(theta, gradient, velocity, rate, rule, l1, l2):
    """Momentum (Polyak, 1964) or Nesterov's, as proximal gradient with inertia (Ochs et al., 2014).

    Heavy ball: w ← prox(w + momentum·velocity − rate·g), velocity ← the change of w. Nesterov:
    theta is the point ahead, w + momentum·velocity; w itself is recovered from it.
    """
    zero, half = theta.dtype.type(0), theta.dtype.type(0.5)
    momentum, ahead = rule.momentum, zero
    if rule.nesterov == 1:
        ahead = rule.momentum
    penalty, threshold = zero, rate * l1
    for j in range(theta.size):
        w = theta[j]
        penalty += l1 * abs(w) + half * l2 * w * w
        push = momentum * velocity[j] - rate * (gradient[j] + l2 * w)
        here = w - ahead * velocity[j]
        moved = here + push
        pull = min(max(moved, -threshold), threshold)
        velocity[j] = push - pull
        theta[j] = (moved - pull) + ahead * velocity[j]
    return penalty


@helper
def _step_adam(theta, gradient, first, second, rates, rule, l1, l2):
    """Adam (Kingma & Ba, 2015), with epsilon added to √v before v is corrected for its bias."""
    one, half = theta.dtype.type(1), theta.dtype.type(0.5)
    new_1, new_2 = one - rule.beta_1, one - rule.beta_2
    penalty, (rate, rate_of_l1) = theta.dtype.type(0), rates
    for j in range(theta.size):
        w = theta[j]
        penalty += l1 * abs(w) + half * l2 * w * w
        g = gradient[j] + l2 * w
        first[j] = rule.beta_1 * first[j] + new_1 * g
        second[j] = rule.beta_2 * second[j] + new_2 * g * g
        share = one / (np.sqrt(second[j]) + rule.epsilon)
        theta[j] = shrink(w - rate * share * first[j], rate_of_l1 * share * l1)
    return penalty


@helper
def correct_rates(rate, rule, count):
    """Rates of the gradient and of l1 in step number `count` = 1, 2, …

    Adam's moments begin at zero, which the rates make up for; l1 is no moment and needs only the
    part for v.
    """
    if rule.optimizer == ADAM:
        of_l1 = np.sqrt(1.0 - np.float64(rule.beta_2) ** count)
        of_gradient = of_l1 / (1.0 - np.float64(rule.beta_1) ** count)
        return rate * type(rate)(of_gradient), rate * type(rate)(of_l1)
    return rate, rate


@helper
def step(theta, gradient, first, second, rates, rule, l1, l2):
    """Move one segment of theta and its moments; returns the penalty before the move."""
    if rule.optimizer == ADAM:
        return _step_adam(theta, gradient, first, second, rates, rule, l1, l2)
    return _step_sgd(theta, gradient, first, rates[0], rule, l1, l2)


OPTIMIZERS = {"sgd": SGD, "adam": ADAM}
N_MOMENTS = {"sgd": 1, "adam": 2}  # how many vectors like theta an optimizer carries along

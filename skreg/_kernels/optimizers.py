"""One step of an optimizer on theta: L2 in the gradient, L1 by its proximal map.

Conventions: `theta`, `gradient`, `first`, `second` are vectors of equal length; `gradient` is that
of the loss alone, and is multiplied by `factor` on the way. Row i of `ends` (n, 2) says where
segment i begins and ends, and row i of `numbers` (n, 4) has what multiplies its rate, and its l1,
l2 and decay. Each step returns the penalty l1·‖w‖₁ + ½·l2·‖w‖² of the weights *before* the step,
the ones the loss was computed with, so theta passes through memory once.

L1 acts in the metric of the step: where a coordinate moves by rate·g / d, it is then pulled
towards zero by rate·l1 / d, so that its fixed points are the stationary points of
J = loss + l1·‖w‖₁ + ½·l2·‖w‖², with exact zeros. The decay is decoupled (Loshchilov & Hutter,
2019): a step also takes rate·decay·w, `decayed`·w, from a weight, in front of that pull.

A new optimizer is a function and a row in the table at the end. Each is compiled when it is first
used, see `options.py`.
"""

import numpy as np

from skreg._compiler.jit import helper, precise_helper
from skreg._compiler.options import (
    Option,
    integer_of,
    integers_of,
    matrix_of,
    number_of,
    vector_of,
)
from skreg._compiler.vectors import sweep
from skreg._compiler.views import vector_at
from skreg._kernels.penalties import DECAY, L1, L2, RATE


def _pull(w, threshold):
    """What `shrink` takes from w."""
    return np.minimum(np.maximum(w, -threshold), threshold)


def shrink(w, threshold):
    """The proximal map of threshold·|w|: zero where |w| ≤ threshold; nan stays nan."""
    return w - _pull(w, threshold)


def _move_by_sgd(w, velocity, gradient, momentum, nesterov, rate, factor, decayed, l1, l2):
    """Heavy ball: w ← prox(w + momentum·velocity − rate·g − decayed·w), velocity ← the change of w
    but for its decay. Nesterov: theta is the point ahead, w + momentum·velocity; w itself is
    recovered from it.
    """
    penalty = l1 * abs(w) + 0.5 * l2 * w * w
    ahead = nesterov * momentum  # the first is 0 or 1
    here = w - ahead * velocity
    push = momentum * velocity - rate * (factor * gradient + l2 * w)
    moved = here + push - decayed * here
    pull = _pull(moved, rate * l1)
    velocity = push - pull  # not the change of w, which is rounded to the digits of w
    return (moved - pull) + ahead * velocity, velocity, penalty


def _moments(w, first, second, gradient, beta_1, beta_2, factor, l2):
    g = factor * gradient + l2 * w
    return beta_1 * first + (1 - beta_1) * g, beta_2 * second + (1 - beta_2) * g * g


def _move_by_adam(
    w, first, second, gradient, beta_1, beta_2, epsilon, rate, rate_of_l1, factor, decayed, l1, l2
):
    """Without L1, which would take longer."""
    first, second = _moments(w, first, second, gradient, beta_1, beta_2, factor, l2)
    moved = w - rate * first / (np.sqrt(second) + epsilon) - decayed * w
    return moved, first, second, 0.5 * l2 * w * w


def _move_by_adam_and_shrink(
    w, first, second, gradient, beta_1, beta_2, epsilon, rate, rate_of_l1, factor, decayed, l1, l2
):
    first, second = _moments(w, first, second, gradient, beta_1, beta_2, factor, l2)
    share = 1 / (np.sqrt(second) + epsilon)
    moved = w - share * (rate * first) - decayed * w
    moved = shrink(moved, rate_of_l1 * l1 * share)
    return moved, first, second, abs(w) * (l1 + 0.5 * l2 * abs(w))


_MOVE_BY_SGD = sweep(_move_by_sgd)
_move = _MOVE_BY_SGD  # in an option, its own


@precise_helper
def _scale(rate, factor):
    """Their product, for which nothing that made the rate is computed in another order."""
    return rate * factor


def _sgd(theta, gradient, first, second, ends, numbers, constants, rate, factor, count):
    """Momentum (Polyak, 1964) or Nesterov's, as inertial proximal gradient (Ochs et al., 2014)."""
    penalty = rate - rate
    for i in range(ends.shape[0]):
        a, size = ends[i, 0], ends[i, 1] - ends[i, 0]
        moving = (vector_at(theta, a, size), vector_at(first, a, size))
        vectors = (*moving, vector_at(gradient, a, size))
        own = _scale(rate, numbers[i, RATE])
        strengths = (_scale(own, numbers[i, DECAY]), numbers[i, L1], numbers[i, L2])
        penalty += _move(vectors, (constants[0], constants[1], own, factor, *strengths))
    return penalty


@helper
def _correct(rate, constants, count):
    """Rates of the gradient and of l1 in step number `count` = 1, 2, …

    The moments begin at zero, which the rates make up for; l1 is no moment and needs only the part
    for v.
    """
    t = np.float64(count)
    of_l1 = np.sqrt(1.0 - np.float64(constants[1]) ** t)
    of_gradient = of_l1 / (1.0 - np.float64(constants[0]) ** t)
    return rate * type(rate)(of_gradient), rate * type(rate)(of_l1)


def _adam(theta, gradient, first, second, ends, numbers, constants, rate, factor, count):
    """Adam (Kingma & Ba, 2015), with epsilon added to √v before v is corrected for its bias."""
    penalty, (of_gradient, of_l1) = rate - rate, _correct(rate, constants, count)
    for i in range(ends.shape[0]):
        a, size = ends[i, 0], ends[i, 1] - ends[i, 0]
        moments = (vector_at(first, a, size), vector_at(second, a, size))
        vectors = (vector_at(theta, a, size), *moments, vector_at(gradient, a, size))
        own = numbers[i, RATE]
        rates = (_scale(of_gradient, own), _scale(of_l1, own), factor)
        decayed = _scale(_scale(rate, own), numbers[i, DECAY])
        decays = (constants[0], constants[1], constants[2])
        penalty += _move(vectors, (*decays, *rates, decayed, numbers[i, L1], numbers[i, L2]))
    return penalty


def _steps_of_sgd(steps, second, constants, rate, count):
    for j in range(steps.size):
        steps[j] = rate


def _steps_of_adam(steps, second, constants, rate, count):
    _, of_l1 = _correct(rate, constants, count)
    for j in range(steps.size):
        steps[j] = of_l1 / (np.sqrt(second[j]) + constants[2])


def _look_ahead(momentum, nesterovs_momentum):
    return momentum * nesterovs_momentum


class Optimizer:
    """A step as an option, and what it needs.

    Parameters
    ----------
    function : see the top of the file

    constants : names of the parameters of an estimator that it has as `constants`

    n_moments : how many vectors like theta it carries along

    move, move_and_shrink : what `_move` of the function stands for, without l1 and with it

    metric : function (steps, second, constants, rate, count)
        Overwrites `steps` by the distance that a penalty with a derivative of one moves each place.

    look_ahead : function of the constants, or None
        How many of the velocities theta is ahead of the weights; None where `first` has none.
    """

    def __init__(
        self, function, constants, n_moments, move, move_and_shrink, metric, look_ahead=None
    ):
        self.option = Option(function, "step", _TYPES, _move=move)
        self.option_of_l1 = Option(function, "step_and_shrink", _TYPES, _move=move_and_shrink)
        self.metric = Option(metric, "metric", _TYPES_OF_METRIC)
        self.constants, self.n_moments, self.doc = constants, n_moments, function.__doc__
        self._look_ahead = look_ahead

    @property
    def has_velocity(self):
        return self._look_ahead is not None

    def ahead(self, settings):
        """How many velocities theta is ahead of the weights."""
        if self._look_ahead is None:
            return 0.0
        return self._look_ahead(*(getattr(settings, name) for name in self.constants))


_VECTORS = vector_of, vector_of, vector_of, vector_of
_TYPES = (*_VECTORS, integers_of, matrix_of, vector_of, number_of, number_of, integer_of)
_TYPES_OF_METRIC = (vector_of, vector_of, vector_of, number_of, integer_of)
_MOVES_OF_ADAM = sweep(_move_by_adam), sweep(_move_by_adam_and_shrink)

OPTIMIZERS = {
    "sgd": Optimizer(
        _sgd,
        ("momentum", "nesterovs_momentum"),
        1,
        _MOVE_BY_SGD,
        _MOVE_BY_SGD,
        _steps_of_sgd,
        _look_ahead,
    ),
    "adam": Optimizer(_adam, ("beta_1", "beta_2", "epsilon"), 2, *_MOVES_OF_ADAM, _steps_of_adam),
}

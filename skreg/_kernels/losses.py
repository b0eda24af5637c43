"""Losses on a batch of scores.

Conventions: `scores` (n, k) are the outputs of the last layer and `Y` (n, k) the targets, both in
the dtype of theta; `weights` (n,) are sample weights, `parameters` (1,) or more numbers, and `room`
(n,) is to be overwritten. A loss overwrites `scores` by dJ/d(score) =
weight · scale · d(loss)/d(score) and returns Σᵢ weightᵢ · lossᵢ · scale.

A new loss is a function and a row in the table at the end. Each is compiled when it is first used,
see `options.py`.
"""

import numpy as np

from skreg._arithmetic.exponential import exp, log, log1p
from skreg._compiler.jit import helper
from skreg._compiler.options import Option, matrix_of, number_of, vector_of
from skreg._compiler.rowwise import rowwise
from skreg._compiler.views import vector_at
from skreg._kernels import distribution_losses as distributions
from skreg._kernels import regression_losses as numbers
from skreg._kernels.softmax import exponentiate, find_maxima, find_sums

_TYPES = (matrix_of, matrix_of, vector_of, vector_of, number_of, vector_of)

_loss_of_number = numbers.squared_error  # in an option, its own


def _mean_over_outputs(scores, Y, weights, room, scale, parameters):
    n, k = scores.shape
    parameter = parameters[0]
    share, total = scale / scores.dtype.type(k), scores.dtype.type(0)
    for i in range(n):
        factor = weights[i] * share
        if factor == 0:  # and the loss may be infinite
            scores[i] = 0
            continue
        for j in range(k):
            value, slope = _loss_of_number(scores[i, j], Y[i, j], parameter)
            total += factor * value
            scores[i, j] = factor * slope
    return total


@helper
def _of_label(z, y):
    """log(1 + exp(z)) − y·z, and its slope."""
    zero, one, e = type(z)(0), type(z)(1), exp(-abs(z))
    return max(z, zero) - y * z + log1p(e), (one if z >= zero else e) / (one + e) - y


def _binary_log_loss(scores, Y, weights, room, scale, parameters):
    """log(1 + exp(score)) − y·score, summed over the k labels."""
    n, k = scores.shape
    total = scores.dtype.type(0)
    if k == 1:  # where a loop over labels would be short
        flat, targets = vector_at(scores, 0, n), vector_at(Y, 0, n)
        for i in range(n):
            value, slope = _of_label(flat[i], targets[i])
            total += weights[i] * value
            flat[i] = weights[i] * scale * slope
        return scale * total
    for i in range(n):
        for j in range(k):
            value, slope = _of_label(scores[i, j], Y[i, j])
            total += weights[i] * value
            scores[i, j] = weights[i] * scale * slope
    return scale * total


def _shift(z, y, highest):
    return z - highest, (z - highest) * y


def _slope(e, y, share, weight, scale):
    return weight * scale * (e * share - y), None


_shift_scores, _write_slope = rowwise(_shift, np.add), rowwise(_slope)


def _log_loss(scores, Y, weights, room, scale, parameters):
    """log Σⱼ exp(scoreⱼ) − Σⱼ yⱼ·scoreⱼ over the k classes."""
    total, one = scores.dtype.type(0), scores.dtype.type(1)
    find_maxima((scores,), (), room)
    _shift_scores((scores, Y), (room,), room)
    for i in range(room.size):
        total -= weights[i] * room[i]
    exponentiate(vector_at(scores, 0, scores.size))
    find_sums((scores,), (), room)
    for i in range(room.size):
        total += weights[i] * log(room[i])
        room[i] = one / room[i]
    _write_slope((scores, Y), (room, weights, scale), room)
    return scale * total


class Loss:
    """A loss as an option, the link that belongs to it, and what it asks of its surroundings.

    Parameters
    ----------
    function : a loss of a batch, or of one number, which is then averaged over the outputs

    parameter : the name of the number or numbers that it is called with, or None

    targets : "any", "non-negative" or "positive" numbers

    scores_of_normal : callable(mean, deviation, parameters) -> list of float, or None
        The scores of a target that stand for a normal distribution, which training begins with;
        None where a target has one score.
    """

    def __init__(
        self, function, link="identity", *, parameter=None, targets="any", scores_of_normal=None
    ):
        if function.__module__ == numbers.__name__:
            bound = {"_loss_of_number": function}
            self.option = Option(_mean_over_outputs, function.__name__, _TYPES, **bound)
        else:
            self.option = Option(function, "of_batch", _TYPES)
        self.link, self.parameter, self.targets = link, parameter, targets
        self.scores_of_normal = scores_of_normal
        self.doc = function.__doc__


LOSSES = {
    "squared_error": Loss(numbers.squared_error),
    "absolute_error": Loss(numbers.absolute_error),
    "huber": Loss(numbers.huber, parameter="delta"),
    "quantile": Loss(numbers.quantile, parameter="quantile"),
    "poisson": Loss(numbers.poisson, "exp", targets="non-negative"),
    "gamma": Loss(numbers.gamma, "exp", targets="positive"),
    "gaussian": Loss(
        distributions.gaussian, "gaussian", scores_of_normal=distributions.moments_of_normal
    ),
    "quantiles": Loss(
        distributions.quantiles,
        "quantiles",
        parameter="quantile",
        scores_of_normal=distributions.quantiles_of_normal,
    ),
    "binary_log_loss": Loss(_binary_log_loss, "logistic"),
    "log_loss": Loss(_log_loss, "softmax"),
}
CLASSIFICATION_LOSSES = ("binary_log_loss", "log_loss")
OF_A_LIST = {"quantile": "quantiles"}  # the loss that stands for another with several parameters
REGRESSION_LOSSES = tuple(
    name for name in LOSSES if name not in (*CLASSIFICATION_LOSSES, *OF_A_LIST.values())
)

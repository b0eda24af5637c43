"""Losses on a batch of scores.

Conventions: `scores` (n, k) are the outputs of the last layer and `Y` (n, k) the targets, both in
the dtype of theta; `weights` (n,) are sample weights. A loss overwrites `scores` by
dJ/d(score) = weight · scale · d(loss)/d(score) and returns Σᵢ weightᵢ · lossᵢ · scale.

A new loss is a function and a row in the table at the end. Each is compiled when it is first used:
see `options.py`, and `entries.py` for HELPERS.
"""

import math

from skreg._kernels import regression_losses as numbers
from skreg._kernels.exponential import exp
from skreg._kernels.options import Option, matrix_of, number_of, vector_of
from skreg._kernels.softmax import exponentiate
from skreg._kernels.views import vector_at

HELPERS = "e1a8a1cad2fef950"
_TYPES = (matrix_of, matrix_of, vector_of, number_of, number_of)

_loss_of_number = numbers.squared_error  # in an option, its own


def _mean_over_outputs(scores, Y, weights, scale, parameter):
    n, k = scores.shape
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


def _binary_log_loss(scores, Y, weights, scale, parameter):
    """log(1 + exp(score)) − y·score, summed over the k labels."""
    n, k = scores.shape
    zero, one = scores.dtype.type(0), scores.dtype.type(1)
    total = zero
    for i in range(n):
        factor = weights[i] * scale
        for j in range(k):
            z = scores[i, j]
            e = exp(-abs(z))
            total += factor * (max(z, zero) - Y[i, j] * z + math.log1p(e))
            scores[i, j] = factor * ((one if z >= zero else e) / (one + e) - Y[i, j])
    return total


def _log_loss(scores, Y, weights, scale, parameter):
    """log Σⱼ exp(scoreⱼ) − Σⱼ yⱼ·scoreⱼ over the k classes."""
    n, k = scores.shape
    zero, one = scores.dtype.type(0), scores.dtype.type(1)
    total = zero
    for i in range(n):
        highest, at_target = scores[i, 0], zero
        for j in range(1, k):
            highest = max(highest, scores[i, j])
        for j in range(k):
            scores[i, j] -= highest
            at_target += Y[i, j] * scores[i, j]
        total -= weights[i] * scale * at_target
    exponentiate(vector_at(scores, 0, n * k))
    for i in range(n):
        factor = weights[i] * scale
        mass = zero
        for j in range(k):
            mass += scores[i, j]
        total += factor * math.log(mass)
        share = one / mass
        for j in range(k):
            scores[i, j] = factor * (scores[i, j] * share - Y[i, j])
    return total


class Loss:
    """A loss as an option, the link that belongs to it, and what it asks of its surroundings.

    Parameters
    ----------
    function : a loss of a batch, or of one number, which is then averaged over the outputs

    parameter : the name of the number that it is called with, or None

    targets : "any", "non-negative" or "positive" numbers
    """

    def __init__(self, function, link="identity", *, parameter=None, targets="any"):
        if function.__module__ == numbers.__name__:
            bound = {"_loss_of_number": function}
            self.option = Option(_mean_over_outputs, function.__name__, _TYPES, **bound)
        else:
            self.option = Option(function, "of_batch", _TYPES)
        self.link, self.parameter, self.targets = link, parameter, targets
        self.doc = function.__doc__


LOSSES = {
    "squared_error": Loss(numbers.squared_error),
    "absolute_error": Loss(numbers.absolute_error),
    "huber": Loss(numbers.huber, parameter="delta"),
    "quantile": Loss(numbers.quantile, parameter="quantile"),
    "poisson": Loss(numbers.poisson, "exp", targets="non-negative"),
    "gamma": Loss(numbers.gamma, "exp", targets="positive"),
    "binary_log_loss": Loss(_binary_log_loss, "logistic"),
    "log_loss": Loss(_log_loss, "softmax"),
}
CLASSIFICATION_LOSSES = ("binary_log_loss", "log_loss")

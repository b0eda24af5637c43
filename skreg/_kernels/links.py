"""Links: from the scores of the last layer to predictions.

Conventions: `scores` (n, k) lack their `bias` (k,) yet, and become predictions in place. Those of
"gaussian" are pairs, one for each target, and those of "quantiles" are of one target.

A new link is a function and a row in the table at the end. Each is compiled when it is first used,
see `options.py`.
"""

import numpy as np

from skreg._arithmetic.exponential import logistic
from skreg._compiler.options import Option, matrix_of, vector_of
from skreg._compiler.rowwise import rowwise
from skreg._compiler.views import vector_at
from skreg._kernels.activations import softplus
from skreg._kernels.bias import add_bias
from skreg._kernels.distribution_losses import LEAST_VARIANCE
from skreg._kernels.softmax import exponentiate, find_maxima, find_sums


def _identity(scores, bias):
    """The score."""
    add_bias(scores, bias)


def _logistic(scores, bias):
    """1 / (1 + exp(−score))."""
    n, k = scores.shape
    highest = scores.dtype.type(1) - np.finfo(scores.dtype).eps  # probabilities stay inside (0, 1)
    for i in range(n):
        for j in range(k):
            scores[i, j] = min(logistic(scores[i, j] + bias[j]), highest)


_subtract = rowwise(lambda z, highest: (z - highest, None))
_divide = rowwise(lambda e, mass: (e / mass, None))


def _softmax(scores, bias):
    """exp(score) as a share of their sum over the k scores."""
    room = np.empty(scores.shape[0], scores.dtype)
    add_bias(scores, bias)
    find_maxima((scores,), (), room)
    _subtract((scores,), (room,), room)
    exponentiate(vector_at(scores, 0, scores.size))
    find_sums((scores,), (), room)
    _divide((scores,), (room,), room)


def _exp(scores, bias):
    """exp(score)."""
    add_bias(scores, bias)
    exponentiate(vector_at(scores, 0, scores.size))


def _gaussian(scores, bias):
    """Of two scores, the first as the mean, and log(1 + exp(score)) + 10⁻⁶ as the variance."""
    add_bias(scores, bias)
    n, k = scores.shape
    for i in range(n):
        for j in range(1, k, 2):
            scores[i, j] = softplus(scores[i, j]) + scores.dtype.type(LEAST_VARIANCE)


def _quantiles(scores, bias):
    """The first score, and each further quantile log(1 + exp(score)) above the one before."""
    add_bias(scores, bias)
    n, k = scores.shape
    for i in range(n):
        for j in range(1, k):
            scores[i, j] = scores[i, j - 1] + softplus(scores[i, j])


_FUNCTIONS = {
    "identity": _identity,
    "logistic": _logistic,
    "softmax": _softmax,
    "exp": _exp,
    "gaussian": _gaussian,
    "quantiles": _quantiles,
}

_TYPES = (matrix_of, vector_of)

LINKS = {
    name: Option(function, "link", _TYPES, makes_arrays=function is _softmax)
    for name, function in _FUNCTIONS.items()
}
DOCSTRINGS = {name: function.__doc__ for name, function in _FUNCTIONS.items()}

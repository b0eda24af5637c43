"""Links: from the scores of the last layer to predictions.

Conventions: `scores` (n, k) lack their `bias` (k,) yet, and become predictions in place.

A new link is a function and a row in the table at the end. Each is compiled when it is first used:
see `options.py`, and `entries.py` for HELPERS.
"""

import numpy as np

from skreg._kernels.bias import add_bias
from skreg._kernels.exponential import logistic
from skreg._kernels.options import Option, matrix_of, vector_of
from skreg._kernels.softmax import exponentiate, shift_rows_by_maximum

HELPERS = "e1a8a1cad2fef950"


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


def _softmax(scores, bias):
    """exp(score) as a share of their sum over the k scores."""
    n, k = scores.shape
    add_bias(scores, bias)
    shift_rows_by_maximum(scores)
    exponentiate(scores.reshape(n * k))
    for i in range(n):
        mass = scores.dtype.type(0)
        for j in range(k):
            mass += scores[i, j]
        for j in range(k):
            scores[i, j] /= mass


def _exp(scores, bias):
    """exp(score)."""
    add_bias(scores, bias)
    exponentiate(scores.reshape(scores.size))


_FUNCTIONS = {"identity": _identity, "logistic": _logistic, "softmax": _softmax, "exp": _exp}

_TYPES = (matrix_of, vector_of)

LINKS = {name: Option(function, "link", _TYPES) for name, function in _FUNCTIONS.items()}
DOCSTRINGS = {name: function.__doc__ for name, function in _FUNCTIONS.items()}

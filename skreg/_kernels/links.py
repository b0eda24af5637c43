"""Links: from the scores of the last layer to predictions.

Conventions: `scores` (n, k) become predictions in place.

A new link is a function and a row in the table at the end. Each is compiled when it is first used:
see `options.py`, and `entries.py` for HELPERS.
"""

import numpy as np

from skreg._kernels.exponential import logistic
from skreg._kernels.options import Option, matrix_of
from skreg._kernels.softmax import exponentiate, shift_rows_by_maximum

HELPERS = "061724adf4e6bcfb"


def _identity(scores):
    """The score."""


def _logistic(scores):
    """1 / (1 + exp(−score))."""
    n, k = scores.shape
    highest = scores.dtype.type(1) - np.finfo(scores.dtype).eps  # probabilities stay inside (0, 1)
    for i in range(n):
        for j in range(k):
            scores[i, j] = min(logistic(scores[i, j]), highest)


def _softmax(scores):
    """exp(score) as a share of their sum over the k scores."""
    n, k = scores.shape
    shift_rows_by_maximum(scores)
    exponentiate(scores.reshape(n * k))
    for i in range(n):
        mass = scores.dtype.type(0)
        for j in range(k):
            mass += scores[i, j]
        for j in range(k):
            scores[i, j] /= mass


def _exp(scores):
    """exp(score)."""
    exponentiate(scores.reshape(scores.size))


_FUNCTIONS = {"identity": _identity, "logistic": _logistic, "softmax": _softmax, "exp": _exp}

LINKS = {name: Option(function, "link", [matrix_of]) for name, function in _FUNCTIONS.items()}
DOCSTRINGS = {name: function.__doc__ for name, function in _FUNCTIONS.items()}

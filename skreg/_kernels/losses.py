"""Losses on a batch of scores, and the links that turn scores into predictions.

Conventions: `scores` (n, k) are the outputs of the last layer and `Y` (n, k) the targets, both in
the dtype of theta; `weights` (n,) are sample weights. A loss overwrites `scores` by
dJ/d(score) = weight · scale · d(loss)/d(score) and returns Σᵢ weightᵢ · lossᵢ · scale.

A new loss is a function, a branch in `overwrite_by_delta` and a row in the tables at the end.
"""

import math

import numpy as np

from skreg._kernels.activations import IDENTITY
from skreg._kernels.activations import LOGISTIC as LOGISTIC_LINK
from skreg._kernels.exponential import exp, logistic
from skreg._kernels.jit import helper

SQUARED_ERROR, BINARY_LOG_LOSS, LOG_LOSS = range(3)
SOFTMAX_LINK = -1


@helper
def _squared_error(scores, Y, weights, scale):
    """½(score − y)², averaged over the k outputs."""
    n, k = scores.shape
    half, share = scores.dtype.type(0.5), scale / scores.dtype.type(k)
    total = scores.dtype.type(0)
    for i in range(n):
        factor = weights[i] * share
        for j in range(k):
            error = scores[i, j] - Y[i, j]
            total += half * factor * error * error
            scores[i, j] = factor * error
    return total


@helper
def _binary_log_loss(scores, Y, weights, scale):
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


@helper
def _shift_rows_by_maximum(scores):
    for i in range(scores.shape[0]):
        highest = scores[i, 0]
        for j in range(1, scores.shape[1]):
            highest = max(highest, scores[i, j])
        for j in range(scores.shape[1]):
            scores[i, j] -= highest


@helper
def _exponentiate(values):
    for j in range(values.size):
        values[j] = exp(values[j])


@helper
def _log_loss(scores, Y, weights, scale):
    """log Σⱼ exp(scoreⱼ) − Σⱼ yⱼ·scoreⱼ over the k classes."""
    n, k = scores.shape
    one, total = scores.dtype.type(1), scores.dtype.type(0)
    _shift_rows_by_maximum(scores)
    for i in range(n):
        factor = weights[i] * scale
        for j in range(k):
            total -= factor * Y[i, j] * scores[i, j]
    _exponentiate(scores.reshape(n * k))
    for i in range(n):
        factor = weights[i] * scale
        mass = scores.dtype.type(0)
        for j in range(k):
            mass += scores[i, j]
        total += factor * math.log(mass)
        share = one / mass
        for j in range(k):
            scores[i, j] = factor * (scores[i, j] * share - Y[i, j])
    return total


@helper
def overwrite_by_delta(scores, Y, weights, scale, loss):
    """Return Σᵢ weightᵢ · lossᵢ · scale and overwrite `scores` by its gradient."""
    if loss == LOG_LOSS:
        return _log_loss(scores, Y, weights, scale)
    if loss == BINARY_LOG_LOSS:
        return _binary_log_loss(scores, Y, weights, scale)
    return _squared_error(scores, Y, weights, scale)


@helper
def apply_link(scores, link):
    """Overwrite scores (n, k) by predictions."""
    n, k = scores.shape
    if link == LOGISTIC_LINK:
        one = scores.dtype.type(1)
        highest = one - np.finfo(scores.dtype).eps  # probabilities stay inside (0, 1)
        for i in range(n):
            for j in range(k):
                scores[i, j] = min(logistic(scores[i, j]), highest)
    elif link == SOFTMAX_LINK:
        _shift_rows_by_maximum(scores)
        _exponentiate(scores.reshape(n * k))
        for i in range(n):
            scores[i] /= scores[i].sum()


LOSSES = {"squared_error": SQUARED_ERROR, "binary_log_loss": BINARY_LOG_LOSS, "log_loss": LOG_LOSS}
LINKS = {"identity": IDENTITY, "logistic": LOGISTIC_LINK, "softmax": SOFTMAX_LINK}

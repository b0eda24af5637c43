"""Losses of distributions: several scores for each target, on a batch.

Conventions are those of `losses.py`, but for `scores` (n, k · m): those of a target are m
neighbors, which its link in `links.py` turns into what describes its distribution. A loss is
averaged over the k targets.

In front of each loss is a function of plain numbers: which scores describe a normal distribution.
"""

import math
from statistics import NormalDist

import numpy as np

from skreg._arithmetic.exponential import log
from skreg._compiler.jit import helper
from skreg._kernels.activations import softplus, softplus_slope

LEAST_VARIANCE = 1e-6  # of a target in the units of training
_LEAST_STEP = 1e-6  # to begin with: where softplus is flat, nothing is learned


def _inverse_of_softplus(value):
    value = max(value, _LEAST_STEP)
    return value + math.log(-math.expm1(-value))


def moments_of_normal(mean, deviation, parameters):
    """The two scores of a normal distribution."""
    return [mean, _inverse_of_softplus(deviation * deviation)]


def gaussian(scores, Y, weights, room, scale, parameters):
    """½·log(2·π·σ²) + (y − μ)² / (2·σ²), the negative log-likelihood of a normal distribution
    whose mean μ and variance σ² both depend on x (Nix & Weigend, 1994).
    """
    n, k = Y.shape
    number = scores.dtype.type
    share, total, half, one = scale / number(k), number(0), number(0.5), number(1)
    for i in range(n):
        factor = weights[i] * share
        if factor == 0:  # and the loss may be infinite
            scores[i] = 0
            continue
        for j in range(k):
            error, excess = scores[i, 2 * j] - Y[i, j], softplus(scores[i, 2 * j + 1])
            variance = number(LEAST_VARIANCE) + excess
            ratio = error * error / variance
            total += factor * half * (log(number(2 * math.pi) * variance) + ratio)
            scores[i, 2 * j] = factor * (error / variance)
            slope = softplus_slope(excess) / variance  # at most 1
            scores[i, 2 * j + 1] = factor * half * slope * (one - ratio)
    return total


def quantiles_of_normal(mean, deviation, parameters):
    """The scores of a normal distribution: its lowest quantile, and the steps between others."""
    quantiles = [NormalDist(mean, deviation).inv_cdf(level) for level in parameters]
    steps = np.diff(quantiles).tolist()
    return [quantiles[0], *map(_inverse_of_softplus, steps)]


@helper
def _climb(scores, i, first, y, parameters):
    """The losses of all quantiles of a target, and how many are below and up to y.

    Overwrites its scores by the slope of the quantile that each belongs to.
    """
    number = scores.dtype.type
    zero, one = number(0), number(1)
    quantile, loss, n_below, n_up_to = scores[i, first], zero, 0, 0
    scores[i, first] = one
    for j in range(parameters.size):
        if j > 0:
            step = softplus(scores[i, first + j])
            quantile += step
            scores[i, first + j] = softplus_slope(step)
        error = quantile - y
        n_below += error < zero
        n_up_to += error <= zero
        loss += error * (one - parameters[j] if error > zero else -parameters[j])
    return loss, n_below, n_up_to


@helper
def _descend(scores, i, first, n_below, n_up_to, parameters, factor):
    """Multiply slopes by those of the loss: a score moves its own quantile and all above."""
    number = scores.dtype.type
    above = number(0)
    for j in range(parameters.size - 1, -1, -1):
        if j >= n_up_to:
            above += number(1) - parameters[j]
        elif j < n_below:
            above -= parameters[j]
        scores[i, first + j] *= factor * above


def quantiles(scores, Y, weights, room, scale, parameters):
    """The mean over a list of quantiles, each log(1 + exp(score)) above the one before."""
    n, k, m = Y.shape[0], Y.shape[1], parameters.size
    share, total = scale / scores.dtype.type(k * m), scores.dtype.type(0)
    for i in range(n):
        factor = weights[i] * share
        if factor == 0:  # and the loss may be infinite
            scores[i] = 0
            continue
        for j in range(k):
            loss, n_below, n_up_to = _climb(scores, i, j * m, Y[i, j], parameters)
            total += factor * loss
            _descend(scores, i, j * m, n_below, n_up_to, parameters, factor)
    return total

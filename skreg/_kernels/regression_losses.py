"""Losses of numbers, as functions of one score and one target.

Each returns the loss and its slope by the score; `parameter` is what the loss is called with, such
as the quantile. With a log link, the mean is μ = exp(score).

A new loss is a function here and a row in the table of `losses.py`.
"""

import math

from skreg._arithmetic.exponential import exp
from skreg._compiler.jit import helper


@helper
def squared_error(score, y, parameter):
    """½·(score − y)²."""
    error = score - y
    return type(score)(0.5) * error * error, error


@helper
def absolute_error(score, y, parameter):
    """|score − y|."""
    error, one = score - y, type(score)(1)
    if error == type(score)(0):
        return error, error
    return abs(error), math.copysign(one, error)


@helper
def huber(score, y, parameter):
    """½·e² for an error |e| ≤ delta, else delta·(|e| − ½·delta) (Huber, 1964)."""
    error = score - y
    near = min(max(error, -parameter), parameter)
    return near * (error - type(score)(0.5) * near), near


@helper
def quantile(score, y, parameter):
    """quantile·(y − score) for y ≥ score, else (1 − quantile)·(score − y)
    (Koenker & Bassett, 1978).
    """
    error, zero = score - y, type(score)(0)
    slope = type(score)(1) - parameter if error > zero else -parameter
    if error == zero:
        slope = zero
    return slope * error, slope


@helper
def poisson(score, y, parameter):
    """μ − y + y·log(y / μ), half of the Poisson deviance."""
    mean = exp(score)
    constant = y * (math.log(y) - type(score)(1)) if y > type(score)(0) else type(score)(0)
    return mean - y * score + constant, mean - y


@helper
def gamma(score, y, parameter):
    """y / μ − 1 − log(y / μ), half of the gamma deviance."""
    ratio = y * exp(-score)
    return ratio - type(score)(1) + score - math.log(y), type(score)(1) - ratio

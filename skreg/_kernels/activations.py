"""Activations of the hidden layers.

Conventions: `units` are the scores of a whole batch as one vector, which become, in place, its
activations; `delta` is the gradient with respect to the activations that becomes the gradient with
respect to the scores. Every slope is a function of the activation, so scores need not be kept.

A new activation is a pair of functions, a branch in `activate` and in `multiply_by_slope`, and a
row in the table at the end.
"""

from skreg._kernels.exponential import logistic, tanh
from skreg._kernels.jit import helper

IDENTITY, LOGISTIC, TANH, RELU = range(4)


@helper
def _activate_logistic(units):
    """1 / (1 + exp(−z))."""
    for j in range(units.size):
        units[j] = logistic(units[j])


@helper
def _multiply_by_logistic_slope(delta, units):
    for j in range(units.size):
        delta[j] *= units[j] - units[j] * units[j]


@helper
def _activate_tanh(units):
    """tanh z."""
    for j in range(units.size):
        units[j] = tanh(units[j])


@helper
def _multiply_by_tanh_slope(delta, units):
    for j in range(units.size):
        delta[j] -= delta[j] * units[j] * units[j]


@helper
def _activate_relu(units):
    """max(z, 0)."""
    zero = units.dtype.type(0)
    for j in range(units.size):
        units[j] = zero if units[j] < zero else units[j]  # nan stays nan


@helper
def _multiply_by_relu_slope(delta, units):
    zero = units.dtype.type(0)
    for j in range(units.size):
        delta[j] = delta[j] if units[j] > zero else zero


@helper
def activate(units, activation):
    """Overwrite scores by activations."""
    if activation == RELU:
        _activate_relu(units)
    elif activation == TANH:
        _activate_tanh(units)
    elif activation == LOGISTIC:
        _activate_logistic(units)


@helper
def multiply_by_slope(delta, units, activation):
    """Overwrite dJ/d(activation) by dJ/d(score); `units` are the activations."""
    if activation == RELU:
        _multiply_by_relu_slope(delta, units)
    elif activation == TANH:
        _multiply_by_tanh_slope(delta, units)
    elif activation == LOGISTIC:
        _multiply_by_logistic_slope(delta, units)


@helper
def is_flat_at_zero(activation):
    """Whether a unit that is zero has a slope of zero, as one that was dropped has."""
    return activation == RELU


ACTIVATIONS = {"identity": IDENTITY, "logistic": LOGISTIC, "tanh": TANH, "relu": RELU}

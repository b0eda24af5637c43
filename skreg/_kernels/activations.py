"""Activations of the hidden layers.

Conventions: `units` (n, n_out) are the products of a batch with the weights. They become, in place,
the activations of the scores, which are products plus `bias` (n_out,). `delta` (n, n_out) is the
gradient with respect to the activations that becomes the gradient with respect to the scores. Most
slopes are functions of the activation; those that are not need the products, which are then kept.

A new activation is two functions of a number, and a row in the table at the end. Each is compiled
when it is first used, see `options.py`.
"""

import math

from skreg._arithmetic.exponential import exp, expm1, log1p, logistic, tanh
from skreg._compiler.jit import helper
from skreg._compiler.options import Option, matrix_of, number_of, vector_of
from skreg._kernels.bounds import glorot, glorot_logistic, he, lecun

_LEAK = 0.01
_ALPHA, _LAMBDA = 1.6732632423543772, 1.0507009873554805  # of selu
_CURVE, _ROOT = 0.044715, math.sqrt(2 / math.pi)  # of gelu


@helper
def identity(z):
    """z."""
    return z


@helper
def identity_slope(a):
    return type(a)(1)


@helper
def logistic_slope(a):
    return a - a * a


@helper
def tanh_slope(a):
    return type(a)(1) - a * a


@helper
def relu(z):
    """max(z, 0)."""
    return type(z)(0) if z < type(z)(0) else z  # nan stays nan


@helper
def relu_slope(a):
    return type(a)(1) if a > type(a)(0) else type(a)(0)


@helper
def leaky_relu(z):
    """z for z > 0, else 0.01·z (Maas, Hannun & Ng, 2013)."""
    return z if z > type(z)(0) else type(z)(_LEAK) * z


@helper
def leaky_relu_slope(a):
    return type(a)(1) if a > type(a)(0) else type(a)(_LEAK)


@helper
def elu(z):
    """z for z > 0, else exp(z) − 1 (Clevert, Unterthiner & Hochreiter, 2016)."""
    return z if z > type(z)(0) else expm1(z)


@helper
def elu_slope(a):
    return type(a)(1) if a > type(a)(0) else a + type(a)(1)


@helper
def selu(z):
    """1.0507·z for z > 0, else 1.7581·(exp(z) − 1) (Klambauer et al., 2017)."""
    return type(z)(_LAMBDA) * z if z > type(z)(0) else type(z)(_LAMBDA * _ALPHA) * expm1(z)


@helper
def selu_slope(a):
    return type(a)(_LAMBDA) if a > type(a)(0) else a + type(a)(_LAMBDA * _ALPHA)


@helper
def _gelu_gate(z):
    return tanh(type(z)(_ROOT) * z * (type(z)(1) + type(z)(_CURVE) * z * z))


@helper
def gelu(z):
    """½·z·(1 + tanh(√(2/π)·(z + 0.044715·z³))) (Hendrycks & Gimpel, 2016)."""
    return type(z)(0.5) * z * (type(z)(1) + _gelu_gate(z))


@helper
def gelu_slope(z):
    half, one, gate = type(z)(0.5), type(z)(1), _gelu_gate(z)
    z = min(max(z, type(z)(-99)), type(z)(99))  # beyond, the gate is shut or open
    rise = type(z)(_ROOT) * (one + type(z)(3 * _CURVE) * z * z)
    return half * (one + gate) + half * z * (one - gate * gate) * rise


@helper
def silu(z):
    """z / (1 + exp(−z)) (Elfwing, Uchibe & Doya, 2018; Ramachandran et al., 2017, as swish)."""
    return z * logistic(z)


@helper
def silu_slope(z):
    gate = logistic(z)
    return gate + z * (gate - gate * gate)


@helper
def _mish_gate(z):
    """tanh(log(1 + exp(z))) out of e = exp(−|z|), which cannot overflow."""
    one, two = type(z)(1), type(z)(2)
    e = exp(-abs(z))
    numerator = one + two * e if z >= type(z)(0) else e * e + two * e
    rest = two * e * e if z >= type(z)(0) else two
    return numerator / (numerator + rest)


@helper
def mish(z):
    """z·tanh(log(1 + exp(z))) (Misra, 2019)."""
    return z * _mish_gate(z)


@helper
def mish_slope(z):
    gate = _mish_gate(z)
    return gate + z * (type(z)(1) - gate * gate) * logistic(z)


@helper
def softplus(z):
    """log(1 + exp(z)) (Dugas et al., 2000)."""
    return max(z, type(z)(0)) + log1p(exp(-abs(z)))


@helper
def softplus_slope(a):
    return -expm1(-a)


_value = _slope = identity  # in an option, the functions of its activation


def _activate(units, bias):
    for i in range(units.shape[0]):
        for j in range(bias.size):
            units[i, j] = _value(units[i, j] + bias[j])


def _multiply_by_slope(delta, units, bias, sums, factor):
    """Multiply `delta` by a factor and by the slope at the activations `units`.

    Overwrites `sums` (n_out,), the gradient with respect to the bias, by the sums over the rows.
    """
    sums[:] = 0
    for i in range(delta.shape[0]):
        for j in range(sums.size):
            value = factor * delta[i, j] * _slope(units[i, j])
            delta[i, j] = value
            sums[j] += value


def _multiply_by_slope_of_score(delta, products, bias, sums, factor):
    """The same at the scores, products plus bias."""
    sums[:] = 0
    for i in range(delta.shape[0]):
        for j in range(sums.size):
            value = factor * delta[i, j] * _slope(products[i, j] + bias[j])
            delta[i, j] = value
            sums[j] += value


_TYPES = (matrix_of, matrix_of, vector_of, vector_of, number_of)


class Activation:
    """The options of an activation, made from functions of one number.

    Parameters
    ----------
    value : function of the score

    slope : function of the activation, or with `slope_of_score` of the score

    bound : function of `bounds.py`
        The bound of the initial weights in front of it.

    flat_at_zero : bool
        Whether the slope is zero where the activation is zero, as it is for a dropped unit.
    """

    def __init__(self, value, slope, bound, *, slope_of_score=False, flat_at_zero=False):
        name, numbers = value.__name__, {"_value": value, "_slope": slope}
        slopes = _multiply_by_slope_of_score if slope_of_score else _multiply_by_slope
        self.activate = Option(_activate, name, (matrix_of, vector_of), **numbers)
        self.multiply_by_slope = Option(slopes, name, _TYPES, **numbers)
        self.slope_of_score, self.flat_at_zero = slope_of_score, flat_at_zero
        self.bound, self.doc = bound, value.__doc__


ACTIVATIONS = {
    "identity": Activation(identity, identity_slope, glorot),
    "logistic": Activation(logistic, logistic_slope, glorot_logistic),
    "tanh": Activation(tanh, tanh_slope, glorot),
    "relu": Activation(relu, relu_slope, glorot, flat_at_zero=True),
    "leaky_relu": Activation(leaky_relu, leaky_relu_slope, he),
    "elu": Activation(elu, elu_slope, he),
    "selu": Activation(selu, selu_slope, lecun),
    "gelu": Activation(gelu, gelu_slope, he, slope_of_score=True),
    "silu": Activation(silu, silu_slope, he, slope_of_score=True),
    "mish": Activation(mish, mish_slope, he, slope_of_score=True),
    "softplus": Activation(softplus, softplus_slope, glorot),
}

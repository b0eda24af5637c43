"""Normalizations of hidden layers, between their products and their activations.

Conventions: `units` (n, n_out), the products of a batch with the weights, become scale ∘ ẑ, where
ẑ = (z − mean) / √(variance + ε), and ẑ is kept. The bias that the activation adds is the shift.
Row r of `own` is what the layer owns, number r of `owned` in the table at the end, one for each of
its units. `room` is memory of the layer that lasts from `normalize` to `turn_back`, which
multiplies `delta` by the derivative of units with respect to products, and overwrites the gradient
of the scales. It is given `sums`, those of `delta` over the rows.

A new normalization is two functions, what it is to predictions, and a row in the table. Each is
compiled when it is first used, see `options.py`.
"""

from typing import NamedTuple

import numpy as np

from skreg._compiler.jit import helper, inlined_helper
from skreg._compiler.options import Option, integer_of, integers_of, matrix_of, vector_of
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.network import N_OUT, OWN, bias_of, units_after

EPSILON = 1e-5
RATE = 0.1  # of the moving averages of a batch's mean and variance
_SCALES, _MEANS, _VARIANCES = range(3)  # rows of `own`


@inlined_helper
def _own_of(theta, layer, n_owned):
    """What the normalization of a layer owns, (n_owned, n_out), as a view."""
    return matrix_at(theta, layer[OWN], n_owned, layer[N_OUT])


@inlined_helper
def _row(matrix, i):
    return vector_at(matrix, i * matrix.shape[1], matrix.shape[1])


@helper
def _inverse_deviation(variance):
    one = type(variance)(1)
    return one / np.sqrt(variance + type(variance)(EPSILON))


@helper
def _mass_of(weights):
    """Σ weights; zero where fewer than two rows have any, for they have no variance."""
    mass, n_rows = weights.dtype.type(0), 0
    for i in range(weights.size):
        mass += weights[i]
        n_rows += weights[i] > 0
    return mass if n_rows > 1 else weights.dtype.type(0)


@helper
def _measure(units, weights, mass, means, variances):
    """Weighted means and variances of columns, as differences from a row, in one pass."""
    first = 0
    while weights[first] == 0:
        first += 1
    means[:] = 0
    variances[:] = 0
    for i in range(first, units.shape[0]):
        if weights[i] > 0:
            share = weights[i] / mass
            for j in range(means.size):
                difference = units[i, j] - units[first, j]
                means[j] += share * difference
                variances[j] += share * difference * difference
    for j in range(means.size):
        variance = variances[j] - means[j] * means[j]
        variances[j] = type(mass)(0) if variance < 0 else variance  # nan stays nan
        means[j] += units[first, j]


@helper
def _average(own, means, variances, step):
    """Averages with weights (1 − RATE)ᵏ for the k-th last batch, divided by their sum."""
    share = means.dtype.type(RATE / (1.0 - (1.0 - RATE) ** (np.float64(step) + 1.0)))
    for j in range(means.size):
        own[_MEANS, j] += share * (means[j] - own[_MEANS, j])
        own[_VARIANCES, j] += share * (variances[j] - own[_VARIANCES, j])


def _normalize_batch(units, kept, own, weights, room, step):
    mass, n_out = _mass_of(weights), units.shape[1]
    means, inverse = vector_at(room, 0, n_out), vector_at(room, n_out, n_out)
    if mass > 0:
        _measure(units, weights, mass, means, inverse)
        _average(own, means, inverse, step)
    else:
        for j in range(n_out):
            means[j], inverse[j] = own[_MEANS, j], own[_VARIANCES, j]
    for j in range(n_out):
        inverse[j] = _inverse_deviation(inverse[j])
    for i in range(units.shape[0]):
        for j in range(n_out):
            z = (units[i, j] - means[j]) * inverse[j]
            kept[i, j] = z
            units[i, j] = own[_SCALES, j] * z


def _turn_back_batch(delta, kept, own, slopes, sums, weights, room):
    mass, n_out = _mass_of(weights), delta.shape[1]
    inverse, of_scales = vector_at(room, n_out, n_out), _row(slopes, _SCALES)
    of_scales[:] = 0
    for i in range(delta.shape[0]):
        for j in range(n_out):
            of_scales[j] += delta[i, j] * kept[i, j]
    for i in range(delta.shape[0]):
        share = weights[i] / mass if mass > 0 else mass
        for j in range(n_out):
            through_moments = share * (sums[j] + kept[i, j] * of_scales[j])
            delta[i, j] = own[_SCALES, j] * inverse[j] * (delta[i, j] - through_moments)


def _fold_batch(own):
    """What to multiply weights with and to add to biases, once mean and variance are constants."""
    factors = own[_SCALES] / np.sqrt(own[_VARIANCES] + own.dtype.type(EPSILON))
    return factors, -own[_MEANS] * factors


@helper
def _normalize_row(units, i):
    """Overwrite a row by ẑ; returns what it was multiplied by."""
    n_out, number = units.shape[1], units.dtype.type
    total = squares = number(0)
    for j in range(n_out):
        total += units[i, j]
    mean = total / number(n_out)
    for j in range(n_out):
        squares += (units[i, j] - mean) * (units[i, j] - mean)
    inverse = _inverse_deviation(squares / number(n_out))
    for j in range(n_out):
        units[i, j] = (units[i, j] - mean) * inverse
    return inverse


def _normalize_layer(units, kept, own, weights, room, step):
    for i in range(units.shape[0]):
        room[i] = _normalize_row(units, i)
        for j in range(units.shape[1]):
            kept[i, j] = units[i, j]
            units[i, j] *= own[_SCALES, j]


def _turn_back_layer(delta, kept, own, slopes, sums, weights, room):
    n_out, of_scales, number = delta.shape[1], _row(slopes, _SCALES), delta.dtype.type
    of_scales[:] = 0
    for i in range(delta.shape[0]):
        total = along = number(0)
        for j in range(n_out):
            product = delta[i, j] * kept[i, j]
            of_scales[j] += product
            total += own[_SCALES, j] * delta[i, j]
            along += own[_SCALES, j] * product
        total, along = total / number(n_out), along / number(n_out)
        for j in range(n_out):
            rest = own[_SCALES, j] * delta[i, j] - total
            delta[i, j] = room[i] * (rest - kept[i, j] * along)


def _predict_layer(units, scales):
    for i in range(units.shape[0]):
        _normalize_row(units, i)
        for j in range(scales.size):
            units[i, j] *= scales[j]


_method, _n_owned = _normalize_batch, 3  # in an option, its own


def _normalize_units(units, theta, weights, normalized, rooms, layers, k, step):
    """Call `_method` with what belongs to the hidden layer in front of layer k."""
    before = layers[k - 1]
    kept, own = units_after(normalized, before, units.shape[0]), _own_of(theta, before, _n_owned)
    _method(units, kept, own, weights, _row(rooms, k - 1), step)


def _turn_back_delta(delta, theta, gradient, weights, normalized, rooms, layers, k):
    before = layers[k - 1]
    kept = units_after(normalized, before, delta.shape[0])
    owned = _own_of(theta, before, _n_owned), _own_of(gradient, before, _n_owned)
    _method(delta, kept, *owned, bias_of(gradient, before), weights, _row(rooms, k - 1))


class Owned(NamedTuple):
    """One number for each unit of a layer."""

    segment: str  # the kind of segment in theta
    value: float  # to begin with
    attribute: str  # of fitted estimators: a list of it for each hidden layer


class Normalization:
    """The options of a normalization, and what it owns.

    Parameters
    ----------
    normalize, turn_back : functions as at the top of the file

    owned : tuple of Owned

    fold : callable (own) -> (factors, shifts), or None
        For each unit, what to multiply its weights with and to add to its bias, to predict the same
        without the normalization.

    predict : function (units, scales), or None
        Otherwise, what to do to products, given the first of what is owned.

    by_batch : bool
        Whether a row is normalized in another way where other rows are in the batch.

    least_units : int
        With fewer units, a layer would be constant.
    """

    def __init__(
        self,
        name,
        normalize,
        turn_back,
        owned,
        *,
        fold=None,
        predict=None,
        by_batch=False,
        least_units=1,
    ):
        there, back = (
            {"_method": helper(f), "_n_owned": len(owned)} for f in (normalize, turn_back)
        )
        self.normalize = Option(_normalize_units, name, _TYPES, **there)
        self.turn_back = Option(_turn_back_delta, name, _TYPES_BACK, **back)
        self.predict = predict and Option(predict, name, (matrix_of, vector_of))
        self.owned, self.fold, self.by_batch = owned, fold, by_batch
        self.least_units = least_units


_OF_NETWORK = vector_of, matrix_of, integers_of, integer_of
_TYPES = matrix_of, vector_of, vector_of, *_OF_NETWORK, integer_of
_TYPES_BACK = matrix_of, vector_of, vector_of, vector_of, *_OF_NETWORK
_SCALES_OF_UNITS = Owned("scales", 1.0, "normalization_scales_")
_STATISTICS = (
    Owned("statistics", 0.0, "normalization_means_"),
    Owned("statistics", 1.0, "normalization_variances_"),
)

NORMALIZATIONS = {
    "batch": Normalization(
        "batch",
        _normalize_batch,
        _turn_back_batch,
        (_SCALES_OF_UNITS, *_STATISTICS),
        fold=_fold_batch,
        by_batch=True,
    ),
    "layer": Normalization(
        "layer",
        _normalize_layer,
        _turn_back_layer,
        (_SCALES_OF_UNITS,),
        predict=_predict_layer,
        least_units=2,
    ),
}

"""What normalizations do to the products of a batch, and to the way back.

Conventions: `units` (n, n_out), the products of a batch with the weights, become scale ∘ ẑ, where
ẑ = (z − mean) / √(variance + ε), and ẑ is kept. The bias that the activation adds is the shift.
Row r of `own` is what the layer owns, number r of `owned` in the table of `normalizations.py`, one
for each of its units. `room` is memory of the layer that lasts from `normalize` to `turn_back`,
which multiplies `delta` by the derivative of units with respect to products, and overwrites the
gradient of the scales. It is given `sums`, those of `delta` over the rows.

A new normalization is two functions here, what it is to predictions, and a row in that table.
"""

import numpy as np

from skreg._compiler.jit import helper, inlined_helper
from skreg._compiler.views import vector_at

EPSILON = 1e-5
RATE = 0.1  # of the moving averages of a batch's mean and variance
SCALES, _MEANS, _VARIANCES = range(3)  # rows of `own`


@inlined_helper
def row_of(matrix, i):
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


def normalize_batch(units, kept, own, weights, room, step):
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
            units[i, j] = own[SCALES, j] * z


def turn_back_batch(delta, kept, own, slopes, sums, weights, room):
    mass, n_out = _mass_of(weights), delta.shape[1]
    inverse, of_scales = vector_at(room, n_out, n_out), row_of(slopes, SCALES)
    of_scales[:] = 0
    for i in range(delta.shape[0]):
        for j in range(n_out):
            of_scales[j] += delta[i, j] * kept[i, j]
    for i in range(delta.shape[0]):
        share = weights[i] / mass if mass > 0 else mass
        for j in range(n_out):
            through_moments = share * (sums[j] + kept[i, j] * of_scales[j])
            delta[i, j] = own[SCALES, j] * inverse[j] * (delta[i, j] - through_moments)


def fold_batch(own):
    """What to multiply weights with and to add to biases, once mean and variance are constants."""
    factors = own[SCALES] / np.sqrt(own[_VARIANCES] + own.dtype.type(EPSILON))
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


def normalize_layer(units, kept, own, weights, room, step):
    for i in range(units.shape[0]):
        room[i] = _normalize_row(units, i)
        for j in range(units.shape[1]):
            kept[i, j] = units[i, j]
            units[i, j] *= own[SCALES, j]


def turn_back_layer(delta, kept, own, slopes, sums, weights, room):
    n_out, of_scales, number = delta.shape[1], row_of(slopes, SCALES), delta.dtype.type
    of_scales[:] = 0
    for i in range(delta.shape[0]):
        total = along = number(0)
        for j in range(n_out):
            product = delta[i, j] * kept[i, j]
            of_scales[j] += product
            total += own[SCALES, j] * delta[i, j]
            along += own[SCALES, j] * product
        total, along = total / number(n_out), along / number(n_out)
        for j in range(n_out):
            rest = own[SCALES, j] * delta[i, j] - total
            delta[i, j] = room[i] * (rest - kept[i, j] * along)


def predict_layer(units, scales):
    for i in range(units.shape[0]):
        _normalize_row(units, i)
        for j in range(scales.size):
            units[i, j] *= scales[j]

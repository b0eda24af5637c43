"""The normalization of hidden layers in theta and in predictions."""

from scipy.sparse import issparse

from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._training.layout import Extra


def extras_of(normalization, units):
    """What a normalization, or None, owns in layers of the given numbers of hidden units."""
    owned = () if normalization is None else NORMALIZATIONS[normalization].owned
    return tuple(
        Extra(part.segment, k, size, part.value) for k, size in enumerate(units) for part in owned
    )


def fold(normalization, coefs, intercepts, owned):
    """Weights and biases to predict with, and what is left to do: None, or an option and scales.

    `owned` has a matrix per hidden layer.
    """
    chosen = NORMALIZATIONS[normalization]
    if chosen.fold is None:
        return coefs, intercepts, (chosen.predict, [own[0] for own in owned])
    coefs, intercepts = list(coefs), list(intercepts)
    for k, own in enumerate(owned):
        factors, shifts = chosen.fold(own)
        coefs[k] = _multiply_columns(coefs[k], factors)
        intercepts[k] = intercepts[k] + shifts
    return coefs, intercepts, None


def _multiply_columns(coef, factors):
    return coef.multiply(factors).tocsr() if issparse(coef) else coef * factors

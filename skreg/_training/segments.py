"""What the segments of theta are told apart by: a table of numbers per kind of segment.

A new kind of segment, or another number for one that exists, is a row in the table. Where a
segment is in theta, `layout.py` says; what the strengths of penalties are, `penalties.py`.
"""

from functools import lru_cache
from itertools import product

import numpy as np

from skreg._kernels.penalties import PENALTIES, Numbers

_STRENGTHS = Numbers._fields[1:]


def _weights(settings, layer):
    return Numbers(1.0, *(getattr(settings, name)[layer] for name in _STRENGTHS))


def _unpenalized(settings, layer):
    return Numbers()


def _written(settings, layer):
    """Those that the forward pass writes."""
    return Numbers(rate=0.0)


# Functions of the settings and of the layer, which is None for a segment of all layers. They return
# Numbers; optimizers leave alone what has no rate.
NUMBERS = {
    "weights": _weights,
    "biases": _unpenalized,
    "scales": _unpenalized,
    "statistics": _written,
}


def numbers_of(segment, settings):
    return NUMBERS[segment.name](settings, segment.layer)


def numbers_per_place(layout, settings, name):
    """One of the strengths for each place of theta, as a vector."""
    values = [getattr(numbers_of(segment, settings), name) for segment in layout.segments]
    return np.repeat(values, [segment.stop - segment.start for segment in layout.segments])


def list_maps(layout, settings):
    """The Penalty, the layer and the strength of all maps that are to follow a step."""
    if not any(row.move for row in acting(settings)):
        return []
    found = product(PENALTIES.items(), range(len(layout.layers)))
    found = [(row, k, getattr(settings, name)[k]) for (name, row), k in found if row.move]
    return [(row, k, strength) for row, k, strength in found if strength != row.off]


def acting(settings):
    """The rows of PENALTIES that have an effect."""
    return _acting(tuple(getattr(settings, name) for name in PENALTIES))


@lru_cache
def _acting(strengths):
    """What `partial_fit` would need several times a call."""
    rows = zip(PENALTIES.values(), strengths, strict=True)
    return [row for row, each in rows if any(strength != row.off for strength in each)]


def project(theta, settings):
    """A theta whose weights satisfy all constraints exactly; itself where there are none."""
    if not any(row.projects for row in acting(settings)):
        return theta
    theta, dtype, layout = theta.copy(), theta.dtype, settings.layout
    maps = [found for found in list_maps(layout, settings) if found[0].projects]
    for row, layer, strength in maps:
        coef = layout.coefs(theta)[layer]
        scratch = np.empty_like(coef), np.empty(coef.shape[1])
        nothing = dtype.type(0)
        row.move.by_dtype[dtype](coef, coef, *scratch, dtype.type(strength), nothing, nothing)
    return theta

"""Where the parameters of each layer are in one flat vector."""

from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np


class Segment(NamedTuple):
    """A run of theta that is moved alike."""

    name: str  # what it is, a key of NUMBERS in `segments.py`
    layer: int | None  # None where it is of all layers
    start: int
    stop: int


class Extra(NamedTuple):
    """A segment that a layer has beside its weights and biases."""

    name: str
    layer: int
    size: int
    value: float  # to begin with


class Layout(NamedTuple):
    """theta = [W₁ | W₂ | … | b₁ | b₂ | … | extras] for layers of the given numbers of units.

    Its segments are the weights of each layer, the biases of all, and each of the extras.
    """

    units: tuple[int, ...]  # n_features, hidden units, n_outputs
    extras: tuple[Extra, ...] = ()

    @classmethod
    def of(cls, coefs):
        """The layout of given weight matrices."""
        return cls((coefs[0].shape[0], *(coef.shape[1] for coef in coefs)))

    @property
    def shapes(self):
        return tuple(pairwise(self.units))

    @property
    def n_weights(self):
        return sum(n_in * n_out for n_in, n_out in self.shapes)

    @property
    def size(self):
        return self.segments[-1].stop

    @property
    def layers(self):
        """n_in, n_out, first weight, first bias of each layer."""
        return _layers_of(self)

    @property
    def segments(self):
        """All of theta as a tuple of Segment, in order."""
        return _segments_of(self)

    def coefs(self, theta):
        """The weight matrices as views of theta."""
        return [theta[w : w + m * n].reshape(m, n) for m, n, w, _ in self.layers]

    def intercepts(self, theta):
        """The biases as views of theta."""
        return [theta[b : b + n] for _, n, _, b in self.layers]

    def extras_of(self, theta):
        """The extras as views of theta."""
        first = len(self.segments) - len(self.extras)
        return [theta[segment.start : segment.stop] for segment in self.segments[first:]]

    def first_extra(self, layer):
        """Where the extras of a layer begin; they are one behind the other."""
        extras = self.segments[-len(self.extras) :] if self.extras else ()
        return next((segment.start for segment in extras if segment.layer == layer), 0)

    def owned(self, theta):
        """The extras of each hidden layer as a view of theta (n_extras, n_units)."""
        firsts = map(self.first_extra, range(len(self.shapes) - 1))
        count = len(self.extras) // max(len(self.shapes) - 1, 1)
        return [
            theta[first : first + count * size].reshape(count, size)
            for first, size in zip(firsts, self.units[1:-1], strict=True)
        ]

    def initial_extras(self):
        """The extras that training begins with."""
        return [np.full(extra.size, extra.value) for extra in self.extras]

    def pack(self, coefs, intercepts, dtype, extras=None):
        """A new theta out of its parts; extras that are not given are those to begin with."""
        extras = self.initial_extras() if extras is None else extras
        parts = [np.ravel(part) for part in (*coefs, *intercepts, *extras)]
        return np.concatenate(parts).astype(dtype)


# `partial_fit` would need these some ten times a call.


@lru_cache
def _layers_of(layout):
    rows, weight, bias = [], 0, layout.n_weights
    for n_in, n_out in layout.shapes:
        rows.append((n_in, n_out, weight, bias))
        weight, bias = weight + n_in * n_out, bias + n_out
    return tuple(rows)


@lru_cache
def _segments_of(layout):
    rows = [("weights", k, n_in * n_out) for k, (n_in, n_out) in enumerate(layout.shapes)]
    rows.append(("biases", None, sum(layout.units[1:])))
    rows += [(extra.name, extra.layer, extra.size) for extra in layout.extras]
    ends = pairwise(accumulate((size for _, _, size in rows), initial=0))
    return tuple(Segment(name, k, *run) for (name, k, _), run in zip(rows, ends, strict=True))

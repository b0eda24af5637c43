"""Where the weights and biases of each layer are in one flat vector."""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Layout(NamedTuple):
    """theta = [W₁ | W₂ | … | b₁ | b₂ | …] for layers of the given numbers of units.

    A segment is a run of theta that is penalized alike: one per weight matrix, and one for all
    biases together, the last.
    """

    units: tuple[int, ...]  # n_features, hidden units, n_outputs

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
        return self.n_weights + sum(self.units[1:])

    @property
    def layers(self):
        """n_in, n_out, first weight, first bias of each layer."""
        return _layers_of(self)

    @property
    def segments(self):
        """First and last + 1 of each segment: int64 of shape (n_layers + 1, 2)."""
        starts = [weight for _, _, weight, _ in self.layers]
        return np.array([*pairwise((*starts, self.n_weights, self.size))], np.int64)

    def coefs(self, theta):
        """The weight matrices as views of theta."""
        return [theta[w : w + m * n].reshape(m, n) for m, n, w, _ in self.layers]

    def intercepts(self, theta):
        """The biases as views of theta."""
        return [theta[b : b + n] for _, n, _, b in self.layers]

    def pack(self, coefs, intercepts, dtype):
        """A new theta out of weight matrices and biases."""
        return np.concatenate([np.ravel(part) for part in (*coefs, *intercepts)]).astype(dtype)


@lru_cache
def _layers_of(layout):
    """What `partial_fit` would need some ten times a call."""
    rows, weight, bias = [], 0, layout.n_weights
    for n_in, n_out in layout.shapes:
        rows.append((n_in, n_out, weight, bias))
        weight, bias = weight + n_in * n_out, bias + n_out
    return tuple(rows)

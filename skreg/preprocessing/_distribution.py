"""How the values of a feature are distributed, where rows may have weights."""

from typing import NamedTuple

import numpy as np


class Distribution(NamedTuple):
    """The distinct values of a feature in rising order, and the weight of each."""

    values: np.ndarray  # (n_values,), float64
    mass: np.ndarray  # (n_values,), positive

    def quantiles(self, shares):
        """Values below which given shares of the mass lie; the mean of two at a tie.

        This is "averaged_inverted_cdf" of NumPy. As it depends on nothing but shares of the mass,
        a weight of 2 is the same as repeating a row, and the scale of the weights has no effect.
        """
        cumulated = np.cumsum(self.mass)
        wanted = np.asarray(shares) * cumulated[-1]
        left = np.searchsorted(cumulated, wanted, side="left")
        right = np.searchsorted(cumulated, wanted, side="right")
        last = len(self.values) - 1
        left, right = (self.values[np.minimum(place, last)] for place in (left, right))
        return left / 2 + right / 2

    def restrict(self, chosen):
        """The distribution of those values (mask) alone."""
        return Distribution(self.values[chosen], self.mass[chosen])


def distribution_of(column, weights):
    """The distribution of the values of a column (n,) that are not missing, with weights (n,)."""
    column, there = column.astype(np.float64), ~np.isnan(column)
    if weights is None:
        return Distribution(*np.unique(column[there], return_counts=True))
    there &= weights > 0
    values, places = np.unique(column[there], return_inverse=True)
    return Distribution(values, np.bincount(places, weights[there], len(values)))

"""The oracle of normalizations, as plain formulas: see `naive.py`."""

import numpy as np

EPSILON, RATE = 1e-5, 0.1


def standardize(z, shares):
    """Columns of z less their means, divided by their deviations, and the Jacobian of each."""
    means = shares @ z
    variances = shares @ (z - means) ** 2
    deviations = np.sqrt(variances + EPSILON)
    standard = (z - means) / deviations
    jacobians = [
        (np.eye(len(z)) - np.outer(np.ones(len(z)), shares) - np.outer(a, shares * a)) / deviation
        for a, deviation in zip(standard.T, deviations)
    ]
    return standard, jacobians, means, variances


class Normalization:
    """That of one layer; `scales_gradient` is there after `backward`."""

    def __init__(self, scales):
        self.scales = scales

    def forward(self, z):
        self.standard = self.standardize(z)
        return self.scales * self.standard

    def backward(self, delta):
        self.scales_gradient = np.sum(delta * self.standard, axis=0)
        return self.turn_back(self.scales * delta)


class Batch(Normalization):
    """Over the rows of a batch, by their weights, or with given moments where these are too few."""

    def __init__(self, scales, weights, means, variances):
        super().__init__(scales)
        self.weights, self.means, self.variances = weights, means, variances
        self.is_frozen = weights is None or np.sum(weights > 0) < 2

    def standardize(self, z):
        if self.is_frozen:
            return (z - self.means) / np.sqrt(self.variances + EPSILON)
        shares = self.weights / self.weights.sum()
        standard, self.jacobians, self.means, self.variances = standardize(z, shares)
        return standard

    def turn_back(self, delta):
        if self.is_frozen:
            return delta / np.sqrt(self.variances + EPSILON)
        return np.transpose([j.T @ column for j, column in zip(self.jacobians, delta.T)])


class Layer(Normalization):
    """Over the units of each row."""

    def __init__(self, scales, weights, *moments):
        super().__init__(scales)

    def standardize(self, z):
        n_units = z.shape[1]
        standard, self.jacobians, *_ = standardize(z.T, np.full(n_units, 1 / n_units))
        return standard.T

    def turn_back(self, delta):
        return np.array([j.T @ row for j, row in zip(self.jacobians, delta)])


NORMALIZATIONS = {"batch": Batch, "layer": Layer}


def make(name, owned, weights=None):
    """One per hidden layer from what it owns; without weights, to predict with."""
    if name is None:
        return None
    return [NORMALIZATIONS[name](own[0], weights, *own[1:]) for own in owned]


def average(values):
    """The moving average of values so far, weighted by (1 − RATE)ᵏ for the k-th last."""
    weights = (1 - RATE) ** np.arange(len(values))[::-1]
    return np.average(values, axis=0, weights=weights)

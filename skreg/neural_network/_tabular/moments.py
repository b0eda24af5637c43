"""Means and variances of members that predict normal distributions, as moments to average.

The variance of all is the mean of their variances plus the variance of their means. Moments (n, k,
2) are the first and the second of k targets in TargetUnits, so that little is lost by rounding.
"""

import numpy as np


def moments_of(mean, variance, units):
    """The moments for means and variances (n, k)."""
    first = units.encode(mean)
    return np.stack([first, np.square(first) + variance / np.square(units.scale)], axis=-1)


def mean_and_variance_of(moments, units):
    """Means and variances (n, k) for the moments."""
    first, second = np.moveaxis(moments, -1, 0)
    variance = np.maximum(second - np.square(first), np.finfo(np.float64).eps)  # of rounding
    return units.decode(first), variance * np.square(units.scale)


def negative_log_likelihood(y, moments, units, sample_weight=None):
    """The loss "gaussian" for targets (n,) or (n, k)."""
    mean, variance = mean_and_variance_of(moments, units)
    errors = y.reshape(mean.shape) - mean
    losses = (np.log(2 * np.pi * variance) + np.square(errors) / variance) / 2
    return np.average(losses.mean(axis=1), weights=sample_weight)

"""Calibration by one temperature: probabilities as sure as rows that were left out allow."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

LEAST = 1e-12  # of a probability whose logarithm is taken
_RANGE = np.log(1 / 12), 0.0  # of the logarithm of its inverse


def find_temperature(scores, codes, weights=None):
    """The temperature of at least 1 with the least log-loss (Guo, Pleiss, Sun & Weinberger, 2017).

    The loss is convex in the inverse of the temperature, so there is one minimum. Below 1, it would
    make the most of rows that happen to be all right, of which small tables leave out too few to
    tell how rare an error is.

    Parameters
    ----------
    scores : ndarray of shape (n_samples, n_classes)
        Logarithms of probabilities, up to a number per row.

    codes : ndarray of shape (n_samples,)
        The column of each row's class.

    weights : ndarray of shape (n_samples,) or None
    """
    rows = np.arange(codes.size)

    def loss(log_inverse):
        of_truth = log_softmax(scores * np.exp(log_inverse), axis=1)[rows, codes]
        return -np.average(of_truth, weights=weights)

    return float(np.exp(-minimize_scalar(loss, bounds=_RANGE, method="bounded").x))


def temperature_of_mean(temperature, n_members):
    """The temperature of the mean of members, given the one of each by itself.

    A mean is less sure than its members (Rahaman & Thiery, 2021), but where one member alone has
    left out a row, none tells by how much. This is halfway, in logarithms, between two guesses:
    that averaging mends nothing, and that it leaves one part in `n_members` of the excess.
    """
    return temperature ** ((1 + 1 / n_members) / 2)


def admit_doubt(proba, share):
    """Probabilities (n_samples, n_classes) of which a share is the same for all classes."""
    return proba + share * (1 / proba.shape[1] - proba) if share else proba


def apply_temperature(proba, temperature):
    """Probabilities (n_samples, n_classes): the softmax of their logarithms / temperature."""
    if temperature == 1:
        return proba / proba.sum(axis=1, keepdims=True)  # to the last digit of float64
    return softmax(log_of(proba) / temperature, axis=1)


def log_of(proba):
    """Finite logarithms: a class that no member knows has a probability of nearly zero."""
    return np.log(np.maximum(proba, LEAST))

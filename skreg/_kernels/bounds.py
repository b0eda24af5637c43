"""Bounds b of the initial weights in front of an activation, which are uniform in [−b, b].

Functions of the numbers of inputs and units of a layer; the rows of ACTIVATIONS choose one each.
"""

import numpy as np


def glorot(n_in, n_out):
    """√(6 / (n_in + n_out)) (Glorot & Bengio, 2010)."""
    return np.sqrt(6 / (n_in + n_out))


def glorot_logistic(n_in, n_out):
    """√(2 / (n_in + n_out)), as scikit-learn has it."""
    return np.sqrt(2 / (n_in + n_out))


def he(n_in, n_out):
    """√(6 / n_in) (He et al., 2015)."""
    return np.sqrt(6 / n_in)


def lecun(n_in, n_out):
    """√(3 / n_in) (LeCun et al., 1998)."""
    return np.sqrt(3 / n_in)

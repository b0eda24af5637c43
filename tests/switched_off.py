"""Settings of a network in which nothing but the loss acts, for tests of single parts."""

import numpy as np

from skreg._kernels.penalties import PENALTIES

# As if for more layers than any test has.
OFF = {
    **{name: (row.off,) * 9 for name, row in PENALTIES.items()},
    "weight_averaging": 0.0,
    "normalization": None,
}


def make_vectors(theta):
    """What `State` holds in front of a first step: theta, its moments, and no average."""
    moments = np.zeros_like(theta), np.zeros_like(theta)
    return theta, *moments, theta[:0]

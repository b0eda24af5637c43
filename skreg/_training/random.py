"""Independent streams of random numbers from one seed, for what is drawn once per fit.

What is drawn again and again, masks and orders of rows, comes from `_arithmetic/hashing.py`.
"""

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.bounds import glorot, glorot_logistic

_SMALL = 0.1  # share of their bounds that weights of outputs fill where their scores are given
INITIAL_WEIGHTS, VALIDATION_SPLIT, FINGERPRINTS, DROPOUT_PASSES = range(4)


def stream(seed, purpose):
    return np.random.default_rng((seed, purpose))


def draw_initial_theta(layout, activations, seed, dtype, scores=None):
    """Uniform weights and biases, within bounds that suit the activation behind them.

    The outputs, which have none, are drawn as behind "identity"; behind a last hidden layer of
    "logistic" units as that layer, as in scikit-learn. Given scores (n_outputs,) to begin with are
    their biases instead, and their weights are small.
    """
    rng, theta = stream(seed, INITIAL_WEIGHTS), np.empty(layout.size)
    bounds = [ACTIVATIONS[name].bound for name in activations]
    last = bounds[-1] if bounds and bounds[-1] is glorot_logistic else glorot
    parts = zip(
        layout.shapes, layout.coefs(theta), layout.intercepts(theta), [*bounds, last], strict=True
    )
    for (n_in, n_out), coef, intercept, bound_of in parts:
        bound = bound_of(n_in, n_out)
        coef[:] = rng.uniform(-bound, bound, coef.shape)
        intercept[:] = rng.uniform(-bound, bound, n_out)
    if scores is not None:
        layout.coefs(theta)[-1][:] *= _SMALL
        layout.intercepts(theta)[-1][:] = scores
    for part, initial in zip(layout.extras_of(theta), layout.initial_extras(), strict=True):
        part[:] = initial
    return theta.astype(dtype)

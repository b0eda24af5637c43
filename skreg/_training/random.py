"""Independent streams of random numbers from one seed, for what is drawn once per fit.

What is drawn again and again, masks and orders of rows, comes from `_arithmetic/hashing.py`.
"""

import numpy as np

_SMALL = 0.1  # share of their bounds that weights of outputs fill where their scores are given
INITIAL_WEIGHTS, VALIDATION_SPLIT, FINGERPRINTS = range(3)


def stream(seed, purpose):
    return np.random.default_rng((seed, purpose))


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


# The bound of the weights in front of an activation; a new activation needs a row.
BOUNDS = {
    "identity": glorot,
    "logistic": glorot_logistic,
    "tanh": glorot,
    "relu": glorot,
    "leaky_relu": he,
    "elu": he,
    "selu": lecun,
    "gelu": he,
    "silu": he,
    "mish": he,
    "softplus": glorot,
}


def draw_initial_theta(layout, activations, seed, dtype, scores=None):
    """Uniform weights and biases, within bounds that suit the activation behind them.

    The outputs, which have none, are drawn as behind "identity"; behind a last hidden layer of
    "logistic" units as that layer, as in scikit-learn. Given scores (n_outputs,) to begin with are
    their biases instead, and their weights are small.
    """
    rng, theta = stream(seed, INITIAL_WEIGHTS), np.empty(layout.size)
    bounds = [BOUNDS[name] for name in activations]
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

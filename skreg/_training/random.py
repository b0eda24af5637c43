"""Independent streams of random numbers from one seed.

Every draw is addressed by (seed, stream, counter), so there is no generator to carry along: a fit
that goes on later draws what it would have drawn at once.
"""

import numpy as np

INITIAL_WEIGHTS, ORDER_OF_ROWS, VALIDATION_SPLIT = range(3)


def stream(seed, purpose, counter=0):
    return np.random.default_rng((seed, purpose, counter))


def draw_initial_theta(layout, activation, seed, dtype):
    """Uniform weights and biases (Glorot & Bengio, 2010), as scikit-learn draws them."""
    rng, theta = stream(seed, INITIAL_WEIGHTS), np.empty(layout.size)
    factor = 2 if activation == "logistic" else 6
    parts = zip(layout.shapes, layout.coefs(theta), layout.intercepts(theta))
    for (n_in, n_out), coef, intercept in parts:
        bound = np.sqrt(factor / (n_in + n_out))
        coef[:] = rng.uniform(-bound, bound, coef.shape)
        intercept[:] = rng.uniform(-bound, bound, n_out)
    return theta.astype(dtype)

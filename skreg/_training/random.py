"""Independent streams of random numbers from one seed, for what is drawn once per fit.

What is drawn again and again, masks and orders of rows, comes from `_kernels/hashing.py`.
"""

import numpy as np

INITIAL_WEIGHTS, VALIDATION_SPLIT, FINGERPRINTS = range(3)


def stream(seed, purpose):
    return np.random.default_rng((seed, purpose))


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

"""Networks thinned by dropout once for all rows, whose predictions vary as in training."""

import numpy as np
from scipy.sparse import issparse

from skreg._training.random import DROPOUT_PASSES, stream


def thin(coefs, rates, seed):
    """The weights of a network of which dropout leaves out some inputs and hidden units.

    Which ones, depends on the seed alone. What is left out has zeros in its row of the weights
    behind it, and the other rows are divided by the share that is kept.

    Parameters
    ----------
    coefs : list of ndarray or SciPy matrix of shape (n_in, n_out)
    rates : sequence of float, in front of each
    """
    rng = stream(seed, DROPOUT_PASSES)
    return [
        _scale_rows(coef, (rng.random(coef.shape[0]) >= rate) / (1 - rate)) if rate else coef
        for coef, rate in zip(coefs, rates, strict=True)
    ]


def _scale_rows(coef, factors):
    factors = factors[:, np.newaxis].astype(np.result_type(coef.dtype, np.float32))
    return coef.multiply(factors).tocsr() if issparse(coef) else coef * factors

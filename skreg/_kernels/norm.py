"""The norm of a gradient, for clipping, as an option: compiled when it is first used."""

import numpy as np

from skreg._compiler.options import Option, vector_of


def _euclidean(vector):
    """Squares are summed in float64, where those of float32 cannot overflow.

    The root, unlike their sum, fits in the dtype of theta, which is what an option returns.
    """
    total = 0.0
    for j in range(vector.size):
        total += np.float64(vector[j]) * np.float64(vector[j])
    return vector.dtype.type(np.sqrt(total))


NORM = Option(_euclidean, "norm", (vector_of,))

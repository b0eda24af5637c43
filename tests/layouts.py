"""Matrices in every layout that products take, and a product to call, for tests of products."""

import numba
import numpy as np

from skreg._products.products import multiply_matrices


def as_slice(matrix):
    """The same matrix inside of a larger one, between rows and columns that are not numbers."""
    n, k = matrix.shape
    wide = np.full((n + 4, k + 5), np.nan, matrix.dtype)
    wide[2 : 2 + n, 2 : 2 + k] = matrix
    return wide[2 : 2 + n, 2 : 2 + k]


LAYOUTS = {"C": np.ascontiguousarray, "F": np.asfortranarray, "A": as_slice}


@numba.njit
def multiply(gemm, a, b, out):
    multiply_matrices(gemm, a, b, out)

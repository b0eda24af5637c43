"""Dense rows: an array (n, n_features), C-contiguous and ours to overwrite."""

import numpy as np

from skreg._compiler.jit import helper
from skreg._compiler.options import run
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.steps import step_whole
from skreg._products.products import multiply_matrices


@helper
def count(rows):
    return rows.shape[0]


@helper
def take(rows, start, stop):
    n, n_features = min(stop, rows.shape[0]) - start, rows.shape[1]
    return matrix_at(rows, start * n_features, n, n_features)


@helper
def drop(rows, n_features, seed, step, rate, drop, scratch):
    if rate > 0:
        run(drop, (vector_at(rows, 0, rows.size), seed, step, np.int64(0), rate))
    return rows


@helper
def prepare(rows, weights, room):
    return weights


@helper
def multiply(rows, weights, scores, gemm):
    multiply_matrices(gemm, rows, weights, scores)


@helper
def multiply_one(row, weights, scores, gemm):
    """Four rows of weights at a time; BLAS would copy all of them for a single row of inputs."""
    scores[:] = 0
    n_in, n_out = weights.shape
    for i in range(n_in >> 2):
        a, b = np.uintp(4 * i), np.uintp(4 * i + 1)
        c, d = np.uintp(4 * i + 2), np.uintp(4 * i + 3)
        for j in range(n_out):
            pair = row[0, a] * weights[a, j] + row[0, b] * weights[b, j]
            scores[0, j] += pair + (row[0, c] * weights[c, j] + row[0, d] * weights[d, j])
    for i in range(n_in - (n_in & 3), n_in):
        a = np.uintp(i)
        for j in range(n_out):
            scores[0, j] += row[0, a] * weights[a, j]


@helper
def multiply_transposed(rows, delta, gradient, scratch, gemm):
    multiply_matrices(gemm, rows.T, delta, gradient)


@helper
def step(rows, delta, inputs, work, scratch, state, segments, rule, rate, count, gemm):
    multiply_matrices(gemm, rows.T, delta, inputs)
    return step_whole(state, work.gradient, segments, rule, rate, count)

"""The first layer's products with a batch of rows, dense or sparse.

Conventions: dense rows are an array (n, n_features), C-contiguous and ours to overwrite; sparse
rows are a CSR, which is only read. A block may also be Picked rows, whose batches are dense.
`weights` are those of the first layer (n_features, n_out), and `gemm` is a product as in
`products.py`.
Inputs are dropped by the same rule in both forms: the mask of an entry is a hash of the key and of
its place in the batch as a dense matrix, so a sparse batch trains as its dense twin does.
"""

from typing import NamedTuple

import numpy as np

from skreg._arithmetic.hashing import draw_key
from skreg._compiler.copies import copy_rows
from skreg._compiler.jit import by_form, helper
from skreg._compiler.options import run
from skreg._compiler.sums import sum_rows
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.masks import is_kept, limit_of, quarter_of, scale_of
from skreg._products.products import multiply_matrices


class CSR(NamedTuple):
    """Rows that list their entries (compressed sparse rows), as in SciPy."""

    data: np.ndarray  # (n_entries,) in the dtype of theta
    indices: np.ndarray  # (n_entries,) int32: columns
    indptr: np.ndarray  # (n + 1,) int64: where rows begin, but for what its first number is


class Picked(NamedTuple):
    """Dense rows that are copied when a batch of them is taken."""

    X: np.ndarray  # (n_all, n_features)
    places: np.ndarray  # (n,) int64: which rows of X
    room: np.ndarray  # (batch size, n_features): for their copies


class Scratch(NamedTuple):
    """Memory for the entries of a sparse batch; for dense rows, an empty tuple takes its place."""

    data: np.ndarray  # (n_entries,) entries after dropout
    sorted: np.ndarray  # (n_entries,) the same, sorted by column
    rows: np.ndarray  # (n_entries,) int32: the row of each sorted entry
    ends: np.ndarray  # (n_features,) int64: where among them each column ends
    tile: np.ndarray  # (some of the features, n_out): a part of the gradient of the weights
    segment: np.ndarray  # (1, 2) int64: the tile as a segment of itself


@helper
def _count_dense(rows):
    return rows.shape[0]


@helper
def _count_csr(rows):
    return rows.indptr.size - 1


@helper
def _take_dense(rows, start, stop):
    n, n_features = min(stop, rows.shape[0]) - start, rows.shape[1]
    return matrix_at(rows, start * n_features, n, n_features)


@helper
def _take_csr(rows, start, stop):
    ends = rows.indptr[start : min(stop, rows.indptr.size - 1) + 1]
    first, last = ends[0] - rows.indptr[0], ends[-1] - rows.indptr[0]
    return CSR(rows.data[first:last], rows.indices[first:last], ends)


@helper
def _count_picked(rows):
    return rows.places.size


@helper
def _take_picked(rows, start, stop):
    n = min(stop, rows.places.size) - start
    batch = matrix_at(rows.room, 0, n, rows.X.shape[1])
    copy_rows(batch, rows.X, rows.places, start)
    return batch


@helper
def _drop_dense(rows, n_features, seed, step, rate, drop, scratch):
    if rate > 0:
        run(drop, (vector_at(rows, 0, rows.size), seed, step, np.int64(0), rate))
    return rows


@helper
def _drop_csr(rows, n_features, seed, step, rate, drop, scratch):
    if not rate > 0:
        return rows
    data, zero, start = scratch.data[: rows.data.size], rate - rate, rows.indptr[0]
    limit, scale, key = limit_of(rate), scale_of(rate), draw_key(seed, step, 0)
    quarter = quarter_of((rows.indptr.size - 1) * n_features)
    for i in range(rows.indptr.size - 1):
        for p in range(rows.indptr[i] - start, rows.indptr[i + 1] - start):
            kept = is_kept(key, i * n_features + rows.indices[p], quarter, limit)
            data[p] = rows.data[p] * scale if kept else zero
    return CSR(data, rows.indices, rows.indptr)


@helper
def _multiply_dense(rows, weights, scores, gemm):
    multiply_matrices(gemm, rows, weights, scores)


@helper
def _multiply_one_dense(row, weights, scores, gemm):
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
def _multiply_csr(rows, weights, scores, gemm):
    start = rows.indptr[0]
    for i in range(scores.shape[0]):
        first, last = rows.indptr[i] - start, rows.indptr[i + 1] - start
        sum_rows(scores, i, rows.data, rows.indices, first, last, weights)


@helper
def sort_by_column(rows, scratch):
    """Overwrite the scratch by the entries of sparse rows, sorted by column."""
    ends, start = scratch.ends, rows.indptr[0]
    ends[:] = 0
    for p in range(rows.indices.size):
        ends[np.uintp(rows.indices[p])] += 1
    total = 0
    for column in range(ends.size):
        count, ends[column] = ends[column], total
        total += count
    for i in range(rows.indptr.size - 1):
        for p in range(rows.indptr[i] - start, rows.indptr[i + 1] - start):
            column = np.uintp(rows.indices[p])
            place = ends[column]
            scratch.sorted[place], scratch.rows[place] = rows.data[p], i
            ends[column] = place + 1


@helper
def _multiply_transposed_dense(rows, delta, gradient, scratch, gemm):
    multiply_matrices(gemm, rows.T, delta, gradient)


@helper
def _multiply_transposed_csr(rows, delta, gradient, scratch, gemm):
    sort_by_column(rows, scratch)
    multiply_columns(scratch, delta, gradient, 0)


@helper
def multiply_columns(scratch, delta, gradient, start):
    """Overwrite gradient (n, n_out) by the rows start, …, start + n − 1 of rowsᵀ · delta."""
    first = scratch.ends[start - 1] if start > 0 else 0
    for i in range(gradient.shape[0]):
        last = scratch.ends[start + i]
        sum_rows(gradient, i, scratch.sorted, scratch.rows, first, last, delta)
        first = last


# Each for the form of its first argument.
# (rows) -> n
count_rows = by_form(dense=_count_dense, csr=_count_csr, picked=_count_picked)
# (rows, start, stop) -> rows, dense or sparse, as a view where they are so already
take_rows = by_form(dense=_take_dense, csr=_take_csr, picked=_take_picked)
# (rows, n_features, seed, step, rate, drop, scratch) -> rows: themselves overwritten, or scratch
drop_inputs = by_form(dense=_drop_dense, csr=_drop_csr)
# (rows, weights, scores, gemm)
multiply_inputs = by_form(dense=_multiply_dense, csr=_multiply_csr)
multiply_one = by_form(dense=_multiply_one_dense, csr=_multiply_csr)  # the same for a single row
# (rows, delta, gradient, scratch, gemm): overwrite gradient (n_features, n_out) by rowsᵀ · delta
multiply_transposed_inputs = by_form(dense=_multiply_transposed_dense, csr=_multiply_transposed_csr)

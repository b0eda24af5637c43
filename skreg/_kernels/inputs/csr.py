"""Sparse rows, whose gradient of the weights is mostly zeros, and made tile by tile in a step."""

from typing import NamedTuple

import numpy as np

from skreg._arithmetic.hashing import draw_key
from skreg._compiler.jit import helper, inlined_helper
from skreg._compiler.options import evaluate
from skreg._compiler.sums import sum_rows
from skreg._compiler.views import matrix_at, vector_at
from skreg._kernels.masks import is_kept, limit_of, quarter_of, scale_of
from skreg._kernels.steps import shorten


class CSR(NamedTuple):
    """Rows that list their entries (compressed sparse rows), as in SciPy."""

    data: np.ndarray  # (n_entries,) in the dtype of theta
    indices: np.ndarray  # (n_entries,) int32: columns
    indptr: np.ndarray  # (n + 1,) int64: where rows begin, but for what its first number is


class Scratch(NamedTuple):
    """Memory for the entries of a sparse batch; for dense rows, an empty tuple takes its place."""

    data: np.ndarray  # (n_entries,) entries after dropout
    sorted: np.ndarray  # (n_entries,) the same, sorted by column
    rows: np.ndarray  # (n_entries,) int32: the row of each sorted entry
    ends: np.ndarray  # (n_features,) int64: where among them each column ends
    tile: np.ndarray  # (some of the features, n_out): a part of the gradient of the weights
    segment: np.ndarray  # (1, 2) int64: the tile as a segment of itself


@helper
def count(rows):
    return rows.indptr.size - 1


@helper
def take(rows, start, stop):
    ends = rows.indptr[start : min(stop, rows.indptr.size - 1) + 1]
    first, last = ends[0] - rows.indptr[0], ends[-1] - rows.indptr[0]
    return CSR(rows.data[first:last], rows.indices[first:last], ends)


@helper
def drop(rows, n_features, seed, step, rate, drop, scratch):
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
def prepare(rows, weights, room):
    return weights


@helper
def multiply(rows, weights, scores, gemm):
    start = rows.indptr[0]
    for i in range(scores.shape[0]):
        first, last = rows.indptr[i] - start, rows.indptr[i + 1] - start
        sum_rows(scores, i, rows.data, rows.indices, first, last, weights)


multiply_one = multiply


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
def multiply_columns(scratch, delta, gradient, start):
    """Overwrite gradient (n, n_out) by the rows start, …, start + n − 1 of rowsᵀ · delta."""
    first = scratch.ends[start - 1] if start > 0 else 0
    for i in range(gradient.shape[0]):
        last = scratch.ends[start + i]
        sum_rows(gradient, i, scratch.sorted, scratch.rows, first, last, delta)
        first = last


@helper
def multiply_transposed(rows, delta, gradient, scratch, gemm):
    sort_by_column(rows, scratch)
    multiply_columns(scratch, delta, gradient, 0)


@inlined_helper
def _gradient_of_tile(scratch, delta, start, stop):
    """The gradient of the weights of some features, as one vector."""
    n, n_out = stop - start, delta.shape[1]
    multiply_columns(scratch, delta, matrix_at(scratch.tile, 0, n, n_out), start)
    return vector_at(scratch.tile, 0, n * n_out)


@helper
def _square_of_norm(norm, vector):
    length = np.float64(evaluate(norm, (vector,)))
    return length * length


@helper
def _square_of_norms(scratch, delta, inputs, work, norm):
    total, size = 0.0, scratch.tile.shape[0]
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        total += _square_of_norm(norm, _gradient_of_tile(scratch, delta, start, stop))
    return total + _square_of_norm(norm, work.gradient[inputs.size :])


@helper
def step(rows, delta, inputs, work, scratch, state, segments, rule, rate, count, gemm):
    """The weights of the first layer, the first segment, are moved tile by tile."""
    sort_by_column(rows, scratch)
    factor = type(rate)(1)
    if rule.clip_norm < np.inf:
        squares = _square_of_norms(scratch, delta, inputs, work, rule.norm)
        factor = shorten(type(rate)(np.sqrt(squares)), rule.clip_norm)
    total, n_out, size = rate - rate, delta.shape[1], scratch.tile.shape[0]
    numbers, ends = segments.numbers[:1], scratch.segment
    for start in range(0, scratch.ends.size, size):
        stop = min(start + size, scratch.ends.size)
        tile, first = _gradient_of_tile(scratch, delta, start, stop), start * n_out
        length = ends[0, 1] = tile.size
        moments = (vector_at(state.first, first, length), vector_at(state.second, first, length))
        vectors = (vector_at(state.theta, first, length), tile, *moments)
        more = (ends, numbers, rule.constants, rate, factor, count)
        total += evaluate(rule.step, (*vectors, *more))
    vectors = (state.theta, work.gradient, state.first, state.second)
    rest = (segments.ends[1:], segments.numbers[1:])
    return total + evaluate(rule.step, (*vectors, *rest, rule.constants, rate, factor, count))

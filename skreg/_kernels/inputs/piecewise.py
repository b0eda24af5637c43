"""Rows of numbers in bins, whose piecewise-linear encoding is never made.

A number at a share v of the way through bin j of its feature is encoded as (1, …, 1, v, 0, …, 0).
With the weights w₀, w₁, … of these columns and their sums S_j = w₀ + … + w_j, the product is
w₀ + … + w_{j−1} + v·w_j = (1 − v)·S_{j−1} + v·S_j: two entries of a sparse row in place of as many
as there are bins. Backwards, the gradient of w_j is the sum of those of S_j, S_{j+1}, …
"""

from typing import NamedTuple

import numpy as np

from skreg._compiler.copies import copy_rows
from skreg._compiler.jit import helper, inlined_helper
from skreg._compiler.sums import add_rows
from skreg._compiler.views import matrix_at
from skreg._kernels.inputs.csr import CSR, multiply_columns, sort_by_column
from skreg._kernels.steps import step_whole
from skreg._products.products import multiply_matrices


class Room(NamedTuple):
    """Memory for a batch."""

    numbers: np.ndarray  # (batch size, n_numbers)
    data: np.ndarray  # (most entries of a batch,)
    indices: np.ndarray  # (most entries of a batch,) int32
    indptr: np.ndarray  # (batch size + 1,) int64


class Piecewise(NamedTuple):
    """Rows in a compact form; those of a batch are in the room, as entries."""

    numbers: np.ndarray  # (n_all, n_numbers): the first columns of the encoded rows
    places: np.ndarray  # (n_all, n_slots) uint16: the bin, or the column of a category
    values: np.ndarray  # (n_all, n_slots): the share of the bin, or the entry of the column
    starts: np.ndarray  # (n_slots,) int64: the column of place 0
    n_bins: np.ndarray  # (n_slots,) int64: of bins; 0 for categories, which are the last slots
    rows: np.ndarray  # (n,) int64: which of all
    room: Room


@helper
def count(rows):
    return rows.rows.size


@helper
def take(rows, start, stop):
    n, room = min(stop, rows.rows.size) - start, rows.room
    copy_rows(_numbers_of(rows.numbers, room, n), rows.numbers, rows.rows, start)
    some = rows.rows[start : start + n]
    _write_entries(rows, some)
    parts = rows.numbers, rows.places, rows.values, rows.starts, rows.n_bins
    return Piecewise(*parts, some, room)


@inlined_helper
def _numbers_of(numbers, room, n):
    return matrix_at(room.numbers, 0, n, numbers.shape[1])


@helper
def _write_entries(rows, some):
    """Overwrite the room by the entries of some rows; zeros are left out."""
    data, indices, indptr = rows.room.data, rows.room.indices, rows.room.indptr
    one, p = type(data[0])(1), 0
    indptr[0] = 0
    for i in range(some.size):
        row = np.uintp(some[i])
        for k in range(rows.starts.size):
            place, value = np.int64(rows.places[row, k]), rows.values[row, k]
            column = rows.starts[k] + place
            if place > 0 and rows.n_bins[k] > 0 and value != one:
                data[p], indices[p] = one - value, column - 1
                p += 1
            if value != 0:
                data[p], indices[p] = value, column
                p += 1
        indptr[i + 1] = p


@helper
def drop(rows, n_features, seed, step, rate, drop, scratch):
    """Rows as they are: where inputs are dropped, callers encode them."""
    return rows


@helper
def prepare(rows, weights, room):
    """The sums of the weights of bins from the first one on; other weights as they are."""
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            room[i, j] = weights[i, j]
    for k in range(rows.starts.size):
        for i in range(rows.starts[k] + 1, rows.starts[k] + rows.n_bins[k]):
            for j in range(weights.shape[1]):
                room[i, j] += room[i - 1, j]
    return room


@helper
def multiply(rows, weights, scores, gemm):
    n_numbers, room = rows.numbers.shape[1], rows.room
    if n_numbers > 0:
        numbers = _numbers_of(rows.numbers, room, scores.shape[0])
        of_numbers = matrix_at(weights, 0, n_numbers, weights.shape[1])
        multiply_matrices(gemm, numbers, of_numbers, scores)
    else:
        scores[:] = 0
    for i in range(scores.shape[0]):
        first, last = room.indptr[i], room.indptr[i + 1]
        add_rows(scores, i, room.data, room.indices, first, last, weights)


multiply_one = multiply


@helper
def multiply_transposed(rows, delta, gradient, scratch, gemm):
    (n, n_out), n_numbers, room = delta.shape, rows.numbers.shape[1], rows.room
    if n_numbers > 0:
        numbers = _numbers_of(rows.numbers, room, n)
        multiply_matrices(gemm, numbers.T, delta, matrix_at(gradient, 0, n_numbers, n_out))
    n_entries = room.indptr[n]
    entries = CSR(room.data[:n_entries], room.indices[:n_entries], room.indptr[: n + 1])
    sort_by_column(entries, scratch)
    n_others = gradient.shape[0] - n_numbers
    others = matrix_at(gradient, n_numbers * n_out, n_others, n_out)
    multiply_columns(scratch, delta, others, n_numbers)
    for k in range(rows.starts.size):
        for i in range(rows.starts[k] + rows.n_bins[k] - 1, rows.starts[k], -1):
            for j in range(n_out):
                gradient[i - 1, j] += gradient[i, j]


@helper
def step(rows, delta, inputs, work, scratch, state, segments, rule, rate, count, gemm):
    multiply_transposed(rows, delta, inputs, scratch, gemm)
    return step_whole(state, work.gradient, segments, rule, rate, count)

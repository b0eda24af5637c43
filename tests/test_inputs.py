"""The first layer on sparse rows does what it does on the same rows in a dense array."""

from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix

from skreg._compiler.jit import DTYPES
from skreg._kernels.dropout import DROP
from skreg._kernels.inputs import (
    count_rows,
    drop_inputs,
    multiply_inputs,
    multiply_transposed_inputs,
    step_all,
    take_rows,
)
from skreg._kernels.inputs.csr import CSR, multiply_columns, sort_by_column
from skreg._kernels.network import Work
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.penalties import Numbers
from skreg._kernels.steps import Segments, State
from skreg._products.blas import address_of_gemm
from skreg._training.arguments import make_rule, make_scratch
from skreg._training.layout import Layout
from skreg._training.rows import csr
from skreg._training.rows.csr import as_csr
from tests.compiled import callable_from_python
from tests.forms import FORMS
from tests.switched_off import OFF

multiply_columns = callable_from_python(multiply_columns)
sort_by_column = callable_from_python(sort_by_column)
count_rows = callable_from_python(count_rows)
drop_inputs = callable_from_python(drop_inputs, 7)
multiply_inputs = callable_from_python(multiply_inputs)
multiply_transposed_inputs = callable_from_python(multiply_transposed_inputs)
take_rows = callable_from_python(take_rows, 3)
step_all = callable_from_python(step_all)

PLACE = 3, 4  # seed and step
GEMM = {dtype: (address_of_gemm(dtype), 0) for dtype in DTYPES}
FLOAT64 = DTYPES[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_all_functions_or_its_batches_have_another_form(form):
    module = import_module(f"skreg._kernels.inputs.{form}")
    names = {"drop", "prepare", "multiply", "multiply_one", "multiply_transposed", "step"}
    found = names & vars(module).keys()
    assert {"count", "take"} <= vars(module).keys()
    assert found in (names, set())


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def keep(matrix, rows, columns):
    """The matrix with zeros in all other rows and columns."""
    kept = np.zeros_like(matrix)
    kept[np.ix_(rows, columns)] = matrix[np.ix_(rows, columns)]
    return kept


MATRICES = {
    "0 to 9 entries in rows, 9 to 1 in columns": np.tril(draw(10, 9), -1),
    "no empty row or column": draw(5, 7),
    "empty rows and columns": keep(draw(8, 9), [1, 2, 6], [0, 3, 4, 7]),
    "empty first and last row and column": keep(draw(8, 9), range(1, 7), range(1, 8)),
    "all zero": np.zeros((4, 3)),
    "one row": keep(draw(1, 6), [0], [1, 2, 5]),
    "one column": keep(draw(6, 1), [0, 3, 4], [0]),
    "one empty row": np.zeros((1, 2)),
}
parametrize_matrices = pytest.mark.parametrize("name", MATRICES)
parametrize_widths = pytest.mark.parametrize("n_out", [1, 2, 5])
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def as_twins(matrix, n_out=1, dtype=FLOAT64):
    """The matrix as dense rows and as CSR, with the scratch of the latter."""
    sparse, layout = csr_matrix(matrix.astype(dtype)), Layout((matrix.shape[1], n_out))
    settings = SimpleNamespace(dropout=(0.5,))
    scratch = make_scratch(layout, settings, sparse, matrix.shape[0])
    return matrix.astype(dtype), as_csr(sparse, dtype), scratch


def drop(rows, n_features, rate, scratch=()):
    """Rows after dropout; dense ones are overwritten."""
    address = DROP.address(np.dtype(type(rate)))
    return drop_inputs(rows, n_features, *PLACE, rate, address, scratch)


def as_dense(rows, n_features):
    """CSR rows as an array."""
    start = rows.indptr[0]
    dense = np.zeros((rows.indptr.size - 1, n_features), rows.data.dtype)
    for i in range(rows.indptr.size - 1):
        for p in range(rows.indptr[i] - start, rows.indptr[i + 1] - start):
            dense[i, rows.indices[p]] += rows.data[p]
    return dense


@parametrize_dtypes
@parametrize_widths
@parametrize_matrices
def test_products_with_weights_are_those_of_dense_rows(name, n_out, dtype):
    dense, rows, _ = as_twins(MATRICES[name], n_out, dtype)
    weights = draw(dense.shape[1], n_out, seed=1).astype(dtype)
    scores = [np.full((dense.shape[0], n_out), 9, dtype) for _ in range(2)]
    multiply_inputs(dense, weights, scores[0], GEMM[dtype])
    multiply_inputs(rows, weights, scores[1], GEMM[dtype])
    assert_allclose(scores[0], dense @ weights, atol=20 * np.finfo(dtype).eps)
    assert_allclose(scores[1], dense @ weights, atol=20 * np.finfo(dtype).eps)


@parametrize_dtypes
@parametrize_widths
@parametrize_matrices
def test_products_with_the_transpose_are_those_of_dense_rows(name, n_out, dtype):
    dense, rows, scratch = as_twins(MATRICES[name], n_out, dtype)
    delta = draw(dense.shape[0], n_out, seed=1).astype(dtype)
    gradients = [np.full((dense.shape[1], n_out), 9, dtype) for _ in range(2)]
    multiply_transposed_inputs(dense, delta, gradients[0], (), GEMM[dtype])
    multiply_transposed_inputs(rows, delta, gradients[1], scratch, GEMM[dtype])
    assert_allclose(gradients[0], dense.T @ delta, atol=20 * np.finfo(dtype).eps)
    assert_allclose(gradients[1], dense.T @ delta, atol=20 * np.finfo(dtype).eps)


@parametrize_matrices
def test_entries_sorted_by_column_are_those_of_the_transpose_in_order_of_rows(name):
    dense, rows, scratch = as_twins(MATRICES[name])
    sort_by_column(rows, scratch)
    columns = csr_matrix(dense.T)
    assert_array_equal(scratch.ends, columns.indptr[1:])
    assert_array_equal(scratch.sorted[: columns.nnz], columns.data)
    assert_array_equal(scratch.rows[: columns.nnz], columns.indices)


@parametrize_matrices
def test_the_gradient_of_any_tile_of_features_is_that_part_of_the_whole(name):
    dense, rows, scratch = as_twins(MATRICES[name], 2)
    delta, n_features = draw(dense.shape[0], 2, seed=1), dense.shape[1]
    sort_by_column(rows, scratch)
    for start in range(n_features):
        for stop in range(start + 1, n_features + 1):
            tile = np.full((stop - start, 2), 9.0)
            multiply_columns(scratch, delta, tile, start)
            assert_allclose(tile, (dense.T @ delta)[start:stop], atol=1e-14)


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
@parametrize_dtypes
@parametrize_matrices
def test_the_same_entries_are_dropped_as_in_dense_rows(name, dtype, rate):
    dense, rows, scratch = as_twins(MATRICES[name], 1, dtype)
    n_features, given = dense.shape[1], rows.data.copy()
    dropped = drop(rows, n_features, dtype.type(rate), scratch)
    expected = drop(dense.copy(), n_features, dtype.type(rate))
    assert_array_equal(as_dense(dropped, n_features), expected)
    assert_array_equal(rows.data, given)
    if rate == 0.3 and given.size > 20:
        assert 0 < np.mean(dropped.data == 0) < 0.7


@parametrize_matrices
def test_the_same_entries_are_dropped_in_a_batch_that_is_a_part_of_a_block(name):
    dense, rows, scratch = as_twins(MATRICES[name])
    n, n_features = dense.shape
    for start in range(n):
        part = drop(take_rows(rows, start, n), n_features, np.float64(0.5), scratch)
        expected = drop(dense[start:].copy(), n_features, np.float64(0.5))
        assert_array_equal(as_dense(part, n_features), expected)


@parametrize_matrices
def test_parts_of_rows_and_parts_of_parts_are_the_rows_asked_for(name):
    dense, rows, _ = as_twins(MATRICES[name])
    n, n_features = dense.shape
    assert count_rows(dense) == count_rows(rows) == n
    for start in range(n):
        for stop in range(start + 1, n + 3):  # the last batch may end behind the last row
            part = take_rows(rows, start, stop)
            assert_array_equal(as_dense(part, n_features), dense[start:stop])
            assert_array_equal(take_rows(dense, start, stop), dense[start:stop])
            assert count_rows(part) == min(stop, n) - start
            assert_array_equal(as_dense(take_rows(part, 0, 1), n_features), dense[[start]])
            last = count_rows(part) - 1
            again = take_rows(part, last, last + 1)
            assert_array_equal(as_dense(again, n_features), dense[[start + last]])


def test_parts_of_rows_are_views():
    _, rows, _ = as_twins(MATRICES["no empty row or column"])
    part = take_rows(rows, 1, 3)
    assert np.shares_memory(part.data, rows.data)
    assert np.shares_memory(part.indices, rows.indices)


def test_parts_of_parts_multiply_as_the_rows_they_are():
    dense, rows, scratch = as_twins(MATRICES["0 to 9 entries in rows, 9 to 1 in columns"], 2)
    part, weights, scores = take_rows(rows, 3, 8), draw(9, 2), np.empty((4, 2))
    multiply_inputs(take_rows(part, 1, 5), weights, scores, GEMM[FLOAT64])
    assert_allclose(scores, dense[4:8] @ weights, atol=1e-14)
    gradient = np.empty((9, 2))
    multiply_transposed_inputs(take_rows(part, 1, 5), scores, gradient, scratch, GEMM[FLOAT64])
    assert_allclose(gradient, dense[4:8].T @ scores, atol=1e-13)


def test_entries_in_any_order_and_in_several_parts_count_as_their_sum():
    rows = CSR(
        np.array([1.0, 2, 3, 4, 5]),
        np.array([2, 0, 2, 1, 1], np.int32),
        np.array([0, 3, 5]),
    )
    dense, weights, scores = np.array([[2.0, 0, 4], [0, 9, 0]]), draw(3, 2), np.empty((2, 2))
    multiply_inputs(rows, weights, scores, GEMM[FLOAT64])
    assert_allclose(scores, dense @ weights, atol=1e-14)
    *_, scratch = as_twins(draw(2, 3), 2)
    gradient = np.empty((3, 2))
    multiply_transposed_inputs(rows, scores, gradient, scratch, GEMM[FLOAT64])
    assert_allclose(gradient, dense.T @ scores, atol=1e-13)
    dropped = drop(rows, 3, np.float64(0.5), scratch)
    assert_array_equal(as_dense(dropped, 3), drop(dense, 3, np.float64(0.5)))


def take_step(rows, scratch, delta, n_features, solver, strength, clip_norm, dtype):
    """What a step, as in the training of a block, makes of a network of one layer."""
    size, n_weights = (n_features + 1) * delta.shape[1], n_features * delta.shape[1]
    theta, first, second = (draw(size, seed=seed).astype(dtype) for seed in range(3))
    state = State(theta, first, abs(second), theta[:0])
    numbers = [Numbers(l1=strength, l2=strength), Numbers()]
    ends, numbers = np.array([[0, n_weights], [n_weights, size]]), np.array(numbers, dtype)
    segments = Segments(ends, numbers, np.empty((0, 6), np.int64), np.empty((0, 2), dtype))
    gradient = np.zeros(size, dtype)
    inputs, rest = gradient[:n_weights].reshape(n_features, -1), gradient[n_weights:]
    rest[:] = delta.sum(axis=0)
    settings = SimpleNamespace(
        **{**OFF, "l1": (strength,)},
        solver=solver,
        momentum=0.9,
        nesterovs_momentum=True,
        beta_1=0.9,
        beta_2=0.99,
        epsilon=1e-8,
        clip_norm=clip_norm,
    )
    rule, rate, count = make_rule(settings, dtype), dtype.type(0.1), 3
    nothing, no_rows = np.empty(0, dtype), np.empty((2, 0), dtype)
    work = Work(nothing, nothing, no_rows, gradient, np.empty(2), nothing, no_rows)
    numbers = segments, rule, rate, count
    cost = step_all(rows, delta, inputs, work, scratch, state, *numbers, GEMM[dtype])
    return state, rest, cost


@pytest.mark.parametrize("clip_norm", [np.inf, 1e3, 0.5])
@pytest.mark.parametrize("strength", [0.0, 0.2])
@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("bytes_of_tile", [1, 64, 1 << 16])
@parametrize_matrices
def test_a_step_is_that_of_dense_rows_whatever_the_tiles(
    name, bytes_of_tile, solver, strength, clip_norm, monkeypatch
):
    monkeypatch.setattr(csr, "_TILE_BYTES", bytes_of_tile)
    n_out, dtype = 2, np.dtype(np.float64)
    dense, rows, scratch = as_twins(MATRICES[name], n_out, dtype)
    n, n_features = dense.shape
    assert scratch.tile.shape[0] == min(n_features, max(1, bytes_of_tile // 16))
    delta = draw(n, n_out, seed=5)
    args = delta, n_features, solver, strength, clip_norm, dtype
    expected, actual = take_step(dense, (), *args), take_step(rows, scratch, *args)
    for mine, other in zip((*actual[0], *actual[1:]), (*expected[0], *expected[1:]), strict=True):
        assert_allclose(mine, other, rtol=1e-11, atol=1e-12)


def test_scratch_is_empty_for_dense_rows_and_as_large_as_the_fullest_rows_for_sparse_ones():
    matrix = np.tril(np.ones((10, 9)), -1)  # rows of 0, 1, …, 9 entries
    layout, X = Layout((9, 2)), csr_matrix(matrix)
    settings = SimpleNamespace(dropout=(0.0,))
    assert make_scratch(layout, settings, matrix, 3) == ()
    scratch = make_scratch(layout, settings, X, 3)
    assert scratch.sorted.size == scratch.rows.size == 9 + 8 + 7
    assert scratch.data.size == 0
    assert make_scratch(layout, SimpleNamespace(dropout=(0.1,)), X, 3).data.size == 9 + 8 + 7
    assert make_scratch(layout, settings, X, 99).sorted.size == matrix.sum()

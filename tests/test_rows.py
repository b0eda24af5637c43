"""Rows reach jitted code in its dtypes and memory, copied only where they have to be."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array, csr_matrix

from skreg._compiler.jit import DTYPES
from skreg._training.rows import rows_of
from skreg._training.rows.copies import gather, own
from skreg._training.rows.csr import as_csr

MATRIX = np.tril(np.arange(1.0, 91).reshape(10, 9), -1)  # rows of 0, 1, …, 9 entries
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_sparse = pytest.mark.parametrize("make", [csr_matrix, csr_array])
parametrize_rows = pytest.mark.parametrize(
    "rows", [slice(2, 6), np.array([5, 0, 5])], ids=["slice", "index"]
)


def as_array(rows):
    return csr_array((rows.data, rows.indices, rows.indptr), (rows.indptr.size - 1, 9)).toarray()


@parametrize_sparse
def test_rows_have_the_form_of_their_entries(make):
    dense, sparse = rows_of(MATRIX), rows_of(make(MATRIX))
    assert (dense.form, sparse.form) == ("dense", "csr")
    assert (dense.gatherer(5).form, sparse.gatherer(5).form) == ("dense", "csr")
    assert dense.picker(5).form == "picked"
    assert sparse.picker(5) is None
    assert rows_of(dense) is dense


@parametrize_dtypes
def test_arrays_are_copied_only_if_jitted_code_cannot_take_them(dtype):
    array = np.ones((4, 3), dtype)
    assert own(array, dtype) is array
    read_only = array.copy()
    read_only.setflags(write=False)
    other = array.astype(np.float64 if dtype == np.float32 else np.float32)
    for given in (read_only, other, np.asfortranarray(array), array[:, ::2], array[::2]):
        copy = own(given, dtype)
        assert copy.dtype == dtype
        assert copy.flags.c_contiguous
        assert copy.flags.writeable
        assert not np.shares_memory(copy, given)
        assert_array_equal(copy, given)


@parametrize_sparse
@parametrize_dtypes
@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
def test_sparse_rows_have_entries_of_the_dtype_and_indices_of_one_type(index_dtype, dtype, make):
    given = make(MATRIX)
    given.indices, given.indptr = (
        given.indices.astype(index_dtype),
        given.indptr.astype(index_dtype),
    )
    rows = as_csr(given, dtype)
    assert (rows.data.dtype, rows.indices.dtype, rows.indptr.dtype) == (dtype, np.int32, np.int64)
    assert_array_equal(as_array(rows), MATRIX)


@parametrize_dtypes
def test_a_tile_of_all_rows_of_a_sparse_matrix_is_no_copy(dtype):
    X = csr_array(MATRIX, dtype=dtype)
    tile = rows_of(X).tile(0, 20, dtype)
    assert tile.data is X.data
    assert tile.indices is X.indices


@parametrize_dtypes
def test_tiles_are_the_rows_asked_for(dtype):
    for start, stop in [(0, 3), (4, 9), (7, 99), (0, 1), (9, 10)]:
        dense = rows_of(MATRIX).tile(start, stop, dtype)
        assert dense.dtype == dtype
        assert_array_equal(dense, MATRIX[start:stop])
        assert_array_equal(as_array(rows_of(csr_array(MATRIX)).tile(start, stop, dtype)), dense)


@pytest.mark.parametrize("n", [1, 2, 5, 10, 11])
def test_most_entries_are_those_of_the_fullest_rows_wherever_they_are(n):
    shuffled = MATRIX[np.random.default_rng(0).permutation(10)]
    for matrix in (MATRIX, shuffled):
        assert rows_of(csr_array(matrix)).most_entries(n) == sum(range(9, max(9 - n, 0), -1))


def test_rows_without_entries_still_ask_for_a_little_memory():
    assert rows_of(csr_array((5, 3))).most_entries(2) == 1
    assert rows_of(csr_array((5, 3))).bytes_per_row == 1


@parametrize_dtypes
def test_bytes_per_row_are_those_of_its_numbers_and_of_their_columns(dtype):
    size = dtype.itemsize
    assert rows_of(MATRIX.astype(dtype)).bytes_per_row == 9 * size
    sparse = csr_array(MATRIX.astype(dtype))
    assert rows_of(sparse).bytes_per_row == 1 + 45 * (size + 4) // 10


@parametrize_rows
@pytest.mark.parametrize("order", ["C", "F"])
def test_gather_copies_rows_to_the_head(order, rows):
    array = np.asarray(np.arange(24.0).reshape(8, 3), order=order)
    array.setflags(write=False)
    out = np.full((6, 3), -1.0)
    head = gather(array, rows, out)
    assert_array_equal(head, array[rows])
    assert np.shares_memory(head, out)
    assert_array_equal(out[len(head) :], -1)


@parametrize_rows
def test_gathered_rows_are_copies_in_either_form(rows):
    assert_array_equal(rows_of(MATRIX).gatherer(5)(rows), MATRIX[rows])
    given = csr_array(MATRIX)
    gathered = rows_of(given).gatherer(5)(rows)
    assert_array_equal(as_array(gathered), MATRIX[rows])
    gathered.data[:] = 0
    assert_array_equal(given.toarray(), MATRIX)

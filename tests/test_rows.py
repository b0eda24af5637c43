"""Rows reach jitted code in its dtypes and memory, copied only where they have to be."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array, csr_matrix

from skreg._compiler.jit import DTYPES, FORMS
from skreg._training.rows import (
    Gatherer,
    Picker,
    as_csr,
    bytes_per_row,
    form_of,
    gather,
    most_entries,
    own,
    take,
)

MATRIX = np.tril(np.arange(1.0, 91).reshape(10, 9), -1)  # rows of 0, 1, …, 9 entries
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_sparse = pytest.mark.parametrize("make", [csr_matrix, csr_array])


def as_array(rows):
    return csr_array((rows.data, rows.indices, rows.indptr), (rows.indptr.size - 1, 9)).toarray()


@parametrize_sparse
def test_forms_are_those_of_the_entries(make):
    assert (form_of(MATRIX), form_of(make(MATRIX)), Picker.form) == FORMS


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
def test_all_rows_of_a_sparse_matrix_are_taken_without_a_copy(dtype):
    X = csr_array(MATRIX, dtype=dtype)
    taken = take(X, 0, 20, dtype)
    assert taken.data is X.data
    assert taken.indices is X.indices


@parametrize_dtypes
def test_taken_rows_are_those_asked_for(dtype):
    for start, stop in [(0, 3), (4, 9), (7, 99), (0, 1), (9, 10)]:
        dense = take(MATRIX, start, stop, dtype)
        assert dense.dtype == dtype
        assert_array_equal(dense, MATRIX[start:stop])
        assert_array_equal(as_array(take(csr_array(MATRIX), start, stop, dtype)), dense)


@pytest.mark.parametrize("n", [1, 2, 5, 10, 11])
def test_most_entries_are_those_of_the_fullest_rows_wherever_they_are(n):
    shuffled = MATRIX[np.random.default_rng(0).permutation(10)]
    for matrix in (MATRIX, shuffled):
        assert most_entries(csr_array(matrix), n) == sum(range(9, max(9 - n, 0), -1))


def test_rows_without_entries_still_ask_for_a_little_memory():
    assert most_entries(csr_array((5, 3)), 2) == 1
    assert bytes_per_row(csr_array((5, 3))) == 1


@parametrize_dtypes
def test_bytes_per_row_are_those_of_its_numbers_and_of_their_columns(dtype):
    size = dtype.itemsize
    assert bytes_per_row(MATRIX.astype(dtype)) == 9 * size
    assert bytes_per_row(csr_array(MATRIX.astype(dtype))) == 1 + 45 * (size + 4) // 10


@pytest.mark.parametrize("rows", [slice(2, 6), np.array([5, 0, 5])], ids=["slice", "index"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_gather_copies_rows_to_the_head(order, rows):
    array = np.asarray(np.arange(24.0).reshape(8, 3), order=order)
    array.setflags(write=False)
    out = np.full((6, 3), -1.0)
    head = gather(array, rows, out)
    assert_array_equal(head, array[rows])
    assert np.shares_memory(head, out)
    assert_array_equal(out[len(head) :], -1)


@pytest.mark.parametrize("rows", [slice(2, 6), np.array([5, 0, 5])], ids=["slice", "index"])
def test_gathered_rows_are_copies_in_either_form(rows):
    assert_array_equal(Gatherer(MATRIX, 5)(rows), MATRIX[rows])
    given = csr_array(MATRIX)
    gathered = Gatherer(given, 5)(rows)
    assert_array_equal(as_array(gathered), MATRIX[rows])
    gathered.data[:] = 0
    assert_array_equal(given.toarray(), MATRIX)

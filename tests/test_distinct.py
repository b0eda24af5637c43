"""Distinct rows and their weights, in an order of their contents alone."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skreg._training import distinct
from skreg._training.data import Data
from skreg._training.distinct import distinct_rows

N, N_FEATURES = 300, 4
FORMS = {"dense": np.asarray, "sparse": csr_array}
parametrize_forms = pytest.mark.parametrize("form", FORMS)
parametrize_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def make_data(form="dense", dtype=np.float64, *, weighted=False, order=slice(None)):
    """Rows of few values, so that many are equal."""
    rng = np.random.default_rng(0)
    X = rng.integers(-1, 2, (N, N_FEATURES)).astype(dtype)
    Y = rng.integers(0, 2, (N, 1)).astype(dtype)
    weights = rng.integers(0, 4, N).astype(dtype) if weighted else None
    return Data(FORMS[form](X[order]), Y[order], weights[order] if weighted else None)


def contents(data, rows):
    X = data.X.toarray() if hasattr(data.X, "toarray") else data.X
    return np.column_stack([X, data.Y])[rows]


@pytest.mark.parametrize("weighted", [False, True])
@parametrize_dtypes
@parametrize_forms
def test_each_distinct_row_comes_once_with_the_weight_of_all_that_equal_it(form, dtype, weighted):
    data = make_data(form, dtype, weighted=weighted)
    rows, weights = distinct_rows(data)
    of_rows = np.ones(N) if data.weights is None else data.weights
    every = contents(data, of_rows > 0)
    expected, numbers = np.unique(every, axis=0, return_inverse=True)
    found = contents(data, rows)
    order = np.lexsort(found.T[::-1])
    assert_array_equal(found[order], expected)
    assert_allclose(weights[order], np.bincount(numbers.ravel(), of_rows[of_rows > 0]))
    assert len(expected) < 0.9 * len(every)


@parametrize_dtypes
def test_the_order_is_that_of_the_contents_whatever_the_form(dtype):
    order = np.random.default_rng(1).permutation(N)
    expected = contents(make_data("dense", dtype), distinct_rows(make_data("dense", dtype))[0])
    for form in FORMS:
        data = make_data(form, dtype, order=order)
        assert_array_equal(contents(data, distinct_rows(data)[0]), expected)


def test_sparse_rows_are_equal_however_their_entries_are_listed():
    parts = csr_array(  # 2 in column 1 and 3 in column 0: as they are, unsorted, in parts, …
        (
            np.array([3.0, 2, 2, 3, 3, 1, 1, 3, 2, 0]),
            np.array([0, 1, 1, 0, 0, 1, 1, 0, 1, 2]),
            np.array([0, 2, 4, 7, 10]),
        ),
        (4, 3),
    )
    before = parts.data.copy()
    rows, weights = distinct_rows(Data(parts, np.zeros((4, 1)), None))
    assert (rows.tolist(), weights.tolist()) == ([0], [4.0])
    assert_array_equal(parts.data, before)


@parametrize_forms
def test_rows_of_one_hash_are_still_told_apart(form, monkeypatch):
    monkeypatch.setattr(distinct, "_fingerprints", lambda m: np.zeros(m.shape[0], np.uint64))
    X = np.array([[1.0], [1], [2], [2], [2]])
    data = Data(FORMS[form](X), np.zeros((5, 1)), None)
    assert distinct_rows(data)[1].tolist() == [2.0, 3.0]


def test_chunks_do_not_matter(monkeypatch):
    whole = distinct_rows(make_data())
    monkeypatch.setattr(distinct, "_CHUNK_BYTES", 1)
    for part, other in zip(distinct_rows(make_data()), whole):
        assert_array_equal(part, other)


@parametrize_forms
@parametrize_dtypes
def test_zeros_of_either_sign_are_equal(dtype, form):
    X = FORMS[form](np.array([[0.0, 1], [-0.0, 1], [0, 1]], dtype))
    Y = np.array([[0.0], [0], [-0.0]], dtype)
    assert distinct_rows(Data(X, Y, None))[1].tolist() == [3.0]

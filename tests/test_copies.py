"""Copies of rows: any number and width of them, and where a fit makes them."""

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris

from skreg import MLPClassifier
from skreg._compiler.copies import copy_rows
from skreg._compiler.jit import DTYPES
from skreg._training.data import Blocks, Data
from tests.compiled import callable_from_python

copy_rows = callable_from_python(copy_rows)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("width", [0, 1, 2, 3, 4, 5, 16, 17, 512, 513, 1024, 1025, 2000])
def test_copies_are_the_rows_and_nothing_else_is_written(width, dtype):
    rng = np.random.default_rng(0)
    source = rng.normal(size=(50, width)).astype(dtype)
    for n in (0, 1, 2, 7, 80):
        places = rng.integers(0, 50, n)
        target = np.full((n + 1, width), 9, dtype)
        copy_rows(target[:n], source, np.r_[[0, 1], places, [2] * 9], 2)
        assert_array_equal(target[:n], source[places])
        assert_array_equal(target[n:], 9)


jitted = pytest.mark.skipif(
    bool(numba.config.BOUNDSCHECK or numba.config.DISABLE_JIT), reason="then plain loops copy"
)


@jitted
def test_matrices_of_two_kinds_or_not_contiguous_are_refused():
    places, target, source = np.arange(2), np.ones((2, 3)), np.ones((4, 3))
    more = np.ones((4, 6))[:, ::2], np.asfortranarray(source), np.ones((4, 3, 1))
    for wrong in (source.astype(np.float32), *more):
        with pytest.raises(TypingError, match="no copies"):
            copy_rows(target, wrong, places, 0)
    target.setflags(write=False)
    with pytest.raises(TypingError, match="no copies"):
        copy_rows(target, source, places, 0)


def given(X, kind):
    X = np.array(X, order="F" if kind == "columns" else "C")
    X.setflags(write=kind != "read-only")
    return X


@pytest.mark.parametrize(
    ("kind", "shuffle", "form"),
    [
        ("plain", True, "picked"),
        ("plain", False, "dense"),
        ("read-only", True, "dense"),
        ("columns", True, "dense"),
    ],
)
def test_rows_are_picked_from_memory_that_jitted_code_can_take(kind, shuffle, form):
    X = given(np.ones((9, 2)), kind)
    assert Blocks(Data(X, np.ones((9, 1)), None), 4, shuffle, 0, n_weights=1).gather_X.form == form


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["read-only", "columns"])
def test_fits_are_the_same_bit_by_bit_however_rows_are_copied(kind, dropout):
    X, y = load_iris(return_X_y=True)
    params = {"max_iter": 3, "batch_size": 40, "random_state": 0, "input_dropout": dropout}
    model, other = (MLPClassifier(**params).fit(given(X, k), y) for k in ("plain", kind))
    for mine, theirs in zip(model.coefs_, other.coefs_, strict=True):
        assert_array_equal(mine, theirs)

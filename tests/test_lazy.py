"""Rows that are made when they are wanted look like those of an array."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg._training.rows.lazy import LazyRows

TABLE = np.arange(30.0, dtype=np.float32).reshape(10, 3)


def write(places, out):
    out[...] = TABLE[places]


LAZY = LazyRows(write, np.arange(10), 3, np.float32)


@pytest.mark.parametrize(
    "rows", [slice(2, 7), slice(None, None, 3), np.array([4, 0, 4]), np.arange(10) > 6], ids=str
)
def test_some_rows_are_lazy_and_those_of_an_array(rows):
    some = LAZY[rows]
    assert isinstance(some, LazyRows)
    assert some.shape == TABLE[rows].shape and len(some) == len(TABLE[rows])
    assert_array_equal(some, TABLE[rows])
    assert_array_equal(some[1:], TABLE[rows][1:])


def test_arrays_of_them_have_their_dtype_or_another():
    assert np.asarray(LAZY).dtype == LAZY.dtype == np.float32
    assert np.asarray(LAZY, np.float64).dtype == np.float64


def test_some_rows_are_written_where_they_are_wanted():
    out = np.full((5, 3), np.nan, np.float32)
    LAZY.write(slice(3, 5), out[1:3])
    assert_array_equal(out[1:3], TABLE[3:5])
    assert np.isnan(out[[0, 3, 4]]).all()

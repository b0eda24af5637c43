"""Classes as targets: rows of indicators that are made when they are wanted."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg import MLPClassifier
from skreg._training.one_hot import OneHot
from skreg._training.rows.copies import gather

CODES = np.array([2, 0, 1, 2, 2, 1])
DENSE = np.eye(3)[CODES]


@pytest.mark.parametrize(
    "rows",
    [slice(1, 4), slice(None), slice(5, 0, -2), np.array([5, 0, 0]), np.array([], int), [2, 1]],
)
def test_rows_are_those_of_the_dense_matrix(rows):
    assert_array_equal(OneHot(CODES, 3)[rows], DENSE[rows])


def test_it_has_the_shape_and_the_values_of_a_matrix():
    Y = OneHot(CODES, 3)
    assert Y.shape == (6, 3)
    assert_array_equal(np.asarray(Y), DENSE)
    assert_array_equal(np.ones((6, 3)) - Y, 1 - DENSE)


def test_taken_rows_are_still_classes():
    taken = OneHot(CODES, 3).take(np.array([4, 1]))
    assert isinstance(taken, OneHot)
    assert_array_equal(np.asarray(taken), DENSE[[4, 1]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_smoothing_is_that_of_the_dense_matrix(dtype):
    smoothed = OneHot(CODES, 3).smooth(0.3).astype(dtype)[:]
    assert smoothed.dtype == dtype
    assert_array_equal(smoothed, (DENSE * (1 - 0.3) + 0.3 / 3).astype(dtype))


def test_codes_take_four_bytes_each():
    assert OneHot(CODES, 3).codes.dtype == np.int32


def test_a_few_rows_cost_no_memory_for_all():
    Y, out = OneHot(np.zeros(1_000_000, np.int32), 3), np.empty((10, 3))
    Y.write(slice(0, 10), out)
    tracemalloc.start()
    Y.write(slice(20, 30), out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


def test_gathered_rows_are_written_to_the_memory_that_is_given():
    out = np.full((4, 3), 7.0)
    head = gather(OneHot(CODES, 3), np.array([3, 2]), out)
    assert head.base is out
    assert_array_equal(head, DENSE[[3, 2]])
    assert_array_equal(out[2:], 7.0)


def test_more_classes_than_a_byte_holds_are_told_apart():
    X = np.eye(300, dtype=np.float32)
    labels = np.array([f"class {i:03d}" for i in range(300)])
    mlp = MLPClassifier((), learning_rate_init=0.5, max_iter=20, random_state=0).fit(X, labels)
    assert_array_equal(mlp.predict(X), labels)

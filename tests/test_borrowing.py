"""Borrowed arrays: the same as before, without an owner, and what cannot be borrowed."""

import sys
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numpy.testing import assert_array_equal

from skreg._compiler.borrowing import borrow
from skreg._compiler.views import vector_at
from tests.compiled import callable_from_python

jitted = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="then nothing is compiled")


class Pair(NamedTuple):
    vector: np.ndarray
    inner: tuple


@intrinsic
def has_owner(typing, array):
    def generate(context, builder, signature, given):
        owner = context.make_array(array)(context, builder, given[0]).meminfo
        nobody = owner.type(None)
        return builder.icmp_unsigned("!=", owner, nobody)

    return types.boolean(array), generate


def test_what_is_borrowed_is_the_same_and_its_owners_count_stays():
    @numba.njit
    def change(given):
        pair, number = borrow(given)
        view = vector_at(pair.vector, 1, 2)
        view[0] = number
        pair.inner[0][1, 1:] = view
        return pair.inner[1]

    vector, matrix = np.arange(4.0), np.zeros((2, 3))
    assert change((Pair(vector, (matrix, 7)), 9.0)) == 7
    counts = [sys.getrefcount(array) for array in (vector, matrix)]
    for _ in range(3):
        change((Pair(vector, (matrix, 7)), 9.0))
    assert_array_equal(vector, [0, 9, 2, 3])
    assert_array_equal(matrix, [[0, 0, 0], [0, 9, 2]])
    assert [sys.getrefcount(array) for array in (vector, matrix)] == counts


@jitted
def test_arrays_and_views_have_no_owner_once_they_are_borrowed():
    @numba.njit
    def owners(given):
        pair, array = given
        before = has_owner(pair.vector), has_owner(pair.inner[0]), has_owner(array)
        pair, array = borrow(given)
        view = vector_at(array, 0, 2)
        after = has_owner(pair.vector), has_owner(pair.inner[0]), has_owner(array)
        return before, (*after, has_owner(view), has_owner(array[1:]))

    vector, matrix = np.ones(4), np.ones((2, 3))
    before, after = owners((Pair(vector, (matrix, 7)), np.ones(3, np.float32)))
    assert all(before)
    assert not any(after)


@jitted
@pytest.mark.parametrize("value", [numba.typed.List([1, 2]), (1.0, "text")], ids=["list", "text"])
def test_what_is_counted_in_another_way_is_refused(value):
    with pytest.raises(TypingError, match="cannot be borrowed"):
        callable_from_python(borrow)(value)

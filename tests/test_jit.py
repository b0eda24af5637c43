"""What compiled functions do not do: look at types in each call, and count references."""

import sys
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from numba import types
from numba.core.errors import NumbaError, TypingError
from numba.extending import intrinsic
from numpy.testing import assert_array_equal

from skreg._compiler.jit import (
    SameTypes,
    by_form,
    entry,
    helper,
    inlined_helper,
    plain_entry,
    row_entry,
)

uncounted = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT or numba.config.BOUNDSCHECK), reason="then references are counted"
)
FLOAT64 = np.dtype(np.float64)


def test_types_are_looked_up_in_the_first_call_alone():
    calls = []

    class Entry:
        def __init__(self):
            self.entry = plain_entry(double)
            self.overloads = self.entry.overloads

        def __call__(self, *arguments):
            calls.append(arguments)
            return self.entry(*arguments)

    function = SameTypes(Entry())
    assert [function(np.arange(float(n)), 2.0) for n in (3, 4, 5)] == [6.0, 12.0, 20.0]
    assert len(calls) == 1


def test_where_several_types_were_compiled_each_call_looks_again():
    entry = plain_entry(double)
    assert entry(np.arange(3.0), 2.0) == 6.0
    function = SameTypes(entry)
    assert function(np.arange(3, dtype=np.int64), 3) == 9
    assert function(np.arange(3.0), 2.0) == 6.0


def double(vector, factor):
    return factor * vector.sum()


@intrinsic
def has_owner(typing, array):
    """Whether there is somebody for whom references to the array would be counted."""

    def generate(context, builder, signature, given):
        owner = context.make_array(array)(context, builder, given[0]).meminfo
        return builder.icmp_unsigned("!=", owner, owner.type(None))

    return types.boolean(array), generate


@inlined_helper
def rest_of(vector):
    return vector[1:]


@helper
def count_owners(arrays):
    vector, matrix = arrays
    return has_owner(vector) + has_owner(matrix) + has_owner(rest_of(vector))


def write_and_count(arrays):
    rest_of(arrays[0])[:] = 7.0
    return count_owners(arrays)


@uncounted
def test_row_entries_count_no_references_and_leave_those_of_python_alone():
    vector, matrix = np.zeros(3), np.ones((2, 2))
    function = row_entry(write_and_count)["pair"][FLOAT64]
    counts = [sys.getrefcount(array) for array in (vector, matrix)]
    assert [function((vector, matrix)) for _ in range(3)] == [0, 0, 0]
    assert [sys.getrefcount(array) for array in (vector, matrix)] == counts
    assert_array_equal(vector, [0, 7, 7])
    assert entry(write_and_count)[FLOAT64]((vector, matrix)) == 3


@uncounted
@pytest.mark.parametrize(
    "function", [lambda vector: vector[1:], lambda vector: np.zeros(vector.size).sum()]
)
def test_helpers_return_no_arrays_and_make_none(function):
    inner = helper(function)
    with pytest.raises((TypingError, RuntimeError)):
        numba.njit(lambda vector: inner(vector))(np.ones(3))


def form_of_arrays(function):
    """A helper that is found by the form of its rows, which are arrays."""
    return by_form("take", arrays=SimpleNamespace(take=helper(function)), returns_arrays=True)


@uncounted
@pytest.mark.parametrize("function", [lambda rows: rows + 1, lambda rows: rows[rows > 0]])
def test_forms_of_rows_make_no_arrays_which_nobody_would_free(function):
    take = form_of_arrays(function)
    with pytest.raises(NumbaError) as caught:
        SameTypes(plain_entry(lambda rows: take(rows)[0], makes_arrays=False))(np.ones(3))
    assert "Write a loop" in caught.value.__notes__[0]


@uncounted
def test_forms_of_rows_return_views():
    take = form_of_arrays(lambda rows: rows[1:])
    function = plain_entry(lambda rows: take(rows)[0], makes_arrays=False)
    assert function(np.array([5.0, 7.0])) == 7.0

"""Calls of compiled functions without a look at the types of their arguments."""

import numpy as np

from skreg._compiler.jit import SameTypes, plain_entry


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

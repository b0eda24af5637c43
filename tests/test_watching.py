"""How many functions were compiled, and not loaded."""

import numba
import numpy as np

from skreg._compiler.jit import helper, plain_entry
from skreg._compiler.watching import watch_compiling


@helper
def half(number):
    return number / 2


def halves(numbers):
    return half(numbers.sum())


def test_functions_count_that_are_compiled_and_not_those_that_are_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    with watch_compiling() as count:
        assert count() == 0
        for _ in range(2):  # as two processes would
            assert plain_entry(halves)(np.array([2.0, 4.0])) == 3
            assert count() == 1

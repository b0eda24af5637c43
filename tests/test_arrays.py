"""Which arrays intrinsics accept; what they do with them is tested where they are."""

import numba
import numpy as np
import pytest

from skreg._compiler.arrays import are_plain

PLAIN = np.ones((3, 4))


@pytest.mark.parametrize("n_dimensions", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64], ids=lambda d: d.__name__)
def test_arrays_of_ones_own_are_plain(dtype, n_dimensions):
    kind = numba.typeof(np.ones([2] * n_dimensions, dtype))
    assert are_plain(numba.from_dtype(np.dtype(dtype)), n_dimensions, kind, kind)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.astype(np.float32),
        PLAIN[0],
        PLAIN[np.newaxis],
        PLAIN[:, ::2],
        np.asfortranarray(PLAIN),
        np.frombuffer(bytes(96)).reshape(3, 4),
        1.0,
    ],
    ids=["dtype", "row", "stack", "columns", "Fortran", "read-only", "number"],
)
def test_others_are_not(other):
    plain, kind = numba.typeof(PLAIN), numba.typeof(other)
    assert not are_plain(numba.float64, 2, plain, kind)
    assert not are_plain(numba.float64, 2, kind, plain)

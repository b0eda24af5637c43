"""The BLAS of the kernels: addresses of what multiplies, and buffers that have been written to."""

import ctypes
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
import threadpoolctl
from numba.extending import get_cython_function_address
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._products import blas
from skreg._products.blas import address_of_gemm, controller, touch_buffers

LETTERS = {np.dtype(np.float32): "s", np.dtype(np.float64): "d"}
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@pytest.fixture(autouse=True)
def _forget_addresses():
    """So that what is found in a test is not what other tests find."""
    address_of_gemm.cache_clear()
    yield
    address_of_gemm.cache_clear()


def multiply(address, a, b):
    """a · b by the function at an address, for matrices that are stored by columns."""
    (m, k), n, number = a.shape, b.shape[1], np.ctypeslib.as_ctypes_type(a.dtype)
    out = np.full((m, n), np.nan, a.dtype, order="F")
    sizes = [ctypes.c_int64(size) for size in (m, n, k)]
    letter, one, zero = ctypes.c_char(b"N"), number(1), number(0)
    m, n, k = sizes
    values = [letter, letter, m, n, k, one, a, m, b, k, zero, out, m]
    pointers = [v.ctypes.data if isinstance(v, np.ndarray) else ctypes.addressof(v) for v in values]
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(values))(address)(*pointers)
    return out


def address_in_scipy(dtype):
    return get_cython_function_address("scipy.linalg.cython_blas", f"{LETTERS[dtype]}gemm")


class Library:
    """An OpenBLAS, as threadpoolctl describes it, with functions at the given addresses."""

    internal_api = "openblas"

    def __init__(self, version, **addresses):
        self.version = version
        functions = {name: ctypes.CFUNCTYPE(None)(address) for name, address in addresses.items()}
        self.dynlib = SimpleNamespace(**functions)


@pytest.fixture
def pretend(monkeypatch):
    """Make a function that sets which libraries there are."""

    def set_libraries(*libraries):
        found = SimpleNamespace(lib_controllers=list(libraries))
        monkeypatch.setattr(blas, "controller", lambda: found)

    return set_libraries


@parametrize_dtypes
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 4), (37, 20, 5)], ids=str)
def test_at_the_address_is_the_product_of_its_dtype(dtype, sizes):
    m, k, n = sizes
    rng, address = np.random.default_rng(0), address_of_gemm(dtype)
    a, b = (np.asfortranarray(rng.normal(size=size).astype(dtype)) for size in [(m, k), (k, n)])
    assert_allclose(multiply(address, a, b), a @ b, rtol=0, atol=64 * np.finfo(dtype).eps)


def test_addresses_differ_by_dtype_and_stay_the_same():
    addresses = [address_of_gemm(dtype) for dtype in DTYPES]
    assert len(set(addresses)) == len(DTYPES)
    address_of_gemm.cache_clear()
    assert addresses == [address_of_gemm(dtype) for dtype in DTYPES]


@parametrize_dtypes
def test_without_an_openblas_it_is_that_of_scipy(dtype, pretend):
    other = Library("9.9", **{f"{LETTERS[dtype]}gemm_": 1234})
    other.internal_api = "mkl"
    for libraries in [(), (other,), (Library("0.3.1"),)]:
        pretend(*libraries)
        address_of_gemm.cache_clear()
        address = address_of_gemm(dtype)
        assert address == address_in_scipy(dtype)
    a, b = np.asfortranarray(np.arange(6, dtype=dtype).reshape(2, 3)), np.eye(3, dtype=dtype)
    assert_array_equal(multiply(address, a, b), a)


@parametrize_dtypes
@pytest.mark.parametrize("name", ["scipy_{}gemm_64_", "scipy_{}gemm_", "{}gemm_64_", "{}gemm_"])
def test_openblas_is_found_by_the_names_of_its_builds(name, dtype, pretend):
    other = {"s": "d", "d": "s"}[LETTERS[dtype]]
    addresses = {name.format(LETTERS[dtype]): 1234, name.format(other): 5678}
    pretend(Library("0.3.27", **addresses))
    assert address_of_gemm(dtype) == 1234


def test_the_newest_of_several_libraries_is_taken_by_number_and_not_by_letter(pretend):
    versions = ["0.3.9", "0.3.27", "0.3.27.dev", None, "0.2.40"]
    libraries = [Library(version, dgemm_=i + 1) for i, version in enumerate(versions)]
    newest, float64 = {2, 3}, np.dtype(np.float64)
    for start in range(len(libraries)):
        pretend(*libraries[start:], *libraries[:start])
        address_of_gemm.cache_clear()
        assert address_of_gemm(float64) in newest
    pretend(libraries[3])
    address_of_gemm.cache_clear()
    assert address_of_gemm(float64) == 4


def test_a_newer_library_without_the_function_gives_way_to_an_older_one(pretend):
    pretend(Library("0.3.30", sgemm_=1), Library("0.3.27", dgemm_=2))
    assert address_of_gemm(np.dtype(np.float64)) == 2


def test_the_libraries_are_looked_through_only_once():
    assert controller() is controller()
    assert isinstance(controller(), threadpoolctl.ThreadpoolController)
    assert "blas" in {library.user_api for library in controller().lib_controllers}


def test_touching_the_buffers_writes_zeros_and_nothing_beyond(monkeypatch):
    memories, edge = [], 64

    def zeros(size):
        """Zeros between two margins that are to stay as they are."""
        memory = np.full(size + 2 * edge, 7.0)
        memory[edge:-edge] = 0
        memories.append(memory)
        return memory[edge:-edge]

    names = {"zeros": zeros, "ndarray": np.ndarray, "dtype": np.dtype, "float64": np.float64}
    monkeypatch.setattr(blas, "np", SimpleNamespace(**names))
    touch_buffers()
    assert len(memories) == 3
    for memory in memories:
        assert_array_equal(memory[edge:-edge], 0)
        assert_array_equal(memory[:edge], 7)
        assert_array_equal(memory[-edge:], 7)


def test_touching_the_buffers_leaves_nothing():
    touch_buffers()
    tracemalloc.start()
    try:
        assert [touch_buffers() for _ in range(5)] == [None] * 5
        left, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most > 100_000  # it made matrices
    assert left < 10_000


def test_buffers_are_touched_where_there_is_no_openblas(pretend):
    pretend()
    touch_buffers()
    assert address_of_gemm(np.dtype(np.float64)) == address_in_scipy(np.dtype(np.float64))

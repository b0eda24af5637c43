"""Which BLAS computes the products, and what it needs before it is fast."""

import ctypes
from functools import cache

import numba
import numpy as np
import threadpoolctl
from numba.extending import get_cython_function_address

from skreg._products.small_products import address_of_multiply

_LETTERS = {np.dtype(np.float32): "s", np.dtype(np.float64): "d"}
_NAMES = ("scipy_{}gemm_64_", "scipy_{}gemm_", "{}gemm_64_", "{}gemm_")  # of OpenBLAS, as built


@cache
def controller():
    """What limits the threads of every BLAS; it looks through all libraries, so only once."""
    return threadpoolctl.ThreadpoolController()


@cache
def address_of_gemm(dtype):
    """The address of a product of matrices: of the newest OpenBLAS here, else of SciPy's BLAS.

    NumPy and SciPy bring one each, of different age, and the newer one packs small matrices faster.
    """
    letter = _LETTERS[dtype]
    libraries = [lib for lib in controller().lib_controllers if lib.internal_api == "openblas"]
    for library in sorted(libraries, key=_version, reverse=True):
        for name in _NAMES:
            function = getattr(library.dynlib, name.format(letter), None)
            if function is not None:
                return ctypes.cast(function, ctypes.c_void_p).value
    return get_cython_function_address("scipy.linalg.cython_blas", f"{letter}gemm")


def product(dtype):
    """The product of matrices as in `products.py`: our own of small ones, else BLAS."""
    blas = address_of_gemm(dtype)
    return (blas, 0) if numba.config.DISABLE_JIT else (address_of_multiply(dtype), blas)


def _version(library):
    return [int(part) for part in (library.version or "").split(".") if part.isdigit()]


_TOUCHED = 64, 384, 384  # the smallest product that was seen to help, in float64


def touch_buffers():
    """Multiply two matrices which are large enough for OpenBLAS to write to all of its memory.

    It packs matrices into memory of its own, and prefetches from places beyond. Where nothing has
    ever been written, some processors look them up in vain each time: products of medium size were
    3.5 times slower on an AMD EPYC of the first generation, until one larger product was done.
    """
    m, k, n = _TOUCHED
    a, b, out = np.zeros(m * k), np.zeros(k * n), np.zeros(m * n)
    sizes = [ctypes.c_int64(size) for size in (n, m, k)]
    one, letter = ctypes.c_double(1.0), ctypes.c_char(b"N")
    n, m, k = sizes
    values = [letter, letter, n, m, k, one, b, n, a, k, one, out, n]
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(values))
    pointers = [v.ctypes.data if isinstance(v, np.ndarray) else ctypes.addressof(v) for v in values]
    kind(address_of_gemm(np.dtype(np.float64)))(*pointers)

"""One BLAS thread while small products are computed, whoever else is computing at the time."""

from contextlib import contextmanager
from functools import cache
from threading import Lock

import scipy.linalg.cython_blas  # noqa: F401  (the BLAS of jitted code, loaded before the look-up)
from threadpoolctl import ThreadpoolController

_lock = Lock()
_inside = []  # one limiter while anyone is inside, then as many None as there are others


@cache
def _controller():
    return ThreadpoolController()  # looks through all loaded libraries: once, not per fit


@contextmanager
def single_blas_thread():
    """Limit BLAS to one thread; the first in sets the limit and the last out lifts it."""
    with _lock:
        _inside.append(None if _inside else _controller().limit(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            if len(_inside) == 1:
                _inside[0].restore_original_limits()
                _inside.clear()
            else:
                _inside.pop()  # never the first, which holds the limiter

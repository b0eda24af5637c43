"""One BLAS thread while networks are trained or applied, whoever else is computing at the time.

Two threads gain nothing on small products, and they change the last bits of larger ones.
"""

import os
from contextlib import contextmanager
from functools import cache
from threading import Lock

import scipy.linalg.cython_blas  # noqa: F401  (the BLAS of jitted code, loaded before the look-up)
import threadpoolctl

_lock = Lock()
_inside = []  # one limiter while anyone is inside, then as many None as there are others


def _start_anew():
    """In a process that was forked: whoever was inside stayed in the other one."""
    global _lock
    _lock = Lock()
    _inside.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


@cache
def _controller():
    return threadpoolctl.ThreadpoolController()  # looks through all libraries: once, not per fit


def _release_control():
    """Let the current thread set limits, or any other thread after it.

    The limit belongs to the whole process, but threadpoolctl ≥ 3.8 lets one thread alone change it;
    of several fits the one that sets the limit and the one that lifts it may be in two threads.
    """
    openblas = threadpoolctl.OpenBLASController
    if hasattr(openblas, "clear_controlling_thread"):
        openblas.clear_controlling_thread(force=True)


@contextmanager
def single_blas_thread():
    """Limit BLAS to one thread; the first in sets the limit and the last out lifts it."""
    with _lock:
        limiter = None
        if not _inside:
            _release_control()
            limiter = _controller().limit(limits=1, user_api="blas")
        _inside.append(limiter)
    try:
        yield
    finally:
        with _lock:
            if len(_inside) > 1:
                _inside.pop()  # never the first, which holds the limiter
            else:
                _release_control()
                _inside.pop().restore_original_limits()
                _release_control()

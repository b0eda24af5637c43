"""One BLAS thread while networks are trained or applied, whoever else is computing at the time.

Two threads gain nothing on small products, and they change the last bits of larger ones.
"""

import math
import os
import time
from contextlib import contextmanager
from threading import Lock

import threadpoolctl

from skreg._training.blas import controller, touch_buffers

_lock = Lock()
_inside = []  # one limiter while anyone is inside, then as many None as there are others
_most_inside = 0  # at once, so far: each needs buffers of its own
_touched_at = -math.inf  # on the clock, when the buffers of BLAS were touched last
_TOUCH_EVERY = 10.0  # seconds: a system that watches memory forgets about buffers that wait


def _start_anew():
    """In a process that was forked: whoever was inside stayed in the other one."""
    global _lock, _most_inside
    _lock, _most_inside = Lock(), 0
    _inside.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def _release_control():
    """Let the current thread set limits, or any other thread after it.

    The limit belongs to the whole process, but threadpoolctl ≥ 3.8 lets one thread alone change it;
    of several fits the one that sets the limit and the one that lifts it may be in two threads.
    """
    openblas = threadpoolctl.OpenBLASController
    if hasattr(openblas, "clear_controlling_thread"):
        openblas.clear_controlling_thread(force=True)


def keep_buffers_touched(now=False):
    """Touch the buffers of BLAS, now or if that was long ago, for products to be fast."""
    global _touched_at
    if now or time.monotonic() - _touched_at > _TOUCH_EVERY:
        touch_buffers()
        _touched_at = time.monotonic()


@contextmanager
def single_blas_thread():
    """Limit BLAS to one thread; the first in sets the limit and the last out lifts it.

    Yields how many threads may compute: as many as BLAS had for the first, and one for all others.
    """
    global _most_inside
    with _lock:
        limiter, n_threads = None, 1
        if not _inside:
            _release_control()
            limiter = controller().limit(limits=1, user_api="blas")
            n_threads = limiter.get_original_num_threads()["blas"] or 1
        _inside.append(limiter)
        is_new, _most_inside = len(_inside) > _most_inside, max(len(_inside), _most_inside)
    try:
        keep_buffers_touched(is_new)
        yield n_threads
    finally:
        with _lock:
            if len(_inside) > 1:
                _inside.pop()  # never the first, which holds the limiter
            else:
                _release_control()
                _inside.pop().restore_original_limits()
                _release_control()

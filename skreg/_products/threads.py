"""The limit of one BLAS thread during training and prediction, also while others do the same.

Two threads gain nothing on small products, and they change the last bits of larger ones.
"""

import math
import os
import time
from contextlib import contextmanager
from threading import RLock, get_ident

import threadpoolctl

from skreg._interrupts import deferred
from skreg._products.blas import controller, touch_buffers

_lock = RLock()  # a fork waits for it, so that a child finds nothing half done
_inside = []  # the thread of each caller that is inside
_before = []  # while anyone is inside, the libraries and how many threads each of them had
_most_inside = 0  # at once, so far: each needs buffers of its own
_touched_at = -math.inf  # on the clock, when the buffers of BLAS were touched last
_TOUCH_EVERY = 10.0  # seconds: systems that track memory may evict buffers that are idle


def _start_anew():
    """Forget all threads but the one that forked, the only one in the new process."""
    global _lock, _most_inside
    _lock, _most_inside = RLock(), 0
    was_limited = bool(_inside)
    _inside[:] = [thread for thread in _inside if thread == get_ident()]
    if was_limited and not _inside:
        _lift_limit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lambda: _lock.acquire(),
        after_in_parent=lambda: _lock.release(),
        after_in_child=_start_anew,
    )


def _release_control():
    """Let the current thread set limits, or any other thread after it.

    The limit belongs to the whole process, but threadpoolctl ≥ 3.8 lets one thread alone change it;
    of several fits the one that sets the limit and the one that lifts it may be in two threads.
    """
    openblas = threadpoolctl.OpenBLASController
    if hasattr(openblas, "clear_controlling_thread"):
        openblas.clear_controlling_thread(force=True)


def _libraries():
    return [library for library in controller().lib_controllers if library.user_api == "blas"]


def _set_limit():
    _release_control()
    _before[:] = [(library, library.num_threads) for library in _libraries()]
    for library, _ in _before:
        library.set_num_threads(1)


def _lift_limit():
    _release_control()
    for library, n_threads in _before:
        library.set_num_threads(n_threads)
    _before.clear()
    _release_control()


def free_threads():
    """As many threads as BLAS has, one while anyone is inside, or zero where BLAS does not tell."""
    with _lock:
        known = [library.num_threads for library in _libraries()]
    return min(filter(None, known), default=0)


def keep_buffers_touched(now=False):
    """Touch the buffers of BLAS now or if that was long ago, which keeps products fast."""
    global _touched_at
    if now or time.monotonic() - _touched_at > _TOUCH_EVERY:
        touch_buffers()
        _touched_at = time.monotonic()


def _enter():
    """Returns how many threads may compute, and whether more are inside than ever before."""
    global _most_inside
    with _lock:
        is_first = not _inside
        if is_first:
            _set_limit()
        _inside.append(get_ident())
        is_new, _most_inside = len(_inside) > _most_inside, max(len(_inside), _most_inside)
        known = [n_threads for _, n_threads in _before if n_threads]
        return min(known, default=1) if is_first else 1, is_new


def _leave():
    with _lock:
        _inside.remove(get_ident())
        if not _inside:
            _lift_limit()


@contextmanager
def single_blas_thread():
    """Limit BLAS to one thread; the first in sets the limit and the last out lifts it.

    Yields how many threads may compute: as many as BLAS had for the first, and one for all others.
    Ctrl-C is deferred, see `_interrupts.py`.
    """
    with deferred():
        n_threads, is_new = _enter()
        try:
            keep_buffers_touched(is_new)
            yield n_threads
        finally:
            _leave()

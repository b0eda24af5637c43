"""Two threads for the products of large networks, while that is faster than one.

The other core may be busy with something else. Then a helper that has to wait for it holds up the
whole training, so whether to have one is decided again and again, by the clock.
"""

import ctypes
import sys
import time
from contextlib import contextmanager, suppress
from threading import Thread

import numba
import numpy as np

from skreg._products import sharing
from skreg._products.blas import address_of_gemm, product, touch_buffers

_TOUCHES = 3  # a few milliseconds, so that two threads are sure to overlap


def has_large_products(shapes, n_rows):
    """Whether products of so many rows with matrices of these shapes are cut in two."""
    largest = n_rows * max(n_in * n_out for n_in, n_out in shapes)
    return largest >= sharing.LARGE and not numba.config.DISABLE_JIT


def _address_of_yield():
    """The address of the function that lets other threads run."""
    if sys.platform == "win32":
        function = ctypes.windll.kernel32.SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value


def touch_buffers_together():
    """Called by two threads at once, which then find that each needs buffers of its own."""
    for _ in range(_TOUCHES):
        touch_buffers()


class Pace:
    """Whether the next block is to be trained with a helper, given the times of earlier ones.

    Both ways are tried in turn at first; the faster one stays, and the other is tried again later.
    A way that loses is tried again four times later than the last time, so that trials cost little.
    """

    _SHORTEST, _LONGEST = 16, 256  # blocks between two trials
    _MEMORY = 0.5  # the weight of earlier blocks

    def __init__(self):
        self.seconds = {False: None, True: None}  # per row
        self._winner, self._wait, self._blocks = True, self._SHORTEST, 0

    def choose(self):
        """The way of the next block."""
        for way, seconds in self.seconds.items():
            if seconds is None:
                return way
        return self._winner if self._blocks < self._wait else not self._winner

    def record(self, way, seconds):
        """Tell how long a row took."""
        was_trial, before = self._blocks >= self._wait, self.seconds[way]
        if before is not None and seconds > before / 2:  # else it was held up before: by compiling
            seconds = self._MEMORY * before + (1 - self._MEMORY) * seconds
        self.seconds[way], self._blocks = seconds, self._blocks + 1
        if None in self.seconds.values():
            return
        winner = self.seconds[True] < self.seconds[False]
        if winner != self._winner:
            self._winner, self._wait, self._blocks = winner, self._SHORTEST, 0
        elif was_trial:
            self._wait, self._blocks = min(4 * self._wait, self._LONGEST), 0


class Alone:
    """The calling thread, for products that are not worth another one."""

    def __init__(self, dtype):
        self.gemm = product(dtype)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def timing(self, n_rows):
        """What surrounds the training on a block of so many rows."""
        return self


class Team:
    """The calling thread, and within `with` a helper where there is a core for one."""

    def __init__(self, dtype, n_threads):
        self._pace, self._may_help, self._helper = Pace(), n_threads > 1, None
        self._most_rows = 0  # of a block so far
        self._mail = np.zeros(sharing.MAIL_SIZE, np.int64)
        self._mail[sharing.GEMM] = address_of_gemm(dtype)
        self._mail[sharing.YIELD] = _address_of_yield()
        self._mail[sharing.ITEM_SIZE] = dtype.itemsize
        self.gemm = (sharing.address_of_share_product(), self._mail.ctypes.data)
        sharing.serve.compile((numba.int64,))  # or load it, before anyone waits for it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._dismiss()

    @contextmanager
    def timing(self, n_rows):
        """Call or dismiss the helper for a block of so many rows, and see how long it takes."""
        if not self._may_help:
            yield
            return
        way = self._pace.choose()
        self._call() if way else self._dismiss()
        start = time.perf_counter()
        yield
        if n_rows >= self._most_rows:  # a shorter block, the last of an epoch, has another pace
            self._most_rows = n_rows
            self._pace.record(way, (time.perf_counter() - start) / n_rows)

    def _call(self):
        """Have a helper, unless there can be none or it died: then the fit goes on alone."""
        if self._helper is None:
            self._may_help = self._start()
        elif not self._helper.is_alive():  # for want of memory, or in a process that was forked
            self._dismiss()
            self._may_help = False

    def _start(self):
        self._mail[[sharing.POSTED, sharing.TAKEN, sharing.DONE]] = 0
        helper = Thread(target=self._help, daemon=True)
        try:
            helper.start()
        except (RuntimeError, MemoryError):  # the system has no memory for it or allows no more
            return False
        self._helper = helper
        touch_buffers_together()
        self._mail[sharing.IS_HELPED] = 1
        return True

    def _help(self):
        with suppress(MemoryError):  # products that nobody takes are left to the caller
            touch_buffers_together()
            sharing.serve(self._mail.ctypes.data)

    def _dismiss(self):
        if self._helper is not None:
            self._mail[sharing.IS_HELPED] = 0
            self._mail[sharing.POSTED] = sharing.STOP
            self._helper.join()
            self._helper = None

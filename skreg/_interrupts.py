"""Ctrl-C during training and prediction: it takes effect only where nothing is half done.

Python may raise KeyboardInterrupt between any two instructions of the main thread, even while a
`with` block is entered or left. Thread limits would then stay in place and helpers would wait
forever. Within `deferred`, a signal is only noted; it takes effect at the next `answer`, at the
end, or at once within `answered`.
"""

import os
import signal
from contextlib import contextmanager
from threading import get_ident, main_thread


class _Keyboard:
    """Our handler of SIGINT, which acts at once or only notes the signal."""

    def __init__(self):
        self.owner = None  # the thread that defers
        self.is_open = self.is_noted = False
        self.handler = self._handle  # one object, to be told from others

    def _handle(self, number, frame):
        if not self.is_open:
            self.is_noted = True
            return
        self.is_open = False  # so that nothing interrupts what cleans up after an exception
        self.previous(number, frame)
        self.is_open = True

    def take(self):
        """Set our handler where that is possible and of use; returns whether it was."""
        previous = signal.getsignal(signal.SIGINT)
        if get_ident() != main_thread().ident or not callable(previous):
            return False
        self.previous, self.is_open, self.is_noted = previous, False, False
        try:
            signal.signal(signal.SIGINT, self.handler)
        except ValueError:  # in an interpreter within another
            return False
        self.owner = get_ident()  # as what follows cannot be interrupted
        return True

    def give_back(self):
        """Set the handler from before, unless there is another one by now."""
        self.owner = None
        current = signal.signal(signal.SIGINT, self.previous)
        if current is not self.handler:
            signal.signal(signal.SIGINT, current)


_keyboard = _Keyboard()


def _start_anew():
    """Give a forked process back the handler from before."""
    if _keyboard.owner is not None:
        _keyboard.give_back()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def _is_deferred():
    return _keyboard.owner == get_ident()


_followed = {}  # for each thread that follows the main one, what tells it of Ctrl-C there


def answer():
    """Let a Ctrl-C that was noted in this thread, or the one that it follows, take effect."""
    if not _keyboard.is_noted:
        return
    if _is_deferred():
        _keyboard.is_noted = False
        _keyboard.previous(signal.SIGINT, None)
    elif _followed.get(get_ident(), bool)():
        raise KeyboardInterrupt


def watch():
    """A function that tells any thread whether this one is sure to raise KeyboardInterrupt."""
    raises = _is_deferred() and _keyboard.previous is signal.default_int_handler
    return lambda: raises and _keyboard.is_noted


@contextmanager
def following(is_interrupted):
    """In a thread that works for another: let `answer` raise once the other's `watch` tells so."""
    _followed[get_ident()] = is_interrupted
    try:
        yield
    finally:
        del _followed[get_ident()]


@contextmanager
def deferred():
    """Note Ctrl-C instead of raising KeyboardInterrupt, and let it take effect at the end."""
    if _is_deferred():
        was_open, _keyboard.is_open = _keyboard.is_open, False
        try:
            yield
        finally:
            _keyboard.is_open = was_open
            if was_open:
                answer()
    elif _keyboard.take():
        try:
            yield
        finally:
            _keyboard.give_back()
            if _keyboard.is_noted:
                _keyboard.previous(signal.SIGINT, None)
    else:
        yield


_parts = 0  # how many times `as_part` is entered


@contextmanager
def as_part():
    """Fits within it are parts of something longer, which Ctrl-C ends as a whole."""
    global _parts
    _parts += 1
    try:
        yield
    finally:
        _parts -= 1


def is_part():
    """Whether an interrupted fit raises KeyboardInterrupt instead of returning its best epoch."""
    return _parts > 0


class _Answered:
    """Code of users within `deferred`, which may take long and be interrupted anywhere."""

    def __enter__(self):
        if _is_deferred():
            _keyboard.is_open = True
            answer()

    def __exit__(self, *_):
        if _is_deferred():
            _keyboard.is_open = False


answered = _Answered()

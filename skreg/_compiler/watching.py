"""What is compiled while a program runs, as Numba's events tell."""

from contextlib import contextmanager

from numba.core.event import install_recorder

from skreg._compiler.cache import Cache


@contextmanager
def watch_compiling():
    """Yields a function that returns how many functions of the cache were compiled since then.

    Their helpers, which are compiled into them, do not count.
    """
    with install_recorder("numba:compile") as recorder:

        def count():
            begun = [event.data["dispatcher"] for _, event in recorder.buffer if event.is_start]
            return sum(isinstance(function._cache, Cache) for function in begun)

        yield count

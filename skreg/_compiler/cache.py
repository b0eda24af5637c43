"""Numba's cache on disk, made robust: whatever happens to a file, its function is compiled again.

Machine code that was damaged would run all the same, so a checksum ends each file. What is kept
says what it is of: an index may be written and its data not, because the disk is full, or two
processes may write at once.
"""

import hashlib
import os
import warnings
from contextlib import contextmanager
from io import BytesIO
from typing import ClassVar

from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile
from numba.core.runtime import rtsys

from skreg._compiler.stamp import stamp


def _checksum(content):
    return hashlib.sha256(content).digest()


_CHECKSUM_SIZE = len(_checksum(b""))
CANNOT_KEEP = "Compiled functions cannot be kept"
directories = set()  # of all functions so far


class _CheckedFiles(IndexDataCacheFile):
    """The index and the data of a function, as Numba writes them, and checksums behind.

    Numba reads no further than what it wrote, so it need not know.
    """

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.troubles = set()  # paths that the user knows of

    def load(self, key):
        stamp, key_of_data, data = super().load(key) or (None, None, None)
        return data if (stamp, key_of_data) == (self._source_stamp, key) else None

    def save(self, key, data):
        super().save(key, (self._source_stamp, key, data))

    def tell(self, path, trouble):
        """Warn of a file, once."""
        if path not in self.troubles:
            self.troubles.add(path)
            warnings.warn(
                f"{path} in the cache of compiled functions is {trouble}: its function is compiled "
                "again. Delete it if this warning returns.",
                stacklevel=2,
            )

    def tell_of_index(self, trouble):
        self.tell(self._index_path, trouble)

    def _load_index(self):
        try:
            return super()._load_index() if self._is_sound(self._index_path) else {}
        except (AttributeError, ImportError):  # of classes that are elsewhere since an upgrade
            return {}

    def _load_data(self, name):
        return super()._load_data(name) if self._is_sound(self._data_path(name)) else None

    def _is_sound(self, path):
        try:
            with open(path, "rb") as file:
                content = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            self.tell(path, f"not readable ({error.strerror})")
            return False
        if _checksum(content[:-_CHECKSUM_SIZE]) == content[-_CHECKSUM_SIZE:]:
            return True
        self.tell(path, "damaged")
        return False

    @contextmanager
    def _open_for_write(self, filepath):
        content = BytesIO()
        yield content
        with super()._open_for_write(filepath) as file:
            file.write(content.getvalue() + _checksum(content.getvalue()))


_InUsersDirectory = CompileResultCacheImpl._locator_classes[0]  # named by NUMBA_CACHE_DIR


class _InReadOnlyDirectory(_InUsersDirectory):
    """The directory named by NUMBA_CACHE_DIR if it was filled before and is read-only now.

    Images of containers are filled when they are built, and often read-only when they run.
    """

    def ensure_cache_path(self):
        if not os.path.isdir(self.get_cache_path()):
            raise NotADirectoryError(self.get_cache_path())


class _Locations(CompileResultCacheImpl):
    """Where Numba keeps functions, and read-only directories."""

    _locator_classes: ClassVar = [
        _InUsersDirectory,
        _InReadOnlyDirectory,
        *CompileResultCacheImpl._locator_classes[1:],
    ]


class Cache(FunctionCache):
    """Numba's cache on disk, from which functions are loaded without what only compiling needs.

    Numba would first set up all that it knows to compile, which takes a quarter of a second. Our
    machine code wants no more than its runtime. That of others may want symbols which are set up
    with the rest, such as hashes of strings; a kernel must not use those.
    """

    _impl_class = _Locations

    def __init__(self, py_func):
        super().__init__(py_func)
        directories.add(self._cache_path)
        self._cache_file = _CheckedFiles(
            cache_path=self._cache_path,
            filename_base=f"{self._impl.filename_base}-checked",  # files without checksums are not
            source_stamp=(self._impl.locator.get_source_stamp(), stamp()),
        )

    def load_overload(self, sig, target_context):
        try:
            if not hasattr(FunctionCache, "_load_overload"):  # no part of Numba's interface
                return super().load_overload(sig, target_context)
            rtsys.initialize(target_context)
            return self._load_overload(sig, target_context)
        except Exception as error:  # sound, and yet of no use to the libraries that are here
            self._cache_file.tell_of_index(f"of no use here ({error!r})")
            return None

    def save_overload(self, sig, data):
        try:
            super().save_overload(sig, data)
        except OSError as error:
            if not self._cache_file.troubles:
                warnings.warn(
                    f"{CANNOT_KEEP} in {self._cache_path} ({error.strerror}): they are compiled "
                    "again in each process.",
                    stacklevel=2,
                )

"""Files of Numba's cache that are damaged, cannot be read or cannot be written."""

import ctypes
import errno
import os
import pickle
import warnings

import numba
import numpy as np
import pytest
from numba.core import caching

from skreg._compiler import cache as files
from skreg._compiler import jit
from skreg._compiler.addresses import load, store
from skreg._compiler.jit import plain_entry
from skreg._compiler.options import Option, vector_of


def thirds(numbers):
    """A function to be kept, whose machine code is short."""
    return numbers.sum() / 3


def called_anew(kind):
    """Call it as a new process would; returns the misses of the cache, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if kind == "address":
            before = len(jit._called_by_address)
            address = jit.address_for_c(double_at)
            function, place = jit._called_by_address[before], ctypes.c_int64(21)
            ctypes.CFUNCTYPE(None, ctypes.c_int64)(address)(ctypes.addressof(place))
            assert place.value == 42
        elif kind == "option":
            function = Option(thirds, "of_cache", [vector_of]).by_dtype[np.dtype(np.float64)]
            function.compile((vector_of(np.float64),))
            assert function(np.array([2.0, 4.0])) == 2
        else:
            function = plain_entry(thirds)
            assert function(np.array([2.0, 4.0])) == 2
    return sum(function.stats.cache_misses.values()), [str(w.message) for w in caught]


def double_at(place):
    store(place, 2 * load(place))


def flip_a_byte_inside(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def replace_by_directory(path):
    path.unlink()
    path.mkdir()


DAMAGES = {
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "garbage": lambda path: path.write_bytes(b"no pickle" * 99),
    "another pickle": lambda path: path.write_bytes(pickle.dumps([1, 2])),
    "a flipped byte": flip_a_byte_inside,
    "a directory": replace_by_directory,
}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("kind", ["entry", "option", "address"])
def test_a_damaged_file_is_compiled_anew_with_one_warning_of_it(cache, kind, suffix, damage):
    assert called_anew(kind) == (1, [])
    assert called_anew(kind) == (0, [])
    (path,) = cache.rglob(f"*.{suffix}")
    DAMAGES[damage](path)
    misses, messages = called_anew(kind)
    assert misses == len(messages) == 1
    assert str(path) in messages[0]
    misses, messages = called_anew(kind)
    assert misses == len(messages) == path.is_dir(), "it was not written anew"


@pytest.mark.parametrize("moved", [b"cskreg\nMoved\n.", b"cskreg.moved\nMoved\n."])
def test_an_index_of_classes_that_an_upgrade_moved_is_written_anew(cache, moved):
    called_anew("entry")
    (path,) = cache.rglob("*.nbi")
    content = pickle.dumps(numba.__version__) + moved
    path.write_bytes(content + files._checksum(content))
    assert called_anew("entry") == (1, [])
    assert called_anew("entry") == (0, [])


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
def test_a_file_that_may_not_be_read_is_compiled_anew(cache, suffix, monkeypatch):
    called_anew("entry")
    (path,) = cache.rglob(f"*.{suffix}")

    def open_others(name, *arguments, **keywords):
        if str(name) == str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return open(name, *arguments, **keywords)

    monkeypatch.setattr(caching, "open", open_others, raising=False)
    monkeypatch.setattr(files, "open", open_others, raising=False)
    misses, messages = called_anew("entry")
    assert misses == len(messages) == 1
    assert str(path) in messages[0] and "Permission denied" in messages[0]


def test_a_sound_file_that_cannot_be_loaded_is_compiled_anew(cache, monkeypatch):
    called_anew("entry")
    with monkeypatch.context() as context:
        context.setattr(
            caching.CompileResultCacheImpl, "rebuild", lambda *_: pickle.loads(b"cnumba\ngone\n.")
        )
        misses, messages = called_anew("entry")
    assert misses == len(messages) == 1
    assert "gone" in messages[0]


@pytest.mark.parametrize("at", ["index", "data"])
def test_on_a_full_disk_functions_are_compiled_and_not_kept(cache, at, monkeypatch):
    real = getattr(caching.IndexDataCacheFile, f"_save_{at}")

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(caching.IndexDataCacheFile, f"_save_{at}", fail)
    for _ in range(2):
        misses, messages = called_anew("entry")
        assert misses == len(messages) == 1
        assert "No space left" in messages[0] and str(cache) in messages[0]
    monkeypatch.setattr(caching.IndexDataCacheFile, f"_save_{at}", real)
    assert called_anew("entry") == (1, [])
    assert called_anew("entry") == (0, [])


def test_a_read_only_directory_is_read(cache, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    assert called_anew("entry") == (1, [])
    monkeypatch.setattr(caching.tempfile, "TemporaryFile", fail)
    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_index", fail)
    assert called_anew("entry") == (0, [])
    misses, messages = called_anew("option")
    assert misses == len(messages) == 1
    assert "Read-only" in messages[0] and str(cache) in messages[0]


@pytest.mark.parametrize("instead", ["nothing", "a file"])
def test_a_directory_that_went_after_import_is_missed_by_nobody(cache, instead):
    function = plain_entry(thirds)
    (folder,) = cache.iterdir()
    folder.rmdir()
    if instead == "a file":
        folder.write_text("")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert function(np.array([2.0, 4.0])) == 2
    assert [str(folder) in str(w.message) for w in caught] == [True] * (instead == "a file")


def test_data_of_other_code_is_not_loaded_though_the_index_is_new(cache, monkeypatch):
    """As it is left by a disk that became full, or by another process, between the two files."""
    called_anew("entry")
    (path,) = cache.rglob("*.nbc")
    old = path.read_bytes()
    name = "UserProvidedCacheLocator"
    locator = getattr(caching, name, None) or getattr(caching, f"_{name}")  # in older versions
    monkeypatch.setattr(locator, "get_source_stamp", lambda self: "of an edited file")
    assert called_anew("entry") == (1, [])
    path.write_bytes(old)
    assert called_anew("entry") == (1, [])
    assert called_anew("entry") == (0, [])


def test_without_readable_source_nothing_is_kept(cache, monkeypatch):
    def fail():
        raise FileNotFoundError("no source files")

    monkeypatch.setattr(files, "stamp", fail)
    for _ in range(2):
        assert called_anew("entry") == (1, [])
    assert not list(cache.rglob("*.nb?"))


def test_a_function_of_another_version_is_compiled_anew(cache, monkeypatch):
    called_anew("entry")
    monkeypatch.setattr(files, "stamp", lambda: "of another version")
    assert called_anew("entry") == (1, [])
    assert called_anew("entry") == (0, [])

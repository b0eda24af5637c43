"""The stamp of the cache: it changes with whatever is compiled, and with nothing else."""

import shutil
import zipfile
from pathlib import Path

import pytest

import skreg
from skreg._compiler.stamp import ROOMS, digest_of, stamp

PACKAGE = Path(skreg.__file__).parent


@pytest.fixture
def package(tmp_path):
    ignore = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(PACKAGE, tmp_path / "skreg", ignore=ignore))


def append(path):
    path.write_bytes(path.read_bytes() + b"\n# and more\n")


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(
    "change",
    [
        append,
        lambda path: path.unlink(),
        lambda path: path.rename(path.with_name("renamed.py")),
        lambda path: path.with_name("added.py").write_text(""),
        lambda path: shutil.copytree(path.parent, path.parent / "below"),
    ],
    ids=["edited", "deleted", "renamed", "added", "added below"],
)
def test_any_change_of_what_is_compiled_changes_the_digest(package, room, change):
    before = digest_of(package)
    assert before == stamp()
    change(max((package / room).glob("*.py"), key=lambda path: path.stat().st_size))
    assert digest_of(package) != before


def test_what_is_not_compiled_does_not_count(package):
    for path in (package / "neural_network").glob("*.py"):
        append(path)
    (package / ROOMS[0] / "notes.txt").write_text("no source")
    assert digest_of(package) == stamp()


def test_an_archive_has_the_same_digest_as_its_directory(package, tmp_path):
    path = shutil.make_archive(tmp_path / "archive", "zip", tmp_path, "skreg")
    with zipfile.ZipFile(path) as archive:
        assert digest_of(zipfile.Path(archive, "skreg/")) == stamp()


def test_without_source_there_is_no_digest(package):
    for path in (package / ROOMS[-1]).glob("*.py"):
        path.unlink()
    with pytest.raises(FileNotFoundError, match=f"no source files in {ROOMS[-1]}"):
        digest_of(package)

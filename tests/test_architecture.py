"""The house: imports go down a floor, never up; one idea per file."""

import ast
import re
import sys
from pathlib import Path

import pytest

import skreg
from skreg._compiler.stamp import ROOMS

ROOT = Path(skreg.__file__).parent
REPOSITORY = Path(__file__).parents[1]
FLOORS = {
    "_compiler": 0,
    "_interrupts": 0,
    "_trusted_types": 0,
    "_typing": 0,
    "_validation": 0,
    "_arithmetic": 1,
    "_products": 1,
    "_kernels": 2,
    "_training": 3,
    "augmentation": 3,
    "preprocessing": 3,
    "neural_network": 4,
    "model_selection": 5,
    "inspection": 6,
    "_exporting": 6,
    "onnx": 7,
    "export": 7,
    "warm_up": 7,
}
TOP = 7  # of all that the table does not name
# What modules of a room may import beside Python's own library, NumPy and skreg.
COMPILED = {
    "_compiler": {"numba", "llvmlite"},
    "_arithmetic": {"numba"},
    "_products": {"numba", "llvmlite", "threadpoolctl"},
    "_kernels": set(),
    "augmentation/_kernels": set(),
}
# Of `_compiler`: what does not compile.
FOR_ALL = {"CANNOT_KEEP", "DTYPES", "SameTypes", "directories", "watch_compiling"}
SOURCES = sorted(ROOT.rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]
MODULES = [path.relative_to(ROOT) for path in SOURCES if path.name != "__init__.py"]


def floor_of(module):
    """The floor of a module; those that the table does not name are the top."""
    parts = module.split(".")
    return FLOORS.get(parts[1], TOP) if len(parts) > 1 else TOP


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_imports_never_go_up(path):
    mine = floor_of(".".join(["skreg", *path.relative_to(ROOT).with_suffix("").parts]))
    inside = [name for name in imported_modules(path) if name.split(".")[0] == "skreg"]
    assert [name for name in inside if floor_of(name) > mine] == []


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_floors_of_equal_height_do_not_import_each_other(path):
    folder = path.relative_to(ROOT).with_suffix("").parts[0]
    for name in imported_modules(path):
        other = name.split(".")[1] if name.startswith("skreg.") else folder
        same_height = FLOORS.get(folder, TOP) == FLOORS.get(other, TOP)
        # Training draws from augmentation through the method `augment`, not by importing it.
        assert other == folder or not same_height, f"{path} imports {name}"


@pytest.mark.parametrize("room", COMPILED)
def test_a_room_of_compiled_code_depends_on_little(room):
    known = {"numpy", "skreg", *COMPILED[room], *sys.stdlib_module_names}
    for path in (ROOT / room).rglob("*.py"):
        assert {name.split(".")[0] for name in imported_modules(path)} <= known


def test_nothing_is_compiled_outside_of_the_rooms_that_the_cache_knows():
    """Their digest is the stamp of the cache, which would keep what else is compiled for ever."""
    assert set(COMPILED) == set(ROOMS)
    for path in SOURCES:
        if any(path.is_relative_to(ROOT / room) for room in ROOMS):
            continue
        assert not {"numba", "llvmlite"} & {name.split(".")[0] for name in imported_modules(path)}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("skreg._compiler"):
                assert {alias.name for alias in node.names} <= FOR_ALL, f"{path} compiles"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_file_holds_one_idea(path):
    assert path.read_text().count("\n") <= 300


def test_every_public_name_exists():
    assert all(hasattr(skreg, name) for name in skreg.__all__)


def test_the_first_line_of_each_module_says_what_it_is_for():
    """Of these lines the list of modules in the documentation is made."""
    for path in MODULES:
        first, *_ = ast.get_docstring(ast.parse((ROOT / path).read_text())).splitlines()
        assert first.endswith("."), path


def test_the_documentation_lists_the_modules_of_every_package():
    page = (REPOSITORY / "docs" / "how_it_works.rst").read_text()
    listed = re.findall(r"^\.\. modules:: (\S+)$", page, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == {str(("skreg" / path).parent) for path in MODULES}


@pytest.mark.parametrize(
    ("page", "row"),
    [
        ("CONTRIBUTING.md", r"^\| (\d) \| `skreg/(\w+)"),
        ("docs/how_it_works.rst", r"^   \* - (\d)\n     - ``skreg\.(\w+)``"),
    ],
)
def test_the_pages_tell_the_same_floors(page, row):
    rows = re.findall(row, (REPOSITORY / page).read_text(), re.MULTILINE)
    exist = {path.parts[0].removesuffix(".py") for path in MODULES}
    expected = {name: floor for name, floor in FLOORS.items() if name in exist}
    assert {name: int(floor) for floor, name in rows} == expected
    assert [floor for floor, _ in rows] == sorted((floor for floor, _ in rows), reverse=True)

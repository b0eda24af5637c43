"""The house: imports go down a floor, never up; one idea per file."""

import ast
import sys
from pathlib import Path

import pytest

import skreg

ROOT = Path(skreg.__file__).parent
FLOORS = {
    "_kernels": 1,
    "_typing": 1,
    "_validation": 1,
    "_training": 2,
    "augmentation": 2,
    "preprocessing": 2,
    "neural_network": 3,
    "model_selection": 4,
    "inspection": 5,
}
SOURCES = sorted(ROOT.rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]


def floor_of(module):
    """The floor of a module; those that the table does not name are the top."""
    parts = module.split(".")
    return FLOORS.get(parts[1], 6) if len(parts) > 1 else 6


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
    folder = path.relative_to(ROOT).parts[0]
    for name in imported_modules(path):
        other = name.split(".")[1] if name.startswith("skreg.") else folder
        same_height = FLOORS.get(folder, 6) == FLOORS.get(other, 6)
        # Training draws from augmentation through the method `augment`, not by importing it.
        assert other == folder or not same_height, f"{path} imports {name}"


def test_the_kernels_know_only_numpy_and_numba():
    known = {"numpy", "numba", "llvmlite", "skreg", *sys.stdlib_module_names}
    for path in (ROOT / "_kernels").glob("*.py"):
        assert {name.split(".")[0] for name in imported_modules(path)} <= known


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_file_holds_one_idea(path):
    assert path.read_text().count("\n") <= 300


def test_every_public_name_exists():
    assert all(hasattr(skreg, name) for name in skreg.__all__)

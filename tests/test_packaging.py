"""The metadata of the package."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_page_on_installation_names_every_extra(extra):
    assert f"``{extra}``" in (ROOT / "docs" / "install.rst").read_text()


def test_extras_for_users_are_part_of_the_tests():
    for extra in ("plot", "progress", "onnx"):
        assert set(EXTRAS[extra]) <= set(EXTRAS["test"])


def test_the_oldest_python_is_the_first_that_is_listed():
    versions = [each.split(" :: ")[-1] for each in PROJECT["classifiers"] if ":: 3." in each]
    assert PROJECT["requires-python"] == f">={versions[0]}"
    assert PROJECT["urls"]["Documentation"].startswith("https://")

"""Type checkers on a user's program: what is wrong is refused, and nothing else."""

import inspect
import json
import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator

import skreg.augmentation
import skreg.inspection
import skreg.preprocessing

PROGRAM = Path(__file__).parent / "typing" / "user_program.py"


def lines_to_refuse(checker):
    lines = enumerate(PROGRAM.read_text().splitlines(), start=1)
    return {i for i, line in lines if checker in line.partition("# error: ")[2].split()}


def run(folder, *command):
    """What a checker says of the program, which sees the skreg that is tested and nothing else."""
    (folder / PROGRAM.name).write_text(PROGRAM.read_text())
    env = {**os.environ, "PYTHONPATH": str(Path(skreg.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", *command, PROGRAM.name],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_mypy_refuses_what_is_wrong_and_nothing_else(tmp_path):
    pytest.importorskip("mypy")
    said = run(tmp_path, "mypy", "--cache-dir", os.devnull)
    refused = re.findall(rf"^{PROGRAM.name}:(\d+): error", said, re.MULTILINE)
    assert set(map(int, refused)) == lines_to_refuse("mypy"), said


def test_pyright_refuses_what_is_wrong_and_nothing_else(tmp_path):
    pytest.importorskip("pyright")
    said = run(tmp_path, "pyright", "--outputjson", "--pythonpath", sys.executable)
    found = json.loads(said)["generalDiagnostics"]
    refused = {each["range"]["start"]["line"] + 1 for each in found}
    assert refused == lines_to_refuse("pyright"), said


def test_checkers_are_told_that_there_are_types():
    assert resources.files("skreg").joinpath("py.typed").is_file()


def estimators():
    """All public classes with parameters."""
    modules = skreg, skreg.augmentation, skreg.preprocessing
    public = [getattr(module, name) for module in modules for name in module.__all__]
    classes = filter(inspect.isclass, public)
    return [cls for cls in classes if issubclass(cls, BaseEstimator)]


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: e.__name__)
def test_signatures_are_as_short_as_those_of_scikit_learn(estimator):
    signature = inspect.signature(estimator)
    assert all(p.annotation is p.empty for p in signature.parameters.values())
    assert signature.return_annotation in (signature.empty, None)
    assert len(str(signature)) < 100 + 20 * len(signature.parameters)


def public_methods():
    """All public methods of estimators and displays."""
    for public in [*estimators(), *map(vars(skreg.inspection).get, skreg.inspection.__all__)]:
        for name, method in inspect.getmembers(public, inspect.isroutine):
            if not name.startswith("_") and "skreg" in (method.__module__ or ""):
                yield method


def test_types_of_arguments_have_short_names_in_signatures():
    signatures = {str(inspect.signature(method)) for method in public_methods()}
    assert len(signatures) > 10
    assert not [signature for signature in signatures if "numpy._typing" in signature]


@pytest.mark.parametrize("estimator", estimators(), ids=lambda e: e.__name__)
def test_documented_attributes_are_declared_and_are_no_class_attributes(estimator):
    declared = {name for cls in estimator.__mro__ for name in inspect.get_annotations(cls)}
    properties = {name for name, _ in inspect.getmembers(estimator, inspect.isdatadescriptor)}
    documented = set(re.findall(r"^ *(\w+_) : ", estimator.__doc__, re.MULTILINE))
    assert documented <= declared | properties | {"classes_"}  # which `fit` declares
    assert not any(hasattr(estimator, name) for name in documented - properties)

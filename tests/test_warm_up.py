"""The warm-up compiles all that later fits and predictions need, once, or says why it cannot."""

import subprocess
import sys
import warnings

import pytest

from skreg import warm_up
from skreg._compiler.cache import CANNOT_KEEP
from skreg.warm_up import FORMS, main

LITTLE = ["--dtype", "float32", "--form", "csr", "--solver", "adam"]
# Fits and predictions of all kinds, which tell what they load or compile after a warm-up.
FIT_ALL = """
import numpy as np
from scipy.sparse import csr_array
from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg._compiler.cache import Cache
from skreg.warm_up import main
from tests.augmenters import CLASSES, noisy
from tests.test_estimator_checks import instances

assert main(["--dtype", "float32"]) == 0
load = Cache.load_overload

def tell(self, *arguments):
    print("missed", self._impl.filename_base)
    return load(self, *arguments)

Cache.load_overload = tell
X = np.random.default_rng(0).uniform(0.1, 2, (60, 16))
X, labels = X.astype(np.float32), np.arange(60) % 3
for mlp in instances():
    mlp.set_params(max_iter=1).fit(X, labels + 1).predict(X[:1])
    if mlp.augmentation is None:
        mlp.fit(csr_array(X), labels + 1).predict(csr_array(X))
MLPClassifier(early_stopping=True, max_iter=1).fit(X, labels > 0)
for estimator in (TabularMLPClassifier, TabularMLPRegressor):
    for n_rows in (20, 60):
        estimator(max_iter=1, n_members=2).fit(X[:n_rows], labels[:n_rows]).predict(X)
for y in (X[:, 0], X[:, :2]):
    mlp = MLPRegressor(dropout=0.5, early_stopping=True, max_iter=1).fit(X, y)
    mlp.predict(X, return_std=True), mlp.sample_y(X), mlp.predict_interval(X, 0.5)
    MLPRegressor(loss="quantile", quantile=[0.2, 0.7], max_iter=1).fit(X, y).predict(X)
for cls in CLASSES:
    noisy(cls).fit_transform(X, labels)
"""


def test_a_warm_up_leaves_nothing_to_compile():
    command = [sys.executable, "-W", "ignore", "-c", FIT_ALL]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "functions" in done.stdout and "missed" not in done.stdout


def test_a_second_warm_up_compiles_nothing_and_says_so(capsys):
    assert main(LITTLE) == main(LITTLE) == 0
    *_, second = capsys.readouterr().out.split("float32  csr")
    assert "  0 functions" in second
    assert "Nothing had to be compiled" in second


@pytest.mark.parametrize("form", FORMS)
def test_each_form_can_be_chosen(form, capsys):
    assert main(["--dtype", "float32", "--form", form, "--solver", "adam"]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["float32", form]


def test_it_says_where_functions_are_kept(capsys, monkeypatch):
    monkeypatch.setattr(warm_up, "directories", {"/b", "/a"})
    assert main(LITTLE) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["  /a", "  /b"]


def test_it_says_how_many_functions_were_compiled(capsys, monkeypatch):
    monkeypatch.setattr(warm_up, "_compile", lambda *_: 7)
    assert main(LITTLE) == 0
    assert "7 functions were compiled in" in capsys.readouterr().out


def test_without_a_directory_it_fails_and_says_so(capsys, monkeypatch):
    monkeypatch.setattr(warm_up, "directories", set())
    assert main(LITTLE) == 1
    assert "Set NUMBA_CACHE_DIR" in capsys.readouterr().err


def test_where_nothing_can_be_kept_it_fails_and_says_so(capsys, monkeypatch):
    monkeypatch.setitem(FORMS, "csr", lambda *_: warnings.warn(f"{CANNOT_KEEP} in X", stacklevel=1))
    assert main(LITTLE) == 1
    assert f"{CANNOT_KEEP} in X" in capsys.readouterr().err


def test_unknown_names_are_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--form", "sparse"])
    assert "'dense', 'csr'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["dtype", "form", "solver"])
def test_nothing_at_all_cannot_be_asked_for(name, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([f"--{name}", *LITTLE])
    assert f"--{name}: expected at least one argument" in capsys.readouterr().err

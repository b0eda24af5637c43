"""Numba's cache: never stale, never filled twice, never missed in a second process."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import skreg
from skreg import MLPClassifier
from skreg._kernels import entries
from skreg._kernels.jit import DTYPES

KERNELS = Path(entries.__file__).parent


def digest_of_helpers(folder=KERNELS):
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        if path.name != "entries.py":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def test_entries_carry_the_digest_of_their_helpers():
    expected = digest_of_helpers()
    assert expected == entries.HELPERS, f'set HELPERS = "{expected}" in {entries.__file__}'


FIT = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from skreg import MLPClassifier
from skreg._kernels import entries
from skreg._kernels.jit import DTYPES
X = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
y = (X[:, 0] > 0).astype(int)
mlp = MLPClassifier((4,), max_iter=2, l2=0.0, random_state=0).fit(X, y)
mlp.predict(X)
used = [entries.train_on_block, entries.predict_layer, entries.predict_outputs]
stats = [entries.draw_order.stats, *(entry[np.dtype(np.float32)].stats for entry in used)]
print(sum(sum(s.cache_misses.values()) for s in stats), float(np.abs(mlp.coefs_[0]).sum()))
"""


def run(code, folder, **environment):
    """What `code` prints, with the package that lies in `folder`."""
    env = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": "", **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture
def package(tmp_path):
    """A copy of the package without any cache."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(skreg.__file__).parent, tmp_path / "skreg", ignore=ignore)
    return tmp_path


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_second_process_compiles_nothing_and_a_changed_helper_is_compiled_anew(package):
    misses, weights = run(FIT, package)
    assert int(misses) == 4
    assert run(FIT, package) == ["0", weights]

    kernels = package / "skreg" / "_kernels"
    replace(kernels / "activations.py", "units[j] = zero if units[j]", "units[j] = one if units[j]")
    replace(kernels / "activations.py", "zero = units.dtype.type(0)", "zero = one = units[0] * 0")
    digest = digest_of_helpers(kernels)
    assert digest != entries.HELPERS  # so the test at the top forces the next line
    replace(kernels / "entries.py", entries.HELPERS, digest)
    assert int(run(FIT, package)[0]) == 4


def test_a_second_fit_compiles_nothing():
    X = np.random.default_rng(0).standard_normal((50, 4))
    y = np.arange(50) % 3
    kernels = [kernel for entry in all_entries() for kernel in entry.values()]

    def fit_all(dtype):
        for y_any in (y, y > 0, np.stack([y > 0, y > 1], axis=1).astype(int)):
            for params in (
                {},
                {"dropout": 0.2},
                {"solver": "sgd", "l1": 1e-3},
                {"solver": "lbfgs"},
            ):
                MLPClassifier((5,), max_iter=2, **params).fit(X.astype(dtype), y_any).predict(X)

    for dtype in (np.float32, np.float64):
        fit_all(dtype)
    compiled = [len(kernel.signatures) for kernel in kernels]
    assert compiled == [1] * len(kernels), "one signature per kernel and dtype"
    for dtype in (np.float32, np.float64):
        fit_all(dtype)
    assert [len(kernel.signatures) for kernel in kernels] == compiled


def all_entries():
    tables = [value for value in vars(entries).values() if isinstance(value, dict)]
    return [table for table in tables if set(table) == set(DTYPES)]


def test_each_dtype_has_an_index_of_its_own():
    names = [kernel.__name__ for entry in all_entries() for kernel in entry.values()]
    assert len(set(names)) == len(names) == 2 * len(all_entries())
    assert all(re.search("_float(32|64)$", name) for name in names)


def test_without_a_writable_cache_directory_everything_still_runs(package):
    refuse_all = """
import numba.core.caching as caching
def refuse(self):
    raise OSError("read-only")
caching._CacheLocator.ensure_cache_path = refuse
"""
    run(refuse_all + FIT, package)
    assert not list(package.rglob("*.nbi"))

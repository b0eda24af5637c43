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
from skreg._kernels import coloring, drawing, entries, warping
from skreg._kernels.jit import DTYPES
from skreg.augmentation import (
    CutMix,
    ElasticDeformation,
    GaussianNoise,
    Mixup,
    RandomAffine,
    RandomBrightnessContrast,
    RandomCrop,
    RandomErasing,
    SwapNoise,
)

KERNELS = Path(entries.__file__).parent


ENTRY_MODULES = [entries, drawing, warping, coloring]


def holds_entries(path):
    return re.search(r"^@(plain_)?entry$", path.read_text(), re.MULTILINE) is not None


def digest_of_helpers(folder=KERNELS):
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        if not holds_entries(path):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def test_the_files_with_entries_are_known_here():
    found = {path.stem for path in KERNELS.glob("*.py") if holds_entries(path)}
    assert found == {module.__name__.split(".")[-1] for module in ENTRY_MODULES}


@pytest.mark.parametrize("module", ENTRY_MODULES, ids=lambda module: module.__name__)
def test_entries_carry_the_digest_of_their_helpers(module):
    expected = digest_of_helpers()
    assert expected == module.HELPERS, f'set HELPERS = "{expected}" in {module.__file__}'


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
    kernels = [kernel for entry in all_entries(entries) for kernel in entry.values()]

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


def all_entries(*modules):
    tables = [value for m in modules for value in vars(m).values() if isinstance(value, dict)]
    return [table for table in tables if set(table) == set(DTYPES)]


def test_each_dtype_has_an_index_of_its_own():
    tables = all_entries(*ENTRY_MODULES)
    names = [kernel.__name__ for entry in tables for kernel in entry.values()]
    assert len(set(names)) == len(names) == 2 * len(tables)
    assert all(re.search("_float(32|64)$", name) for name in names)


AUGMENTERS = [
    GaussianNoise(),
    SwapNoise(),
    Mixup(),
    CutMix(image_shape=(4, 4)),
    RandomAffine(),
    RandomAffine(fill="reflect"),
    RandomCrop(padding=1),
    ElasticDeformation(),
    RandomErasing(fill="random"),
    RandomBrightnessContrast(),
]


def test_a_second_augmentation_compiles_nothing(tmp_path):
    modules = [drawing, warping, coloring]
    kernels = [k for entry in all_entries(*modules) for k in entry.values()]
    kernels += [drawing.draw_normal, drawing.draw_partners]
    X = np.random.default_rng(0).standard_normal((50, 16))
    np.save(tmp_path / "X.npy", X)
    read_only = np.load(tmp_path / "X.npy", mmap_mode="r")

    def augment_all():
        for augmenter in AUGMENTERS:
            for data in (X, X.astype(np.float32), read_only, np.asfortranarray(X)):
                augmenter.fit_transform(data)
            fit = MLPClassifier((5,), max_iter=1, augmentation=augmenter).fit
            fit(X, np.arange(50) % 3, sample_weight=np.arange(50))

    augment_all()
    compiled = [len(kernel.signatures) for kernel in kernels]
    assert max(compiled) == 1, "one signature per kernel and dtype"
    augment_all()
    assert [len(kernel.signatures) for kernel in kernels] == compiled


def test_without_a_writable_cache_directory_everything_still_runs(package):
    refuse_all = """
import numba.core.caching as caching
def refuse(self):
    raise OSError("read-only")
caching._CacheLocator.ensure_cache_path = refuse
"""
    run(refuse_all + FIT, package)
    assert not list(package.rglob("*.nbi"))

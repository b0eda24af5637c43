"""Numba's cache: never stale, never filled twice, never missed in a second process."""

import json
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
from skreg._arithmetic import drawing
from skreg._compiler.jit import DTYPES
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
from skreg.augmentation._kernels import coloring, warping
from tests.forms import FORMS

ROOT = Path(skreg.__file__).parents[1]

REPORT = """
import gc, json
from numba.core.dispatcher import Dispatcher
cached = [f for f in gc.get_objects() if issubclass(type(f), Dispatcher) and f.stats.cache_path]
used = {f.__name__: sum(f.stats.cache_misses.values()) for f in cached if f.signatures}
print(json.dumps([used, [(f.__name__, len(f.signatures)) for f in cached], result]))
"""
FIT = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from skreg import MLPClassifier
X = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
y = (X[:, 0] > 0).astype(int)
mlp = MLPClassifier((4,), max_iter=2, l2=0.0, random_state=0).fit(X, y)
mlp.predict(X)
result = float(np.abs(mlp.coefs_[0]).sum())
"""
LINEAR = FIT.replace("(4,), max_iter=2", '(), solver="lbfgs"')  # less to compile
NEEDED = {
    "draw_order",
    "multiply_float32",
    "train_on_block_picked_float32",
    "predict_layer_dense_float32",
    "activate_relu_float32",
    "multiply_by_slope_relu_float32",
    "adam_step_float32",
    "binary_log_loss_of_batch_float32",
    "identity_link_float32",
}


def run(code, folder, **environment):
    """What `code`, with the package that lies in `folder`, used of the cache.

    Returns how often each cached function that was used had to be compiled, pairs of the name and
    the number of signatures of all cached functions, and what `code` calls `result`.
    """
    env = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": "", **environment}
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def package(tmp_path):
    """A copy of the package without any cache."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "skreg", tmp_path / "skreg", ignore=ignore)
    return tmp_path


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def functions_in_cache(package):
    """The names of the functions that have an index in the cache."""
    return {path.name.split(".")[1].split("-")[0] for path in package.rglob("*.nbi")}


def test_only_what_is_needed_is_compiled_and_only_once_until_a_helper_changes(package):
    misses, _, weights = run(FIT, package)
    assert misses == dict.fromkeys(NEEDED, 1)
    assert functions_in_cache(package) == NEEDED
    assert run(FIT, package)[::2] == [dict.fromkeys(NEEDED, 0), weights]

    helper = package / "skreg" / "_kernels" / "bias.py"
    replace(helper, "+= bias[j]", "+= bias[j] + bias[j]")
    misses, _, other = run(FIT, package)
    assert misses == dict.fromkeys(NEEDED, 1)
    assert other != weights


FIT_ALL = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from scipy.sparse import csr_matrix
from skreg import MLPClassifier, MLPRegressor, TabularMLPRegressor
from skreg.augmentation import GaussianNoise
X = np.random.default_rng(0).standard_normal((50, 4))
y = np.arange(50) % 3
SWITCHES = [
    {},
    {"dropout": 0.2, "input_dropout": 0.1, "activation": "gelu"},
    {"solver": "sgd", "l1": 1e-3, "clip_norm": 1.0, "warmup": 1},
    {"solver": "lbfgs", "l1": [0.0, 1e-3]},
    {"early_stopping": True, "scoring": "loss", "hidden_layer_sizes": (), "shuffle": False},
    {"augmentation": GaussianNoise(), "hidden_layer_sizes": (5, 4)},
]

def fit_all(dtype, make):
    of_labels = np.stack([y > 0, y > 1], axis=1).astype(int)
    X_any = make(X.astype(dtype))
    for params in SWITCHES:
        if "augmentation" in params and make is csr_matrix:
            continue
        params = {"hidden_layer_sizes": 5, "max_iter": 2, **params}
        for y_any in (y, y > 0, of_labels):
            fitted = MLPClassifier(**params).fit(X_any, y_any, sample_weight=1 + np.arange(50) % 2)
            fitted.predict(X_any)
        MLPRegressor(**params).fit(X_any, y * 1.0).predict(X_any[::2])
"""


FIT_MORE = """
for dtype in (np.float32, np.float64):
    for make in (np.array, np.asfortranarray, csr_matrix):
        fit_all(dtype, make)
X_wide = csr_matrix(X)
X_wide.indices, X_wide.indptr = X_wide.indices.astype(np.int64), X_wide.indptr.astype(np.int64)
for part in (X, X_wide.data, X_wide.indices, X_wide.indptr):
    part.setflags(write=False)
for X_any in (X, X_wide):
    MLPClassifier(5, max_iter=2, shuffle=False).fit(X_any, y).predict(X_any)
for dtype in (np.float32, np.float64):
    table = np.tile(X, (2, 1))
    mlp = TabularMLPRegressor(5, n_members=1, max_iter=1, dtype=dtype).fit(table, table[:, 0])
    mlp.predict(table)
import numba, sys
may_compile = lambda: "numba.typed.typedset" in sys.modules
result = [may_compile(), numba.njit(lambda: 1)(), may_compile()]
"""


def test_each_function_has_one_signature_whatever_is_fitted():
    """Read-only data, other orders of memory and wide indices make no signature of their own."""
    _, signatures, _ = run(FIT_ALL + FIT_MORE, ROOT)
    signatures = dict(signatures)
    assert max(signatures.values()) == 1
    names = [f"train_on_block_{form}" for form in FORMS]
    names += [
        f"{name}_{form}"
        for name in ("add_loss_and_gradient", "predict_layer")
        for form in ("dense", "csr")
    ]
    names.append("predict_layer_piecewise")
    assert all(signatures[f"{name}_{dtype}"] == 1 for name in names for dtype in DTYPES)

    misses, _, may_compile = run(FIT_ALL + FIT_MORE, ROOT)
    assert max(misses.values()) == 0
    assert may_compile == [False, 1, True], "loading sets up all that Numba knows to compile"


def test_each_cached_function_has_a_name_of_its_own():
    """Else two processes could store one under the index of the other."""
    code = f"""
import skreg.augmentation
from skreg._kernels.entries import add_loss_and_gradient, predict_layer, train_on_block
for function in (add_loss_and_gradient, predict_layer, train_on_block):
    for form in {FORMS}:
        function[form]
result = None
"""
    _, signatures, _ = run(code, ROOT)
    names = [name for name, _ in signatures]
    assert len(set(names)) == len(names)
    without_dtype = {"draw_order", "draw_normal", "draw_partners", "serve"}
    assert without_dtype < set(names)
    assert {f"predict_layer_{form}_float64" for form in FORMS} < set(names)
    assert all(re.search("_float(32|64)$", name) for name in set(names) - without_dtype)


def tables(*modules):
    """All dicts from dtype to a compiled function in modules."""
    values = [value for m in modules for value in vars(m).values() if isinstance(value, dict)]
    return [table for table in values if set(table) == set(DTYPES)]


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
    kernels = [kernel for table in tables(*modules) for kernel in table.values()]
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


def test_a_fit_goes_on_where_every_file_is_damaged(package):
    used, _, weights = run(LINEAR, package)
    damaged = [*package.rglob("*.nbi"), *package.rglob("*.nbc")]
    assert len(damaged) == 2 * len(used)
    for path in damaged:
        path.write_bytes(path.read_bytes()[:-40])
    misses, _, same = run(LINEAR, package)
    assert misses == dict.fromkeys(used, 1) and same == weights
    assert run(LINEAR, package)[0] == dict.fromkeys(used, 0)


def test_without_a_writable_cache_directory_everything_still_runs(package):
    refuse_all = """
import numba.core.caching as caching
def refuse(self):
    raise OSError("read-only")
caching._CacheLocator.ensure_cache_path = refuse
"""
    used, _, weights = run(refuse_all + LINEAR, package)
    assert used == {}
    assert weights > 0
    assert not list(package.rglob("*.nbi"))

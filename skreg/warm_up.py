"""Compile what networks need before they need it: ``python -m skreg.warm_up``.

A few fits and predictions on tiny data leave in the cache on disk whatever others like them need.
Good times for it are when an image is built and when a node of a cluster starts.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg._compiler.cache import CANNOT_KEEP, directories
from skreg._compiler.jit import DTYPES
from skreg._compiler.watching import watch_compiling
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg.augmentation import (
    ColorJitter,
    ElasticDeformation,
    GaussianNoise,
    RandomAffine,
    SwapNoise,
)

OPTIONS = {  # parameter to its values
    "solver": [*OPTIMIZERS, "lbfgs"],
    "activation": [*ACTIVATIONS],
    "loss": [*REGRESSION_LOSSES],
    "normalization": [*NORMALIZATIONS],
}
_NEEDED = "dtype", "form", "solver"  # arguments without which nothing would be compiled
_REGULARIZED = {
    "l1": 0.1,
    "group_l1": 0.1,
    "max_norm": 1.0,
    "dropout": 0.1,
    "input_dropout": 0.1,
    "weight_averaging": 0.9,
    "clip_norm": 1.0,
}
_AUGMENTERS = RandomAffine, ElasticDeformation, ColorJitter, GaussianNoise, SwapNoise
_X = np.random.default_rng(0).normal(size=(80, 16))
_Y = np.exp(_X[:, 0])
_LABELS = np.arange(80) % 3


def _fit(estimator: type, X: Any, y: np.ndarray, **params: Any) -> None:
    small = {"hidden_layer_sizes": (3,), "max_iter": 1, "batch_size": 8, "random_state": 0}
    mlp = estimator(**{**small, **params}).fit(X, y)
    mlp.predict(X)
    if hasattr(mlp, "predict_proba"):
        mlp.predict_proba(X)


def _fit_dense(dtype: np.dtype, chosen: dict[str, list[str]]) -> None:
    X = _X.astype(dtype)
    for y in (_LABELS, _LABELS > 0):
        _fit(MLPClassifier, X, y, early_stopping=True)
    for parameter, values in chosen.items():
        for value in values:
            _fit(MLPRegressor, X, _Y, **{parameter: value})
    if "quantile" in chosen["loss"]:
        _fit(MLPRegressor, X, _Y, loss="quantile", quantile=[0.25, 0.75])
    for solver in chosen["solver"]:
        _fit(MLPRegressor, X, _Y, solver=solver, **_REGULARIZED)
    large = np.zeros((512, 64), dtype)  # enough for a second thread
    _fit(MLPRegressor, large, large[:, 0], hidden_layer_sizes=1024, batch_size=512)


def _fit_csr(dtype: np.dtype, chosen: dict[str, list[str]]) -> None:
    for solver in chosen["solver"]:
        _fit(MLPRegressor, csr_matrix(_X, dtype=dtype), _Y, solver=solver)


def _fit_tabular(dtype: np.dtype, chosen: dict[str, list[str]]) -> None:
    for estimator, y in (TabularMLPClassifier, _LABELS), (TabularMLPRegressor, _Y):
        _fit(estimator, _X, y, dtype=dtype.type, n_members=2)


def _fit_augmentation(dtype: np.dtype, chosen: dict[str, list[str]]) -> None:
    for augmenter in _AUGMENTERS:
        _fit(MLPRegressor, _X.astype(dtype), _Y, augmentation=augmenter())


FORMS = {
    "dense": _fit_dense,
    "csr": _fit_csr,
    "tabular": _fit_tabular,
    "augmentation": _fit_augmentation,
}


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m skreg.warm_up",
        description="Compile what networks need, and keep it in the cache on disk.",
        epilog="By default, all is compiled. What was compiled before is not compiled again.",
    )

    def add(name, values, what):
        text = f"{what}: {', '.join(values)}"
        how = {"choices": values, "default": values, "metavar": "NAME", "help": text}
        parser.add_argument(f"--{name}", nargs="+" if name in _NEEDED else "*", **how)

    add("dtype", [dtype.name for dtype in DTYPES], "dtypes of X")
    add("form", list(FORMS), "forms of X, and what else may be done with it")
    for parameter, values in OPTIONS.items():
        add(parameter, values, f"values of the parameter {parameter}")
    return parser


def _compile(dtypes, forms, chosen: dict[str, list[str]]) -> int:
    """Compile, and print what and how long; returns the number of functions."""
    total = 0
    for dtype in dtypes:
        for form in forms:
            start = perf_counter()
            with watch_compiling() as count:
                FORMS[form](np.dtype(dtype), chosen)
            seconds, total = perf_counter() - start, total + count()
            print(f"{dtype}  {form:<12}  {count():3d} functions  {seconds:6.1f} s", flush=True)
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Compile what the arguments of the command line ask for; returns the exit code.

    Parameters
    ----------
    arguments : sequence of str, default=None
        Such as `["--dtype", "float32"]`; None are those of the process.

    Returns
    -------
    code : int
        0, or 1 if what is compiled cannot be kept.
    """
    chosen = vars(_make_parser().parse_args(arguments))
    dtypes, forms = chosen.pop("dtype"), chosen.pop("form")
    if not directories:
        print(
            "There is no directory to keep compiled functions in, or NUMBA_DISABLE_JIT is set. Set "
            "NUMBA_CACHE_DIR to a directory that can be written to.",
            file=sys.stderr,
        )
        return 1
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", CANNOT_KEEP)
        try:
            total = _compile(dtypes, forms, chosen)
        except UserWarning as warning:
            print(warning, file=sys.stderr)
            return 1
    seconds = perf_counter() - start
    if total:
        print(f"{total} functions were compiled in {seconds:.1f} s. They are kept in")
    else:
        print(f"Nothing had to be compiled ({seconds:.1f} s). Everything is kept in")
    print(*sorted(f"  {path}" for path in directories), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

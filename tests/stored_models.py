"""Models stored by an earlier version, which have to load and predict in this one.

`python tests/stored_models.py NAME ...` makes those of some names anew. Do so before the first
release and for new entries here. Keep those of a release: each is a promise to users.
"""

import json
import pickle
import sys
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED

import numpy as np
from sklearn.base import clone

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg.augmentation import Compose, GaussianNoise, SwapNoise
from skreg.model_selection import MLPClassifierCV
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler

FOLDER = Path(__file__).with_name("models")
PARAMS = {"hidden_layer_sizes": (3,), "max_iter": 2, "batch_size": 8, "random_state": 0}
STOPPING = {"early_stopping": True, "validation_fraction": 0.25}
AUGMENTATION = Compose([GaussianNoise(0.1), SwapNoise(0.1)])
TABULAR = {**PARAMS, "n_members": 2}

X = np.random.default_rng(0).normal(size=(24, 4))
Y = np.arange(24) % 3
TABLE = X.astype(object)
TABLE[:, 2] = np.array(["cat", "dog", None], object)[Y]
TABLE[::5, 3] = np.nan


class Unfitted(NamedTuple):
    """What a stored model is made of."""

    estimator: Any
    y: np.ndarray
    X: np.ndarray = X
    finish: str = ""  # a method to call after `fit`
    goes_on: bool = True  # if fitted again with `warm_start`

    def fit(self):
        model = clone(self.estimator).fit(self.X, self.y)
        return getattr(model, self.finish)() if self.finish else model


UNFITTED = {
    "binary": Unfitted(MLPClassifier(**PARAMS, **STOPPING), Y > 0),
    "multiclass": Unfitted(MLPClassifier(**PARAMS, solver="sgd"), np.array(["a", "b", "c"])[Y]),
    "multilabel": Unfitted(
        MLPClassifier(**PARAMS, augmentation=AUGMENTATION),
        np.stack([Y == 0, Y > 1], axis=1).astype(int),
    ),
    "regressor": Unfitted(MLPRegressor(**PARAMS, **STOPPING), X[:, 0]),
    "outputs": Unfitted(MLPRegressor(**PARAMS, loss="poisson", l1=1e-3), np.exp(X[:, :2])),
    "lbfgs": Unfitted(MLPRegressor(**PARAMS, solver="lbfgs"), X[:, 0]),
    "batch": Unfitted(MLPRegressor(**PARAMS, normalization="batch"), X[:, 0]),
    "layer": Unfitted(MLPClassifier(**PARAMS, normalization="layer"), Y),
    "gaussian": Unfitted(MLPRegressor(**PARAMS, **STOPPING, loss="gaussian"), X[:, 0]),
    "quantiles": Unfitted(
        MLPRegressor(**PARAMS, **STOPPING, loss="quantile", quantile=[0.1, 0.9]), X[:, 0]
    ),
    "path": Unfitted(MLPClassifierCV(**PARAMS, cv=2, l1s=[0.0, 0.1], l2s=[0.0]), Y, goes_on=False),
    "sparse": Unfitted(MLPClassifier(**PARAMS, l1=0.1), Y, finish="sparsify"),
    "slim": Unfitted(MLPClassifier(**PARAMS), Y, finish="slim", goes_on=False),
    "tabular_classifier": Unfitted(TabularMLPClassifier(**TABULAR), Y, TABLE),
    "tabular_regressor": Unfitted(TabularMLPRegressor(**TABULAR), X[:, 0], TABLE),
    "piecewise": Unfitted(PiecewiseLinearEncoder(4), Y, goes_on=False),
    "scaler": Unfitted(SmoothClipScaler(), Y, goes_on=False),
}


def outputs_of(name, model):
    """What the methods of a model say of a few rows."""
    methods = [m for m in ("predict", "predict_proba", "transform") if hasattr(model, m)]
    return {method: getattr(model, method)(UNFITTED[name].X[:5]).tolist() for method in methods}


def store(name):
    from skops import io

    model, stem = UNFITTED[name].fit(), FOLDER / name
    stem.with_suffix(".pickle").write_bytes(pickle.dumps(model, protocol=4))
    io.dump(model, stem.with_suffix(".skops"), compression=ZIP_DEFLATED, compresslevel=9)
    stem.with_suffix(".json").write_text(json.dumps(outputs_of(name, model)) + "\n")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        store(each)

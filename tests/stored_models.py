"""Models pickled by an earlier version, which have to load and predict in this one.

`python tests/stored_models.py` makes them anew. Do so before the first release and for
new entries here. Keep those of a release: each is a promise to users.
"""

import json
import pickle
from pathlib import Path

import numpy as np
from sklearn.base import clone

from skreg import MLPClassifier, MLPRegressor
from skreg.augmentation import Compose, GaussianNoise, SwapNoise

FOLDER = Path(__file__).with_name("models")
PARAMS = {"hidden_layer_sizes": (3,), "max_iter": 2, "batch_size": 8, "random_state": 0}
STOPPING = {"early_stopping": True, "validation_fraction": 0.25}
AUGMENTATION = Compose([GaussianNoise(0.1), SwapNoise(0.1)])


X = np.random.default_rng(0).normal(size=(24, 4))
Y = np.arange(24) % 3
UNFITTED = {
    "binary": (MLPClassifier(**PARAMS, **STOPPING), Y > 0),
    "multiclass": (MLPClassifier(**PARAMS, solver="sgd"), np.array(["a", "b", "c"])[Y]),
    "multilabel": (
        MLPClassifier(**PARAMS, augmentation=AUGMENTATION),
        np.stack([Y == 0, Y > 1], axis=1).astype(int),
    ),
    "regressor": (MLPRegressor(**PARAMS, **STOPPING), X[:, 0]),
    "outputs": (MLPRegressor(**PARAMS, loss="poisson", l1=1e-3), np.exp(X[:, :2])),
    "lbfgs": (MLPRegressor(**PARAMS, solver="lbfgs"), X[:, 0]),
}


def fit_models():
    """Fitted models of all kinds, by name."""
    return {name: clone(estimator).fit(X, y) for name, (estimator, y) in UNFITTED.items()}


def predictions_of(model):
    """Predictions for a few rows; probabilities too where there are such."""
    methods = "predict", "predict_proba"
    return {m: getattr(model, m)(X[:5]).tolist() for m in methods if hasattr(model, m)}


def store():
    for name, model in fit_models().items():
        stem = FOLDER / name
        stem.with_suffix(".pickle").write_bytes(pickle.dumps(model, protocol=4))
        stem.with_suffix(".json").write_text(json.dumps(predictions_of(model)) + "\n")


if __name__ == "__main__":
    store()

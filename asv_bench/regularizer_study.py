"""What regularizers are worth: test error on images, each strength chosen on a validation set.

    python regularizer_study.py --data FOLDER [--sets optdigits] [--methods none l2] [--seeds 10]

FOLDER holds a NAME.npz for each data set, with X (n_samples, n_pixels) of square grayscale images,
y (n_samples,) and `test_mask` (n_splits, n_samples), of which the first split is used. With more
than 10 000 training rows, a random subset of that size is used.

A method is a grid of parameters. The setting with the lowest error on a fifth of the training rows
(of equal errors, with the lowest log-loss) is refitted on all of them, with several seeds. Networks
differ in nothing else. Results are appended to a file of JSON lines, and are not computed again if
they are there. Prints a table in Markdown: mean ± standard deviation over seeds of the percentage
of wrong labels, log-loss, and the time on the processor divided by that of "none" with the same
seed, as median over seeds.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import ParameterGrid, train_test_split
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier
from skreg.augmentation import RandomAffine

L2 = {"l2": [1e-5, 1e-4, 1e-3]}
MAX_NORM = {"max_norm": [0.5, 1.0, 2.0, 4.0]}
DROPOUT = {"dropout": [0.2, 0.5], "input_dropout": [0.0, 0.1]}
AFFINE = {  # settings of RandomAffine
    "augmentation": [
        {"rotation": 5, "scale": 0.05, "translation": 0.03},
        {"rotation": 10, "scale": 0.1, "translation": 0.06},
    ]
}
METHODS = {
    "none": {},
    "l2": {"l2": [1e-5, 1e-4, 3e-4, 1e-3]},
    "l1 + l2": {"l1": [1e-6, 1e-5, 1e-4], **L2},
    "max_norm": MAX_NORM,
    "dropout": {"dropout": [0.1, 0.2, 0.35, 0.5], "input_dropout": [0.0, 0.1]},
    "dropout + l2": {**DROPOUT, **L2},
    "dropout + max_norm": {**DROPOUT, **MAX_NORM},
    "dropout + max_norm + affine": {
        "dropout": [0.1, 0.2, 0.5],
        "max_norm": [1.0, 2.0, 4.0],
        **AFFINE,
    },
    "affine": AFFINE,
    "weight_decay": {"weight_decay": [0.03, 0.1, 0.3, 1.0]},
    "label_smoothing": {"label_smoothing": [0.03, 0.1, 0.2]},
    "weight_averaging": {"weight_averaging": [0.99, 0.999]},
    "normalization": {"normalization": ["batch", "layer"]},
    "early_stopping": {"early_stopping": [True], "n_iter_no_change": [5, 10, 20]},
}
NETWORK = {
    "hidden_layer_sizes": "256-256",
    "batch_size": 128,
    "learning_rate": "cosine",
    "l2": 0.0,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
}


class Results:
    """Results of fits, kept in a file of JSON lines."""

    def __init__(self, path):
        self.path = Path(path)
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        records = map(json.loads, lines)
        self.known = {json.dumps(record["fit"]): record["result"] for record in records}

    def get(self, compute, **fit):
        """The result of `compute()` for what `fit` describes, from the file if it is there."""
        key = json.dumps(fit)
        if key not in self.known:
            self.known[key] = compute()
            with open(self.path, "a") as file:
                file.write(json.dumps({"fit": fit, "result": self.known[key]}) + "\n")
            print(key, self.known[key], file=sys.stderr, flush=True)
        return self.known[key]


def load(folder, name, n_rows=10_000):
    """Rows to train on and to test on, X in [0, 1] and y."""
    arrays = np.load(Path(folder, f"{name}.npz"))
    X, y = arrays["X"].astype(np.float32), arrays["y"]
    X /= X.max()
    train, test = (np.flatnonzero(arrays["test_mask"][0] == part) for part in (False, True))
    if len(train) > n_rows:
        train = np.sort(np.random.default_rng(0).choice(train, n_rows, replace=False))
    return (X[train], y[train]), (X[test], y[test])


def evaluate(train, test, setting, epochs, seed):
    """Share of wrong labels, log-loss, and seconds of the processor for the fit."""
    augmentation = setting.get("augmentation")
    if augmentation:
        setting = setting | {"augmentation": RandomAffine(**augmentation)}
    net = MLPClassifier(**{**NETWORK, "max_iter": epochs, "random_state": seed, **setting})
    start = time.process_time()
    net.fit(*train)
    seconds = time.process_time() - start
    X, y = test
    loss = log_loss(y, net.predict_proba(X), labels=net.classes_)
    return {"error": 1 - net.score(X, y), "log_loss": float(loss), "seconds": seconds}


def choose(results, train, name, method, epochs):
    """The setting of a method with the lowest error on the validation set."""
    parts = train_test_split(*train, test_size=0.2, random_state=0, stratify=train[1])
    fitted, validation = parts[::2], parts[1::2]

    def scores(setting):
        found = results.get(
            lambda: evaluate(fitted, validation, setting, epochs, seed=0),
            dataset=name, stage="validation", epochs=epochs, setting=setting, seed=0,
        )  # fmt: skip
        return found["error"], found["log_loss"]

    return min(ParameterGrid(METHODS[method]), key=scores)


def study(results, folder, name, methods, epochs, n_seeds):
    """The chosen setting of each method, and what its refits are worth on the test set."""
    train, test = load(folder, name)
    chosen = {method: choose(results, train, name, method, epochs) for method in methods}
    tested = {method: [] for method in methods}
    for seed in range(n_seeds):  # methods in turn, so that their times can be compared
        for method, setting in chosen.items():
            tested[method].append(results.get(
                lambda setting=setting, seed=seed: evaluate(train, test, setting, epochs, seed),
                dataset=name, stage="test", epochs=epochs, setting=setting, seed=seed,
            ))  # fmt: skip
    return chosen, tested


def print_table(name, chosen, tested):
    print(f"\n{name}\n")
    print("| Method | Error, % | Log-loss | Time | Setting |")
    print("|---|---|---|---|---|")
    columns = {
        method: {key: np.array([r[key] for r in records]) for key in records[0]}
        for method, records in tested.items()
    }
    base = columns["none"]["seconds"]
    for method, values in columns.items():
        error = 100 * values["error"]
        spread = error.std(ddof=1) if error.size > 1 else np.nan
        loss, time_ratio = values["log_loss"].mean(), np.median(values["seconds"] / base)
        cells = (method, f"{error.mean():.2f} ± {spread:.2f}", f"{loss:.3f}", f"{time_ratio:.2f}")
        print("| " + " | ".join((*cells, json.dumps(chosen[method]))) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of data sets")
    parser.add_argument("--sets", nargs="*", default=["optdigits", "fashion_mnist"])
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", default="regularizer_study.jsonl", help="results so far")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    methods = list(dict.fromkeys(["none", *arguments.methods]))
    results = Results(arguments.out)
    with threadpool_limits(1):
        for name in arguments.sets:
            settings = arguments.data, name, methods, arguments.epochs, arguments.seeds
            print_table(name, *study(results, *settings))


if __name__ == "__main__":
    main()

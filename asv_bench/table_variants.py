"""What changes to the defaults of networks for tables buy, in error, log-loss and time.

    python table_variants.py --data FOLDER --splits 0 1 --save results.jsonl
    python table_variants.py --only digits --variants "8 bins" "32 bins"

FOLDER has two files per table. NAME.npz holds X (n_samples, n_features), of numbers, with NaN where
they are missing and codes in place of categories, and y (n_samples,). NAME.json says the "task",
which is "regression" or anything else for classification, and lists the numbers of the columns that
are "categorical". Without FOLDER, tables are scikit-learn's, of which two may be downloaded.

A split takes `--rows` random rows to train on and at most 10 000 others to test on. Changes are
100·ln(variant / default) of the test error (share of wrong labels, or root mean squared error) and
of the log-loss: the mean over tables of the mean over splits ± its standard error over tables. Less
than 0 is better. Seconds are those of the processor for one fit in one thread. `--epochs` is for
all variants that have no other number. Results are kept in the file that `--save` names, and what
is there is not computed again.
"""

import argparse
import json
import warnings
from copy import deepcopy
from functools import cache
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.base import is_classifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits
from variants import DEFAULT, VARIANTS

from skreg import TabularMLPClassifier, TabularMLPRegressor

TABLES = {
    "digits": datasets.load_digits,
    "california housing": datasets.fetch_california_housing,
    "covertype": datasets.fetch_covtype,
}
MOST_TEST_ROWS = 10_000


@cache
def load(name, folder):
    """X as a frame, y, and the class of model for them."""
    if folder is None:
        X, y = TABLES[name](return_X_y=True)
        is_regression = y.dtype.kind == "f"
    else:
        about = json.loads((folder / f"{name}.json").read_text())
        arrays = np.load(folder / f"{name}.npz")
        is_regression = about["task"] == "regression"
        X, y = arrays["X"].astype(float), arrays["y"].astype(float if is_regression else int)
    X = pd.DataFrame(X).dropna(axis="columns", how="all")
    if folder is not None:
        X = X.astype({column: "category" for column in about["categorical"] if column in X})
    return X, y, TabularMLPRegressor if is_regression else TabularMLPClassifier


class Experiment:
    """Rows of a table to train and to test on, and the model that the default makes of them."""

    def __init__(self, table, folder, split, n_rows, epochs):
        X, y, self._kind = load(table, folder)
        n_train = min(n_rows, len(y) * 4 // 5)
        parts = train_test_split(
            X,
            y,
            train_size=n_train,
            test_size=min(MOST_TEST_ROWS, len(y) - n_train),
            random_state=split,
            stratify=y if issubclass(self._kind, TabularMLPClassifier) else None,
        )
        self._X, self._X_test, self._y, self._y_test = parts
        self._base = {
            "random_state": split,
            "max_iter": epochs or "auto",
            "finish_on_all_rows": False,  # which would hide a part of what variants do
        }
        self._default = None

    def measure(self, variant):
        """Test error, log-loss and seconds of a fit; None if the model lacks a parameter."""
        if callable(variant):
            if self._default is None:
                self._default = self._fit({})
            model, seconds = deepcopy(self._default)
            start = process_time()
            variant(model, self._X, self._y)
            return self._score(model, seconds + process_time() - start)
        if not variant.keys() <= self._kind().get_params().keys():
            return None
        model, seconds = self._fit(variant)
        if not variant:
            self._default = model, seconds
        return self._score(model, seconds)

    def _fit(self, parameters):
        model = self._kind(**{**self._base, **parameters})
        start = process_time()
        model.fit(self._X, self._y)
        return model, process_time() - start

    def _score(self, model, seconds):
        if is_classifier(model):
            loss = log_loss(self._y_test, model.predict_proba(self._X_test), labels=model.classes_)
            error = 1 - model.score(self._X_test, self._y_test)
        else:
            loss = np.nan
            error = np.sqrt(np.mean((model.predict(self._X_test) - self._y_test) ** 2))
        return {"error": error, "log_loss": loss, "seconds": seconds}


def with_spread(changes):
    """Mean ± standard error of 100·ln of ratios, one per table, and for how many it is below 0."""
    changes = 100 * changes.dropna()
    n_better = f"{(changes < 0).sum()} of {len(changes)}"
    return f"{changes.mean():+.1f} ± {changes.sem():.1f}", n_better


def print_changes(results, name):
    """A row of the table, over the tables and splits that the variant and the default have."""
    scores = pd.DataFrame(results).set_index(["variant", "table", "split"])
    changes = np.log(scores.loc[name] / scores.loc[DEFAULT]).dropna(how="all")
    by_table = changes.groupby("table").mean()
    cells = [*with_spread(by_table["error"]), *with_spread(by_table["log_loss"])]
    cells += [f"{np.exp(by_table['seconds'].mean()):.2f}", str(len(changes))]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="FOLDER")
    parser.add_argument("--only", nargs="*", help="names of tables")
    parser.add_argument("--variants", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--splits", nargs="*", type=int, default=[0])
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--save", type=Path, default=Path("variants.jsonl"))
    arguments = parser.parse_args()
    found = arguments.data.glob("*.npz") if arguments.data else map(Path, TABLES)
    arguments.only = arguments.only or sorted(path.stem for path in found)
    return arguments


def main():
    arguments = read_arguments()
    warnings.simplefilter("ignore")  # networks that stop after their epochs
    for kind in (TabularMLPClassifier, TabularMLPRegressor):  # to compile before time is taken
        kind(max_iter=1).fit(np.arange(80.0)[:, None], np.arange(80) // 40)
    known = arguments.save.read_text().splitlines() if arguments.save.exists() else []
    results = [json.loads(line) for line in known]
    done = {(r["variant"], r["table"], r["split"]) for r in results}
    experiments = {
        (table, split): Experiment(table, arguments.data, split, arguments.rows, arguments.epochs)
        for table in arguments.only
        for split in arguments.splits
    }
    print("| Variant | Error | Better for | Log-loss | Better for | Time | Fits |")
    print("|---" * 7 + "|")
    for name in dict.fromkeys([DEFAULT, *arguments.variants]):
        for (table, split), experiment in experiments.items():
            if (name, table, split) in done:
                continue
            with threadpool_limits(1):
                scores = experiment.measure(VARIANTS[name])
            if scores is not None:
                results.append({"variant": name, "table": table, "split": split, **scores})
                with open(arguments.save, "a") as file:
                    print(json.dumps(results[-1]), file=file)
        print_changes(results, name)


if __name__ == "__main__":
    main()

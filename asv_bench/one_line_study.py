"""What a minute of search is worth: errors of the one line beside the defaults and tuned boosting.

    python one_line_study.py --data FOLDER --seconds 60 --jobs 2 --save one_line.jsonl
    python one_line_study.py --only digits --seconds 20
    python one_line_study.py --save one_line.jsonl --others peers.jsonl --summary

FOLDER is that of `table_variants.py`, whose NAME.npz may have a test_mask (n_splits, n_samples).
Without FOLDER, tables are scikit-learn's, of which two may be downloaded. A split takes the mask of
its number, or a fifth of the rows, as the test rows, and at most `--rows` of the others, chosen at
random, to train on. All models see the same frames.

- "tabular": TabularMLPClassifier and TabularMLPRegressor with their defaults.
- "one line": TabularMLPClassifierCV and TabularMLPRegressorCV with `time_limit`.
- "boosting": HistGradientBoosting, the best of RandomizedSearchCV in five folds after as many
  candidates as fit into the same seconds, with early stopping.

The error is the share of wrong labels, or the root mean squared error in units of the standard
deviation of y. Results are kept in the file that `--save` names, and what is there is not computed
again. Ranks are over the tables that all models have, also those of `--others`, a file of the same
form. Only the tables of `--only` and the splits of `--splits` are shown. Changes are
100·ln(model / tabular): less than 0 is better.
"""

import argparse
import json
import os
import warnings
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import loguniform, randint, uniform
from sklearn.base import is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from table_variants import TABLES, load, with_spread

from skreg import (
    TabularMLPClassifier,
    TabularMLPClassifierCV,
    TabularMLPRegressorCV,
)

BASE = "tabular"
BOOSTING = {
    "learning_rate": loguniform(0.01, 0.3),
    "max_leaf_nodes": randint(7, 128),
    "min_samples_leaf": randint(2, 60),
    "l2_regularization": loguniform(1e-6, 10.0),
    "max_features": uniform(0.3, 0.7),
}


class TunedBoosting:
    """HistGradientBoosting with the best parameters that a random search finds in time."""

    def __init__(self, booster, seconds, n_jobs):
        self._booster, self._seconds, self._n_jobs = booster, seconds, n_jobs

    def fit(self, X, y):
        start, best, n_tried, longest = perf_counter(), (-np.inf, {}), 0, 0.0
        while n_tried == 0 or perf_counter() - start + 1.5 * longest < self._seconds:
            begun = perf_counter()
            search = RandomizedSearchCV(
                self._booster, BOOSTING, n_iter=1, cv=5, n_jobs=self._n_jobs, refit=False,
                scoring="neg_log_loss" if is_classifier(self._booster) else None,
                random_state=n_tried,
            )  # fmt: skip
            search.fit(X, y)
            best = max(best, (search.best_score_, search.best_params_), key=lambda pair: pair[0])
            n_tried, longest = n_tried + 1, max(longest, perf_counter() - begun)
        self.model = self._booster.set_params(**best[1]).fit(X, y)
        self.n_tried = n_tried
        return self.model


def make(name, kind, seconds, n_jobs, seed):
    """The model of a name for a table of a kind."""
    of_classes = issubclass(kind, TabularMLPClassifier)
    if name == "boosting":
        booster = HistGradientBoostingClassifier if of_classes else HistGradientBoostingRegressor
        booster = booster(max_iter=1000, early_stopping=True, random_state=seed)
        return TunedBoosting(booster, seconds, n_jobs)
    if name == BASE:
        return kind(n_jobs=n_jobs, random_state=seed)
    search = TabularMLPClassifierCV if of_classes else TabularMLPRegressorCV
    return search(time_limit=seconds, n_jobs=n_jobs, random_state=seed)


MODELS = BASE, "one line", "boosting"


def split_rows(y, masks, split, n_rows, of_classes):
    """Numbers of the rows to train and to test on."""
    if masks is None:
        strata = y if of_classes else None
        how = {"test_size": 0.2, "random_state": split, "stratify": strata}
        train, test = train_test_split(np.arange(len(y)), **how)
    else:
        mask = masks[split % len(masks)]
        train, test = np.flatnonzero(~mask), np.flatnonzero(mask)
    if len(train) > n_rows:
        train = np.sort(np.random.default_rng(split).choice(train, n_rows, replace=False))
    return train, test


def measure(name, X, y, kind, parts, arguments, split):
    """Error, log-loss and seconds of a model."""
    train, test = parts
    model = make(name, kind, arguments.seconds, arguments.jobs, split)
    start, processor = perf_counter(), process_time()
    model = model.fit(X.iloc[train], y[train])
    seconds = {"fit_s": perf_counter() - start, "processor_s": process_time() - processor}
    predicted = model.predict(X.iloc[test])
    if not is_classifier(model):
        return {"nrmse": np.sqrt(np.mean((predicted - y[test]) ** 2)) / y[test].std(), **seconds}
    proba, known = model.predict_proba(X.iloc[test]), np.isin(y[test], model.classes_)
    loss = log_loss(y[test][known], proba[known], labels=model.classes_)
    return {"error": np.mean(predicted != y[test]), "log_loss": loss, **seconds}


def summarize(records):
    """Print mean ranks, and changes of the error and of the log-loss beside the defaults."""
    columns = ["dataset", "split", "model", "error", "nrmse", "log_loss"]
    table = pd.DataFrame(records).reindex(columns=columns)
    table["score"] = table["error"].fillna(table["nrmse"])
    for column in ("score", "log_loss"):
        scores = table.pivot_table(index=["dataset", "split"], columns="model", values=column)
        scores = scores.groupby("dataset").mean()
        print(f"\n| {column}: model | Mean rank | of tables | Change | Better on |")
        print("|---" * 5 + "|")
        ranks = scores.dropna().rank(axis="columns")
        for model in ranks.mean().sort_values().index:
            base = scores[BASE] if BASE in scores else np.nan
            change, better = with_spread(np.log(scores[model] / base))
            print(f"| {model} | {ranks[model].mean():.2f} | {len(ranks)} | {change} | {better} |")


def read(path):
    """The records in a file of lines of JSON."""
    lines = path.read_text().splitlines() if path is not None and path.exists() else []
    return [json.loads(line) for line in lines]


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="FOLDER")
    parser.add_argument("--only", nargs="*", help="names of tables")
    parser.add_argument("--models", nargs="*", choices=MODELS, default=MODELS)
    parser.add_argument("--splits", nargs="*", type=int, default=[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--save", type=Path, default=Path("one_line.jsonl"))
    parser.add_argument("--others", type=Path, help="results of other models")
    parser.add_argument("--summary", action="store_true", help="compute nothing")
    arguments = parser.parse_args()
    found = arguments.data.glob("*.npz") if arguments.data else map(Path, TABLES)
    arguments.only = arguments.only or sorted(path.stem for path in found)
    return arguments


def main():
    arguments = read_arguments()
    warnings.simplefilter("ignore")  # networks that stop after their epochs
    records = read(arguments.save)
    done = {(each["dataset"], each["split"], each["model"]) for each in records}
    Parallel(arguments.jobs)(delayed(abs)(i) for i in range(arguments.jobs))  # starts processes
    for table in [] if arguments.summary else arguments.only:
        X, y, kind = load(table, arguments.data)
        of_classes = issubclass(kind, TabularMLPClassifier)
        masks = None
        if arguments.data:
            masks = np.load(arguments.data / f"{table}.npz").get("test_mask")
        for split in arguments.splits:
            parts = split_rows(y, masks, split, arguments.rows, of_classes)
            for name in arguments.models:
                if (table, split, name) in done:
                    continue
                scores = measure(name, X, y, kind, parts, arguments, split)
                records.append({"dataset": table, "split": split, "model": name, **scores})
                print(json.dumps(records[-1]), flush=True)
                with open(arguments.save, "a") as file:
                    print(json.dumps(records[-1]), file=file)
    records += read(arguments.others)
    wanted = {(table, split) for table in arguments.only for split in arguments.splits}
    shown = [each for each in records if (each["dataset"], each["split"]) in wanted]
    summarize([each for each in shown if "failed" not in each])


if __name__ == "__main__":
    main()

"""What searches find in the same time: test losses on scikit-learn's tables, by search and budget.

    python search_study.py study.json [--seeds 4] [--budgets 1 3]
    python search_study.py study.json --plot ../docs/_static/searches.svg

Each search tunes the same network on the same training rows, for about the same seconds on the
processor: how many candidates that is follows from the time of a cross-validation of the untuned
network. Seconds that were really used are kept with each result. The score is the log-loss of the
refitted network on the test rows (1 - R² for regression), divided by that of the untuned network.
Results are appended to the file and not computed again.
"""

import argparse
import json
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import gmean, loguniform, uniform
from sklearn.base import clone, is_regressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier, MLPRegressor
from skreg.model_selection import (
    BayesSearchCV,
    EpochHalvingSearchCV,
    MLPClassifierCV,
    MLPRegressorCV,
)
from skreg.model_selection._halving_plan import make_plan

TABLES = {"breast cancer": load_breast_cancer, "digits": load_digits, "diabetes": load_diabetes}
NETWORK = {
    "hidden_layer_sizes": "64-64",
    "max_iter": 81,
    "batch_size": 64,
    "learning_rate": "cosine",
    "learning_rate_init": 0.003,
    "l2": 0.0,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
    "random_state": 0,
}
DISTRIBUTIONS = {
    "l2": loguniform(1e-5, 1e-1),
    "learning_rate_init": loguniform(3e-4, 3e-2),
    "dropout": uniform(0.0, 0.6),
}
PRIORS = {"loguniform": "log-uniform", "uniform": "uniform"}  # of scikit-optimize
FOLDS = 3


class Task:
    """A table split by a seed, the untuned network, and how long its cross-validation takes."""

    def __init__(self, table, seed):
        X, y = TABLES[table](return_X_y=True)
        is_classes = table != "diabetes"
        self.parts = train_test_split(
            X.astype("float32"),
            y,
            test_size=0.3,
            stratify=y if is_classes else None,
            random_state=seed,
        )
        self.seed, self.net = seed, (MLPClassifier if is_classes else MLPRegressor)(**NETWORK)
        self.scoring = "neg_log_loss" if is_classes else "r2"
        self.short = self.time_validation(max_iter=1)
        self.short = self.time_validation(max_iter=1)  # as the first may have compiled
        self.seconds = self.time_validation()

    def time_validation(self, **params):
        """Seconds of the cross-validation of the network with other parameters."""
        X, _, y, _ = self.parts
        pipeline = self.pipeline(clone(self.net).set_params(**params))
        started = time.process_time()
        cross_val_score(pipeline, X, y, **self.how)
        return time.process_time() - started

    def pipeline(self, net=None):
        return make_pipeline(StandardScaler(), net or self.net)

    def loss(self, fitted):
        _, X, _, y = self.parts
        if is_regressor(fitted):
            return 1 - fitted.score(X, y)
        return log_loss(y, fitted.predict_proba(X), labels=fitted.classes_)

    @property
    def how(self):
        return {"cv": FOLDS, "scoring": self.scoring}

    @property
    def distributions(self):
        return {self.full(name): distribution for name, distribution in DISTRIBUTIONS.items()}

    def full(self, name):
        return f"{type(self.net).__name__.lower()}__{name}"


def grid(task, n):
    """The grid with most values, about as many of each parameter, of at most n candidates."""
    sizes = max(
        (s for s in product(range(1, 9), repeat=3) if np.prod(s) <= n and max(s) - min(s) <= 1),
        key=np.prod,
        default=(1, 1, 1),
    )
    middles = [(np.arange(size) + 0.5) / size for size in sizes]
    values = [each.ppf(shares).tolist() for each, shares in zip(DISTRIBUTIONS.values(), middles)]
    space = dict(zip(map(task.full, DISTRIBUTIONS), values))
    return GridSearchCV(task.pipeline(), space, **task.how)


def random(task, n):
    how = {"random_state": task.seed, **task.how}
    return RandomizedSearchCV(task.pipeline(), task.distributions, n_iter=n, **how)


def bayes(task, n):
    space = {
        task.full(name): (*each.support(), PRIORS[each.dist.name])
        for name, each in DISTRIBUTIONS.items()
    }
    how = {"n_iter": 1000, "random_state": task.seed, **task.how}
    return BayesSearchCV(task.pipeline(), space, **how)


class Stop:
    """A callback that ends a Bayesian search, whose `time_limit` is not of the processor's time."""

    def __init__(self, seconds):
        self.end = time.process_time() + seconds

    def __call__(self, result):
        return time.process_time() > self.end


def halving(task, n):
    count = next(c for c in range(3000, 0, -1) if c == 1 or seconds_of(c, task) <= n * task.seconds)
    how = {"n_candidates": count, "random_state": task.seed, **task.how}
    return EpochHalvingSearchCV(task.pipeline(), task.distributions, **how)


def seconds_of(n_candidates, task):
    """Seconds of successive halving: of all epochs, and of all else in each fit."""
    plan = make_plan(n_candidates, "exhaust", NETWORK["max_iter"], 3, aggressive=False)
    n_epochs = np.dot(plan.n_candidates, np.diff(plan.n_epochs, prepend=0))
    seconds_of_epochs = (task.seconds - task.short) * n_epochs / NETWORK["max_iter"]
    return seconds_of_epochs + sum(plan.n_candidates) * task.short


def path(task, n):
    """l2 and dropout only, about as many of each, with the epochs that each further point takes."""
    n_batches = np.ceil(len(task.parts[0]) * (1 - 1 / FOLDS) / NETWORK["batch_size"])
    share = min(max(1 / 10, 200 / n_batches / NETWORK["max_iter"]), 1)
    n_values = max(2, int(np.sqrt(n / share)))
    network = MLPRegressorCV if is_regressor(task.net) else MLPClassifierCV
    counts = {"l1s": None, "l2s": n_values, "dropouts": n_values}
    return task.pipeline(network(**NETWORK, **counts, **task.how))


SEARCHES = {
    "GridSearchCV": grid,
    "RandomizedSearchCV": random,
    "BayesSearchCV": bayes,
    "EpochHalvingSearchCV": halving,
    "MLPClassifierCV, MLPRegressorCV": path,
}


def study(path, seeds, budgets):
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    known = {tuple(json.loads(line)["of"]) for line in lines}
    for seed, table in product(range(seeds), TABLES):
        todo = [of for of in product([table], [seed], budgets, SEARCHES) if of not in known]
        if not todo:
            continue
        task = Task(table, seed)
        X, _, y, _ = task.parts
        untuned = task.loss(task.pipeline().fit(X, y))
        for of in todo:
            search = SEARCHES[of[-1]](task, max(1, int(of[2] / task.seconds)))
            params = {"callback": Stop(of[2])} if isinstance(search, BayesSearchCV) else {}
            started = time.process_time()
            search.fit(X, y, **params)
            result = {"seconds": time.process_time() - started, "loss": task.loss(search) / untuned}
            with open(path, "a") as file:
                print(json.dumps({"of": of, **result}), file=file)


def summarize(path):
    """For each budget and search: mean loss, its standard error, and mean seconds.

    The error is that of differences between searches: what tables and seeds have in common is left
    out.
    """
    results = [json.loads(line) for line in Path(path).read_text().splitlines()]
    levels, table = {}, {}
    for each in results:
        levels.setdefault(tuple(each["of"][:2]), []).append(each["loss"])
    for each in results:
        level = gmean(levels[tuple(each["of"][:2])])
        row = each["loss"], each["loss"] / level, each["seconds"]
        table.setdefault(tuple(each["of"][2:]), []).append(row)
    for key, rows in sorted(table.items(), key=lambda item: item[0][0]):
        losses, relative, seconds = np.transpose(rows)
        error = np.std(np.log(relative), ddof=1) / np.sqrt(len(rows))
        yield key, (gmean(losses), gmean(losses) * error, np.mean(seconds))


def print_table(path):
    print("| seconds | search | test loss | seconds used |\n|---|---|---|---|")
    for (budget, search), (loss, error, seconds) in summarize(path):
        print(f"| {budget:g} | {search} | {loss:.3f} ± {error:.3f} | {seconds:.1f} |")


def plot(path, target):
    import matplotlib.pyplot as plt

    summary = dict(summarize(path))
    budgets = sorted({budget for budget, _ in summary})
    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    for search in SEARCHES:
        losses, errors, seconds = np.transpose([summary[budget, search] for budget in budgets])
        axes.errorbar(seconds, losses, errors, marker="o", capsize=3, label=search)
    axes.set(xscale="log", xlabel="seconds of one core", ylabel="test loss, untuned = 1")
    axes.set_xticks(budgets, [f"{budget:g}" for budget in budgets])
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=9, loc="outside right upper")
    figure.savefig(target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--budgets", type=float, nargs="+", default=[1.0, 3.0])
    parser.add_argument("--plot")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.plot:
        plot(arguments.results, arguments.plot)
    else:
        with threadpool_limits(1):
            study(arguments.results, arguments.seeds, arguments.budgets)
    print_table(arguments.results)

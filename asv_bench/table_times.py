"""Where the time of a fit of networks for tables goes.

    python table_times.py [--rows 10000] [--numbers 10] [--categories 4]

Fits a TabularMLPClassifier to a made table in one thread, and prints a table: the share of the
seconds that each part takes. The first layer's are those by which training gets faster where the
table has a single column.
"""

import argparse
import time
from unittest import mock

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from skreg import TabularMLPClassifier
from skreg.neural_network._tabular import base


def make_table(n_rows, n_numbers, n_categories, seed=0):
    """Numbers and categories of ten levels, and labels that depend on some of them."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_rows, n_numbers))
    X = pd.DataFrame(numbers, columns=[f"number {i}" for i in range(n_numbers)])
    for i in range(n_categories):
        X[f"category {i}"] = pd.Categorical(rng.choice([*"abcdefghij"], n_rows))
    return X, (numbers[:, 0] + rng.normal(size=n_rows) > 0).astype(int)


def measure(X, y):
    """Seconds of a fit by what they are spent on."""
    seconds = dict.fromkeys(("encoding", "training", "judging", "finishing"), 0.0)

    def timed(part, function):
        def call(*arguments, **named):
            start = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                seconds[part] += time.perf_counter() - start

        return call

    model = TabularMLPClassifier(random_state=0)
    start = time.perf_counter()
    with (
        mock.patch.object(model, "_encode", timed("encoding", model._encode)),
        mock.patch.object(base, "fit_members", timed("training", base.fit_members)),
        mock.patch.object(model, "_judge", timed("judging", model._judge)),
        mock.patch.object(base, "finish_members", timed("finishing", base.finish_members)),
    ):
        model.fit(X, y)
    return seconds, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--numbers", type=int, default=10)
    parser.add_argument("--categories", type=int, default=4)
    arguments = parser.parse_args()
    X, y = make_table(arguments.rows, arguments.numbers, arguments.categories)
    with threadpool_limits(1):
        TabularMLPClassifier(max_iter=1, n_members=1).fit(X, y)  # to compile
        seconds, total = measure(X, y)
        narrow = measure(X[["number 0"]], y)[0]
    first_layer = seconds["training"] + seconds["finishing"]
    first_layer -= narrow["training"] + narrow["finishing"]
    others = narrow["training"] + narrow["finishing"]
    parts = {
        "encoding": seconds["encoding"],
        "training: the first layer": first_layer,
        "training: all else": others,
        "votes and temperature": seconds["judging"],
        "the rest": total - sum(seconds.values()),
    }
    print("| Part | Seconds | Share, % |\n| --- | --- | --- |")
    for part, value in parts.items():
        print(f"| {part} | {value:.2f} | {100 * value / total:.1f} |")


if __name__ == "__main__":
    main()

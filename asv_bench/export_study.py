"""What exported models weigh and how fast they predict, beside skreg.

    python export_study.py [--rounds 15]

Needs onnx and onnxruntime. Networks are trained for one epoch, on noise: neither sizes nor times
depend on what they have learned. Both sides predict the same rows, in turn, with one thread each.

Prints a table in Markdown: the size of the weights in float32, and of the graph and a slim pickle
in multiples of it; the time in which each predicts one row; and the time that onnxruntime takes for
one row and for many, in multiples of skreg's. Times are medians over rounds, the best of several
predictions each, and ratios medians of those within a round.
"""

import argparse
import pickle
import statistics
import warnings
from functools import partial
from time import perf_counter

import numpy as np
import onnxruntime
import pandas as pd
from measuring import format_row, in_turn, make_noise, ratio
from sklearn.base import is_classifier
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier
from skreg.onnx import to_onnx

MANY = 10_000  # rows
COLUMNS = (
    "Model | Weights, MB | Graph | Slim pickle | One row, onnxruntime | One row, skreg | Ratio | "
    f"Ratio of {MANY} rows"
).split(" | ")


def make_table(n_samples):
    """Ten columns of numbers and ten of categories, and classes."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((n_samples, 10), dtype=np.float32)
    levels = np.array(list("abcdefgh"))
    table = pd.DataFrame(numbers, columns=[f"number {j}" for j in range(10)])
    for j in range(10):
        table[f"category {j}"] = pd.Categorical(rng.choice(levels, n_samples))
    return table, rng.integers(0, 2, n_samples)


# What is trained, and on what.
MODELS = {
    "20 → 64 → 10": (MLPClassifier(64), partial(make_noise, n_features=20)),
    "50 → 256 → 256 → 10": (MLPClassifier((256, 256)), partial(make_noise, n_features=50)),
    "784 → 512 → 512 → 1, layer normalization": (
        MLPRegressor((512, 512), normalization="layer"),
        partial(make_noise, n_features=784),
    ),
    "table of 20 numbers": (TabularMLPClassifier(), partial(make_noise, n_features=20)),
    "table of 10 numbers, 10 categories": (TabularMLPClassifier(), make_table),
}


def feeds_of(X):
    """X as inputs of a graph."""
    if not isinstance(X, pd.DataFrame):
        return {"X": X}
    kinds = {name: np.float32 if "number" in name else object for name in X.columns}
    return {name: X[[name]].to_numpy(kind) for name, kind in kinds.items()}


def open_session(graph):
    """A session of onnxruntime with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def best_time(predict, n_times):
    """The shortest time of several predictions, in seconds."""
    times = []
    for _ in range(n_times):
        start = perf_counter()
        predict()
        times.append(perf_counter() - start)
    return min(times)


def compare(model, session, X, n_times, rounds):
    """Times per round of onnxruntime and of skreg."""
    predict, feeds = model.predict_proba if is_classifier(model) else model.predict, feeds_of(X)
    sides = {
        "onnxruntime": partial(best_time, partial(session.run, None, feeds), n_times),
        "skreg": partial(best_time, partial(predict, X), n_times),
    }
    in_turn(sides, 1)  # which compiles
    return in_turn(sides, rounds).values()


def weigh(model):
    """Bytes of the weights in float32, and of a slim pickle in float32."""
    members = getattr(model, "estimators_", [model])
    parts = [part for each in members for part in each.coefs_ + each.intercepts_]
    return 4 * sum(part.size for part in parts), len(pickle.dumps(model.slim()))


def measure(title, model, make, rounds):
    """A row of the table."""
    X, y = make(MANY)
    model = model.set_params(max_iter=1, random_state=0).fit(X, y)
    graph = to_onnx(model).SerializeToString()
    weights, pickled = weigh(model)
    session = open_session(graph)
    theirs, ours = compare(model, session, X[:1], 200, rounds)
    of_many = ratio(*compare(model, session, X, 1, rounds))
    times = [f"{1e6 * statistics.median(times):.0f} µs" for times in (theirs, ours)]
    sizes = [f"{weights / 1e6:.2f}", f"{len(graph) / weights:.2f}", f"{pickled / weights:.2f}"]
    return [title, *sizes, *times, f"{ratio(theirs, ours):.2f}", f"{of_many:.2f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of networks that have not converged
    print(format_row(COLUMNS))
    print(format_row(["---"] * len(COLUMNS)))
    with threadpool_limits(1):
        for title, (model, make) in MODELS.items():
            row = measure(title, model, make, arguments.rounds)
            print(format_row(row), flush=True)


if __name__ == "__main__":
    main()

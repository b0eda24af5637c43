"""Figures of speed and memory beside scikit-learn, each measured in turn with it.

    python figures.py                     # all of them, in about an hour
    python figures.py predict startup     # some
    python figures.py sparse --news20 news20.npz --save figures.json

Each row of the table has the medians of ours and of what it is compared to, and the median over
repeats of their ratio: how many times faster or smaller ours is, or, where the target is a largest
ratio (≤), how many times longer or larger. All but `cores` and `grid_search` run on one core.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial

from measuring import (
    SHAPES,
    Result,
    Worker,
    ask_both,
    ask_in_turn,
    available_cores,
    format_row,
    in_turn,
    pinned,
    save,
    versions,
)
from memory_figures import rows, sparse

NETS = ((20, (64,)), (100, (100,)), (50, (256, 256)), (784, (512, 512)))
DTYPES = ("float32", "float64")
WIDE = 512  # units of a layer for which a second core is worth its while
MODULES = {"skreg": "skreg", "sklearn": "sklearn.neural_network"}
IMPORT = """
import time
start = time.perf_counter()
from {module} import MLPClassifier
"""
FIT = """
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
MLPClassifier(random_state=0).fit(X.astype("{dtype}"), y)
"""
PRINT = """
print(time.perf_counter() - start)
"""


def cores(options):
    """Whole fits on two cores beside one, while the second is idle and while it is busy."""
    first, second = options.core, next((c for c in CORES if c != options.core), None)
    if second is None:
        print("cores: there is only one to run on", file=sys.stderr)
        return
    places = {"one": ({first}, 1), "both": ({first, second}, None)}
    with ExitStack() as stack:
        workers = {}
        for library in MODULES:
            for place, (where, threads) in places.items():
                worker = Worker("tasks.py", cores=where, threads=threads)
                workers[library, place] = stack.enter_context(worker)
        for i, shape in enumerate(SHAPES):
            questions = {
                key: partial(ask_rested, worker, library=key[0], shape=i)
                for key, worker in workers.items()
            }
            for state, context in (("idle", nullcontext), ("busy", partial(busy, second))):
                with context():
                    seconds = ask_in_turn(questions, options.repeats)
                for library in MODULES:
                    pair = seconds[library, "both"], seconds[library, "one"]
                    least = 1.5 if state == "idle" and max(shape.hidden) >= WIDE else 0.95
                    least = least if library == "skreg" else None
                    what = f"{library}, {shape}, other core {state}"
                    yield Result(what, *pair, "s", "one core", least=least)


def ask_rested(worker, **arguments):
    """Seconds of a fit, asked for when threads of others that wait for work have gone to sleep."""
    time.sleep(0.1)
    return worker.ask("fit", **arguments)


@contextmanager
def busy(core):
    """Keep a core busy with something that is no business of ours."""
    with pinned({core}):
        process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def predict(options):
    """Predictions of 100 000 rows, and of one."""
    cases = [
        {"n_features": n_features, "hidden": hidden, "n_rows": n_rows, "method": method}
        for n_features, hidden in NETS
        for n_rows in (100_000, 1)
        for method in ("predict", "predict_proba")
    ]
    times = ask_both(options.core, options.repeats, "predict_milliseconds", cases)
    for case, milliseconds in zip(cases, times):
        units = "-".join(map(str, (case["n_features"], *case["hidden"], 10)))
        what = f"{case['method']}, {units}, n = {case['n_rows']}"
        target = {"most": 1} if case["n_rows"] == 1 else {"least": 2}
        yield Result(what, *milliseconds, "ms", **target)


def lbfgs(options):
    """Fits of L-BFGS to digits, with the same objective: means over ten seeds."""
    cases = [{"dtype": dtype, "seeds": 10} for dtype in DTYPES]
    answers = ask_both(options.core, options.repeats, "lbfgs", cases)
    for case, (ours, theirs) in zip(cases, answers):
        kinds = (("fit", "s", 2), ("iteration", "ms", None), ("objective reached", "", None))
        for (kind, unit, least), *pair in zip(kinds, zip(*ours), zip(*theirs)):
            yield Result(f"{kind}, {case['dtype']}", *map(list, pair), unit, least=least)


def startup(options):
    """Import, and import with a fit to iris, in new processes: with compiled code and without."""
    tasks = {
        (kind, library): partial(run, options.core, IMPORT + then + PRINT, MODULES[library])
        for kind, then in (("import", ""), ("import and first fit", FIT))
        for library in MODULES
    }
    seconds = ask_in_turn(tasks, options.repeats)
    for kind, most in (("import", None), ("import and first fit", 1.3)):
        yield Result(kind, *(seconds[kind, library] for library in MODULES), "s", most=most)
    for dtype in DTYPES:
        run_warm = partial(run, options.core, IMPORT + FIT + PRINT, "skreg", dtype)
        run_warm()
        seconds = in_turn({"cold": partial(run_cold, run_warm), "warm": run_warm}, 3)
        added = [cold - warm for cold, warm in zip(*seconds.values())]
        what = f"compilation before the first fit ever, {dtype}"
        yield Result(what, added, [8.0] * len(added), "s", "limit", most=1)


def run(core, code, module, dtype="float64", **environment):
    """Seconds that a new interpreter says code took."""
    settings = {"PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code.format(module=module, dtype=dtype)]
    environment = {**os.environ, **settings, **environment}
    with pinned({core}):
        return float(subprocess.check_output(command, env=environment))


def run_cold(run_warm):
    """The same without the code that was compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        return run_warm(NUMBA_CACHE_DIR=folder)


def grid_search(options):
    """A search of twelve candidates in five folds of digits, 30 epochs each, by two processes."""
    where = {"cores": set(CORES), "threads": None}
    for dtype in DTYPES:
        with ExitStack() as stack:
            questions = {}
            for library in MODULES:
                worker = stack.enter_context(Worker("tasks.py", **where))
                task = partial(worker.ask, "grid_search", library=library, n_jobs=2, dtype=dtype)
                task(epochs=1)  # starts the processes
                questions[library] = partial(task, epochs=30)
            seconds = in_turn(questions, options.repeats)
        yield Result(f"60 fits, n_jobs=2, {dtype}", *seconds.values(), "s", least=4)


CORES = available_cores()
FIGURES = {
    "cores": cores,
    "sparse": sparse,
    "predict": predict,
    "lbfgs": lbfgs,
    "startup": startup,
    "rows": rows,
    "grid_search": grid_search,
}
HEADER = ["figure", "what", "ours", "compared to", "ratio", "target"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(FIGURES)}; all by default")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--core", type=int, default=CORES[0], help="for all that runs on one")
    parser.add_argument("--news20", metavar="FILE.npz", help="counts of words, for sparse")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--save", metavar="FILE.json", help="raw numbers")
    options = parser.parse_args()
    for name in options.names:
        if name not in FIGURES:
            parser.error(f"{name!r} is not a figure: choose from {', '.join(FIGURES)}")
    print(format_row(HEADER))
    print(format_row(["---"] * len(HEADER)))
    results = {}
    for name in options.names or FIGURES:
        results[name] = []
        for result in FIGURES[name](options):
            print(format_row([name, *result.cells()]), flush=True)
            results[name].append({**result._asdict(), "ratio": result.ratio()})
    if options.save:
        save(options.save, versions=versions(), figures=results)


if __name__ == "__main__":
    main()

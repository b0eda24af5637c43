"""What `peers.py` and `figures.py` share: shapes, processes to measure in, ratios and tables.

Machines drift, so what is compared is measured in turn and within one run: each side in a process
of its own, which stays alive and answers a question at a time with one short measurement.
"""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

N_CLASSES = 10
FOREVER = 10**6  # epochs without progress that no fit here ever waits for
PACKAGES = "skreg numpy scipy scikit-learn scikit-optimize numba torch jax jaxlib optax"
THREADS = [f"{name}_NUM_THREADS" for name in "OMP OPENBLAS MKL VECLIB_MAXIMUM NUMBA".split()]
XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class Shape(NamedTuple):
    """Sizes of a training problem, and epochs enough to time and few enough to wait for."""

    n_samples: int
    n_features: int
    hidden: tuple
    batch_size: int
    epochs: int

    def __str__(self):
        units = " → ".join(map(str, (*self.hidden, N_CLASSES)))
        return f"{self.n_samples}×{self.n_features} → {units}, {self.batch_size}"


SHAPES = (
    Shape(20_000, 20, (64,), 32, 3),
    Shape(20_000, 100, (100,), 200, 3),
    Shape(20_000, 50, (256, 256), 256, 2),
    Shape(20_000, 784, (512, 512), 128, 1),
    Shape(1_797, 64, (100,), 200, 30),
)


def make_noise(n_samples, n_features):
    """Features and labels without relation: the time of an epoch does not depend on them."""
    import numpy as np

    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, n_features), dtype=np.float32)
    return X, rng.integers(0, N_CLASSES, n_samples)


def warm_blas():
    """Touch the buffers of NumPy's OpenBLAS.

    In a new process, or one that has waited for minutes, products of medium size can be several
    times slower until a larger one was computed, which would make whoever is next look slow.
    """
    import numpy as np

    np.dot(np.ones((64, 384)), np.ones((384, 384)))


def available_cores():
    """Numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count()))


@contextmanager
def pinned(cores):
    """Let processes that start within run on these cores only, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Worker:
    """A process that runs a script of this folder, which ends in `serve`; a context manager.

    `threads` limits those of BLAS and XLA; None leaves the choice to the libraries.
    """

    def __init__(self, script, *arguments, cores, threads=1, python=sys.executable):
        environment = {key: value for key, value in os.environ.items() if key not in THREADS}
        environment["PYTHONWARNINGS"] = "ignore"
        if threads is not None:
            environment.update(dict.fromkeys(THREADS, str(threads)), XLA_FLAGS=XLA)
        self.command = [python, str(Path(__file__).with_name(script)), *arguments]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        with pinned(cores):
            self.process = subprocess.Popen(self.command, env=environment, **pipes)

    def ask(self, function, **arguments):
        """What a function of the script returns."""
        with suppress(BrokenPipeError):  # then it has no answer either
            self.process.stdin.write(json.dumps([function, arguments]) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{' '.join(self.command)} ended; what it printed says why")
        return json.loads(answer)

    def memory(self, key):
        """Megabytes that the system shows for the process: VmRSS, VmHWM (its peak), RssAnon."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s*(\d+) kB", status, re.MULTILINE)[1]) / 1024

    def forget_peak(self):
        """Let the system count VmHWM from here."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def serve(functions):
    """Answer questions from stdin until it ends; what libraries print goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(functions[name](**arguments)), file=answers, flush=True)


def in_turn(measurements, rounds):
    """A list per measurement (a dict of callables) of what it returned in each round."""
    results = {key: [] for key in measurements}
    for i in range(rounds):
        for key in list(measurements)[:: -1 if i % 2 else 1]:
            results[key].append(measurements[key]())
    return results


def ask_in_turn(questions, rounds):
    """The same after a first answer of each, which does not count: it may have had to compile."""
    for question in questions.values():
        question()
    return in_turn(questions, rounds)


def ask_both(core, rounds, function, cases):
    """For each case, arguments by name: answers of a process for skreg and of one for scikit-learn.

    Yields the two lists of a case as soon as they are known.
    """
    with ExitStack() as stack:
        workers = {name: Worker("tasks.py", cores={core}) for name in ("skreg", "sklearn")}
        for worker in workers.values():
            stack.enter_context(worker)
        for case in cases:
            questions = {
                name: partial(worker.ask, function, library=name, **case)
                for name, worker in workers.items()
            }
            yield list(ask_in_turn(questions, rounds).values())


def ratio(numerators, denominators):
    """Median over rounds of the ratio within a round."""
    return statistics.median(a / b for a, b in zip(numerators, denominators))


class Result(NamedTuple):
    """Ours and what it is compared to, a number of each per repeat, and the ratio that is wanted.

    With `most` the ratio says how much more ours is, otherwise how much less.
    """

    what: str
    ours: list
    others: list
    unit: str
    compared_to: str = "scikit-learn"
    least: float | None = None
    most: float | None = None

    def ratio(self):
        pair = (self.others, self.ours) if self.most is None else (self.ours, self.others)
        return ratio(*pair)

    def cells(self):
        ours, others = (f"{statistics.median(x):.3g} {self.unit}" for x in (self.ours, self.others))
        target = "" if self.least is None else f"≥ {self.least:g}"
        target = target if self.most is None else f"≤ {self.most:g}"
        return [self.what, ours, f"{others} ({self.compared_to})", f"{self.ratio():.3g}", target]


def versions():
    """Versions of Python, of what is installed, and the kernels that BLAS chose for the CPU."""
    found = {"python": platform.python_version()}
    for package in PACKAGES.split():
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return found
    keys = ("internal_api", "version", "architecture", "num_threads")
    return {**found, "threadpools": [{k: d.get(k) for k in keys} for d in threadpool_info()]}


def machine():
    """The system, the model of the CPU and the number of its cores."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = re.search(r"^model name\s*:\s*(.*)$", cpuinfo.read_text(), re.MULTILINE)
        model = named[1] if named else model
    return {"system": platform.platform(), "cpu": model, "cores": os.cpu_count()}


def save(path, **contents):
    """Write raw numbers, with the machine that they are from."""
    Path(path).write_text(json.dumps({"machine": machine(), **contents}, indent=1) + "\n")


def format_row(cells):
    """A row of a markdown table."""
    return f"| {' | '.join(map(str, cells))} |"

"""Figures of time and memory where data are large: sparse text, and rows that stay on the disk.

Memory is what the system says of a new process, beyond what it had just before the fit, after a fit
of a tiny network to a few rows. For text that is the peak of all its pages (VmHWM less VmRSS). Rows
on the disk are mapped, and pages of the file must not count: there it is the largest of samples of
the pages of its own (RssAnon), taken once per millisecond from outside of the process.
"""

import sys
import tempfile
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from measuring import Result, Worker, ask_both, ask_in_turn, in_turn

LIBRARIES = ("skreg", "sklearn")
N_FEATURES, CHUNK = 100, 10_000
LIMIT = 64  # megabytes


def sparse(options):
    """An epoch of text like 20 newsgroups with 100 units, and the memory that it takes."""
    cases = [{"path": options.news20, "dtype": dtype} for dtype in ("float32", "float64")]
    times = ask_both(options.core, options.repeats, "text_epoch", cases)
    for case, seconds in zip(cases, times):
        yield Result(f"epoch, {case['dtype']}", *seconds, "s", least=8)
    for case in cases if has_proc() else ():
        peaks = compare(peak_of_text, options, case)
        yield Result(f"memory of a fit, {case['dtype']}", *peaks, "MB", most=1)


def rows(options):
    """Time per row and memory for more and more rows of a file, 100 units and 10 classes."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "X.npy"))
        write_rows(path, max(options.rows))
        yield from times_per_row(options, path)
        for n_rows in options.rows if has_proc() else ():
            peaks = compare(peak_of_rows, options, {"path": path, "n_rows": n_rows})
            what = f"memory above X of {n_rows} rows"
            yield Result(what, *peaks, "MB")
            yield Result(what, peaks[0], [LIMIT] * len(peaks[0]), "MB", "limit", most=1)


def times_per_row(options, path):
    """Time per row beside scikit-learn's, and beside that of the fewest rows."""
    questions = {}
    with ExitStack() as stack:
        for n_rows in options.rows:
            arguments = {"path": path, "n_rows": n_rows}
            for library in LIBRARIES:
                worker = stack.enter_context(Worker("tasks.py", cores={options.core}))
                ask = partial(worker.ask, "row_nanoseconds", library=library, **arguments)
                questions[library, n_rows] = ask
        times = ask_in_turn(questions, options.repeats)
    fewest = min(options.rows)
    for n_rows in options.rows:
        what = f"time per row of {n_rows} rows"
        ours, theirs = (times[library, n_rows] for library in LIBRARIES)
        yield Result(what, ours, theirs, "ns")
        if n_rows > fewest:
            yield Result(what, ours, times["skreg", fewest], "ns", f"{fewest} rows", most=1.1)


def write_rows(path, n_rows):
    """A file of noise, written by chunks."""
    rng, size = np.random.default_rng(0), (n_rows, N_FEATURES)
    X = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=size)
    for start in range(0, n_rows, CHUNK):
        chunk = X[start : start + CHUNK]
        chunk[:] = rng.standard_normal(chunk.shape, dtype=np.float32)
    X.flush()


def has_proc():
    """Whether the system shows the memory of processes; says so where it does not."""
    found = Path("/proc/self/status").exists() and Path("/proc/self/clear_refs").exists()
    if not found:
        print("memory is not measured: this system does not show it in /proc", file=sys.stderr)
    return found


def compare(peak_of, options, case):
    """Megabytes of skreg and of scikit-learn, each time of a new process."""
    tasks = {library: partial(peak_of, options.core, library, case) for library in LIBRARIES}
    return list(in_turn(tasks, options.repeats).values())


def peak_of_text(core, library, case):
    """Megabytes that a fit adds at most."""
    with Worker("tasks.py", cores={core}) as worker:
        worker.ask("prepare_text", library=library, **case)
        worker.forget_peak()
        before = worker.memory("VmRSS")
        worker.ask("fit_text", library=library, **case)
        return worker.memory("VmHWM") - before


def peak_of_rows(core, library, case):
    """Megabytes that a fit adds at most, without pages of the file."""
    done = threading.Event()
    with Worker("tasks.py", cores={core}) as worker:
        worker.ask("prepare_rows", library=library, **case)
        samples = [worker.memory("RssAnon")]

        def watch():
            while not done.wait(0.001):
                samples.append(worker.memory("RssAnon"))

        watcher = threading.Thread(target=watch)
        watcher.start()
        worker.ask("fit_rows", library=library, **case)
        done.set()
        watcher.join()
        return max(samples) - samples[0]

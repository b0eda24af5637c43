"""Fits that are interrupted at random moments, in a process of their own: what is left behind?

Run as `python -m tests.stress_of_interrupts 5000` for so many signals, with names of JOBS behind
for some of them; prints what happened as JSON.
"""

import json
import random
import signal
import sys
import threading
import time
import warnings
from collections import Counter

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from skreg import MLPClassifier
from skreg._products.team import Pace
from skreg._training import data

RNG = np.random.default_rng(0)
X, X_LARGE = RNG.normal(size=(40, 4)), RNG.standard_normal((240, 300)).astype(np.float32)
TINY = {"hidden_layer_sizes": 4, "max_iter": 3, "random_state": 0}
LARGE = {**TINY, "hidden_layer_sizes": 512, "batch_size": 240, "max_iter": 2}
PARTIAL, REFIT = MLPClassifier(4, random_state=0), MLPClassifier(**TINY)


def fit_to_other_features():
    n_features = 7 - getattr(REFIT, "n_features_in_", 3)
    return REFIT.fit(X[:, :n_features], X[:, 0] > 0)


JOBS = {
    "adam": lambda: MLPClassifier(**TINY).fit(X, X[:, 0] > 0),
    "validation": lambda: MLPClassifier(early_stopping=True, **TINY).fit(X, X[:, 0] > 0),
    "lbfgs": lambda: MLPClassifier(solver="lbfgs", **TINY).fit(X, X[:, 0] > 0),
    "partial_fit": lambda: PARTIAL.partial_fit(X, X[:, 0] > 0, [False, True]),
    "refit": fit_to_other_features,
    "helper": lambda: MLPClassifier(**LARGE).fit(X_LARGE, X_LARGE[:, 0] > 0),
}


def call_helper_for_every_second_block():
    data._BLOCK_BYTES = 1
    ways = Counter()

    def choose(self):
        ways[None] += 1
        return ways[None] % 2 == 1

    Pace.choose = choose


def blas_threads():
    return sorted({info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"})


def seconds_of(job, n=5):
    times = []
    for _ in range(n):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def interrupt(job, seconds):
    """How a job ends that gets a signal after so many seconds."""
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        job()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        return "KeyboardInterrupt"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "returned"


def is_whole(mlp):
    """Whether all attributes are of one fit, or none is there."""
    if not hasattr(mlp, "n_features_in_"):
        return not hasattr(mlp, "coefs_")
    epochs = mlp._training_state["epoch"]
    return mlp.coefs_[0].shape[0] == mlp.n_features_in_ and len(mlp.loss_curve_) == epochs


def interrupt_often(job, n_signals):
    handler, before, fast = signal.getsignal(signal.SIGINT), blas_threads(), seconds_of(job)
    ends, rng = Counter(), random.Random(0)
    for _ in range(n_signals):
        ends[interrupt(job, rng.uniform(1e-6, 1.2) * fast)] += 1
        ends["torn estimators"] += not all(map(is_whole, (PARTIAL, REFIT)))
        ends["helpers left"] += threading.active_count() > 1
        ends["handlers left"] += signal.getsignal(signal.SIGINT) is not handler
        if blas_threads() != before:
            ends["limits left"] += 1
            break
    return {**ends, "slower": seconds_of(job) / fast}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    call_helper_for_every_second_block()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    names = sys.argv[2:] or JOBS
    with threadpool_limits(2, user_api="blas"):
        share = int(sys.argv[1]) // len(names)
        print(json.dumps({name: interrupt_often(JOBS[name], share) for name in names}))

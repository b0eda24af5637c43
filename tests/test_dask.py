"""Searches on a cluster of Dask, and streams of arrays that do not fit into memory."""

import os
import signal
import subprocess
import sys
from concurrent.futures import CancelledError
from itertools import chain

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold

from skreg import MLPClassifier
from skreg._compiler.watching import watch_compiling
from skreg.model_selection import BayesSearchCV, EpochHalvingSearchCV, MLPClassifierCV
from skreg.model_selection._tasks import Tasks
from skreg.neural_network._tabular.jobs import count_threads

pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore:Sending large graph")

X, Y = make_classification(300, 10, n_informative=5, random_state=0)
X = X.astype(np.float32)  # large enough for joblib to send it but once
FOLDS = list(StratifiedKFold(3).split(X, Y))
NET = MLPClassifier((8,), max_iter=9, batch_size=50, random_state=0)
DRAWN = {"l2": loguniform(1e-4, 1e-1)}
SEARCHES = {
    "grid": lambda **how: GridSearchCV(NET, {"l2": [1e-4, 1e-3, 1e-2, 1e-1]}, **how),
    "random": lambda **how: RandomizedSearchCV(NET, DRAWN, n_iter=4, random_state=0, **how),
    "bayes": lambda **how: BayesSearchCV(
        NET, {"l2": (1e-4, 1e-1, "log-uniform")}, n_iter=4, n_points=2, random_state=0, **how
    ),
    "halving": lambda **how: EpochHalvingSearchCV(
        NET, DRAWN, n_candidates=9, random_state=0, **how
    ),
}


class KillsAWorker:
    """A scorer that kills the first worker process which calls it."""

    def __init__(self, folder):
        self.flag = folder / "killed"

    def __call__(self, estimator, X, y):
        if is_worker() and not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return estimator.score(X, y)


def is_worker():
    try:
        return distributed.get_worker() is not None
    except ValueError:
        return False


@pytest.fixture(scope="module")
def client():
    where = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        distributed.LocalCluster(dashboard_address=None, **where) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def begin_watching(dask_worker):
    dask_worker.watch = watch_compiling()
    dask_worker.count_compiled = dask_worker.watch.__enter__()


def count_compiled(dask_worker):
    return dask_worker.count_compiled()


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_on_a_cluster_is_that_of_one_process(name, client, tmp_path):
    alone = SEARCHES[name](cv=FOLDS).fit(X, Y)  # which compiles what is not in the cache
    client.wait_for_workers(2, timeout=60)
    client.run(begin_watching)
    search = SEARCHES[name](cv=FOLDS, scoring=KillsAWorker(tmp_path))
    (tmp_path / "killed").touch()
    ran = client.run(lambda: None)
    with parallel_config("dask", n_jobs=-1):
        search.fit(X, Y)
    scores = "mean_test_score"
    np.testing.assert_array_equal(search.cv_results_[scores], alone.cv_results_[scores])
    assert client.run(count_compiled) == dict.fromkeys(ran, 0)


# scikit-learn's own searches need all arrays on all workers; RandomizedSearchCV is as GridSearchCV.
NEEDED = {"grid": [X, Y, *chain.from_iterable(FOLDS)], "bayes": None, "halving": None}


@pytest.mark.filterwarnings("ignore:A worker of the cluster died")
@pytest.mark.parametrize("name", NEEDED)
def test_a_search_survives_the_death_of_a_worker(name, client, tmp_path):
    alone = SEARCHES[name](cv=FOLDS).fit(X, Y)
    client.wait_for_workers(2, timeout=60)
    client.amm.stop()  # which takes copies away
    scorer = KillsAWorker(tmp_path)
    with parallel_config("dask", n_jobs=-1, scatter=NEEDED[name]):
        search = SEARCHES[name](cv=FOLDS, scoring=scorer).fit(X, Y)
    assert scorer.flag.exists()
    for key in "mean_test_score", "params":
        np.testing.assert_array_equal(search.cv_results_[key], alone.cv_results_[key])
    np.testing.assert_array_equal(search.predict_proba(X), alone.predict_proba(X))


def test_members_of_networks_for_tables_are_trained_in_one_thread_on_a_cluster(client):
    client.wait_for_workers(2, timeout=60)
    with parallel_config("dask", n_jobs=-1):
        counts = Parallel()(delayed(count_threads)("auto") for _ in range(4))
    assert counts == [1] * 4


def test_a_path_of_penalties_stays_on_one_machine(client):
    path = MLPClassifierCV((8,), l1s=3, cv=FOLDS, max_iter=9, random_state=0)
    alone = clone(path).fit(X, Y)
    with parallel_config("dask", n_jobs=-1):
        path.fit(X, Y)
    np.testing.assert_array_equal(path.scores_, alone.scores_)
    np.testing.assert_array_equal(path.predict_proba(X), alone.predict_proba(X))


@pytest.mark.parametrize("n_deaths", [1, 4])
def test_what_a_cluster_has_lost_is_evaluated_again_a_few_times(n_deaths):
    deaths = []

    def evaluate(result):
        if len(deaths) < n_deaths:
            deaths.append(result)
            raise distributed.client.FutureCancelledError("a task", "lost")
        return result

    with pytest.warns(UserWarning, match="died") as warned:
        if n_deaths == 4:
            with pytest.raises(CancelledError):
                Tasks(None, None).attempt_step(evaluate, "scores")
        else:
            assert Tasks(None, None).attempt_step(evaluate, "scores") == "scores"
    assert len(warned) == min(n_deaths, 3)


STREAM = """
import resource
import dask.array as da
import numpy as np
from skreg import MLPClassifier

rng = da.random.default_rng(0)
X = rng.standard_normal((200_000, 200), dtype=np.float32, chunks=(10_000, -1))
y = X[:, 0] > 0
net = MLPClassifier((4,), learning_rate_init=0.01, random_state=0)
net.partial_fit(X.blocks[0], y.blocks[0], classes=[False, True])
used = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (used + X.nbytes // 2,) * 2)
try:
    np.zeros(X.shape, X.dtype)
except MemoryError:
    print("X does not fit")
for X_block, y_block in zip(X.blocks, y.blocks):
    net.partial_fit(X_block, y_block)
print(net.t_ == 210_000, net.score(X_block, y_block) > 0.95)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_partial_fit_takes_a_dask_array_larger_than_memory():
    done = subprocess.run([sys.executable, "-c", STREAM], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["X does not fit", "True True"], done.stderr

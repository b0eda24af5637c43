"""How many threads tabular estimators use: as many as BLAS may, unless joblib knows better."""

from threading import Barrier

import numpy as np
import pytest
from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from sklearn import config_context, get_config
from threadpoolctl import threadpool_limits

from skreg import TabularMLPRegressor
from skreg._products.threads import single_blas_thread
from skreg.neural_network._tabular.jobs import count_threads

X = np.linspace(-1, 1, 60).reshape(-1, 1)


@pytest.mark.parametrize("limit", [1, 2])
def test_auto_is_as_many_threads_as_blas_may_use(limit):
    with threadpool_limits(limit):
        assert count_threads("auto") == limit
        with single_blas_thread():  # another fit
            assert count_threads("auto") == 1


@pytest.mark.parametrize("n_jobs", [None, 1, 3, -1])
def test_numbers_and_none_are_what_they_are_to_joblib(n_jobs):
    with threadpool_limits(2):
        assert count_threads(n_jobs) == effective_n_jobs(n_jobs)


@pytest.mark.parametrize("backend", [{}, {"backend": "threading"}], ids=str)
@pytest.mark.parametrize("n_jobs", [None, "auto"])
def test_a_config_of_joblib_replaces_what_is_no_number(n_jobs, backend):
    with threadpool_limits(2), parallel_config(**backend, n_jobs=3):
        assert count_threads(n_jobs) == 3


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_one_thread_each_where_joblib_computes_several_things_at_once(backend):
    with threadpool_limits(2):
        counts = Parallel(2, backend=backend)(delayed(count_threads)("auto") for _ in range(4))
        assert counts == [1] * 4
        assert Parallel(1)([delayed(count_threads)("auto")]) == [2]


def test_members_are_trained_at_once_by_default():
    both = Barrier(2, timeout=30)

    def score(network, X, y):
        both.wait()
        return 0.0

    how = {"early_stopping": True, "max_iter": 1, "finish_on_all_rows": False}
    mlp = TabularMLPRegressor("4", n_members=2, scoring=score, random_state=0, **how)
    with threadpool_limits(2):
        mlp.fit(X, X[:, 0])
    assert len(mlp.estimators_) == 2


def test_threads_have_the_configuration_of_scikit_learn():
    seen = []

    def score(network, X, y):
        seen.append(get_config()["assume_finite"])
        return 0.0

    how = {"early_stopping": True, "max_iter": 1, "n_members": 2, "n_jobs": 2, "random_state": 0}
    with config_context(assume_finite=True):
        TabularMLPRegressor("4", scoring=score, **how).fit(X, X[:, 0])
    assert seen and all(seen)

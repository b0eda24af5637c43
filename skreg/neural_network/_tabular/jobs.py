"""How many threads train members at once, and predict for blocks of rows."""

from joblib import cpu_count, effective_n_jobs
from joblib.parallel import BACKENDS, DEFAULT_BACKEND, get_active_backend

from skreg._products.threads import free_threads


def count_threads(n_jobs):
    """The number of threads that `n_jobs` stands for.

    "auto" is as many as BLAS may use. Where joblib computes several things at once already, or a
    `parallel_config` tells it how many, it is what joblib makes of None.
    """
    if n_jobs != "auto":
        return effective_n_jobs(n_jobs)
    backend = get_active_backend()[0]
    if isinstance(backend, BACKENDS[DEFAULT_BACKEND]) and not backend.nesting_level:
        told = effective_n_jobs(None)
        return told if told > 1 else free_threads() or cpu_count()
    told = get_active_backend(require="sharedmem")[1]  # 1 on a cluster
    return 1 if told is None else effective_n_jobs(told)

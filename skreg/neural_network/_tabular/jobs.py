"""How many threads train members at once, and predict for blocks of rows."""

from joblib import cpu_count, effective_n_jobs
from joblib.parallel import get_active_backend

from skreg._products.threads import free_threads


def count_threads(n_jobs):
    """The number of threads that `n_jobs` stands for.

    "auto" is as many as BLAS may use. Where joblib computes several things at once already, or a
    `parallel_config` tells it how many, it is what joblib makes of None.
    """
    if n_jobs != "auto":
        return effective_n_jobs(n_jobs)
    is_nested = getattr(get_active_backend()[0], "nesting_level", 0)
    told = effective_n_jobs(None)
    return told if told > 1 or is_nested else free_threads() or cpu_count()

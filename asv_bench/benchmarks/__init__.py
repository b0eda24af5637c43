"""Benchmarks of skreg beside scikit-learn, on one thread."""

import os

# For the processes that benchmarks start; in its own asv has imported NumPy before it comes here,
# so that `common` limits the threads of what is loaded.
for _library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMBA"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

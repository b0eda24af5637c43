"""Benchmarks of skreg beside scikit-learn, on one thread."""

import os

# Here, because these are read when NumPy and Numba are first imported, and a package is imported
# before its modules. Processes that benchmarks start inherit them.
for _library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMBA"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"

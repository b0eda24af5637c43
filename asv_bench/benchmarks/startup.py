"""What users wait for before anything happens: imports, and compilation in the first fit.

Every measurement is a fresh interpreter, whose own start does not count.
"""

from .common import LIBRARIES, Compiled

MODULES = {"skreg": "skreg", "sklearn": "sklearn.neural_network"}
FIRST_FIT = """
from sklearn.datasets import load_iris
from {module} import MLPClassifier
X, y = load_iris(return_X_y=True)
net = MLPClassifier(max_iter=10, n_iter_no_change=10, random_state=0)
net.fit(X.astype("{dtype}"), y)
"""
SILENT = "import warnings; warnings.simplefilter('ignore')\n"
EMPTY_CACHE = """
import os, tempfile
folder = tempfile.TemporaryDirectory()
os.environ["NUMBA_CACHE_DIR"] = folder.name
"""


class Startup(Compiled):
    """Imports, and imports with a first fit to iris when kernels are on the disk."""

    param_names = ("library",)
    params = (list(LIBRARIES),)

    def timeraw_import(self, library):
        """Seconds of the import."""
        return f"import {MODULES[library]}"

    def timeraw_first_fit(self, library):
        """Seconds of import and fit."""
        return FIRST_FIT.format(module=MODULES[library], dtype="float64"), SILENT


class ColdStartup:
    """The first fit ever on a machine, once in a while enough: it compiles for a precision."""

    repeat, number, rounds, warmup_time = 1, 1, 1, 0
    timeout = 300
    param_names = ("dtype",)
    params = (["float32", "float64"],)

    def timeraw_first_fit(self, dtype):
        """Seconds of import, compilation and fit to iris."""
        return FIRST_FIT.format(module="skreg", dtype=dtype), SILENT + EMPTY_CACHE

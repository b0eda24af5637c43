"""What estimators of every kind do around a fit in scikit-learn's manner."""

import re
import sys
import threading
import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, StrOptions


class ObjectWith(HasMethods):
    """An object with these methods, and not a class that has them."""

    def is_satisfied_by(self, val):
        return not isinstance(val, type) and super().is_satisfied_by(val)


class Names(StrOptions):
    """One of several names, which errors list in order."""

    def __str__(self):
        return f"a str among {{{', '.join(map(repr, sorted(self.options)))}}}"


AUGMENTER = ObjectWith(["fit", "augment", "get_params"])  # what may stand for an augmenter
_KEPT_AS_FLOAT32 = np.dtype(np.float32), np.dtype(np.uint8)
_WRAPPERS = {"sklearn.base", "sklearn.utils._set_output"}  # modules that wrap our methods


@contextmanager
def unchanged_on_failure(estimator):
    """Give an estimator back all attributes that it had, if what is inside raises."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        estimator.__dict__ = before  # at once, whatever interrupts
        raise


def accepted_dtypes(X):
    """What to ask of `validate_data`: float32 stays and uint8 becomes float32, else float64.

    It sees the dtype of arrays and of pandas frames by itself, but not that of other frames.
    """
    dtype = getattr(X, "dtype", None)
    if isinstance(dtype, np.dtype):  # which a single row waits for
        is_float32 = dtype in _KEPT_AS_FLOAT32
    else:
        dtypes = set(np.ravel(np.asarray(getattr(X, "dtypes", ()), dtype=object)))
        names = {str(dtype).lower() for dtype in dtypes}
        is_float32 = len(names) == 1 and names <= {dtype.name for dtype in _KEPT_AS_FLOAT32}
    return [np.float32] if is_float32 else [np.float64, np.float32]


_collected = threading.local()


@contextmanager
def collected_warnings():
    """Within it, `warn_user` adds to the list of (message, category) that is yielded instead.

    For threads that work for another, which has the user's line and is the only one to warn.
    """
    _collected.warnings = []
    try:
        yield _collected.warnings
    finally:
        del _collected.warnings


def kind_of_warning(message, category):
    """What warnings have in common that differ in their numbers alone."""
    return category, re.sub(r"\d\S*", "", message)


def warn_user(message, category=UserWarning):
    """Warn, and name the line that called skreg, however deep inside it this is called."""
    collected = getattr(_collected, "warnings", None)
    if collected is not None:
        collected.append((message, category))
        return
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _is_inside(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_inside(module):
    return module.startswith("skreg.") or module in _WRAPPERS


def draw_seed(random_state):
    """A seed for what is drawn by counting."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))

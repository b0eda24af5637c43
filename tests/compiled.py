"""Helpers of the kernels, which only other compiled code calls, for tests to call."""

import numba


def callable_from_python(helper):
    """The same function that Python may call too: a helper, or a choice by the form of rows."""
    if not hasattr(helper, "targetoptions"):
        return numba.njit(lambda *arguments: helper(*arguments))
    options = {key: helper.targetoptions[key] for key in ("fastmath", "error_model")}
    return numba.njit(**options)(helper.py_func)

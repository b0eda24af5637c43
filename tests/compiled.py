"""Helpers of the kernels, which only other compiled code calls, for tests to call."""

import numba


def callable_from_python(helper, n_arguments=None):
    """The same function that Python may call too: a helper, or a choice by the form of rows.

    One that is inlined must be told the number of its arguments.
    """
    if n_arguments is not None:
        names = ", ".join(f"_{i}" for i in range(n_arguments))
        return numba.njit(eval(f"lambda {names}: helper({names})", {"helper": helper}))
    if not hasattr(helper, "targetoptions"):
        return numba.njit(lambda *arguments: helper(*arguments))
    options = {key: helper.targetoptions[key] for key in ("fastmath", "error_model")}
    return numba.njit(**options)(helper.py_func)

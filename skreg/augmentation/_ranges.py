"""Parameters that are ranges: a number means that much to both sides, a pair is the range."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

RANGE = [Interval(Real, 0, None, closed="left"), "array-like"]


def resolve_range(name, value, *, center=0.0, **bounds):
    """A parameter as (low, high): a pair as it is, a number as center ± number.

    Raises
    ------
    ValueError
        If it is neither, or not finite, in the wrong order or out of bounds; see `resolve_pair`.
    """
    if not isinstance(value, Real):
        return resolve_pair(name, value, "a number or a pair", **bounds)
    if not np.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be finite and at least 0, or a pair, got {value!r}.")
    pair = center - value, center + value
    _check_bounds(name, value, pair, **bounds)
    return float(pair[0]), float(pair[1])


def resolve_pair(name, value, kind="a pair", **bounds):
    """A parameter (low, high) within [lowest, highest] and (above, below).

    Raises
    ------
    ValueError
        If it is no pair of finite numbers, in the wrong order, or out of bounds.
    """
    pair = tuple(value)
    wanted = f"{name} must be {kind} (low, high) with low <= high, got {value!r}"
    if len(pair) != 2 or not all(isinstance(end, Real) and np.isfinite(end) for end in pair):
        raise ValueError(f"{wanted}.")
    if pair[0] > pair[1]:
        raise ValueError(f"{wanted}: the range is reversed.")
    _check_bounds(name, value, pair, **bounds)
    return float(pair[0]), float(pair[1])


def _check_bounds(
    name, value, pair, *, lowest=-np.inf, highest=np.inf, above=-np.inf, below=np.inf
):
    low, high = pair
    for wrong, bound in (
        (low < lowest, f"at least {lowest:g}"),
        (low <= above, f"above {above:g}"),
        (high > highest, f"at most {highest:g}"),
        (high >= below, f"below {below:g}"),
    ):
        if wrong:
            raise ValueError(
                f"{name} must be {bound}, got {value!r}, which ranges from {low:g} to {high:g}."
            )

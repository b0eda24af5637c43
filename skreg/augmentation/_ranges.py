"""Parameters that are ranges: a number means that much to both sides, a pair is the range."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

RANGE = [Interval(Real, 0, None, closed="left"), "array-like"]


def resolve_range(
    name, value, *, center=0.0, lowest=-np.inf, highest=np.inf, above=-np.inf, below=np.inf
):
    """A parameter as (low, high): a pair as it is, a number as center ± number.

    Raises
    ------
    ValueError
        If it is neither, not finite, in the wrong order, or not within [lowest, highest] and
        (above, below).
    """
    is_number = isinstance(value, Real)
    pair = (value, value) if is_number else tuple(value)
    wanted = f"{name} must be a number or a pair (low, high) with low <= high, got {value!r}"
    if len(pair) != 2 or not all(isinstance(end, Real) and np.isfinite(end) for end in pair):
        raise ValueError(f"{wanted}.")
    low, high = (center - value, center + value) if is_number else pair
    if low > high:
        raise ValueError(f"{wanted}: the range is reversed.")
    for wrong, bound in (
        (low < lowest, f"at least {lowest:g}"),
        (low <= above and above > -np.inf, f"above {above:g}"),
        (high > highest, f"at most {highest:g}"),
        (high >= below and below < np.inf, f"below {below:g}"),
    ):
        if wrong:
            raise ValueError(
                f"{name} must be {bound}, got {value!r}, which ranges from {low:g} to {high:g}."
            )
    return float(low), float(high)

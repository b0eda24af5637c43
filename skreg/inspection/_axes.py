"""Axes to plot on, for values of any kind: linear, logarithmic, or one tick per category."""

from numbers import Real

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

_FEWEST_TIMES = 10  # between the smallest and the largest value on a logarithmic axis
_NOTHING = 1e-9  # what rounding adds to the skew of two values, which is zero


def open_axes(display, ax):
    """The axes that a display is given, or those of a new figure.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    check_matplotlib_support(f"{type(display).__name__}.plot")
    from matplotlib import pyplot

    return pyplot.subplots(layout="constrained")[1] if ax is None else ax


def mark(ax, x, y, label):
    """Plot a star around a point (1,) and (1,), which is seen on light and dark backgrounds."""
    from matplotlib import rcParams

    style = {"marker": "*", "markersize": 16, "linestyle": "", "label": label, "zorder": 3}
    style |= {"markerfacecolor": "none", "markeredgecolor": rcParams["text.color"]}
    (star,) = ax.plot(x, y, **style)
    return star


def place(values, ax, which):
    """Positions of values on the axis "x" or "y", whose scale and ticks are set to suit them."""
    if not all(map(_is_number, values)):
        return _place_categories(values, ax, which)
    positions = np.asarray(values, dtype=float)
    if has_log_scale(positions):
        _set_log_scale(positions, getattr(ax, f"set_{which}scale"))
    return positions


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(value)


def has_log_scale(values):
    """Whether values at least 0 are spread more evenly over a logarithmic axis."""
    positive = np.unique(values[values > 0])
    if positive.size < 2 or values.min() < 0 or positive[-1] < _FEWEST_TIMES * positive[0]:
        return False
    return _find_skew(np.log(positive)) < _find_skew(positive) + _NOTHING


def _find_skew(values):
    """How far the median is from the middle, as a share of the range."""
    return abs((np.median(values) - values.min()) / np.ptp(values) - 0.5)


def _set_log_scale(values, set_scale):
    """Values that are zero have a place beside the smallest ones."""
    if values.min() > 0:
        set_scale("log")
    else:
        smallest = values[values > 0].min()
        set_scale("symlog", linthresh=smallest, linscale=0.5)


def _place_categories(values, ax, which):
    labels = [str(value) for value in values]
    names = sorted(set(labels), key=lambda name: (len(name), name))
    ax.set(
        **{
            f"{which}ticks": range(len(names)),
            f"{which}ticklabels": names,
            f"{which}lim": (-0.5, len(names) - 0.5),
        }
    )
    return np.array([names.index(label) for label in labels], dtype=float)

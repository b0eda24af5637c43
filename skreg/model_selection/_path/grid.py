"""The points of a path: which strengths are tried, and which point begins where another ended."""

from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

from skreg._kernels.optimizers import OPTIMIZERS
from skreg.model_selection._path.strengths import find_strongest
from skreg.neural_network._fields import AT_LEAST_0, FROM_0_BELOW_1
from skreg.neural_network._ignored import STOCHASTIC

AXES = "l1", "l2", "dropout"
_RANGE = 1e-4  # the weakest penalty as a share of the strongest
_MOST_DROPOUT = 0.5
_MARGIN = 1.001  # so that the strongest one is strong enough when it is rounded
_DIGITS = 4  # of strengths that follow from the data
_BOUNDS = {"l1": AT_LEAST_0, "l2": AT_LEAST_0, "dropout": FROM_0_BELOW_1}


@dataclass(frozen=True)
class Grid:
    """Values of each of AXES, from strong to weak; a point is a tuple of their places."""

    axes: tuple  # of a tuple of values for each
    is_connected: bool  # whether points go on from weaker ones

    @property
    def shape(self):
        return tuple(map(len, self.axes))

    @cached_property
    def points(self):
        return list(np.ndindex(self.shape))

    @property
    def varied(self):
        """The names of the axes that have several values."""
        return [name for name, values in zip(AXES, self.axes) if len(values) > 1]

    def params(self, point):
        return {name: values[i] for name, values, i in zip(AXES, self.axes, point)}

    def weaker(self, point):
        """The point that a point goes on from, None if it begins anew.

        It is the next weaker one on the last axis where there is one.
        """
        for axis in reversed(range(len(AXES))):
            if self.is_connected and point[axis] < self.shape[axis] - 1:
                return *point[:axis], point[axis] + 1, *point[axis + 1 :]
        return None

    def way_to(self, point):
        """All points up to a point, each of which goes on from the one before."""
        way = [point]
        while (before := self.weaker(way[-1])) is not None:
            way.append(before)
        return way[::-1]


def check_values(values, solver):
    """What the user gives for each of AXES: a count, None, or a tuple made of a list.

    Raises
    ------
    InvalidParameterError
        If a list is empty or has something else than numbers in the range of the parameter, or if
        the solver ignores the parameter.
    """
    if values["dropout"] is not None and solver not in OPTIMIZERS:
        raise InvalidParameterError(
            f"dropouts={values['dropout']!r} has no effect with solver={solver!r}: use "
            f"{STOCHASTIC}, or dropouts=None."
        )
    return {name: _sort(given, name) if np.ndim(given) else given for name, given in values.items()}


def _sort(given, name):
    """Different strengths from strong to weak."""
    bounds, listed = _BOUNDS[name], list(given)
    if not listed or not all(map(bounds.is_satisfied_by, listed)) or np.inf in listed:
        raise InvalidParameterError(
            f"{name}s must be None, a count of at least 2, or a list of one or more finite "
            f"numbers, each {bounds}, got {given!r}."
        )
    return tuple(sorted(set(map(float, listed)), reverse=True))


def make_grid(network, values, rows, *, is_connected=True):
    """The Grid for a network and the Rows that it is to be trained on.

    Parameters
    ----------
    values : dict
        A count, a tuple of strengths or None for each of AXES.
    """
    strongest = None
    if any(isinstance(values[name], Integral) for name in ("l1", "l2")):
        strongest = find_strongest(network, rows)
    axes = []
    for name in AXES:
        given = values[name]
        if given is None:
            axes.append((getattr(network, name),))
        elif not isinstance(given, Integral):
            axes.append(given)
        elif name == "dropout":
            axes.append(tuple(np.linspace(_MOST_DROPOUT, 0, given).tolist()))
        else:
            axes.append(_space(getattr(strongest, name), given))
    return Grid(tuple(axes), is_connected)


def _space(strongest, count):
    strongest *= _MARGIN
    values = np.geomspace(strongest, strongest * _RANGE, count)
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)

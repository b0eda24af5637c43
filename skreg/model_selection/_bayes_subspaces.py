"""The search spaces of a Bayesian search: each has an optimizer, and they take turns."""

from numbers import Integral

import numpy as np
from sklearn.base import clone

from skreg.model_selection._bayes_categories import as_dimension, as_given, values_of


def read_spaces(search_spaces, n_iter):
    """List of (dict of Dimensions, number of candidates).

    Raises
    ------
    TypeError
        If it is neither a dict nor a list of dicts and tuples (dict, int).
    ValueError
        If a space or the list is empty, a number of candidates is less than 1, or skopt cannot
        make a dimension of what stands for a parameter.
    """
    listed = [search_spaces] if isinstance(search_spaces, dict) else search_spaces
    if not isinstance(listed, list):
        raise TypeError(f"search_spaces must be a dict or a list, got {search_spaces!r}.")
    if not listed:
        raise ValueError("search_spaces must have at least one space, got an empty list.")
    return [_read_space(entry, n_iter) for entry in listed]


def _read_space(entry, n_iter):
    space, n_own = entry if isinstance(entry, tuple) and len(entry) == 2 else (entry, n_iter)
    if not isinstance(space, dict):
        message = "search_spaces must list dicts or tuples (dict, int)"
        raise TypeError(f"{message}, got {entry!r}.")
    if not space:
        raise ValueError("Each space of search_spaces needs a parameter, got an empty dict.")
    if not isinstance(n_own, Integral) or isinstance(n_own, bool) or n_own < 1:
        raise ValueError(f"The number of candidates of a space must be at least 1, got {n_own!r}.")
    return {name: _read_dimension(name, space[name]) for name in sorted(space)}, int(n_own)


def _read_dimension(name, values):
    if isinstance(values, (list, tuple, np.ndarray)) and len(values) == 0:
        raise ValueError(f"search_spaces has no value for the parameter {name!r}: {values!r}.")
    return as_dimension(values)


def check_names(spaces, estimator):
    """Check that the estimator has all parameters, also with each category of those above them.

    Raises
    ------
    ValueError
        As from `set_params`, which names the parameters that there are.
    """
    for space, _ in spaces:
        first = {name: values_of(dimension)[0] for name, dimension in space.items()}
        for name, dimension in space.items():
            is_above = any(other.startswith(f"{name}__") for other in space)
            for value in values_of(dimension)[: None if is_above else 1]:
                params = clone({**first, name: value}, safe=False)
                clone(estimator).set_params(**params)


def describe(spaces):
    """A text that differs for different spaces, whatever their numbers of candidates."""
    return repr([[(n, d, getattr(d, "categories", ())) for n, d in s.items()] for s, _ in spaces])


class Subspace:
    """A search space with the optimizer that chooses its candidates.

    Parameters
    ----------
    names : list of str
        Names of the parameters, in the order of the coordinates of points.

    optimizer : skopt.Optimizer
    """

    def __init__(self, names, optimizer):
        self.names, self.optimizer = names, optimizer
        self.n_done, self.result = 0, None
        self._unscored = []  # points that failed when none had a score yet
        self._failed = []  # indices of those that failed among all that the optimizer knows

    def ask(self, n_points):
        """Points to try next; the same ones until `tell`."""
        return self.optimizer.ask(n_points=n_points)

    def as_params(self, points):
        """A dict of parameters for each point."""
        return [dict(zip(self.names, map(as_given, point))) for point in points]

    def tell(self, points, scores):
        """Learn from scores; a point whose score is not finite counts as the worst one so far."""
        self.n_done += len(points)
        points, losses = self._unscored + points, [np.nan] * len(self._unscored)
        losses = np.array([*losses, *(-float(score) for score in scores)])
        finite = [*losses[np.isfinite(losses)], *self.optimizer.yi]
        if not finite:
            self._unscored = points
            self.optimizer.update_next()  # else it would ask for the same points again
            return
        self._unscored = []
        is_bad, known = ~np.isfinite(losses), self.optimizer.yi
        self._failed += (len(known) + np.flatnonzero(is_bad)).tolist()
        losses[is_bad] = worst = max(finite)
        for i in self._failed:
            if i < len(known):  # else one that failed after good ones would look good for ever
                known[i] = worst
        self.result = self.optimizer.tell(points, losses.tolist())


def take_turns(subspaces, totals, stopped):
    """Yield the subspace with the fewest candidates, and how many it lacks, while there is one.

    So all have their share whenever the search ends, and it goes on as if it had not ended.
    """
    while True:
        left = [(s, n - s.n_done) for s, n in zip(subspaces, totals) if s not in stopped]
        left = [(subspace, n) for subspace, n in left if n > 0]
        if not left:
            return
        yield min(left, key=lambda each: each[0].n_done)

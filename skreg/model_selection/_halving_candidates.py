"""The candidates of successive halving: drawn, checked, and made ready to be trained in stages."""

import warnings
from dataclasses import dataclass

from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import ParameterSampler

from skreg.model_selection._networks import find_networks
from skreg.model_selection._path.base import PathCV
from skreg.model_selection._tabular.base import TabularSearch
from skreg.neural_network._tabular.base import BaseTabularMLP
from skreg.neural_network._tabular.plan import make_plan


def check_distributions(distributions):
    """Refuse what no candidate can be drawn from.

    Raises
    ------
    TypeError
        If values are neither a list nor a distribution.
    ValueError
        If there is no distribution, one is empty, or a parameter has no values.
    """
    listed = [distributions] if isinstance(distributions, dict) else distributions
    if not listed or not all(listed):
        raise ValueError(
            f"param_distributions must have at least one parameter, got {distributions!r}."
        )
    ParameterSampler(distributions, 1)  # which refuses values that it cannot draw from
    for name, values in (item for each in listed for item in each.items()):
        if not hasattr(values, "rvs") and len(values) == 0:
            raise ValueError(f"param_distributions has no value for {name!r}, got {values!r}.")


@dataclass
class Candidate:
    """Parameters to try, and how far their networks were trained."""

    params: dict
    estimator: BaseEstimator  # with them, not fitted
    networks: dict  # of the estimator, by the prefix of their parameters
    seeds: dict  # for random states that are None, so that all stages fit the same
    ends: list  # of the last stage, for each fold

    def count_epochs(self, n_rows):
        """The most epochs that a network is trained for if it has so many rows."""
        return max(_count_epochs(network, n_rows) for network in self.networks.values())

    def all_params(self, max_iter):
        """Parameters with `max_iter` of all networks, unless it is None, and without seeds."""
        if max_iter is None:
            return self.params
        return {**self.params, **{f"{prefix}max_iter": max_iter for prefix in self.networks}}

    def draw_seeds(self, rng):
        """Draw the seeds."""
        for name, value in sorted(self.estimator.get_params(deep=True).items()):
            if value is None and name.split("__")[-1] == "random_state":
                self.seeds[name] = int(rng.randint(2**31 - 1))


def draw_candidates(distributions, n, estimator, n_folds, rng):
    """At most n Candidates, fewer if lists have no more combinations; raises as the next one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        drawn = list(ParameterSampler(distributions, n, random_state=rng))
    candidates = [make_candidate(params, estimator, n_folds) for params in drawn]
    for candidate in candidates:
        candidate.draw_seeds(rng)
    return candidates


def make_candidate(params, estimator, n_folds):
    """A Candidate that was not trained yet.

    Raises
    ------
    ValueError
        If the estimator lacks a parameter or a network, if a network cannot be stopped, or if
        `max_iter` or a limit of time is set where epochs are what a search allots.
    """
    estimator = clone(estimator).set_params(**clone(params, safe=False))
    networks = find_networks(estimator)
    for prefix, network in networks.items():
        _check(prefix, network, params)
    return Candidate(params, estimator, networks, {}, [()] * n_folds)


def _check(prefix, network, params):
    if f"{prefix}max_iter" in params:
        raise ValueError(
            f"{prefix}max_iter cannot be searched, as epochs are the resource of this search. Set "
            "max_resources instead."
        )
    if isinstance(network, PathCV | TabularSearch):
        raise ValueError(
            f"{type(network).__name__} trains many networks to choose among, which this search "
            f"cannot stop. Search with {network._plain.__name__} instead."
        )
    if getattr(network, "time_limit", None) is not None:
        raise ValueError(
            f"{prefix}time_limit must be None, as this search decides how many epochs to train, "
            f"got {network.time_limit!r}."
        )


def _count_epochs(network, n_rows):
    is_tabular = isinstance(network, BaseTabularMLP)
    return make_plan(network, n_rows).max_iter if is_tabular else network.max_iter

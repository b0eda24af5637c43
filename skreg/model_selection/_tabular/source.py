"""Where the candidates of a search come from: the networks of the defaults, and random draws."""

import numpy as np

from skreg.model_selection._tabular.candidates import Candidate
from skreg.model_selection._tabular.space import draw, params_of_network


class Source:
    """Makes candidates.

    Parameters
    ----------
    estimator : BaseTabularMLP

    space : dict
        Lists and distributions of parameters.

    n_splits : int
        Networks of each candidate.
    """

    def __init__(self, estimator, space, n_splits):
        self._estimator, self._space, self._n_splits = estimator, space, n_splits

    def of_defaults(self, members):
        """The candidate that each network of the defaults belongs to.

        In folds, networks that are alike but for their seeds belong to one.
        """
        kinds, owners = {}, []
        for i, member in enumerate(members):
            network = member.get_params(deep=False)
            seed = network.pop("random_state")
            kind = repr(network) if self._n_splits > 1 else i
            if kind not in kinds:
                params = {name: self._told(network, name) for name in self._space}
                kinds[kind] = self._make(len(kinds), params, network, self._estimator.n_bins)
            kinds[kind].seeds[i % self._n_splits] = seed
            owners.append(kinds[kind])
        return owners

    def draw(self, number, shared, random_state):
        """A new candidate.

        Parameters
        ----------
        number : int
            Its place among all candidates, from which its seeds follow.

        shared : dict
            Constructor parameters of networks, for those that are not drawn.
        """
        params = draw(self._space, random_state)
        network = params_of_network(shared, self._estimator.l2, params)
        return self._make(number, params, network, params.get("n_bins", self._estimator.n_bins))

    def _make(self, number, params, network, n_bins):
        sequence = np.random.SeedSequence((self._estimator._seed, number))
        seeds = [int(seed) >> 1 for seed in sequence.generate_state(self._n_splits)]
        none = [None] * len(seeds)
        return Candidate(number, params, network, n_bins, seeds, none[:], none[:], none[:])

    def _told(self, network, name):
        """What a network of the defaults has in place of a parameter that is searched."""
        if name == "n_bins":
            return self._estimator.n_bins
        value = network[name]
        return value[0] if name == "l2" and np.ndim(value) else value

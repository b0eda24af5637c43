"""MC dropout: what a fitted network says with some of its units left out (Gal & Ghahramani, 2016).

Each pass leaves out the same units for all rows, so a prediction for a row does not depend on the
rows beside it, and passes are draws of functions.
"""

import numpy as np

from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.predict import predict
from skreg._training.thinning import thin
from skreg.neural_network._checks import check_to_predict
from skreg.neural_network._settings import resolve_dropout

N_PASSES = 64  # for the spread of predictions
_NO_SEED = 0  # of networks that were stored before there were passes


class PassesMixin:
    """Variants of a network: it has one for each seed, which are all the same without dropout."""

    @property
    def _varies(self):
        return any(self._rates())

    def _rates(self):
        """The rates of dropout in front of each layer."""
        n_hidden = len(self._activations)
        if self.solver not in OPTIMIZERS:
            return (0.0,) * (n_hidden + 1)
        return resolve_dropout(self._trained_dropout, self.input_dropout, n_hidden)

    @property
    def _trained_dropout(self):
        """The `dropout` that the network was trained with."""
        return self.dropout

    def _list_variants(self, n_passes=N_PASSES):
        """Variants to take the spread of, and their weights."""
        seed = vars(self).get("_seed", _NO_SEED)
        n = n_passes if self._varies else 1
        return np.random.SeedSequence(seed).generate_state(n), np.full(n, 1 / n)

    def _draw_variants(self, n_samples, rng):
        if not self._varies:
            return np.zeros(n_samples, int)
        return rng.randint(np.iinfo(np.int32).max, size=n_samples)

    def _by_blocks(self, X, function):
        """The result of a function of checked rows."""
        return function(check_to_predict(self, X))

    def _outputs_of(self, X, variants, instead=None):
        """Yield the outputs of each variant for checked rows."""
        coefs, *others = self._network(X.shape[1], instead)
        rates = self._rates()
        for seed in variants.tolist():
            yield predict(X, thin(coefs, rates, seed), *others)

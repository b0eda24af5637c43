"""Rows to train networks on, which all folds share as far as training allows for it."""

from typing import Any, NamedTuple

import numpy as np

from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.rows.picked import PickedRows
from skreg.neural_network._checks import ignores_groups


class PathRows(NamedTuple):
    """Rows as networks take them."""

    X: Any  # (n_samples, n_features): ndarray, SciPy matrix in CSR, or PickedRows
    y: np.ndarray  # (n_samples,) or (n_samples, n_outputs)
    weights: np.ndarray | None = None  # (n_samples,)
    groups: np.ndarray | None = None  # (n_samples,), for validation sets alone

    def take(self, numbers):
        """Some of the rows, whose X is a copy unless it is shared."""
        return PathRows(*(part if part is None else part[numbers] for part in self))

    def share(self, network):
        """The same such that X need not be copied to take rows, unless training needs it whole."""
        if network.solver not in OPTIMIZERS or network.augmentation is not None:
            return self
        return self._replace(X=PickedRows(self.X, np.arange(self.X.shape[0])))

    def fit(self, network):
        groups = {} if self.groups is None else {"groups": self.groups}
        return network.fit(self.X, self.y, self.weights, **groups)


def make_rows(network, rows, groups):
    """PathRows out of Rows, with groups if those are of use for the validation sets of networks."""
    is_of_use = network.early_stopping and not ignores_groups(network.validation_fraction)
    groups = np.asarray(groups) if is_of_use and groups is not None else None
    return PathRows(rows.data.X, rows.y, rows.weights, groups)

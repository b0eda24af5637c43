"""The strongest penalties that are worth trying, from the data.

A penalty is strongest where weights that could explain all of the loss would cost as much as it.
Let E be the loss of the best constants, and G the norm of its gradient with respect to the weights
of a linear network, at zero weights. As the loss is convex there, slopes of at least E / G are
needed to explain it. In a network of L layers, the weights of each are then (E / G)^(1/L), and

    E = l1 · L · (E / G)^(1/L)        E = ½ · l2 · L · (E / G)^(2/L)

The first is the well-known strongest penalty of the lasso if L is 1, and with l2 of the second two
linear layers collapse to zero.
"""

from typing import NamedTuple

import numpy as np
from sklearn.base import is_regressor

from skreg._kernels.losses import LOSSES
from skreg._products.threads import single_blas_thread
from skreg._training.arguments import loss_parameters
from skreg._training.rows import rows_of
from skreg._validation import collected_warnings
from skreg.neural_network._settings import resolve_settings
from skreg.neural_network._targets import units_of

# What the loss of a network without weights depends on.
_OF_LOSS = "class_weight", "label_smoothing", "loss", "delta", "quantile", "target_scaling"
_BLOCK_BYTES = 1 << 20  # of rows that are looked at together, or of their scores


class Strongest(NamedTuple):
    """The strongest penalties."""

    l1: float
    l2: float


_NOTHING_TO_LEARN = Strongest(1.0, 1.0)


def find_strongest(network, rows):
    """The Strongest penalties of a network for the Rows that it is to be trained on."""
    y = rows.y if rows.weights is None else rows.y[rows.weights > 0]
    if (y == y[0]).all():
        return _NOTHING_TO_LEARN
    loss, gradient = _loss_and_gradient_of_constants(network, rows)
    loss = abs(loss)  # as the logarithm of a likelihood may have any sign
    n_layers = len(resolve_settings(network).units) + 1
    entry, singular = np.abs(gradient).max(), np.linalg.norm(gradient, 2)
    if entry == 0:  # of constant features
        return _NOTHING_TO_LEARN
    l1 = loss / n_layers * (entry / loss) ** (1 / n_layers)
    l2 = 2 * loss / n_layers * (singular / loss) ** (2 / n_layers)
    return Strongest(float(l1), float(l2))


def _loss_and_gradient_of_constants(network, rows):
    """The loss of the best constants and its gradient (n_features, n_outputs)."""
    constants = _fit_constants(network, rows)
    settings = resolve_settings(constants)
    loss = LOSSES[constants._choose_loss()].option
    settings.loss = constants._choose_loss()
    data = rows.in_units(units_of(constants) if is_regressor(network) else None).data
    X, Y, dtype = data.X, data.Y, data.X.dtype
    weights = np.ones(data.n, dtype) if data.weights is None else data.weights
    numbers = dtype.type(1 / data.mass), loss_parameters(settings, dtype)
    bias = constants.intercepts_[0].astype(dtype)
    value, gradient = 0.0, np.zeros((X.shape[1], bias.size))
    widest = max(bias.size * dtype.itemsize, rows_of(X).bytes_per_row)
    step = max(1, _BLOCK_BYTES // widest)
    with single_blas_thread():
        for start in range(0, data.n, step):
            some = slice(start, min(start + step, data.n))
            slopes = np.tile(bias, (some.stop - start, 1))
            room = np.empty(some.stop - start, dtype)
            value += loss.by_dtype[dtype](slopes, Y[some], weights[some], room, *numbers)
            gradient += X[some].T @ slopes
    return float(value), gradient


def _fit_constants(network, rows):
    """A network that has nothing but biases, since all it sees of X is zeros."""
    own = vars(network)
    params = {name: own[name] for name in _OF_LOSS if name in own}
    constants = type(network)((), solver="lbfgs", l2=0.0, random_state=0, **params)
    nothing = np.zeros((rows.data.n, 1), rows.data.X.dtype)
    with collected_warnings():
        return constants.fit(nothing, rows.y, rows.weights)

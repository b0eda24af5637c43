"""The loss of the same prediction for all rows, which any network that has learned is below."""

import numpy as np

from skreg._kernels.losses import LOSSES
from skreg._training.arguments import loss_parameters, scores_of_normal

_BLOCK_BYTES = 1 << 20  # of targets that are looked at together
_ROUNDING = 1e-7  # of the mean of targets that are all the same
_LEAST = 1e-12  # a share or a mean, whose logarithm is to be finite

_SCORES = {  # of the mean of the targets, by the link of the loss
    "identity": np.asarray,
    "exp": lambda mean: np.log(np.maximum(mean, _LEAST)),
    "logistic": lambda share: _log_of_share(share) - _log_of_share(1 - share),
    "softmax": lambda share: _log_of_share(share),
}


def _log_of_share(share):
    return np.log(np.clip(share, _LEAST, 1))


def find_loss_of_constant(settings, data):
    """The loss of predicting the mean of the targets, or how often each class occurs.

    It is infinite if the targets do not vary, as there is nothing to learn.
    """
    mean, deviation = _find_moments(data)
    loss, dtype, value = LOSSES[settings.loss], data.X.dtype, 0.0
    varies = deviation > _ROUNDING * np.abs(mean)
    if not varies.any():
        return np.inf
    of_normal = scores_of_normal(settings)
    if of_normal is None:
        scores = _SCORES[loss.link](mean)
    else:
        deviation = np.where(varies, deviation, 1)  # of outputs that are constant themselves
        scores = np.concatenate([of_normal(*each) for each in zip(mean, deviation)])
    numbers = dtype.type(1 / data.mass), loss_parameters(settings, dtype)
    for Y, weights in _blocks_of(data, dtype):
        same, room = np.tile(scores.astype(dtype), (len(Y), 1)), np.empty(len(Y), dtype)
        value += float(loss.option.by_dtype[dtype](same, Y, weights, room, *numbers))
    return value


def _find_moments(data):
    """The mean and the standard deviation (n_outputs,) of the targets."""
    mean = sum(weights @ Y for Y, weights in _blocks_of(data, np.float64)) / data.mass
    squares = (weights @ np.square(Y - mean) for Y, weights in _blocks_of(data, np.float64))
    return mean, np.sqrt(sum(squares) / data.mass)


def _blocks_of(data, dtype):
    """Targets and weights of some rows after the other, in a dtype."""
    step = max(1, _BLOCK_BYTES // (8 * data.Y.shape[1]))
    for start in range(0, data.n, step):
        rows = slice(start, start + step)
        Y = data.Y[rows]
        weights = np.ones(len(Y)) if data.weights is None else data.weights[rows]
        yield Y.astype(dtype, copy=False), weights.astype(dtype, copy=False)

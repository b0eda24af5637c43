"""From settings in the user's terms to the arguments of jitted code, each cast exactly once."""

import numpy as np

from skreg._kernels.activations import ACTIVATIONS, IDENTITY
from skreg._kernels.entries import Penalty
from skreg._kernels.losses import LOSSES
from skreg._kernels.network import Net, Work
from skreg._kernels.optimizers import OPTIMIZERS, Rule


def _below_one(value, dtype):
    """A rate in [0, 1) in the dtype of theta, where it might be rounded to 1."""
    return min(dtype.type(value), np.nextafter(dtype.type(1), dtype.type(0)))


def make_net(layout, settings, seed, dtype):
    codes = [ACTIVATIONS[name] for name in settings.activations] + [IDENTITY]
    dropout = np.array([_below_one(rate, dtype) for rate in settings.dropout])
    return Net(layout.layers, np.array(codes), dropout, LOSSES[settings.loss], int(seed))


def make_penalty(layout, settings, dtype):
    """The biases, the last segment, are not penalized."""
    l1, l2 = (np.array([*strengths, 0.0], dtype=dtype) for strengths in (settings.l1, settings.l2))
    return Penalty(layout.segments, l1, l2)


def make_rule(settings, dtype):
    scalar = dtype.type
    return Rule(
        OPTIMIZERS[settings.solver],
        scalar(settings.momentum),
        int(settings.nesterovs_momentum),
        _below_one(settings.beta_1, dtype),
        _below_one(settings.beta_2, dtype),
        max(scalar(settings.epsilon), np.finfo(dtype).tiny),
    )


def make_work(layout, n_rows, dtype, *, adds_tiles=False):
    hidden = layout.units[1:-1]
    return Work(
        units=np.empty(n_rows * sum(hidden), dtype),
        deltas=np.empty((2, n_rows * max(hidden, default=0)), dtype),
        scores=np.empty(n_rows * layout.units[-1], dtype),
        gradient=np.empty(layout.size, dtype),
        scratch=np.empty(layout.size if adds_tiles else 0, dtype),
    )

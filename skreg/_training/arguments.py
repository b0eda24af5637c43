"""From settings in the user's terms to the arguments of jitted code, each cast exactly once."""

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.inputs import Scratch
from skreg._kernels.losses import LOSSES
from skreg._kernels.network import Net, Work
from skreg._kernels.optimizers import OPTIMIZERS, Rule
from skreg._kernels.steps import Penalty
from skreg._training.rows import form_of, most_entries

_TILE_BYTES = 1 << 16  # of the gradient of the first layer, for sparse rows


def _below_one(value, dtype):
    """A rate in [0, 1) in the dtype of theta, where it might be rounded to 1."""
    return min(dtype.type(value), np.nextafter(dtype.type(1), dtype.type(0)))


def make_net(layout, settings, seed, dtype):
    options = [_codes(ACTIVATIONS[name], dtype) for name in settings.activations]
    return Net(
        np.hstack([layout.layers, np.array([*options, (0,) * 4], np.int64)]),
        np.array([_below_one(rate, dtype) for rate in settings.dropout]),
        LOSSES[settings.loss].option.address(dtype),
        loss_parameter(settings, dtype),
        int(seed),
    )


def _codes(activation, dtype):
    """The columns of `net.layers` that describe an activation."""
    addresses = activation.activate.address(dtype), activation.multiply_by_slope.address(dtype)
    return *addresses, activation.slope_of_score, activation.flat_at_zero


def loss_parameter(settings, dtype):
    """The number that the loss is called with; zero where it has none."""
    name = LOSSES[settings.loss].parameter
    return dtype.type(0 if name is None else getattr(settings, name))


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
        scalar(np.inf if settings.clip_norm is None else settings.clip_norm),
    )


def make_work(layout, settings, n_rows, dtype):
    hidden = layout.units[1:-1]
    keeps_scores = any(ACTIVATIONS[name].slope_of_score for name in settings.activations)
    return Work(
        units=np.empty(n_rows * sum(layout.units[1:]), dtype),
        scores=np.empty(n_rows * sum(hidden) if keeps_scores else 0, dtype),
        deltas=np.empty((2, n_rows * max(hidden, default=0)), dtype),
        gradient=np.empty(layout.size, dtype),
    )


def make_scratch(layout, settings, X, n_rows):
    """What `n_rows` rows of X need besides where X is sparse; else an empty tuple."""
    if form_of(X) == "dense":
        return ()
    n_entries, (n_features, n_out) = most_entries(X, n_rows), layout.shapes[0]
    n_columns = max(1, _TILE_BYTES // (n_out * X.dtype.itemsize))
    return Scratch(
        data=np.empty(n_entries if settings.dropout[0] else 0, X.dtype),
        sorted=np.empty(n_entries, X.dtype),
        rows=np.empty(n_entries, np.int32),
        ends=np.empty(n_features, np.int64),
        tile=np.empty((min(n_columns, n_features), n_out), X.dtype),
    )

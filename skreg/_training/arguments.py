"""From settings in the user's terms to the arguments of jitted code, each cast exactly once."""

from functools import partial
from itertools import accumulate

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.averaging import AVERAGE
from skreg._kernels.dropout import DROP, UNDO
from skreg._kernels.losses import LOSSES
from skreg._kernels.network import Net, Work
from skreg._kernels.norm import NORM
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.steps import Rule, Segments
from skreg._products.blas import product
from skreg._training.rows import rows_of
from skreg._training.segments import acting, list_maps, numbers_of


def _below_one(value, dtype):
    """A rate in [0, 1) in the dtype of theta, where it might be rounded to 1."""
    return min(dtype.type(value), np.nextafter(dtype.type(1), dtype.type(0)))


def make_net(layout, settings, seed, dtype, gemm=None):
    """The network as kernels know it; `gemm` is another product of matrices than `product`."""
    first_units = accumulate(layout.units[1:-1], initial=0)
    options = [*(_codes(ACTIVATIONS[name], dtype) for name in settings.activations), (0,) * 4]
    firsts_owned = [layout.first_extra(k) for k in range(len(layout.shapes))]
    layers = zip(layout.layers, first_units, options, firsts_owned, strict=True)
    return Net(
        np.array([(*layer, first, *codes, own) for layer, first, codes, own in layers], np.int64),
        np.array([_below_one(rate, dtype) for rate in settings.dropout]),
        *(DROP.address(dtype), UNDO.address(dtype)) if any(settings.dropout) else (0, 0),
        *_normalization(settings, dtype),
        LOSSES[settings.loss].option.address(dtype),
        loss_parameters(settings, dtype),
        gemm or product(dtype),
        int(seed),
    )


def _codes(activation, dtype):
    """The columns of `net.layers` that describe an activation."""
    addresses = activation.activate.address(dtype), activation.multiply_by_slope.address(dtype)
    return *addresses, activation.slope_of_score, activation.flat_at_zero


def _normalization(settings, dtype):
    """The fields of a network that describe its normalization."""
    if settings.normalization is None:
        return 0, 0
    chosen = NORMALIZATIONS[settings.normalization]
    return chosen.normalize.address(dtype), chosen.turn_back.address(dtype)


def loss_parameters(settings, dtype):
    """The numbers that the loss is called with; zero where it has none."""
    name = LOSSES[settings.loss].parameter
    return np.array(0 if name is None else getattr(settings, name), dtype, ndmin=1)


def scores_of_normal(settings):
    """A function of a mean and a deviation; None where the loss has one score for each target."""
    function = LOSSES[settings.loss].scores_of_normal
    parameters = loss_parameters(settings, np.dtype(np.float64)).tolist()
    return None if function is None else partial(function, parameters=parameters)


def count_scores(settings):
    """How many scores the loss has for each target."""
    if LOSSES[settings.loss].scores_of_normal is None:
        return 1
    return len(scores_of_normal(settings)(0.0, 1.0))


def make_segments(layout, settings, dtype):
    """The segments that move, those with a rate, and the maps behind the step."""
    rows = [(segment, numbers_of(segment, settings)) for segment in layout.segments]
    rows = [(segment, numbers) for segment, numbers in rows if numbers.rate > 0]
    ends = np.array([(segment.start, segment.stop) for segment, _ in rows], np.int64)
    numbers, maps = np.array([numbers for _, numbers in rows], dtype), list_maps(layout, settings)
    codes = [_codes_of_map(row, layout.layers[k], dtype) for row, k, _ in maps]
    rates = [numbers_of(layout.segments[k], settings).rate for _, k, _ in maps]
    strengths = [(strength, rate) for (_, _, strength), rate in zip(maps, rates)]
    return Segments(
        ends,
        numbers,
        np.array(codes, np.int64).reshape(-1, 6),
        np.array(strengths, dtype).reshape(-1, 2),
    )


def _codes_of_map(penalty, layer, dtype):
    """A row of `segments.maps`."""
    n_in, n_out, weight, _ = layer
    value = penalty.value.address(dtype) if penalty.value else 0
    return weight, n_in, n_out, value, penalty.move.address(dtype), penalty.in_metric


def make_rule(settings, dtype):
    optimizer, clip_norm = OPTIMIZERS[settings.solver], settings.clip_norm
    constants = [_constant(name, getattr(settings, name), dtype) for name in optimizer.constants]
    option = optimizer.option_of_l1 if any(settings.l1) else optimizer.option
    in_metric = any(row.in_metric for row in acting(settings))
    return Rule(
        option.address(dtype),
        np.array(constants, dtype),
        0 if clip_norm is None else NORM.address(dtype),
        dtype.type(np.inf if clip_norm is None else clip_norm),
        optimizer.metric.address(dtype) if in_metric else 0,
        dtype.type(optimizer.ahead(settings)),
        dtype.type(optimizer.has_velocity),
        AVERAGE.address(dtype) if settings.weight_averaging else 0,
        _below_one(settings.weight_averaging, dtype)
        if settings.weight_averaging
        else dtype.type(0),
    )


def _constant(name, value, dtype):
    """A constant of an optimizer, kept in its range where the dtype might round it out of it."""
    if name == "epsilon":
        return max(dtype.type(value), np.finfo(dtype).tiny)
    return _below_one(value, dtype) if name.startswith("beta") else dtype.type(value)


def make_work(layout, settings, n_rows, dtype):
    hidden = layout.units[1:-1]
    keeps_products = any(ACTIVATIONS[name].slope_of_score for name in settings.activations)
    keeps_normalized = settings.normalization is not None and bool(hidden)
    room = (len(hidden), max(n_rows, 2 * max(hidden))) if keeps_normalized else (0, 0)
    return Work(
        units=np.empty(n_rows * sum(layout.units[1:]), dtype),
        products=np.empty(n_rows * sum(hidden) if keeps_products else 0, dtype),
        deltas=np.empty((2, n_rows * max(hidden, default=1)), dtype),
        gradient=np.zeros(layout.size, dtype),  # where no pass writes, its norm finds nothing
        sums=np.empty(max(layout.units[1:])),
        normalized=np.empty(n_rows * sum(hidden) if keeps_normalized else 0, dtype),
        room=np.empty(room, dtype),
    )


def make_scratch(layout, settings, X, n_rows):
    """What `n_rows` rows of X need besides: a tuple of arrays, empty for dense ones."""
    return rows_of(X).scratch(n_rows, layout.units[1], drops=settings.dropout[0] > 0)

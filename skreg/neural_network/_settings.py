"""From constructor parameters to settings: what the trainer works with, checked and resolved."""

import re
from dataclasses import fields
from functools import cache
from numbers import Integral, Real
from pickle import PicklingError
from types import SimpleNamespace

import joblib
import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.penalties import PENALTIES
from skreg._training.arguments import count_scores
from skreg._training.layout import Layout
from skreg._training.normalization import extras_of
from skreg._validation import warn_user
from skreg.neural_network._errors import suggest_value
from skreg.neural_network._ignored import STOCHASTIC
from skreg.neural_network._regression import check_levels
from skreg.neural_network._remembered import remember

# Parameters with one value for all layers or one per layer.
PER_LAYER = "activation", "dropout", "l1", "l2", "max_norm", "weight_decay"
# Which weight matrices one number stands for.
_PLACES = {"all": slice(None), "hidden": slice(-1), "first": slice(1)}
_OF_OBJECTIVE = (
    "class_weight",
    "delta",
    "label_smoothing",
    "normalization",
    "quantile",
    "scoring",
    "validation_fraction",
)


def resolve_hidden_units(hidden_layer_sizes):
    """The numbers of hidden units as a tuple of int.

    Raises
    ------
    InvalidParameterError
        If a size is not a positive integer, or a string is neither such sizes joined by "-" nor
        "linear", for none.
    """
    given = hidden_layer_sizes
    if isinstance(given, str):
        if given == "linear":
            return ()
        if not re.fullmatch("[0-9]+(-[0-9]+)*", given):
            raise InvalidParameterError(
                "hidden_layer_sizes as a string must be positive integers joined by '-', such as "
                f"'100' or '256-128', or 'linear' for none, got {given!r}."
            )
        sizes = tuple(map(int, given.split("-")))
    else:
        sizes = tuple(np.atleast_1d(np.asarray(given, dtype=object)))
    if not all(isinstance(size, Integral) and size >= 1 for size in sizes) or given is True:
        raise InvalidParameterError(
            f"hidden_layer_sizes must be integers of at least 1, got {given!r}."
        )
    return tuple(map(int, sizes))


def resolve_activations(activation, n_hidden):
    """The names of the activations, one per hidden layer.

    Raises
    ------
    InvalidParameterError
        If there is no such activation, or their number is not that of the hidden layers.
    """
    if isinstance(activation, str):
        return (activation,) * n_hidden
    names = tuple(np.ravel(np.asarray(activation, dtype=object)).tolist())
    unknown = [name for name in names if not (isinstance(name, str) and name in ACTIVATIONS)]
    if unknown:
        given = unknown[0]
        advice = suggest_value("activation", given, ACTIVATIONS) if isinstance(given, str) else ""
        raise InvalidParameterError(
            f"activation must be of {sorted(ACTIVATIONS)}, got {given!r}.{advice}"
        )
    if len(names) != n_hidden:
        raise InvalidParameterError(
            f"activation must be one name, or one per hidden layer ({n_hidden}), got "
            f"{activation!r}."
        )
    return names


def resolve_strengths(strengths, name, n_layers):
    """The strength of a penalty or constraint for each weight matrix.

    Raises
    ------
    InvalidParameterError
        If one is out of range, or their number is not that of the weight matrices.
    """
    off, places = PENALTIES[name].off, _PLACES[PENALTIES[name].layers]
    given = np.asarray(off if strengths is None else strengths, dtype=object)
    each = tuple(np.atleast_1d(given))
    if given.ndim == 0:
        each = [off] * n_layers
        each[places] = [given.item()] * len(each[places])
    if len(each) != n_layers:
        raise InvalidParameterError(
            f"{name} must be one number, or one per layer ({n_layers}, that of the outputs last), "
            f"got {strengths!r}."
        )
    lowest, text = (0, "[0, inf)") if off == 0 else (np.nextafter(0, 1), "(0, inf]")
    highest = max(off, np.finfo(np.float64).max)
    if not all(isinstance(value, Real) and lowest <= value <= highest for value in each):
        raise InvalidParameterError(
            f"{name} must be numbers in the range {text}, got {strengths!r}."
        )
    return tuple(map(float, each))


def resolve_dropout(dropout, input_dropout, n_hidden):
    """The rates in front of each layer: that of the inputs, then one per hidden layer.

    Raises
    ------
    InvalidParameterError
        If a rate is outside [0, 1), or their number is not that of the hidden layers.
    """
    given = np.asarray(dropout, dtype=object)
    rates = tuple(np.atleast_1d(given))
    if given.ndim == 0:
        rates = rates * n_hidden
    if len(rates) != n_hidden:
        raise InvalidParameterError(
            f"dropout must be one rate, or one per hidden layer ({n_hidden}), got {dropout!r}."
        )
    if not all(isinstance(rate, Real) and 0 <= rate < 1 for rate in rates):
        raise InvalidParameterError(f"dropout must be rates in the range [0, 1), got {dropout!r}.")
    return (float(input_dropout), *map(float, rates))


def check_normalization(normalization, solver, units):
    """Refuse a normalization that cannot work.

    Raises
    ------
    InvalidParameterError
        If it depends on batches and the solver has none, or a layer has too few units.
    """
    if normalization is None:
        return
    chosen = NORMALIZATIONS[normalization]
    if chosen.by_batch and solver not in OPTIMIZERS:
        others = [name for name, row in NORMALIZATIONS.items() if not row.by_batch]
        raise InvalidParameterError(
            f"normalization={normalization!r} depends on mini-batches, which solver={solver!r} "
            f"does not have: use {STOCHASTIC}, or normalization={' or '.join(map(repr, others))}."
        )
    if min(units, default=chosen.least_units) < chosen.least_units:
        raise InvalidParameterError(
            f"normalization={normalization!r} needs at least {chosen.least_units} units in each "
            f"hidden layer, got hidden_layer_sizes={units!r}."
        )


def resolve_batch_size(batch_size, n_samples, *, warn):
    if batch_size == "auto":
        return min(200, n_samples)
    if batch_size > n_samples and warn:
        warn_user(
            f"Got batch_size={batch_size}, larger than the {n_samples} training samples. "
            "It is going to be clipped."
        )
    return int(min(batch_size, n_samples))


def resolve_settings(estimator):
    """The parameters of an estimator under their own names, with the ambiguous ones resolved.

    They are read from its attributes: a subclass may have other parameters in its constructor.

    Adds `units` (hidden units), `activations` (one name per hidden layer), `is_stochastic` (the
    solver), `augmentation_digest` (what tells augmentations apart) and `digest` (the same for all
    else that the objective and the score depend on); `dropout` and the strengths of all PENALTIES
    become one number per layer. "lbfgs" does without some of those, dropout and augmentation. What
    depends on the data is left to the caller: `batch_size`, `augmenter` (fitted), what `lay_out`
    adds, and `target_units`, a TargetUnits or None.

    Raises
    ------
    InvalidParameterError
        If parameters are wrong in ways that constraints on each alone cannot tell.
    """
    cls = type(estimator)
    params = {name: getattr(estimator, name) for name in _names_of(cls)}
    return SimpleNamespace(**params | _resolve(cls, params))


@cache
def _names_of(cls):
    return [each.name for each in fields(cls)]


@remember
def _resolve(cls, params):
    """What `resolve_settings` adds to the parameters or has in place of them."""
    units = resolve_hidden_units(params["hidden_layer_sizes"])
    n_hidden, is_stochastic = len(units), params["solver"] in OPTIMIZERS
    check_normalization(params["normalization"], params["solver"], units)
    check_levels(params.get("quantile", 0.5))
    dropout = resolve_dropout(params["dropout"], params["input_dropout"], n_hidden)
    augmentation = params["augmentation"] if is_stochastic else None
    digest = None if augmentation is None else _digest(augmentation)
    others = [_digest_of(params.get(name)) for name in _OF_OBJECTIVE]
    return {
        "units": units,
        "activations": resolve_activations(params["activation"], n_hidden),
        "dropout": dropout if is_stochastic else (0.0,) * (n_hidden + 1),
        **_resolve_penalties(params, n_hidden + 1, is_stochastic),
        "is_stochastic": is_stochastic,
        "augmentation": augmentation,
        "augmentation_digest": digest,
        "digest": joblib.hash([digest, *others]),
    }


def lay_out(settings, loss, n_features, n_targets):
    """Add the kernels' `loss`, its `scores_per_target` and the `layout`, which is returned."""
    settings.loss = loss
    settings.scores_per_target = count_scores(settings)
    n_scores = n_targets * settings.scores_per_target
    extras = extras_of(settings.normalization, settings.units)
    settings.layout = Layout((n_features, *settings.units, n_scores), extras)
    return settings.layout


def _resolve_penalties(params, n_layers, is_stochastic):
    """The strengths of all, where "lbfgs" does without some."""
    strengths = {name: resolve_strengths(params[name], name, n_layers) for name in PENALTIES}
    rows = PENALTIES.items()
    left_out = [] if is_stochastic else [name for name, row in rows if not row.in_lbfgs]
    return strengths | {name: (PENALTIES[name].off,) * n_layers for name in left_out}


def _digest(augmentation):
    """What tells an augmentation from others: its parameters, and those of its parts."""
    params = augmentation.get_params(deep=True).items()
    parts = [(name, _digest_of(value)) for name, value in params if "random_state" not in name]
    return joblib.hash([type(augmentation).__qualname__, *parts])


def _digest_of(value):
    if hasattr(value, "get_params"):  # whose parameters have names of their own
        return type(value).__qualname__
    if isinstance(value, list | tuple):
        return [_digest_of(item) for item in value]
    try:
        return joblib.hash(value)
    except (PicklingError, AttributeError, TypeError):  # a lambda, or a class within a function
        return repr(value)

"""The configurations of networks for tables that a search draws."""

from dataclasses import fields

import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.base import is_classifier
from sklearn.model_selection import ParameterSampler
from sklearn.utils._param_validation import InvalidParameterError

from skreg.neural_network._checks import naming
from skreg.neural_network._settings import PER_LAYER, resolve_hidden_units
from skreg.neural_network._tabular.plan import LARGE, spread_l2

# Values that suit more tables are there more than once, which makes them more likely. Widths are
# for tables whose defaults have 256 units per layer, batches for those that have 128 rows.
SPACE = {
    "hidden_layer_sizes": [
        *["256-256-256"] * 3,
        *["128-128-128"] * 2,
        *["256-256"] * 2,
        "384-384-384",
        "512-512",
    ],
    "activation": ["silu", "silu", "silu", "mish", "gelu", "relu", "selu"],
    "dropout": uniform(0.0, 0.4),
    "l2": loguniform(1e-6, 1e-2),
    "group_l1": [*[0.0] * 5, 1e-4, 3e-4, 1e-3, 3e-3, 5e-3],
    "learning_rate_init": loguniform(0.002, 0.0125),
    "batch_size": [64, 128, 128, 256],
    "n_bins": [16, 16, 16, 4, 8, 8, 32, 48],
    "normalization": [None, None, None, "batch", "batch", "layer"],
    "label_smoothing": [0.0, 0.0, 0.0, 0.05],
}
_NOT_OF_NETWORKS = {  # what the search decides itself
    "random_state",
    "warm_start",
    "early_stopping",
    "validation_fraction",
    "scoring",
    "verbose",
}


def make_space(estimator, plan, n_rows):
    """What to draw from for an estimator: its `param_distributions`, or what suits the table.

    What was set to something else than the default stays as it is set.

    Parameters
    ----------
    plan : Plan
        What suits the table: of its batch size, half or the double may be drawn, and of the
        width of its layers, too.

    n_rows : int
        Numbers of bins are not drawn for large tables, of which each number takes a copy.
    """
    if estimator.param_distributions is not None:
        return dict(estimator.param_distributions)
    space = dict(SPACE)
    if not is_classifier(estimator):
        del space["label_smoothing"]
    if n_rows >= LARGE:
        del space["n_bins"]
    batch_size = plan.batch_size
    if isinstance(batch_size, str):
        del space["batch_size"]
    else:
        space["batch_size"] = [batch_size * size // 128 for size in space["batch_size"]]
    width = max(resolve_hidden_units(plan.hidden_layer_sizes), default=256)
    space["hidden_layer_sizes"] = [_scale(name, width) for name in SPACE["hidden_layer_sizes"]]
    defaults = {field.name: field.default for field in fields(estimator)}
    fixed = {name for name in space if not _is_same(getattr(estimator, name), defaults[name])}
    if any(np.ndim(getattr(estimator, name)) for name in PER_LAYER):
        fixed.add("hidden_layer_sizes")  # there is a value for each layer
    return {name: values for name, values in space.items() if name not in fixed}


def _scale(sizes, width):
    return "-".join(str(width * size // 256) for size in resolve_hidden_units(sizes))


def _is_same(value, default):
    return np.shape(value) == np.shape(default) and np.all(value == default)


def check_space(estimator):
    """Refuse a `param_distributions` that candidates cannot be drawn from.

    Raises
    ------
    ValueError
        If it is empty, or names what networks do not have or the search decides itself, or a value
        is none of its parameter.

    TypeError
        If values are neither a list nor a distribution.
    """
    space = estimator.param_distributions
    if space is None:
        return
    names = {field.name for field in fields(estimator._member)} - _NOT_OF_NETWORKS | {"n_bins"}
    unknown = sorted(set(space) - names)
    if not space or unknown:
        raise InvalidParameterError(
            f"param_distributions must name parameters of {estimator._member.__name__} or n_bins, "
            f"without {', '.join(sorted(_NOT_OF_NETWORKS))}, got "
            f"{', '.join(map(repr, unknown)) or 'an empty dict'}."
        )
    for name, values in space.items():
        with naming(f"param_distributions[{name!r}]"):
            _check_values(type(estimator) if name == "n_bins" else estimator._member, name, values)


def _check_values(kind, name, values):
    ParameterSampler({name: values}, 1)  # which refuses what is neither a list nor a distribution
    some = [values.rvs(random_state=0)] if hasattr(values, "rvs") else list(values)
    if not some:
        raise ValueError("must not be empty.")
    for value in some:
        kind(**{name: value})._validate_params()


def draw(space, random_state):
    """One configuration, as a dict."""
    (params,) = ParameterSampler(space, 1, random_state=random_state)
    return params


def params_of_network(shared, l2, drawn):
    """Constructor parameters of the networks of a configuration.

    Parameters
    ----------
    shared : dict
        Those of the networks of the defaults.

    l2 : float or array-like of float
        The strength that the estimator is given, to be spread over the layers.
    """
    params = {**shared, **{name: drawn[name] for name in drawn if name != "n_bins"}}
    n_hidden = len(resolve_hidden_units(params["hidden_layer_sizes"]))
    return {**params, "l2": spread_l2(drawn.get("l2", l2), n_hidden)}

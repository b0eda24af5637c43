"""Find networks inside an estimator, and the parameters of theirs that a search can tune."""

from sklearn.utils.validation import _num_features, _num_samples

from skreg._kernels.optimizers import OPTIMIZERS
from skreg.model_selection._tunables import AUGMENTERS, TUNABLES
from skreg.neural_network._parameters import NetworkParameters

AUGMENTATION = "augmentation"
NAMES = (*TUNABLES, AUGMENTATION)  # what `include` may contain


def find_tunables(estimator, X, include):
    """Full names of parameters, each with its Tunable.

    Raises
    ------
    TypeError
        If `estimator` is not an estimator.
    ValueError
        If it contains no network, if `include` is empty or has unknown names, or if nothing that it
        names has an effect.
    InvalidParameterError
        If a parameter of a network is not valid.
    """
    include = _check_include(include)
    networks = find_networks(estimator)
    shape = _shape_of(X)
    found = {}
    for prefix, network in networks.items():
        network._validate_params()
        found |= dict(_tunables_of(prefix, network, shape, include))
    if not found:
        raise ValueError(
            f"include={include!r} names nothing that can be tuned in {estimator!r}: "
            '"augmentation" needs an augmenter that is set, and solver="lbfgs" only has '
            f"{[name for name, row in TUNABLES.items() if row.in_lbfgs]}."
        )
    return found


def _check_include(include):
    include = (include,) if isinstance(include, str) else tuple(include)
    unknown = [name for name in include if name not in NAMES]
    if unknown or not include:
        given = f"unknown {unknown}" if unknown else "nothing"
        raise ValueError(f"include must be one or more of {list(NAMES)}, got {given}.")
    return include


def find_networks(estimator):
    """Networks by the prefix of their parameters, wherever `get_params` leads."""
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        raise TypeError(f"estimator must be an estimator, got {estimator!r}.")
    inside = {f"{name}__": value for name, value in estimator.get_params(deep=True).items()}
    everything = {"": estimator, **inside}
    networks = {k: v for k, v in everything.items() if isinstance(v, NetworkParameters)}
    if not networks:
        raise ValueError(
            "estimator must be or contain a network of skreg, such as skreg.MLPClassifier(), got "
            f"{estimator!r}."
        )
    return networks


def _shape_of(X):
    """Rows and features of X, None where that is unknown, as for texts."""
    if X is None:
        return None, None
    try:
        return _num_samples(X), _num_features(X)
    except TypeError:
        return _num_samples(X), None


def _tunables_of(prefix, network, shape, include):
    own = network.get_params(deep=False)  # which a subclass may have fewer of
    rows = [TUNABLES[name] for name in include if name in TUNABLES]
    if network.solver not in OPTIMIZERS:
        rows = [row for row in rows if row.in_lbfgs]
    searched = [row.parameter for row in rows]
    for row in rows:
        if row.parameter in own and own.get(f"{row.parameter}s") is None:  # which replaces it
            tunable = row.tunable
            tunable = tunable(network, *shape, searched) if callable(tunable) else tunable
            yield prefix + row.parameter, tunable
    if AUGMENTATION in include and network.solver in OPTIMIZERS:
        for name, augmenter in network.get_params(deep=True).items():
            if f"{name}__".startswith(f"{AUGMENTATION}__"):
                yield from _tunables_of_augmenter(f"{prefix}{name}__", augmenter)


def _tunables_of_augmenter(prefix, augmenter):
    """The row of the class, or of the nearest parent that has one."""
    row = next((AUGMENTERS[cls] for cls in type(augmenter).__mro__ if cls in AUGMENTERS), {})
    own = augmenter.get_params(deep=False) if row else {}
    yield from ((prefix + name, tunable) for name, tunable in row.items() if name in own)

"""What a normalization owns as fitted attributes, which their owner may have changed."""

import numpy as np

from skreg._kernels.normalizations import NORMALIZATIONS

ATTRIBUTES = tuple(
    dict.fromkeys(part.attribute for chosen in NORMALIZATIONS.values() for part in chosen.owned)
)
_NONE = dict.fromkeys(("_normalization", *ATTRIBUTES))


def attributes_of_normalization(layout, settings, theta):
    """All of them, as views of a theta; None for what the normalization does not own."""
    if settings.normalization is None:
        return _NONE
    owned, parts = layout.owned(theta), NORMALIZATIONS[settings.normalization].owned
    views = {part.attribute: [own[i] for own in owned] for i, part in enumerate(parts)}
    return {**_NONE, "_normalization": settings.normalization, **views}


def normalization_to_predict_with(estimator):
    """The name and what it owns per hidden layer, for `predict`; nothing where there is none.

    Raises
    ------
    ValueError
        If attributes are not numbers of the shapes of the biases, or variances are negative.
    """
    name = vars(estimator).get("_normalization")  # which older pickles lack
    if name is None:
        return ()
    hidden = [len(bias) for bias in estimator.intercepts_[:-1]]
    parts = [_check_part(estimator, part.attribute, hidden) for part in NORMALIZATIONS[name].owned]
    return name, [np.array(rows) for rows in zip(*parts)]


def extras_to_go_on_with(estimator, settings, layout):
    """The extras of a layout: attributes where the estimator has them, else those to begin with.

    Raises
    ------
    ValueError
        As above.
    """
    extras, hidden = layout.initial_extras(), layout.units[1:-1]
    parts = NORMALIZATIONS[settings.normalization].owned if extras else ()
    for i, part in enumerate(parts):
        if getattr(estimator, part.attribute, None) is not None:
            extras[i :: len(parts)] = _check_part(estimator, part.attribute, hidden)
    return extras


def _check_part(estimator, attribute, hidden):
    layers = getattr(estimator, attribute, None)
    arrays = [np.asarray(layer) for layer in layers] if isinstance(layers, list | tuple) else []
    shapes, given = [(n,) for n in hidden], [array.shape for array in arrays]
    if given != shapes or not all(array.dtype.kind in "fiub" for array in arrays):
        kinds = [f"{array.dtype}{array.shape}" for array in arrays] or type(layers).__name__
        raise ValueError(
            f"{attribute} must be a list of arrays of real numbers of the shapes {shapes}, one per "
            f"hidden layer, got {kinds}."
        )
    if attribute == "normalization_variances_" and any((array < 0).any() for array in arrays):
        raise ValueError(f"{attribute} must not be negative.")
    return arrays

"""Fitted attributes, made from a training state, and the state that training continues from."""

from itertools import pairwise

import numpy as np
from scipy.sparse import issparse

from skreg._kernels.links import LINKS
from skreg._training.curves import last_of
from skreg._training.random import draw_initial_theta
from skreg._training.state import TrainingState
from skreg.neural_network._normalization import (
    ATTRIBUTES,
    attributes_of_normalization,
    extras_to_go_on_with,
)
from skreg.neural_network._slim import check_can_continue
from skreg.neural_network._sparsify import as_dense

# What a network has learned, and may go on from.
_LEARNED = "coefs_", "intercepts_", *ATTRIBUTES, "target_center_", "target_scale_"


def attributes_of(layout, settings, theta):
    """The attributes that prediction needs, as views of a theta."""
    return {
        "coefs_": layout.coefs(theta),
        "intercepts_": layout.intercepts(theta),
        "_activations": settings.activations,
        "n_layers_": len(layout.units),
        "n_outputs_": layout.units[-1] // settings.scores_per_target,
        "_scores_per_target": settings.scores_per_target,
        **attributes_of_normalization(layout, settings, theta),
        **({} if settings.target_units is None else settings.target_units.attributes),
    }


def attributes_of_view(layout, settings, theta):
    """The same for an estimator that is given X as `fit` has checked it, without names."""
    return {**attributes_of(layout, settings, theta), "feature_names_in_": None}


def attributes_of_epoch(settings, layout, first_epoch, validated, state):
    """All fitted attributes as of an epoch, which further training leaves alone."""
    state = state.copy(state.solver)
    theta, n_epochs = state.settled(settings).copy(), state.epoch - first_epoch
    return _fitted_attributes(state, settings, layout, theta, n_epochs, validated)


def learned_by(network):
    """What a network has learned, for `vars` of another one to go on from."""
    return {name: vars(network)[name] for name in _LEARNED if name in vars(network)}


def publish(estimator, state, settings, layout, outcome, *, validated):
    """Set the fitted attributes; weights are copies, which the user may change."""
    was_interrupted = outcome.end == "interrupted"
    at_best = settings.early_stopping or was_interrupted
    theta = (state.best_theta if at_best else state.settled(settings)).copy()
    of_fit = state, settings, layout, theta, outcome.n_epochs, validated
    attributes = _fitted_attributes(*of_fit)
    vars(estimator).update(attributes, _was_interrupted=was_interrupted)


def _fitted_attributes(state, settings, layout, theta, n_epochs, validated):
    attributes = attributes_of(layout, settings, theta)
    return attributes | {
        "_training_state": vars(state),
        "_seed": state.seed,
        "_augmentation_digest": settings.augmentation_digest,
        "sparsity_": np.array(list(map(_share_of_zeros, attributes["coefs_"]))),
        "n_iter_": n_epochs,
        "t_": state.t,
        "loss_": last_of(state.loss_curve) if state.loss_curve else np.inf,
        "best_loss_": None if settings.early_stopping else state.best_loss,
        "best_validation_score_": state.best_score if validated else None,
    }


def _share_of_zeros(coef):
    return (coef.size - np.count_nonzero(coef)) / coef.size


def start(estimator, settings, layout, dtype, seed, *, keep_weights):
    """The state before training, at random weights or, with `keep_weights`, at the user's."""
    if keep_weights and not vars(estimator).keys().isdisjoint(("coefs_", "intercepts_")):
        theta = pack_weights(estimator, settings, layout, dtype)
    else:
        units = settings.target_units
        scores = None if units is None else units.initial_scores
        theta = draw_initial_theta(layout, settings.activations, seed, dtype, scores)
    return TrainingState.start(theta, seed, estimator.solver)


def resume(estimator):
    """A copy of the state that the last call ended with; None if there was none.

    Raises
    ------
    ValueError
        If there was a call, but `slim` has left its state out, or the state was changed.
    """
    if not estimator.__sklearn_is_fitted__():
        return None
    check_can_continue(estimator)
    return TrainingState.restore(estimator._training_state, estimator.solver)


def adopt_weights(state, estimator, settings, layout):
    """Take `coefs_`, `intercepts_` and the like into a state if the user has changed them."""
    theta = pack_weights(estimator, settings, layout, state.theta.dtype)
    if state.theta.size != theta.size:
        state.begin_at(theta)
        return
    published = (state.best_theta, state.settled(settings), state.average)
    if not any(np.array_equal(theta, ours) for ours in published):
        state.move_to(theta)


def weights_to_predict_with(estimator, n_features):
    """`coefs_` and `intercepts_`, which their owner may have changed, as lists of arrays.

    Those of `coefs_` may be sparse matrices.

    Raises
    ------
    ValueError
        If they are not numbers of shapes that fit together, or `out_activation_` is unknown.
    """
    if estimator.out_activation_ not in LINKS:
        given = estimator.out_activation_
        raise ValueError(f"out_activation_ must be one of {sorted(LINKS)}, got {given!r}.")
    biases = _list_layers(estimator, "intercepts_")
    hidden = map(np.size, biases[: len(estimator._activations)])
    n_scores = estimator.n_outputs_ * estimator._scores_per_target
    return _check_parts(estimator, (n_features, *hidden, n_scores))


def pack_weights(estimator, settings, layout, dtype):
    """The theta of the weights that an estimator has, as fitted or as set by the user.

    Raises
    ------
    ValueError
        If they are not finite numbers of the shapes that the layout has.
    """
    coefs, intercepts = _check_parts(estimator, layout.units)
    extras = extras_to_go_on_with(estimator, settings, layout)
    theta = layout.pack(map(as_dense, coefs), intercepts, dtype, extras)
    if not np.isfinite(theta).all():
        names = "coefs_ and intercepts_" + (" and normalization_*_" if layout.extras else "")
        raise ValueError(f"{names} must be finite in {dtype} to train on from.")
    return theta


def _list_layers(estimator, name):
    """`coefs_` or `intercepts_`, which are empty if there are none."""
    layers = getattr(estimator, name, ())
    if not isinstance(layers, list | tuple):
        kind = type(layers).__name__
        raise ValueError(f"{name} must be a list of arrays, one per layer, got {kind}.")
    return layers


def _check_parts(estimator, units):
    """`coefs_` and `intercepts_` as lists of arrays, for layers of so many units.

    Raises
    ------
    ValueError
        If one of them is missing, is not of real numbers, or has another shape.
    """
    parts = []
    for name, shapes in ("coefs_", list(pairwise(units))), ("intercepts_", list(zip(units[1:]))):
        layers = _list_layers(estimator, name)
        arrays = [
            part if type(part) is np.ndarray or issparse(part) else np.asarray(part)
            for part in layers
        ]
        given = [array.shape for array in arrays]
        if given != shapes:
            raise ValueError(
                f"{name} must have the shapes {shapes}, for layers of {units} units, got {given}. "
                "To change hidden_layer_sizes between calls, change coefs_ and intercepts_ with it."
            )
        if not all(array.dtype.kind in "fiub" for array in arrays):
            dtypes = [str(array.dtype) for array in arrays]
            raise ValueError(f"{name} must be arrays of real numbers, got dtypes {dtypes}.")
        parts.append(arrays)
    return parts

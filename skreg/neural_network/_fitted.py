"""Fitted attributes: out of the state of training, and back into one that training goes on from."""

import numpy as np

from skreg._training.layout import Layout
from skreg._training.state import TrainingState


def attributes_of(layout, settings, theta):
    """What an estimator needs to predict with a theta, as views of it."""
    return {
        "coefs_": layout.coefs(theta),
        "intercepts_": layout.intercepts(theta),
        "_activations": settings.activations,
        "n_layers_": len(layout.units),
        "n_outputs_": layout.units[-1],
    }


def attributes_of_view(layout, settings, theta):
    """The same for an estimator that is given X as `fit` has checked it, without names."""
    return {**attributes_of(layout, settings, theta), "feature_names_in_": None}


def publish(estimator, state, settings, layout, outcome, *, validated):
    """Set the fitted attributes; the weights are copies, for their owner to change.

    Returns the theta that they are views of.
    """
    at_best = settings.early_stopping or outcome.end == "interrupted"
    theta = (state.best_theta if at_best else state.settled(settings)).copy()
    attributes = attributes_of(layout, settings, theta)
    loss_curve = list(state.loss_curve)
    attributes |= {
        "_training_state": vars(state),
        "_augmentation_digest": settings.augmentation_digest,
        "sparsity_": np.array([np.mean(coef == 0) for coef in attributes["coefs_"]]),
        "n_iter_": outcome.n_epochs,
        "t_": state.t,
        "loss_curve_": loss_curve,
        "loss_": loss_curve[-1] if loss_curve else np.inf,
        "best_loss_": None if settings.early_stopping else state.best_loss,
        "validation_loss_curve_": list(state.validation_loss_curve) if validated else None,
        "validation_scores_": list(state.validation_scores) if validated else None,
        "best_validation_score_": state.best_score if validated else None,
    }
    vars(estimator).update(attributes)
    return theta


def resume(estimator, settings):
    """A copy of the state of the last call to go on from; None where there was none."""
    if not hasattr(estimator, "_training_state"):
        return None
    state = TrainingState(**estimator._training_state).copy(estimator.solver)
    coefs, intercepts = estimator.coefs_, estimator.intercepts_
    theta = Layout.of(coefs).pack(coefs, intercepts, state.theta.dtype)
    published = (state.best_theta, state.settled(settings))
    if not any(np.array_equal(theta, own) for own in published):  # set by the user since then
        state.theta[:] = theta
    return state

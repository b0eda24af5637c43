"""The loss and the score of a network on its validation set, after each epoch."""

import copy
from collections.abc import Callable
from inspect import signature
from numbers import Real

import numpy as np
from sklearn.metrics import check_scoring

from skreg._kernels.links import LINKS
from skreg._kernels.losses import CLASSIFICATION_LOSSES, LOSSES
from skreg._training.arguments import loss_parameters
from skreg._training.predict import predict

# Losses that `score` agrees with; by R², a good quantile looks worse than the mean.
_SUIT_SCORE = {*CLASSIFICATION_LOSSES, "squared_error"}


class Validator:
    """The loss and the score of a theta on validation rows.

    Parameters
    ----------
    attributes_of : callable(theta) -> dict
        What an estimator needs to predict.
    """

    def __init__(self, estimator, settings, layout, held_out, attributes_of: Callable):
        self._settings, self._layout, self._held_out = settings, layout, held_out
        self._attributes_of, self._score_outputs = attributes_of, estimator._score_outputs
        self._view, self._scorer, self._Y = None, None, np.asarray(held_out.data.Y)
        self._is_by_loss = settings.scoring == "loss"
        if settings.scoring is None:
            self._is_by_loss = settings.loss not in _SUIT_SCORE
        elif not self._is_by_loss:
            self._view = copy.copy(estimator)
            self._scorer = check_scoring(estimator, settings.scoring)

    def __call__(self, theta):
        data = self._held_out.data
        weights = self._layout.coefs(theta), self._layout.intercepts(theta)
        normalized = self._settings.normalization, self._layout.owned(theta)
        outputs = predict(data.X, *weights, self._settings.activations, "identity", *normalized)
        value = self._evaluate_loss(outputs.copy())
        score = -value if self._is_by_loss else self._score(theta, outputs)
        if np.isnan(score) and self._settings.early_stopping:
            raise ValueError(
                f"scoring={self._settings.scoring!r} gives nan for the validation set, so "
                "early_stopping cannot use it: pass another validation set or another scoring."
            )
        return value, score

    def _score(self, theta, outputs):
        """The score, given the scores of the last layer; −∞ where those are not finite."""
        data, loss = self._held_out.data, self._settings.loss
        if not np.isfinite(outputs).all():
            return -np.inf
        if self._scorer is not None:
            return self._score_by_scorer(theta)
        no_bias = np.zeros(outputs.shape[1], outputs.dtype)  # they have theirs already
        LINKS[LOSSES[loss].link].by_dtype[outputs.dtype](outputs, no_bias)
        return self._score_outputs(data.Y, outputs, data.weights)

    def _evaluate_loss(self, scores):
        data, dtype = self._held_out.data, scores.dtype
        weights = np.ones(data.n, dtype) if data.weights is None else data.weights
        parameters = loss_parameters(self._settings, dtype)
        scale, loss = dtype.type(1 / data.mass), LOSSES[self._settings.loss].option
        vectors = weights, np.empty_like(weights)
        value = float(loss.by_dtype[dtype](scores, self._Y, *vectors, scale, parameters))
        return np.inf if np.isnan(value) else value  # of scores that overflowed

    def _score_by_scorer(self, theta):
        vars(self._view).update(self._attributes_of(theta))
        data, y, *_ = self._held_out
        weighted = {}
        if data.weights is not None and takes_weights(self._scorer):
            weighted["sample_weight"] = data.weights.astype(np.float64) * data.unit
        try:
            score = self._scorer(self._view, data.X, y, **weighted)
        except Exception as error:
            error.add_note(f"This is scoring={self._settings.scoring!r} of the validation samples.")
            raise
        if not isinstance(score, Real):
            raise ValueError(f"scoring must return one number, got {score!r}.")
        return float(score)


def takes_weights(scorer):
    """Whether a scorer may be called with `sample_weight`."""
    try:
        parameters = signature(getattr(scorer, "_score_func", scorer)).parameters
    except ValueError:  # a built-in function
        return False
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return takes_any or "sample_weight" in parameters

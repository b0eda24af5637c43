"""Scores and probabilities of classes, and draws of probabilities."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, softmax
from sklearn.utils import check_random_state

from skreg._training.predict import predict
from skreg._typing import MatrixLike, RandomState
from skreg.neural_network._labels import codes
from skreg.neural_network._spread import HOW_TO_VARY, draw_variants
from skreg.neural_network._temperature import find_temperature

_SCORES = {"logistic": "identity", "softmax": "identity"}  # links to leave out
_NOT_SOFTMAX = {"logistic": "identity"}


class SampleProbaMixin:
    """The method of classifiers whose probabilities vary, by member or by dropout."""

    def sample_proba(
        self, X: MatrixLike, n_samples: int = 1, random_state: RandomState = 0
    ) -> np.ndarray:
        """Draw probabilities as they might be.

        Each draw has the probabilities of one member, chosen by its vote, or for a single network
        with dropout those of one pass that leaves out some of its units (MC dropout [1]_), the same
        for all rows of X.

        Where draws agree, the training rows settle the probabilities; where they do not, more rows
        would. Do not trust their agreement where X is unlike all training rows.

        Parameters
        ----------
        X : {array-like, sparse matrix or array, dataframe} of shape (n_samples_X, n_features)
            Features, as in :meth:`predict`.

        n_samples : int, default=1
            Number of draws.

        random_state : int, RandomState instance or None, default=0
            Determines the draws.

        Returns
        -------
        proba_samples : ndarray of shape (n_samples_X, n_classes, n_samples)
            The draws, with classes in the order of `classes_`.

        Raises
        ------
        ValueError
            If nothing is random.

        References
        ----------
        .. [1] Gal & Ghahramani (2016). Dropout as a Bayesian approximation.
        """
        self._check_fitted()
        if not self._varies:
            raise ValueError(
                f"sample_proba needs probabilities that vary, but nothing is random in this "
                f"{type(self).__name__}: {HOW_TO_VARY}, or use TabularMLPClassifier with several "
                "members."
            )
        rng = check_random_state(random_state)
        return draw_variants(self, self._vary_calibrated, X, n_samples, rng)


class ProbabilitiesMixin(SampleProbaMixin):
    """What a network says of classes, at a temperature.

    Attributes
    ----------
    temperature_ : float
        What scores are divided by: 1 without `calibration`, or more if the network is too sure.
    """

    temperature_: float

    def decision_function(self, X: MatrixLike) -> np.ndarray:
        """Predict the scores of classes, whose softmax or logistic function are probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes, the logarithm of the odds of the second one; for more, the logarithms
            of probabilities up to a number per row. For multilabel targets, the logarithm of the
            odds of each label. All are divided by `temperature_`. Odds are at most those of the
            highest probability below 1 that `predict_proba` knows, so that both rank rows alike,
            but for probabilities that are rounded to the same number.
        """
        scores = self._predict_scores(X)
        if self._temperature != 1:
            scores /= self._temperature
        if self.out_activation_ == "logistic":
            least = 1.5 * np.finfo(scores.dtype).eps  # below, 1 - probability is rounded to eps
            np.minimum(scores, -np.log(least), out=scores)
        return scores[:, 0] if len(self.classes_) == 2 and not self._is_multilabel else scores

    def predict_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            Columns are in the order of `classes_`, or of the labels.
        """
        temperature = self._temperature
        outputs = self._predict_finite(X, _links_to_leave_out(temperature))
        return self._to_proba(outputs, temperature)

    def predict_log_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        log_y_prob : ndarray of shape (n_samples, n_classes)
            Columns are in the order of `classes_`; always finite, as no probability is zero.
        """
        return np.log(self.predict_proba(X))

    def _predict_scores(self, X):
        return self._predict_finite(X, _SCORES)

    def _predict_finite(self, X, instead=None):
        return check_finite(self._predict_outputs(X, instead))

    @property
    def _temperature(self):
        return vars(self).get("temperature_", 1.0)  # which older pickles lack

    def _to_proba(self, outputs, temperature):
        if temperature != 1:
            outputs = outputs / temperature
            outputs = softmax(outputs, axis=1) if self.out_activation_ == "softmax" else outputs
        if self.out_activation_ == "logistic":
            both = outputs if self._is_multilabel else np.concatenate([-outputs, outputs], axis=1)
            outputs = expit(both)
        limits = np.finfo(outputs.dtype)
        highest = 1 if outputs.shape[1] == 1 else 1 - limits.eps  # of one class: it is certain
        return np.clip(outputs, limits.tiny, highest)

    def _vary(self, X, variants):
        """Yield the probabilities of each variant for checked rows."""
        temperature = self._temperature
        outputs = self._outputs_of(X, variants, _links_to_leave_out(temperature))
        return (self._to_proba(check_finite(each), temperature) for each in outputs)

    _vary_calibrated = _vary

    def _judge(self, held_out):
        self.temperature_ = 1.0
        if held_out is not None and self.calibration is not None:
            data = held_out.data
            scores = predict(data.X, *self._network(data.X.shape[1], _SCORES)).astype(np.float64)
            self._learn_temperature(scores, data.Y, data.weights)

    def _learn_temperature(self, scores, Y, weights):
        """Set `temperature_`, given the scores of each output and the encoded targets of rows."""
        if len(self.classes_) > 1 and np.isfinite(scores).all():
            problem = _by_class if self._label_encoding.has_output_per_class else _by_label
            self.temperature_ = find_temperature(*problem(scores, Y, weights))


def _links_to_leave_out(temperature):
    """Before probabilities at a temperature; at 1, compiled code takes the softmax."""
    return _NOT_SOFTMAX if temperature == 1 else _SCORES


def _by_class(scores, Y, weights):
    """What `find_temperature` takes: scores of classes, the number of the true one, weights."""
    return scores, codes(Y, Y.shape[1]), weights


def _by_label(scores, Y, weights):
    """The same for the two values of each label, as if each were a row of its own."""
    odds = scores.ravel()
    weights = None if weights is None else np.repeat(weights, Y.shape[1])
    return np.stack([np.zeros_like(odds), odds], axis=1), (Y > 0.5).ravel().astype(int), weights


def check_finite(outputs):
    """The outputs, refused if they are not finite: no class can be told from NaN."""
    if not np.isfinite(outputs).all():
        raise ValueError("The outputs of the network for X are not finite: scale X.")
    return outputs

"""What predictions for the rows that were left out are worth."""

from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
from sklearn.metrics import check_scoring

from skreg.neural_network._validator import takes_weights


class LeftOut(NamedTuple):
    """Targets of some rows, and their weights."""

    y: np.ndarray
    weights: np.ndarray | None

    def take(self, rows):
        return LeftOut(self.y[rows], None if self.weights is None else self.weights[rows])


class Judge:
    """Scores of predictions, split by split, and the loss that votes are chosen by.

    By default, both are the loss of the estimator, as votes and temperatures of tabular estimators
    are. Probabilities are softened before they are scored, as the ensemble's will be.

    Parameters
    ----------
    estimator : BaseTabularMLP

    table : Table

    splits : list of Split
    """

    def __init__(self, estimator, table, splits):
        self._estimator, scoring = estimator, estimator.scoring
        table = estimator._weigh(table)
        rows = LeftOut(table.y, table.weights)
        self._parts = [rows.take(split.left_out) for split in splits]
        self._all = rows.take(np.concatenate([split.left_out for split in splits]))
        self._scorer = None
        if scoring not in (None, "loss"):
            self._scorer = check_scoring(_tell(estimator), scoring)

    def score(self, predictions):
        """A score for each split, of which None has no predictions yet; greater is better."""
        if not any(part.y.size for part in self._parts):
            return [np.nan] * len(predictions)
        known = [i for i, each in enumerate(predictions) if each is not None]
        rows = [self._parts[i] for i in known]
        softened = self._estimator._soften([predictions[i] for i in known], rows)
        scores = [None] * len(predictions)
        for i, part, prediction in zip(known, rows, softened):
            scores[i] = -self._loss_on(part)(prediction)
        return scores

    def loss_on(self, rows):
        """The loss of predictions for some rows, as numbered by `halve`, as a function of them."""
        return self._loss_on(self._all.take(rows))

    def halve(self, rng, n, most):
        """Yield n times a random half of all rows left out, split by split, or all for a scorer.

        A scorer need not be defined for half of the rows. At most so many of them are yielded.
        """
        y, weights = self._all
        rows = np.arange(len(y)) if weights is None else np.flatnonzero(weights)
        if self._scorer is not None:
            yield rows
            return
        size = min(max(rows.size // 2, 1), most)
        for _ in range(n):
            yield rng.choice(rows, size, replace=False)

    def _loss_on(self, rows):
        if self._scorer is None:
            return self._estimator._loss_on(rows)
        weighted = {}
        if rows.weights is not None and takes_weights(self._scorer):
            weighted["sample_weight"] = rows.weights

        def loss(ballot):
            told = _tell(self._estimator, self._estimator._prediction_of(ballot))
            return -float(self._scorer(told, rows.y, rows.y, **weighted))

        return loss


def _tell(estimator, prediction=None):
    """What predicts as it was told to, for scorers."""
    if is_classifier(estimator):
        return _ToldClassifier(prediction, estimator.classes_)
    return _ToldRegressor(prediction)


class _ToldClassifier(ClassifierMixin, BaseEstimator):
    def __init__(self, proba, classes):
        self._proba, self.classes_ = proba, classes

    def fit(self, X, y):
        """Nothing to learn; scikit-learn wants to see it."""

    def predict_proba(self, X):
        return self._proba / self._proba.sum(axis=1, keepdims=True)  # 1 but for float32

    def predict(self, X):
        return self.classes_[self._proba.argmax(axis=1)]


class _ToldRegressor(RegressorMixin, BaseEstimator):
    def __init__(self, prediction):
        self._prediction = prediction

    def fit(self, X, y):
        """Nothing to learn; scikit-learn wants to see it."""

    def predict(self, X):
        return self._prediction

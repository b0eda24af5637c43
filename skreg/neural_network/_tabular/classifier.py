"""The classifier for tables."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from skreg._training.one_hot import OneHot
from skreg._validation import Names
from skreg.neural_network._classifier import ClassifierParameters, MLPClassifier
from skreg.neural_network._fields import parameter, with_constructor, with_parameters
from skreg.neural_network._labels import check_labels, check_types
from skreg.neural_network._probabilities import SampleProbaMixin
from skreg.neural_network._tabular.attributes import (
    TabularAttributes,
    TabularClassifierAttributes,
)
from skreg.neural_network._tabular.base import BaseTabularMLP
from skreg.neural_network._tabular.members import mean_of_left_out, take_left_out
from skreg.neural_network._tabular.parameters import TabularParameters
from skreg.neural_network._tabular.voting import select_votes
from skreg.neural_network._temperature import (
    admit_doubt,
    apply_temperature,
    find_temperature,
    log_of,
    temperature_of_mean,
)
from skreg.neural_network._weights import weigh_by_class

_UNCALIBRATED = {"temperature_": 1.0, "doubt_": 0.0, "oof_predictions_": None}


@with_parameters
class TabularClassifierParameters(TabularParameters, ClassifierParameters):
    """What classifiers for tables are told.

    Parameters
    ----------
    calibration : {"temperature", None}, default="temperature"
        Whether to divide the logarithms of probabilities by a temperature that suits the rows that
        members were not trained on [16]_. If members take turns to leave rows out, the mean of all
        is less sure than the members that these rows show [19]_, so its temperature is between
        theirs and 1, and as much probability as one row in n is spread evenly over the classes.

    References
    ----------
    .. [16] Guo, Pleiss, Sun & Weinberger (2017). On calibration of modern neural networks.
    .. [17] Caruana, Niculescu-Mizil, Crew & Ksikes (2004). Ensemble selection from libraries of
       models.
    .. [18] Gorishniy, Rubachev & Babenko (2022). On embeddings for numerical features in tabular
       deep learning.
    .. [19] Rahaman & Thiery (2021). Uncertainty quantification and deep ensembles.
    """

    calibration: Literal["temperature"] | None = parameter(
        Names({"temperature"}), None, default="temperature"
    )


@with_constructor
class TabularMLPClassifier(
    ClassifierMixin,
    TabularClassifierParameters,
    TabularClassifierAttributes,
    TabularAttributes,
    SampleProbaMixin,
    BaseTabularMLP,
):
    """Networks that classify the rows of a table as it comes.

    Takes data frames and arrays with categories and missing values, and needs no tuning: the table
    is encoded by :class:`skreg.preprocessing.TableEncoder` [18]_, several networks from weak to
    strong regularization are trained on it, and rows that they have not seen decide how much each
    of them counts [17]_ and how sure they may be [16]_.

    See Also
    --------
    TabularMLPRegressor : The same for numbers as targets.
    MLPClassifier : A single network, for X of numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from skreg import TabularMLPClassifier
    >>> X = pd.DataFrame({"age": [20.0, 70.0] * 30, "pet": ["cat", "dog", None] * 20})
    >>> y = ["young", "old"] * 30
    >>> mlp = TabularMLPClassifier(n_members=2, max_iter=10, random_state=0).fit(X, y)
    >>> mlp.predict(X[:2])
    array(['young', 'old'], dtype='<U5')
    """

    _member = MLPClassifier

    def _check_types(self, y):
        check_types(y, "y")

    def _learn_targets(self, y):
        labels = check_labels(y)
        if labels.is_multilabel:
            raise ValueError(
                "y indicates several labels per row: fit one TabularMLPClassifier per label, as "
                "sklearn.multioutput.MultiOutputClassifier does."
            )
        self.classes_ = labels.present
        return y

    def _target_type(self, y):
        return "binary" if len(self.classes_) <= 2 else "multiclass"

    def _labels_to_stratify(self, y):
        return self._codes(y)

    def _codes(self, y):
        return np.searchsorted(self.classes_, y)

    def _judge(self, table, splits, *, is_common):
        left_out = take_left_out(self._weigh(table), splits)
        members = self.estimators_
        probas = [self._predict_member(each, rows.Z) for each, rows in zip(members, left_out)]
        first, temperature, self.doubt_ = left_out[0], 1.0, 0.0
        self.votes_ = np.full(len(splits), 1 / len(splits))
        if is_common and first.n_rows:
            self.votes_ = select_votes(probas, self._loss_on(first))
            probas, left_out = [np.tensordot(self.votes_, probas, axes=1)], [first]
        if self.calibration is not None and len(self.classes_) > 1 and first.n_rows:
            temperature = self._find_temperature(np.concatenate(probas), left_out)
            if not is_common:
                self.doubt_ = 1 / (1 + sum(rows.n_rows for rows in left_out))
        calibrated = [self._calibrate(proba, temperature) for proba in probas]
        self.oof_predictions_ = mean_of_left_out(splits, calibrated, table.n_rows)
        self.temperature_ = temperature
        if not is_common:
            self.temperature_ = temperature_of_mean(temperature, len(splits))

    def _weigh(self, table):
        if self.class_weight is None:
            return table
        Y = OneHot(self._codes(table.y), len(self.classes_))
        weights = weigh_by_class(table.weights, self.class_weight, Y, [self.classes_])
        return table._replace(weights=weights)

    def _loss_on(self, rows):
        return _LogLoss(self._codes(rows.y), rows.weights)

    def _calibrate(self, proba, temperature):
        return admit_doubt(apply_temperature(proba, temperature), self.doubt_)

    def _attributes_of(self, member):
        return {**super()._attributes_of(member), **_UNCALIBRATED}

    def _find_temperature(self, proba, left_out):
        codes = self._codes(np.concatenate([rows.y for rows in left_out]))
        weights = None
        if left_out[0].weights is not None:
            weights = np.concatenate([rows.weights for rows in left_out])
        return find_temperature(log_of(proba), codes, weights)

    def _predict_member(self, member, Z):
        """Probabilities of all classes, of which a member may not have seen some."""
        if not len(Z):
            return np.zeros((0, len(self.classes_)))
        return self._adopt(member, member.predict_proba(Z))

    def _adopt(self, member, prediction):
        proba = np.zeros((len(prediction), len(self.classes_)))
        proba[:, self._codes(member.classes_)] = prediction
        return proba

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            A table with the columns of `fit`.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return self._calibrate(self._by_blocks(X, self._vote), self.temperature_)

    def _vary_calibrated(self, Z, variants):
        return (self._calibrate(each, self.temperature_) for each in self._vary(Z, variants))

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Predict the scores of classes, whose softmax or logistic function are probabilities.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            A table with the columns of `fit`.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            For two classes, the logarithm of the odds of the second one; for more, the logarithms
            of probabilities.
        """
        scores = self.predict_log_proba(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            A table with the columns of `fit`.

        Returns
        -------
        log_y_prob : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return np.log(np.maximum(self.predict_proba(X), np.finfo(float).tiny))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict classes.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            A table with the columns of `fit`.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The most probable class of each row.
        """
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class _LogLoss:
    """The log-loss of probabilities for rows of known classes."""

    def __init__(self, codes, weights):
        self._codes, self._weights, self._rows = codes, weights, np.arange(codes.size)

    def __call__(self, proba):
        of_truth = np.maximum(proba[self._rows, self._codes], np.finfo(float).tiny)
        return -np.average(np.log(of_truth), weights=self._weights)

"""The attributes of fitted tabular estimators, in words and for type checkers."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skreg.preprocessing import TableEncoder


class TabularAttributes:
    """What every tabular estimator has after `fit`.

    Attributes
    ----------
    encoder_ : TableEncoder
        What encodes a table as numbers for the members.

    estimators_ : list of MLPClassifier or MLPRegressor of length n_members
        The fitted members, which take encoded tables.

    votes_ : ndarray of shape (n_members,)
        Weights of the members in predictions; their sum is 1.

    feature_importances_ : ndarray of shape (n_features_in_,)
        The Euclidean norm of the weights that leave all columns which encode a feature, divided by
        the sum of all norms: the mean over members, by their votes. It does not depend on the
        scales of features. With `group_l1`, a feature that no member uses has exactly 0.

    n_iter_ : int
        Epochs that members ran, of the one that ran the most.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.
    """

    encoder_: TableEncoder
    estimators_: list
    votes_: np.ndarray
    n_iter_: int
    n_features_in_: int
    feature_names_in_: np.ndarray

    @property
    def feature_importances_(self) -> np.ndarray:
        check_is_fitted(self)
        encoders = vars(self).get("encoders_", [self.encoder_] * len(self.estimators_))
        shares = list(map(_share_importance, self.estimators_, encoders))
        return np.average(shares, axis=0, weights=self.votes_)


def _share_importance(network, encoder):
    """The importances of the features of a table to a network for what they are encoded as."""
    squares = network.feature_importances_.astype(np.float64) ** 2
    norms = np.sqrt(np.bincount(encoder._sources, squares, encoder.n_features_in_))
    return norms / norms.sum() if norms.any() else norms


class TabularClassifierAttributes:
    """What classifiers for tables have beside what every tabular estimator has.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.

    temperature_ : float
        What the logarithms of probabilities are divided by: 1, or more if members are too sure.

    doubt_ : float
        Share of the probabilities that is the same for all classes: 1 / (1 + n) if members take
        turns to leave out n rows, which cannot show errors that are rarer than one row in n; else
        0.

    oof_predictions_ : ndarray of shape (n_samples, n_classes) or None
        Probabilities for each training row by the members that left it out, at the temperature that
        suits members by themselves; None if some row was left out by none, such as a row of weight
        zero.
    """

    classes_: np.ndarray
    temperature_: float
    doubt_: float
    oof_predictions_: np.ndarray | None


class TabularRegressorAttributes:
    """What regressors for tables have beside what every tabular estimator has.

    Attributes
    ----------
    n_outputs_ : int
        Number of outputs.

    oof_predictions_ : ndarray of shape (n_samples,) or (n_samples, n_outputs), or None
        Predictions for each training row by the members that left it out; None if some row was left
        out by none, such as a row of weight zero.
    """

    n_outputs_: int
    oof_predictions_: np.ndarray | None

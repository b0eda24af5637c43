"""Augmenters for tables: each replaces single values, of numbers or of anything else."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._typing import RandomState, without_annotations
from skreg._validation import Names
from skreg.augmentation._base import BaseAugmenter
from skreg.augmentation._moments import learn_moments
from skreg.augmentation._values import are_numbers, drop_missing, most_frequent


class FeatureDropout(BaseAugmenter):
    """Replace single values by the mean of their feature, or by its most frequent value.

    Unlike `input_dropout` of the estimators, which sets values to zero and scales the others, it
    leaves the others as they are, and the mean is a value that every feature has: masking noise
    [1]_ for features that are not centered. Features may hold categories, which have no mean and
    whose most frequent value it takes, and missing values, which do not count.

    Parameters
    ----------
    rate : float, default=0.1
        Probability, in [0, 1], with which each value is replaced.

    strategy : {"mean", "most_frequent"}, default="mean"
        What replaces the values of a feature of numbers: "most_frequent" suits codes and counts.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    statistics_ : ndarray of shape (n_features_in_,)
        What replaces the values of each feature.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    SwapNoise : Replace values by those of other rows.

    References
    ----------
    .. [1] Vincent, Larochelle, Bengio & Manzagol (2008). Extracting and composing robust features
       with denoising autoencoders.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import FeatureDropout
    >>> X = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    >>> FeatureDropout(rate=1.0).fit_transform(X)
    array([[ 2., 20.],
           [ 2., 20.],
           [ 2., 20.]])
    """

    statistics_: np.ndarray

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "rate": [Interval(Real, 0, 1, closed="both")],
        "strategy": [Names({"mean", "most_frequent"})],
    }
    _moves_values = True

    @without_annotations
    def __init__(
        self,
        rate: float = 0.1,
        *,
        strategy: str = "mean",
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.rate = rate
        self.strategy = strategy

    def _learn(self, X):
        if X.dtype != object and self.strategy == "mean":
            self.statistics_ = learn_moments(X)[0]
        else:
            self.statistics_ = np.array([self._learn_column(column) for column in X.T], X.dtype)

    def _learn_column(self, values):
        values = drop_missing(values)
        if not values.size:
            return np.nan
        if self.strategy == "mean" and are_numbers(values):
            return learn_moments(values.reshape(-1, 1).astype(np.float64))[0].item()
        return most_frequent(values)

    def _draw(self, rng):
        return rng.random((rng.n_rows, self.n_features_in_), np.float32) < self.rate

    def _apply(self, X, draw):
        return np.where(draw, self.statistics_, X)

    def _has_effect(self):
        return self.rate > 0


class SwapNoise(BaseAugmenter):
    """Replace single values by the value of the same feature in another row.

    Every value that it puts in is one that the feature takes, so it suits categories, counts,
    missing values and features of any distribution [1]_. Inside an estimator, the other row is one
    of the same mini-batch, drawn in proportion to the sample weights; elsewhere, it is any row.

    Parameters
    ----------
    rate : float, default=0.1
        Probability, in [0, 1], with which each value is replaced.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    FeatureDropout : Replace values by the mean of their feature.

    References
    ----------
    .. [1] Yoon, Zhang, Jordon & van der Schaar (2020). VIME: extending the success of self- and
       semi-supervised learning to tabular domain.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import SwapNoise
    >>> X = np.arange(12.0).reshape(6, 2)
    >>> swapped = SwapNoise(rate=0.5, random_state=0).fit_transform(X)
    >>> set(swapped[:, 0]) <= set(X[:, 0])
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "rate": [Interval(Real, 0, 1, closed="both")],
    }
    _mixes_rows = _moves_values = True

    @without_annotations
    def __init__(
        self, rate: float = 0.1, *, probability: float = 1.0, random_state: RandomState = None
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.rate = rate

    def _draw(self, rng):
        return rng.partners((rng.n_rows, self.n_features_in_), self.rate)

    def _apply(self, X, draw):
        return np.take_along_axis(X, draw, axis=0)

    def _has_effect(self):
        return self.rate > 0

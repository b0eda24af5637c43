"""Noise for features of numbers: added to them, or in proportion to them."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._typing import RandomState, without_annotations
from skreg.augmentation._base import BaseAugmenter
from skreg.augmentation._moments import learn_moments


class GaussianNoise(BaseAugmenter):
    r"""Add normal noise to each feature, in units of its standard deviation.

    A row x becomes :math:`x_j + \sigma s_j z_j` with standard normal :math:`z_j`, where
    :math:`s_j` is the standard deviation of feature j in the training data, so that one σ suits
    features of any scale. Training with noise is a penalty of the slopes of the network [1]_.

    Parameters
    ----------
    sigma : float, default=0.1
        Standard deviation of the noise in units of that of each feature, at least 0.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    scale_ : ndarray of shape (n_features_in_,)
        Standard deviation of each feature.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    ScaleJitter : Noise in proportion to the values.

    References
    ----------
    .. [1] Bishop (1995). Training with noise is equivalent to Tikhonov regularization.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skreg.augmentation import GaussianNoise
    >>> X = load_iris().data
    >>> noisy = GaussianNoise(sigma=0.5, random_state=0).fit_transform(X)
    >>> ((noisy - X).std(axis=0) / X.std(axis=0)).round(1)
    array([0.5, 0.5, 0.5, 0.5])
    """

    scale_: np.ndarray

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "sigma": [Interval(Real, 0, None, closed="left")],
    }

    @without_annotations
    def __init__(
        self, sigma: float = 0.1, *, probability: float = 1.0, random_state: RandomState = None
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.sigma = sigma

    def _learn(self, X):
        self.scale_ = learn_moments(X)[1]

    def _draw(self, rng):
        return rng.standard_normal((rng.n_rows, self.n_features_in_), np.float32)

    def _apply(self, X, draw):
        return X + draw * (self.sigma * self.scale_).astype(X.dtype)

    def _has_effect(self):
        return self.sigma > 0


class ScaleJitter(BaseAugmenter):
    r"""Multiply each row by a number near one.

    A row x becomes :math:`(1 + \sigma z) x` with a standard normal z for the row, or one for each
    of its values: a change of volume, brightness or gain, as sensors have it [1]_.

    Parameters
    ----------
    sigma : float, default=0.1
        Standard deviation of the factor, at least 0.

    per_feature : bool, default=False
        Whether each value has a factor of its own.

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
    GaussianNoise : Noise that does not depend on the values.

    References
    ----------
    .. [1] Um, Pfister, Pichler, Endo, Lang, Hirche, Fietzek & Kulić (2017). Data augmentation of
       wearable sensor data for Parkinson's disease monitoring using convolutional neural networks.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import ScaleJitter
    >>> X = np.array([[1.0, 2.0], [3.0, 6.0]])
    >>> scaled = ScaleJitter(random_state=0).fit_transform(X)
    >>> (scaled[:, 1] / scaled[:, 0]).round(6)
    array([2., 2.])
    """

    _parameter_constraints: ClassVar[dict] = {
        **GaussianNoise._parameter_constraints,
        "per_feature": ["boolean"],
    }

    @without_annotations
    def __init__(
        self,
        sigma: float = 0.1,
        *,
        per_feature: bool = False,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.sigma = sigma
        self.per_feature = per_feature

    def _draw(self, rng):
        n_factors = self.n_features_in_ if self.per_feature else 1
        return rng.standard_normal((rng.n_rows, n_factors), np.float32)

    def _apply(self, X, draw):
        return X * (1 + self.sigma * draw).astype(X.dtype)

    def _has_effect(self):
        return self.sigma > 0

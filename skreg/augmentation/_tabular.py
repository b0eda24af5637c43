"""Augmenters for any features: each changes numbers without knowing what they mean."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval

from skreg.augmentation._base import BaseAugmenter


def _learn_moments(X):
    """Mean and standard deviation (n_features,) of each feature, in the dtype of X."""
    scaler = StandardScaler()
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in gen_batches(X.shape[0], 4096):  # all at once would take the memory of X again
            scaler.partial_fit(X[rows])
        scale = np.sqrt(scaler.var_)
    if not np.isfinite(scale).all():
        raise ValueError("X has values too large for a standard deviation: scale X.")
    return scaler.mean_.astype(X.dtype), scale.astype(X.dtype)


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

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "sigma": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, sigma: float = 0.1, *, probability: float = 1.0, random_state=None):
        super().__init__(probability=probability, random_state=random_state)
        self.sigma = sigma

    def _learn(self, X):
        self.scale_ = _learn_moments(X)[1]

    def _draw(self, rng):
        return rng.standard_normal((rng.n_rows, self.n_features_in_), np.float32)

    def _apply(self, X, draw):
        return X + draw * (self.sigma * self.scale_).astype(X.dtype)

    def _has_effect(self):
        return self.sigma > 0


class FeatureDropout(BaseAugmenter):
    """Replace single values by the mean of their feature.

    Unlike `input_dropout` of the estimators, which sets values to zero and scales the others, it
    leaves the others as they are, and the mean is a value that every feature has: masking noise
    [1]_ for features that are not centered.

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
    mean_ : ndarray of shape (n_features_in_,)
        Mean of each feature.

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

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "rate": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(self, rate: float = 0.1, *, probability: float = 1.0, random_state=None):
        super().__init__(probability=probability, random_state=random_state)
        self.rate = rate

    def _learn(self, X):
        self.mean_ = _learn_moments(X)[0]

    def _draw(self, rng):
        return rng.random((rng.n_rows, self.n_features_in_), np.float32) < self.rate

    def _apply(self, X, draw):
        return np.where(draw, self.mean_, X)

    def _has_effect(self):
        return self.rate > 0


class SwapNoise(BaseAugmenter):
    """Replace single values by the value of the same feature in another row.

    Every value that it puts in is one that the feature takes, so it suits categories, counts and
    features of any distribution [1]_. The other row is one of the same mini-batch inside an
    estimator, drawn in proportion to the sample weights, and any row elsewhere.

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

    _parameter_constraints: ClassVar[dict] = FeatureDropout._parameter_constraints
    _mixes_rows = True

    def __init__(self, rate: float = 0.1, *, probability: float = 1.0, random_state=None):
        super().__init__(probability=probability, random_state=random_state)
        self.rate = rate

    def _draw(self, rng):
        return rng.partners((rng.n_rows, self.n_features_in_), self.rate)

    def _apply(self, X, draw):
        return np.take_along_axis(X, draw, axis=0)

    def _has_effect(self):
        return self.rate > 0


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

    def __init__(
        self,
        sigma: float = 0.1,
        *,
        per_feature: bool = False,
        probability: float = 1.0,
        random_state=None,
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

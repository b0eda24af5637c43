"""Centering, scaling and a smooth bound."""

from __future__ import annotations

from numbers import Real
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import OneToOneFeatureMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skreg._typing import validating_parameters, without_annotations
from skreg._validation import Names, accepted_dtypes, unchanged_on_failure
from skreg.preprocessing._base import BaseEncoder, check_weights
from skreg.preprocessing._distribution import distribution_of


class SmoothClipScaler(OneToOneFeatureMixin, BaseEncoder):
    """Center and scale features, and squeeze outliers smoothly into a bounded range.

    A network that is fed with standardized features still sees an outlier as a huge number, which
    dominates the gradients of its first layer. This scaler computes

        z = (x - center) / scale,    x' = z / sqrt(1 + (z / b)²)

    with the bound b, `max_absolute_value`: x' is close to z for small z, always inside of (-b, b),
    and has an inverse [1]_. Missing values stay missing and are ignored in `fit`.

    Parameters
    ----------
    strategy : {"standard", "robust"}, default="standard"
        What centers and scales. "standard" takes mean and standard deviation. "robust" takes the
        median and the distance of the quartiles, as in [1]_; where that is zero, half of the range.
        Features that are constant have a scale of 1.

    max_absolute_value : float, default=3.0
        The bound b, positive, in units of the scale.

    Attributes
    ----------
    center_ : ndarray of shape (n_features_in_,)
        What is subtracted from each feature.

    scale_ : ndarray of shape (n_features_in_,)
        What each feature is divided by.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    PiecewiseLinearEncoder : Encode where in its range a number lies.
    TableEncoder : Encode all columns of a table.
    sklearn.preprocessing.RobustScaler : Median and quartiles without a bound.

    Notes
    -----
    With `sample_weight`, a weight of 2 is the same as repeating the row.

    References
    ----------
    .. [1] Holzmüller, Grinsztajn & Steinwart (2024). Better by default: strong pre-tuned MLPs and
       boosted trees on tabular data.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.preprocessing import SmoothClipScaler
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0], [1000.0]])
    >>> SmoothClipScaler(strategy="robust").fit_transform(X).ravel().round(2)
    array([-0.95, -0.49,  0.  ,  0.49,  3.  ])
    """

    center_: np.ndarray
    scale_: np.ndarray

    _parameter_constraints: ClassVar[dict] = {
        "strategy": [Names({"standard", "robust"})],
        "max_absolute_value": [Interval(Real, 0, None, closed="neither")],
    }

    @without_annotations
    def __init__(self, *, strategy: str = "standard", max_absolute_value: float = 3.0):
        self.strategy = strategy
        self.max_absolute_value = max_absolute_value

    @validating_parameters
    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Learn centers and scales.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; NaN where they are missing.

        y : array-like, default=None
            Ignored.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, not negative.

        Returns
        -------
        self : object
            The fitted scaler. If `fit` raises, it is as it was before.

        Raises
        ------
        ValueError
            If parameters, X or weights are not as they should be.
        """
        with unchanged_on_failure(self):
            X = self._validate(X, reset=True)
            weights = check_weights(sample_weight, X)
            self.center_, self.scale_ = _MOMENTS[self.strategy](X, weights)
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Center, scale and bound features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; NaN where they are missing.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Scaled features, NaN where they are missing, as float32 if X is float32 or uint8, else
            as float64.

        Raises
        ------
        NotFittedError
            If the scaler is not fitted.
        ValueError
            If X has other features than in `fit`, or infinite values.
        """
        check_is_fitted(self)
        return self._scale(self._validate(X, reset=False))

    def _scale(self, X):
        """What `transform` returns for floating-point numbers X, which are not checked."""
        bound = X.dtype.type(self.max_absolute_value)
        with np.errstate(divide="ignore", over="ignore"):
            Z = X - self.center_.astype(X.dtype)
            Z /= self.scale_.astype(X.dtype)
            size = np.hypot(1, bound / Z)  # the formula in a form that huge numbers do not overflow
            return np.copysign(bound / size, Z)

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Undo `transform`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Scaled features.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            Features in their own units. What is not inside of the bound becomes infinite.

        Raises
        ------
        NotFittedError
            If the scaler is not fitted.
        ValueError
            If X has another number of features than in `fit`, or infinite values.
        """
        check_is_fitted(self)
        Z = check_array(X, dtype=accepted_dtypes(X), ensure_all_finite="allow-nan", estimator=self)
        if Z.shape[1] != self.n_features_in_:
            raise ValueError(f"X must have {self.n_features_in_} features, got {Z.shape[1]}.")
        with np.errstate(divide="ignore"):
            share = np.square(Z / self.max_absolute_value)
            Z = Z / np.sqrt(np.maximum(1 - share, 0))
        return Z * self.scale_.astype(Z.dtype) + self.center_.astype(Z.dtype)

    def _validate(self, X, *, reset):
        dtypes = accepted_dtypes(X)
        return validate_data(self, X, dtype=dtypes, ensure_all_finite="allow-nan", reset=reset)


def _mean_and_deviation(X, weights):
    if weights is not None:
        X, weights = X[weights > 0], weights[weights > 0]
    there = ~np.isnan(X).all(axis=0)
    center, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
    if there.any():
        some = X if there.all() else X[:, there]
        unit = _units(some)
        some = some if (unit == 1).all() else some / unit
        moments = StandardScaler().fit(some, sample_weight=weights)
        center[there] = moments.mean_ * unit
        scale[there] = np.where(moments.var_ > 0, moments.scale_ * unit, 1)
    return center, scale


def _units(X):
    """For each feature, what makes its values of a size whose square is a float64."""
    size = np.maximum(np.fmax.reduce(X), -np.fmin.reduce(X)).astype(np.float64)
    is_usual = (size == 0) | (size > 1e-100) & (size < 1e100)
    return np.where(is_usual, 1, size)


def _median_and_quartiles(X, weights):
    center, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
    for j, column in enumerate(X.T):
        distribution = distribution_of(column, weights)
        if len(distribution.values) > 1:
            q25, center[j], q75 = distribution.quantiles([0.25, 0.5, 0.75])
            half_range = (distribution.values[-1] - distribution.values[0]) / 2
            scale[j] = q75 - q25 if q75 > q25 else half_range
        elif len(distribution.values) == 1:
            center[j] = distribution.values[0]
    return center, scale


_MOMENTS = {"standard": _mean_and_deviation, "robust": _median_and_quartiles}

"""Prediction intervals that hold what they promise: conformal prediction on held-out rows.

A conformity score says how far a target is outside of a band around the prediction, in units of the
band's own. If rows to predict for are drawn like those held out, their scores rank evenly among
theirs, whatever the network is worth (Vovk, Gammerman & Shafer, 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np

from skreg._kernels.losses import LOSSES
from skreg._typing import MatrixLike

_ROUNDING = 1e-12  # of masses, beside levels that they should be equal to


class Band(NamedTuple):
    """What is widened, or narrowed, until it covers as many targets as it should."""

    middle: np.ndarray  # (n_samples,) or (n_samples, n_outputs)
    low: np.ndarray
    high: np.ndarray
    unit: np.ndarray  # of the scores

    def score(self, y):
        """How far targets are outside, negative inside; infinite where that is not known."""
        with np.errstate(invalid="ignore", over="ignore"):
            scores = np.maximum(self.low - y, y - self.high) / self.unit
        return np.where(np.isnan(scores), np.inf, scores)


class IntervalsMixin:
    """The method of regressors that have a `_predict_band`.

    `_how_to_hold_out` is advice for errors where no rows were held out.
    """

    def predict_interval(
        self, X: MatrixLike, coverage: float | Sequence[float] | np.ndarray = 0.9
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predict targets, and intervals that contain as many of them as they promise.

        The intervals are conformal [1]_: their half width is a quantile of `conformity_scores_`,
        the absolute errors on rows that were held out in `fit`, the
        ceil((n + 1) * coverage)-th smallest of n. So an interval for a row drawn like those held
        out contains its target with a probability of at least `coverage`, whether or not the
        network is good; it is only wider if it is bad. If several outputs are predicted, this holds
        for each of them alone. With `loss="gaussian"`, errors are divided by the predicted standard
        deviation, without `noise_factor_`, and intervals are multiples of it [1]_. With a list of
        quantiles, intervals are the range between the outermost ones, made wider or narrower [2]_.
        For the losses "poisson" and "gamma", they end at zero.

        The rows held out are `X_val`, those that early stopping splits off, or those that members
        of a tabular estimator, or networks of folds, are not trained on. They count by their sample
        weights. Except for `X_val` without `early_stopping`, they also choose epochs, votes or
        penalties, which makes errors on them a little too small. Where members leave out a fold
        each, the errors are those of single members and intervals are a little too wide. Members
        that are finished on all rows (`finish_on_all_rows`) were judged before.

        Coverage is an average over rows. Do not trust it for groups of rows that are harder than
        others, for rows unlike those of `fit`, such as later ones, or if rows held out belong to
        the same persons or machines as training rows.

        Parameters
        ----------
        X : {array-like, sparse matrix or array, dataframe} of shape (n_samples, n_features)
            Features, as in :meth:`predict`.

        coverage : float or array-like of shape (n_levels,), default=0.9
            Probability, in (0, 1), with which an interval should contain the target.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions; of several quantiles, the one nearest to the median.

        intervals : ndarray of shape (n_samples, 2, n_levels) or \
                (n_samples, n_outputs, 2, n_levels)
            Lower and upper ends of the intervals, as MAPIE returns them.

        Raises
        ------
        ValueError
            If `coverage` is not in (0, 1), no rows were held out, or too few for `coverage`.

        References
        ----------
        .. [1] Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018). Distribution-free predictive
           inference for regression.
        .. [2] Romano, Patterson & Candès (2019). Conformalized quantile regression.
        """
        self._check_fitted()
        levels = check_coverage(coverage)
        if vars(self).get("conformity_scores_") is None:
            raise ValueError(
                f"predict_interval needs errors on held-out rows, but this {type(self).__name__} "
                f"has none: {self._how_to_hold_out}."
            )
        band = self._predict_band(X)
        weights = vars(self).get("_conformity_weights")
        quantiles = conformal_quantiles(self.conformity_scores_, weights, levels)
        low, high, unit = (np.expand_dims(part, -1) for part in band[1:])
        center = (low + high) / 2  # where ends would pass each other, for a band too narrow
        lower = np.minimum(low - quantiles * unit, center)
        if LOSSES[self.loss].targets != "any":
            lower = np.maximum(lower, 0)
        upper = np.maximum(high + quantiles * unit, center)
        return band.middle, np.stack([lower, upper], axis=-2)


def band_around(prediction, variance=None):
    """The Band whose scores are absolute errors, or these divided by standard deviations."""
    unit = np.ones_like(prediction) if variance is None else np.sqrt(variance)
    return Band(*[prediction] * 3, unit)


def check_coverage(coverage):
    """Levels (n_levels,) of coverage.

    Raises
    ------
    ValueError
        If they are not numbers inside (0, 1).
    """
    levels = np.atleast_1d(np.asarray(coverage, dtype=object))
    is_right = levels.ndim == 1 and levels.size
    if not is_right or not all(isinstance(level, Real) and 0 < level < 1 for level in levels):
        raise ValueError(
            f"coverage must be a number in (0, 1), or several in a list, got {coverage!r}."
        )
    return levels.astype(np.float64)


def conformal_quantiles(scores, weights, levels):
    """The least scores below or at which there is as much mass as each level wants.

    The row to predict for has a mass of its own, whose score may be infinite: that of a row drawn
    by the weights, on average. So each of n rows of equal weights has a mass of 1 / (n + 1).

    Parameters
    ----------
    scores : ndarray of shape (n_samples,) or (n_samples, n_outputs), sorted

    weights : ndarray like scores, or None

    Returns
    -------
    quantiles : ndarray of shape (n_levels,) or (n_outputs, n_levels)

    Raises
    ------
    ValueError
        If all rows together have less mass than a level.
    """
    weights = np.ones_like(scores) if weights is None else weights
    total = weights.sum(axis=0)
    masses = np.cumsum(weights, axis=0) / (total + (weights**2).sum(axis=0) / total)
    masses *= 1 + _ROUNDING
    most = float(np.min(masses[-1]))
    if levels.max() > most:
        raise ValueError(
            f"coverage must be at most {most:.4g} with the {len(scores)} rows that were held out "
            f"in fit, got {levels.max():.4g}: hold more rows out, or ask for less."
        )
    places = (masses[..., np.newaxis] < levels).sum(axis=0)
    return np.take_along_axis(scores[..., np.newaxis], places[np.newaxis], axis=0)[0]

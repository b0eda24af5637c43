"""What all regressors share: the levels of quantiles, the score, and what targets may be."""

from __future__ import annotations

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.metrics import d2_pinball_score
from sklearn.utils._param_validation import InvalidParameterError

from skreg._kernels.losses import LOSSES
from skreg._typing import MatrixLike
from skreg.neural_network._intervals import Band, band_around


def levels_of(estimator):
    """The list of levels of a regressor of several quantiles; None for any other."""
    is_list = estimator.loss == "quantile" and np.ndim(estimator.quantile) > 0
    return estimator.quantile if is_list else None


def middle_of(estimator, predictions):
    """The quantile nearest to the median, if there are several in the last axis of predictions."""
    levels = levels_of(estimator)
    if levels is None:
        return predictions
    return predictions[..., np.argmin(np.abs(np.subtract(levels, 0.5)))]


def band_of(estimator, predictions):
    """The Band around predictions, or between the outermost of several quantiles.

    The latter makes intervals those of conformalized quantile regression (Romano et al., 2019).
    """
    middle = middle_of(estimator, predictions)
    if middle is predictions:
        return band_around(predictions)
    return Band(middle, predictions[..., 0], predictions[..., -1], np.ones_like(middle))


def check_levels(quantile):
    """Refuse a list of levels that are not in (0, 1) and in increasing order.

    Raises
    ------
    InvalidParameterError
        If they are not.
    """
    levels = np.asarray(quantile, dtype=object)
    if levels.ndim == 0:
        return
    are_inside = all(isinstance(level, Real) and 0 < level < 1 for level in levels.flat)
    if levels.ndim > 1 or not levels.size or not are_inside or (levels[1:] <= levels[:-1]).any():
        raise InvalidParameterError(
            "quantile must be one number in the range (0, 1), or a list of such numbers in "
            f"increasing order, got {quantile!r}."
        )


class RegressionMixin(RegressorMixin):
    """The score and the tags of a regressor."""

    def score(self, X: MatrixLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return R² of the predictions, or with a list of quantiles the mean of their D².

        D² is the share of the pinball loss that is saved in comparison with the best constant, as
        in :func:`sklearn.metrics.d2_pinball_score`. Like R², it is at most 1, and 0 for a constant.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            The score, averaged over the outputs.
        """
        levels = levels_of(self)
        if levels is None:
            return super().score(X, y, sample_weight)
        how, predictions = {"sample_weight": sample_weight}, np.moveaxis(self.predict(X), -1, 0)
        pairs = zip(predictions, levels, strict=True)
        return float(np.mean([d2_pinball_score(y, p, alpha=level, **how) for p, level in pairs]))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        is_any = self.loss not in LOSSES or LOSSES[self.loss].targets == "any"
        tags.target_tags.positive_only = not is_any
        # scikit-learn's check of several outputs has negative ones, and wants their shape back.
        tags.target_tags.multi_output = is_any and levels_of(self) is None
        return tags

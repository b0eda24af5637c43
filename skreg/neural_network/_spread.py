"""How far a prediction may be from the truth: a standard deviation of two parts, and draws.

The spread of predictions tells what the training rows leave open, and the noise, estimated on rows
that were held out, what no network can tell. Both are variances inside.
"""

from __future__ import annotations

from numbers import Integral
from typing import Literal, overload

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.utils import check_random_state, check_scalar

from skreg._kernels.losses import LOSSES
from skreg._typing import MatrixLike, RandomState
from skreg.neural_network._ignored import STOCHASTIC

HOW_TO_VARY = f"set dropout above 0, with hidden layers and {STOCHASTIC}"
_LEAST = np.log(1e-4)  # logarithm of the least share of the squared errors that is noise


class SpreadMixin:
    """Methods of regressors whose predictions vary, from network to network or by dropout.

    `_predict(X)` predicts, `_by_blocks(X, function)` applies a function to checked rows,
    `_list_variants()` returns variants and their weights, `_draw_variants(n, rng)` n of them, and
    `_vary(Z, variants)` yields their predictions. `_predict_noise(X)` is for `loss="gaussian"`.
    `_how_to_hold_out` is advice for errors where no rows were held out.
    """

    @overload
    def predict(self, X: MatrixLike, return_std: Literal[False] = False) -> np.ndarray: ...
    @overload
    def predict(
        self, X: MatrixLike, return_std: Literal[True]
    ) -> tuple[np.ndarray, np.ndarray]: ...

    def predict(self, X, return_std=False):
        """Predict targets, and how far from them the truth may be.

        Parameters
        ----------
        X : {array-like, sparse matrix or array, dataframe} of shape (n_samples, n_features)
            Features, with the columns of `fit`. Only tabular estimators take data frames with
            categories and missing values, and only the others sparse matrices.

        return_std : bool, default=False
            Whether to return a standard deviation of each prediction, too; see
            :meth:`predict_std_parts`.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions. Those of a single network are in the dtype of its weights, or in float64 if
            float32 is too coarse for the targets, such as numbers around 10⁹ that differ by 1. With
            a list of quantiles, they are in a further, last axis: (n_samples, n_quantiles) or
            (n_samples, n_outputs, n_quantiles), where none exceeds the next.

        y_std : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Only with `return_std`: the square root of the sum of the squares of spread and noise,
            in the units of y.

        Raises
        ------
        ValueError
            With `return_std`, if nothing is random and no rows were held out, or the loss is that
            of a quantile.
        """
        if not return_std:
            return self._predict(X)
        spread, noise = self.predict_std_parts(X)
        return self._predict(X), np.hypot(spread, noise)

    def predict_std_parts(self, X: MatrixLike) -> tuple[np.ndarray, np.ndarray]:
        """Predict the two parts of the standard deviation of predictions.

        The spread says what the training rows leave open; more rows make it smaller. Between
        several members, it is the standard deviation of their predictions, weighted by `votes_`
        [1]_. For a single network with dropout, it is that of 64 passes, of which each leaves out
        other units (MC dropout [2]_); it depends on `random_state` and not on the other rows of X.
        The noise is that of y itself. `loss="gaussian"` predicts its variance for each row, to be
        multiplied by `noise_factor_` if rows were held out. Otherwise it is the root of
        `noise_variance_`, the same for all rows, or zero if no rows were held out. Where members
        leave out a fold each, errors are those of single members, so that the noise is a little too
        large.

        Do not trust the spread where X is unlike all training rows: networks may agree and be wrong
        together. Do not trust the noise where that of y depends on X, unless it is predicted, or
        the validation set was small. :meth:`predict_interval` keeps its promise without such
        assumptions.

        Parameters
        ----------
        X : {array-like, sparse matrix or array, dataframe} of shape (n_samples, n_features)
            Features, as in :meth:`predict`.

        Returns
        -------
        spread : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Standard deviation of the predictions of members or passes.

        noise : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Standard deviation of the noise.

        Raises
        ------
        ValueError
            If nothing is random and no rows were held out, or the loss is that of a quantile.

        References
        ----------
        .. [1] Lakshminarayanan, Pritzel & Blundell (2017). Simple and scalable predictive
           uncertainty estimation using deep ensembles.
        .. [2] Gal & Ghahramani (2016). Dropout as a Bayesian approximation.
        """
        self._check_spread("return_std")
        spread = self._by_blocks(X, self._spread_of)
        noise = np.broadcast_to(self._noise_for(X), spread.shape)
        return np.sqrt(spread), np.sqrt(noise)

    def sample_y(
        self, X: MatrixLike, n_samples: int = 1, random_state: RandomState = 0
    ) -> np.ndarray:
        """Draw targets as they might be.

        Each draw is the prediction of one member, chosen by its vote, or of one pass of MC dropout,
        for all rows of X, plus normal noise for each row; see :meth:`predict_std_parts`. For the
        losses "poisson" and "gamma", draws below zero are zero.

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
        y_samples : ndarray of shape (n_samples_X, n_samples) or \
                (n_samples_X, n_outputs, n_samples)
            The draws.

        Raises
        ------
        ValueError
            If nothing is random and no rows were held out, or the loss is that of a quantile.
        """
        self._check_spread("sample_y")
        rng = check_random_state(random_state)
        draws = draw_variants(self, self._vary, X, n_samples, rng)
        std = np.sqrt(np.expand_dims(self._noise_for(X), -1))
        draws = draws + std * rng.normal(size=draws.shape)
        return draws if LOSSES[self.loss].targets == "any" else np.maximum(draws, 0)

    def _spread_of(self, Z):
        variants, weights = self._list_variants()
        return weighted_variance(self._vary(Z, variants), weights)

    def _noise_for(self, X):
        """The variance of noise: predicted for each row, or a number, or one per output."""
        if self.loss == "gaussian":
            return self._predict_noise(X) * self._for_outputs("noise_factor_", 1.0)
        return self._for_outputs("noise_variance_", 0.0)

    def _for_outputs(self, name, default):
        """An attribute of shape (n_outputs,), as a number if there is one output."""
        values = vars(self).get(name)
        if values is None:
            return default
        return values[0] if self.n_outputs_ == 1 else values

    def _check_spread(self, name):
        self._check_fitted()
        if self.loss == "quantile":
            raise ValueError(
                f"{name} needs predictions in the middle of y, which those of loss='quantile' are "
                "not: use predict_interval, or another loss."
            )
        has_noise = self.loss == "gaussian" or vars(self).get("noise_variance_") is not None
        if not (has_noise or self._varies):
            raise ValueError(
                f"{name} needs something to estimate from, but nothing is random in this "
                f"{type(self).__name__} and no rows were held out in fit: {HOW_TO_VARY}, or set "
                f"loss='gaussian', or {self._how_to_hold_out}."
            )


def draw_variants(estimator, vary, X, n_samples, rng):
    """Predictions (n_samples_X, …, n_samples) of variants that are drawn.

    Parameters
    ----------
    vary : callable(rows, variants), which yields the predictions of each
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    variants = estimator._draw_variants(n_samples, rng)
    unique, places = np.unique(variants, return_inverse=True)
    draws = estimator._by_blocks(X, lambda Z: np.stack(list(vary(Z, unique)), axis=-1))
    return draws[..., places]


def weighted_variance(predictions, weights):
    """The variance of arrays of one shape, of which each has a weight; weights sum up to 1."""
    mean, squares, first = 0.0, 0.0, None
    with np.errstate(over="ignore", invalid="ignore"):  # of networks that diverged
        for prediction, weight in zip(predictions, weights, strict=True):
            first = prediction.astype(np.float64) if first is None else first
            deviation = prediction - first  # near the mean, for the sake of the digits
            mean += weight * deviation
            squares += weight * deviation**2
        return np.maximum(squares - mean**2, 0.0)


def estimate_noise(errors, spread, weights=None):
    """The variance of the noise of each output under which errors are most likely.

    They are normal with the variance noise + spread. The noise is at most the mean of the squared
    errors, which it is where nothing varies.

    Parameters
    ----------
    errors : ndarray of shape (n_samples, n_outputs)

    spread : ndarray of shape (n_samples, n_outputs)

    weights : ndarray of shape (n_samples,) or None
    """
    with np.errstate(over="ignore"):
        squares = errors**2
    most = np.average(squares, axis=0, weights=weights)
    outputs = zip(squares.T, spread.T, most)
    return np.array([_most_likely_noise(*output, weights) for output in outputs])


def _most_likely_noise(squares, spread, most, weights):
    if not spread.any() or not 0 < most < np.inf:
        return most

    def loss(log_share):
        variance = spread + most * np.exp(log_share)
        return np.average(np.log(variance) + squares / variance, weights=weights)

    return most * np.exp(minimize_scalar(loss, bounds=(_LEAST, 0.0), method="bounded").x)

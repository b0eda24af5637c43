"""What regressors learn from their errors on held-out rows."""

import numpy as np

from skreg.neural_network._checks import as_numbers
from skreg.neural_network._intervals import IntervalsMixin, band_around
from skreg.neural_network._spread import SpreadMixin, estimate_noise


class UncertaintyMixin(SpreadMixin, IntervalsMixin):
    """Standard deviations, draws and intervals of regressors.

    Attributes
    ----------
    noise_variance_ : ndarray of shape (n_outputs,) or None
        Variance of the noise of y, in its units squared: what the errors on held-out rows show
        beyond the spread of predictions; see :meth:`predict_std_parts`. None if no rows were held
        out, or with `loss="gaussian"`, which predicts it for each row.

    noise_factor_ : ndarray of shape (n_outputs,) or None
        What the variances that `loss="gaussian"` predicts are multiplied by, for errors on held-out
        rows to be most likely. None if no rows were held out, or with another loss.

    conformity_scores_ : ndarray of shape (n_held_out,) or (n_held_out, n_outputs), or None
        Conformity scores of held-out rows in ascending order, such as absolute errors; see
        :meth:`predict_interval`. None if no rows were held out.
    """

    noise_variance_: np.ndarray | None
    noise_factor_: np.ndarray | None
    conformity_scores_: np.ndarray | None
    _how_to_hold_out = "set early_stopping=True, or pass X_val to fit, or use TabularMLPRegressor"

    def _forget_errors(self):
        self.noise_variance_ = self.noise_factor_ = None
        self.conformity_scores_ = self._conformity_weights = None

    def _learn_errors(self, y, band, spread, weights, noise=None):
        """Set `noise_variance_` or `noise_factor_`, and `conformity_scores_`.

        Parameters
        ----------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)

        band : Band, for the same rows

        spread : ndarray like y, of variances

        weights : ndarray of shape (n_samples,) or None

        noise : ndarray like y, of variances that are predicted, or None
        """
        y = as_numbers(y).reshape(y.shape)
        scores, errors = band.score(y), band_around(band.middle, noise).score(y)
        parts = scores, errors, spread if noise is None else spread / noise
        if weights is not None:
            has_weight = weights > 0
            parts = [part[has_weight] for part in parts]
            weights = weights[has_weight].astype(np.float64)
        scores, *parts = parts
        if not len(scores):
            return
        found = estimate_noise(*(part.reshape(len(scores), -1) for part in parts), weights)
        if self.loss != "gaussian":
            self.noise_variance_ = found
        elif noise is not None:
            self.noise_factor_ = found
        order = np.argsort(scores, axis=0, kind="stable")
        self.conformity_scores_ = np.take_along_axis(scores, order, axis=0)
        self._conformity_weights = None if weights is None else weights[order]

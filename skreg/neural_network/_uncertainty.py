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

    conformity_scores_ : ndarray of shape (n_held_out,) or (n_held_out, n_outputs), or None
        Conformity scores of held-out rows in ascending order, such as absolute errors; see
        :meth:`predict_interval`. None if no rows were held out.
    """

    noise_variance_: np.ndarray | None
    conformity_scores_: np.ndarray | None

    def _forget_errors(self):
        self.noise_variance_ = self.conformity_scores_ = self._conformity_weights = None

    def _learn_errors(self, y, band, spread, weights):
        """Set `noise_variance_` and `conformity_scores_`.

        Parameters
        ----------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)

        band : Band, for the same rows

        spread : ndarray like y, of variances

        weights : ndarray of shape (n_samples,) or None
        """
        y = as_numbers(y).reshape(y.shape)
        scores, errors = band.score(y), band_around(band.middle).score(y)
        if weights is not None:
            has_weight = weights > 0
            scores, errors, spread = scores[has_weight], errors[has_weight], spread[has_weight]
            weights = weights[has_weight].astype(np.float64)
        if not len(scores):
            return
        if self.loss != "gaussian":
            columns = [part.reshape(len(scores), -1) for part in (errors, spread)]
            self.noise_variance_ = estimate_noise(*columns, weights)
        order = np.argsort(scores, axis=0, kind="stable")
        self.conformity_scores_ = np.take_along_axis(scores, order, axis=0)
        self._conformity_weights = None if weights is None else weights[order]

"""The regressor."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import r2_score

from skreg._kernels.losses import LOSSES, OF_A_LIST, REGRESSION_LOSSES
from skreg._training.arguments import scores_of_normal
from skreg._training.predict import predict
from skreg._typing import FloatOrFloats, MatrixLike, only_if, validating_parameters
from skreg._validation import Names
from skreg.neural_network._attributes import RegressorAttributes
from skreg.neural_network._base import BaseMLP
from skreg.neural_network._checks import Given, as_numbers, check_range, has_stochastic_solver
from skreg.neural_network._errors import explains_arguments
from skreg.neural_network._fields import (
    ABOVE_0,
    INSIDE_0_AND_1,
    parameter,
    with_constructor,
    with_parameters,
)
from skreg.neural_network._intervals import band_around
from skreg.neural_network._parameters import NetworkParameters
from skreg.neural_network._regression import RegressionMixin, band_of, levels_of, middle_of
from skreg.neural_network._spread import weighted_variance
from skreg.neural_network._targets import learn_units, units_of, units_to_go_on_with
from skreg.neural_network._training_parameters import TrainingParameters
from skreg.neural_network._uncertainty import UncertaintyMixin

_N_PASSES = 16  # for the mean spread on the validation set


@with_parameters
class RegressorParameters(TrainingParameters, NetworkParameters):
    """Further parameters of regressors.

    Parameters
    ----------
    loss : str, default="squared_error"
        The loss ℓ: "squared_error", half of it; "absolute_error"; "huber", half of the squared
        error up to `delta` and linear beyond [15]_; "quantile", the pinball loss [16]_; "poisson"
        or "gamma", half of the deviance, both with predictions exp(score) [17]_; "gaussian", the
        negative log-likelihood of a normal distribution whose mean, which is the prediction, and
        variance both depend on x (Nix & Weigend, 1994).

    delta : float, default=1.0
        The error at which `loss="huber"` becomes linear, in the units of the scaled targets.

    quantile : float or array-like of float, default=0.5
        The quantile of `loss="quantile"`, in (0, 1), or several in increasing order. A list has a
        network predict all of them, such that none exceeds the next, with the mean of their losses.

    target_scaling : bool, default=True
        Whether to train on scaled targets, `(y - target_center_) / target_scale_`, so that the
        defaults suit targets of any scale. Losses, penalties, `delta` and the weights then refer to
        the scaled targets, predictions and scores to y. If False, targets are not scaled, as in
        scikit-learn.

    References
    ----------
    .. [15] Huber (1964). Robust estimation of a location parameter.
    .. [16] Koenker & Bassett (1978). Regression quantiles.
    .. [17] McCullagh & Nelder (1989). Generalized linear models.
    """

    loss: str = parameter(Names(set(REGRESSION_LOSSES)), default="squared_error")
    delta: float = parameter(ABOVE_0, default=1.0)
    quantile: FloatOrFloats = parameter(INSIDE_0_AND_1, "array-like", default=0.5)
    target_scaling: bool = parameter("boolean", default=True)


@with_constructor
class MLPRegressor(
    RegressionMixin, RegressorParameters, RegressorAttributes, UncertaintyMixin, BaseMLP
):
    r"""Multi-layer perceptron regressor with L1, L2 and dropout.

    Minimizes, over the weights W and unpenalized biases,

    .. math:: \frac{\sum_i s_i \, \ell(f(x_i), y_i)}{\sum_i s_i}
              + l_1 \lVert W \rVert_1 + \tfrac12 l_2 \lVert W \rVert_2^2

    with a loss ℓ averaged over the outputs, and sample weights s. Targets are scaled during
    training, see `target_scaling`; predictions are in the original units of y.

    See Also
    --------
    MLPClassifier : The same for classes as targets.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skreg import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> lasso = MLPRegressor((), solver="lbfgs", l1=1.0, l2=0.0, target_scaling=False)
    >>> lasso.fit(X, y).sparsity_
    array([0.7])
    """

    @only_if(has_stochastic_solver)
    @validating_parameters
    @explains_arguments
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch on the given data.

        The first call learns how to scale the targets, see `target_scaling`, so its rows should be
        representative: a few hundred rather than one.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the loss.

        X_val : {array-like, sparse matrix or array} of shape (n_val, n_features), default=None
            Validation set to evaluate after the epoch, as in `fit`. `early_stopping` has an effect
            only with it: the estimator then has the weights of the best epoch so far.

        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            The targets of X_val.

        sample_weight_val : array-like of shape (n_val,), default=None
            Non-negative weights of the rows of X_val.

        Returns
        -------
        self : object
            The estimator. If `partial_fit` raises, it is as it was before.
        """
        given = Given(X, y, sample_weight, X_val, y_val, sample_weight_val)
        return self._fit_safely(given, incremental=True)

    def _encode_targets(self, y, *, first, incremental):
        Y = as_numbers(y)
        check_range(y, self.loss)
        return Y

    def _find_target_units(self, settings, data, goes_on):
        kind = {"link": LOSSES[settings.loss].link, "is_scaled": settings.target_scaling}
        if goes_on and not vars(self).keys().isdisjoint(("target_center_", "target_scale_")):
            return units_to_go_on_with(self, data.Y.shape[1], **kind)
        kind["scores_of_normal"] = scores_of_normal(settings)
        return learn_units(data.Y, data.weights, **kind)

    def _choose_loss(self):
        return self.loss if levels_of(self) is None else OF_A_LIST[self.loss]

    def _labels_to_stratify(self, Y):
        return None

    def _score_outputs(self, Y, outputs, weights):
        with np.errstate(over="ignore"):
            unit = float(np.abs(Y).max()) or 1.0  # R² has none, and squares of large y overflow
            Y, outputs = (part.astype(np.float64) / unit for part in (Y, outputs))
            if not np.isfinite(np.square(outputs)).all():
                return -np.inf
        return float(r2_score(Y, outputs, sample_weight=weights))

    def _predict(self, X):
        return self._decode(self._predict_outputs(X))

    def _decode(self, outputs):
        """Predictions in units of y: means, or several quantiles in a last axis."""
        n_scores, units = self._scores_per_target, units_of(self)
        if self.out_activation_ == "quantiles":
            by_target = outputs.reshape(len(outputs), -1, n_scores)
            outputs = units.decode(by_target.swapaxes(1, 2)).swapaxes(1, 2)
        else:
            outputs = units.decode(outputs if n_scores == 1 else outputs[:, ::n_scores])
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def _decode_variance(self, outputs):
        """Variances for `loss="gaussian"`, in units of y squared."""
        variance = outputs[:, 1::2] * np.square(units_of(self).scale)
        return variance[:, 0] if variance.shape[1] == 1 else variance

    def _predict_mean_and_variance(self, X):
        """Both in units of y, as `predict` would return them, for `loss="gaussian"`."""
        outputs = self._predict_outputs(X)
        return self._decode(outputs), self._decode_variance(outputs)

    def _vary(self, X, variants):
        outputs = map(self._decode, self._outputs_of(X, variants))
        return (middle_of(self, each) for each in outputs)

    def _judge(self, held_out):
        self._forget_errors()
        if held_out is None:
            return
        X = held_out.data.X
        outputs = predict(X, *self._network(X.shape[1]))
        variants, weights = self._list_variants(_N_PASSES)
        spread = weighted_variance(self._vary(X, variants), weights)
        noise = self._decode_variance(outputs) if self.loss == "gaussian" else None
        self._learn_errors(held_out.y, self._band_of(outputs), spread, held_out.weights, noise)

    def _predict_band(self, X):
        return self._band_of(self._predict_outputs(X))

    def _band_of(self, outputs):
        if self.out_activation_ == "gaussian":
            return band_around(self._decode(outputs), self._decode_variance(outputs))
        return band_of(self, self._decode(outputs))

    def _predict_noise(self, X):
        return self._predict_mean_and_variance(X)[1]

"""The regressor for tables."""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn.metrics import (
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)
from sklearn.utils import assert_all_finite

from skreg._kernels.losses import LOSSES
from skreg.neural_network._checks import as_numbers, check_range
from skreg.neural_network._fields import parameter, with_constructor, with_parameters
from skreg.neural_network._intervals import band_around
from skreg.neural_network._regression import RegressionMixin, band_of, levels_of, middle_of
from skreg.neural_network._regressor import MLPRegressor, RegressorParameters
from skreg.neural_network._tabular.attributes import (
    TabularAttributes,
    TabularRegressorAttributes,
)
from skreg.neural_network._tabular.base import BaseTabularMLP
from skreg.neural_network._tabular.members import (
    mean_of_left_out,
    moments_of_left_out,
    take_left_out,
)
from skreg.neural_network._tabular.moments import (
    mean_and_variance_of,
    moments_of,
    negative_log_likelihood,
)
from skreg.neural_network._tabular.parameters import TabularParameters
from skreg.neural_network._tabular.voting import select_votes
from skreg.neural_network._targets import TargetUnits
from skreg.neural_network._uncertainty import UncertaintyMixin

_UNJUDGED = dict.fromkeys(("noise_variance_", "noise_factor_", "conformity_scores_"))


@with_parameters
class TabularRegressorParameters(TabularParameters, RegressorParameters):
    """What regressors for tables are told.

    Parameters
    ----------
    clip_predictions : bool, default=True
        Whether predictions stay between the least and the largest target of the training rows.

    References
    ----------
    .. [18] Caruana, Niculescu-Mizil, Crew & Ksikes (2004). Ensemble selection from libraries of
       models.
    .. [19] Gorishniy, Rubachev & Babenko (2022). On embeddings for numerical features in tabular
       deep learning.
    """

    clip_predictions: bool = parameter("boolean", default=True)


@with_constructor
class TabularMLPRegressor(
    RegressionMixin,
    TabularRegressorParameters,
    TabularRegressorAttributes,
    TabularAttributes,
    UncertaintyMixin,
    BaseTabularMLP,
):
    """Networks that predict numbers from the rows of a table as it comes.

    Takes data frames and arrays with categories and missing values, and needs no tuning: the table
    is encoded by :class:`skreg.preprocessing.TableEncoder` [19]_, several networks from weak to
    strong regularization are trained on it, and rows that they have not seen decide how much each
    of them counts [18]_. With `loss="gaussian"` they are a deep ensemble (Lakshminarayanan,
    Pritzel & Blundell, 2017).

    See Also
    --------
    TabularMLPClassifier : The same for classes as targets.
    MLPRegressor : A single network, for X of numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from skreg import TabularMLPRegressor
    >>> X = pd.DataFrame({"rooms": [2.0, 4.0, None, 3.0] * 20, "lift": ["yes", "no"] * 40})
    >>> y = [200e3, 310e3, 150e3, 260e3] * 20
    >>> mlp = TabularMLPRegressor(n_members=2, random_state=0).fit(X, y)
    >>> mlp.score(X, y) > 0.9
    True
    """

    _member = MLPRegressor
    _how_to_hold_out = "fit it to at least 16 different rows"

    def _learn_targets(self, y):
        y = as_numbers(y).reshape(y.shape)
        assert_all_finite(y, input_name="y")  # None among objects is NaN now
        check_range(y, self.loss)
        self.n_outputs_ = y.shape[1] if y.ndim == 2 else 1
        self._range = y.min(axis=0), y.max(axis=0)
        return y

    def _target_type(self, y):
        return "continuous"

    def _labels_to_stratify(self, y):
        return None

    def _judge(self, table, splits, *, is_common):
        left_out = take_left_out(table, splits)
        pairs = zip(self.estimators_, left_out)
        ballots = [self._ballot(member, rows.Z) for member, rows in pairs]
        self.votes_ = np.full(len(splits), 1 / len(splits))
        first = left_out[0]
        if is_common and first.n_rows:
            self.votes_ = select_votes(ballots, self._loss_on(first))
        predictions = list(map(self._prediction_of, ballots))
        self.oof_predictions_ = mean_of_left_out(splits, predictions, table.n_rows)
        self._forget_errors()
        if first.n_rows:
            rows, *moments = moments_of_left_out(splits, ballots, self.votes_)
            judged = table.take(rows)
            encoded = self._as_block(judged.Z)
            self._learn_from_ballots(judged, encoded, *moments, is_common=is_common)

    def _learn_from_ballots(self, table, encoded, mean, variance, *, is_common):
        """Learn from errors, given the mean and the variance of ballots for rows left out.

        Where members take turns, a row was left out by one of them, and all others are trained on
        it. Its own spread tells little then, but the mean is about as large as for new rows.
        """
        band, noise, spread = self._band_of(mean), None, middle_of(self, self._spread_of(encoded))
        if not is_common:
            average = np.average(spread, axis=0, weights=table.weights)
            spread = np.broadcast_to(average, spread.shape)
        if self.loss == "gaussian":
            between = self._flatten(variance[..., 0] * np.square(self._units.scale))
            total = np.square(band.unit)
            noise = np.maximum(total - between, np.finfo(np.float64).eps * total)  # of rounding
            band = band._replace(unit=np.sqrt(noise + spread))
        self._learn_errors(table.y, band, spread, table.weights, noise)

    def _attributes_of(self, member):
        return {**super()._attributes_of(member), **_UNJUDGED}

    def _loss_on(self, rows):
        how = {"sample_weight": rows.weights}
        if self.loss == "gaussian":
            return partial(negative_log_likelihood, rows.y, units=self._units, **how)
        return partial(self._evaluate, rows.y, **how)

    def _evaluate(self, y, prediction, sample_weight):
        """The loss of predictions; where scikit-learn has none ("huber"), the absolute error."""
        levels = levels_of(self)
        metrics = {
            "squared_error": _mean_squared_error,
            "quantile": partial(mean_pinball_loss, alpha=self.quantile)
            if levels is None
            else partial(_pinball_loss_of_list, levels=levels),
            "poisson": mean_poisson_deviance,
            "gamma": mean_gamma_deviance,
        }
        metric = metrics.get(self.loss, mean_absolute_error)
        if LOSSES[self.loss].link == "exp":  # deviances are of one output and of numbers above zero
            prediction = np.maximum(prediction, np.finfo(float).tiny)
            if y.ndim == 2:
                weights = None if sample_weight is None else np.repeat(sample_weight, y.shape[1])
                return metric(y.ravel(), prediction.ravel(), sample_weight=weights)
        return metric(y, prediction, sample_weight=sample_weight)

    def _predict_member(self, member, Z):
        if not len(Z):
            return np.empty((0, self.n_outputs_) if self.n_outputs_ > 1 else 0)
        return self._adopt(member, member.predict(Z))

    def _adopt(self, member, prediction):
        prediction = prediction.astype(np.float64)
        if not self.clip_predictions:
            return prediction
        n_more = prediction.ndim - (1 if self.n_outputs_ == 1 else 2)  # axes, of quantiles
        bounds = (np.reshape(bound, (*np.shape(bound), *[1] * n_more)) for bound in self._range)
        return np.clip(prediction, *bounds)

    def _predict(self, X):
        return self._by_blocks(X, self._vote)

    def _predict_band(self, X):
        return self._band_of(self._by_blocks(X, self._vote_by_ballots))

    def _band_of(self, ballot):
        if self.loss == "gaussian":
            return band_around(*self._mean_and_variance(ballot))
        return band_of(self, ballot)

    def _predict_noise(self, X):
        def vote(encoded):
            said = (
                vote * member._predict_noise(self._rows_for(i, encoded))
                for i, (vote, member) in enumerate(zip(self.votes_, self.estimators_))
            )
            return sum(said)

        return self._by_blocks(X, vote)

    def _predict_mean_and_variance(self, X):
        """Both in units of y, as `predict` would return them, for `loss="gaussian"`."""
        return self._mean_and_variance(self._by_blocks(X, self._vote_by_ballots))

    def _vote_by_ballots(self, encoded):
        members = enumerate(self.estimators_)
        ballots = (self._ballot(each, self._rows_for(i, encoded)) for i, each in members)
        return sum(vote * ballot for vote, ballot in zip(self.votes_, ballots))

    def _ballot(self, member, Z):
        if self.loss != "gaussian" or not len(Z):
            return self._predict_member(member, Z)
        mean, variance = member._predict_mean_and_variance(Z)
        parts = self._adopt(member, mean), variance.astype(np.float64)
        return moments_of(*(part.reshape(len(Z), -1) for part in parts), self._units)

    def _prediction_of(self, ballot):
        if self.loss != "gaussian" or not len(ballot):
            return ballot
        return self._mean_and_variance(ballot)[0]

    def _mean_and_variance(self, moments):
        return tuple(map(self._flatten, mean_and_variance_of(moments, self._units)))

    def _flatten(self, values):
        return values[:, 0] if self.n_outputs_ == 1 else values

    @property
    def _units(self):
        """The TargetUnits of moments, in which targets are between −1 and 1."""
        low, high = (np.atleast_1d(bound) / 2 for bound in self._range)
        return TargetUnits(low + high, np.where(high > low, high - low, 1.0))


def _mean_squared_error(y, predictions, sample_weight=None):
    """scikit-learn's to the last bit, without checks unless they are due.

    Votes are chosen by it thousands of times, and the checks take up to a hundred times as long.
    """
    squares = (y - predictions).reshape(len(y), -1) ** 2
    loss = np.average(np.average(squares, axis=0, weights=sample_weight))
    if np.isfinite(loss):
        return loss
    return mean_squared_error(y, predictions, sample_weight=sample_weight)


def _pinball_loss_of_list(y, predictions, levels, sample_weight=None):
    """The mean over quantiles, which are in the last axis of predictions."""
    pairs, how = zip(np.moveaxis(predictions, -1, 0), levels), {"sample_weight": sample_weight}
    return np.mean([mean_pinball_loss(y, p, alpha=level, **how) for p, level in pairs])

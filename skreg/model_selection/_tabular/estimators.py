"""The searches for tables: defaults, further configurations and an ensemble within a time limit."""

import numpy as np

from skreg.model_selection._tabular.base import TabularSearch
from skreg.model_selection._tabular.judge import LeftOut
from skreg.model_selection._tabular.parameters import (
    ClassifierSearchParameters,
    RegressorSearchParameters,
    SearchAttributes,
)
from skreg.neural_network._fields import with_constructor
from skreg.neural_network._tabular.classifier import TabularMLPClassifier
from skreg.neural_network._tabular.regressor import TabularMLPRegressor
from skreg.neural_network._temperature import apply_temperature, temperature_of_mean


@with_constructor
class TabularMLPClassifierCV(
    ClassifierSearchParameters, SearchAttributes, TabularSearch, TabularMLPClassifier
):
    """Networks that classify the rows of a table, with a search for what suits it.

    Trains the networks of :class:`skreg.TabularMLPClassifier` first. In the time that is left, it
    draws other configurations, of layers, activations, penalties, rates and bins, and trains the
    best third of them further [20]_. Rows that were left out decide how much each network counts
    in the end [17]_. What was found until the time is over, or until Ctrl-C, is kept.

    Parameters such as `dropout`, and `n_members` and `diversity`, are those of the defaults.
    A parameter that you set to another value than its default is not searched. `max_iter` is the
    number of epochs before the best candidates are trained further.

    See Also
    --------
    TabularMLPRegressorCV : The same for numbers as targets.
    skreg.TabularMLPClassifier : The defaults alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from skreg import TabularMLPClassifierCV
    >>> X = pd.DataFrame({"age": [20.0, 70.0] * 30, "pet": ["cat", "dog", None] * 20})
    >>> y = ["young", "old"] * 30
    >>> search = TabularMLPClassifierCV(time_limit=60, max_candidates=1, random_state=0)
    >>> search = search.set_params(max_iter=5)  # small, for this page
    >>> search.fit(X, y).predict(X[:2])
    array(['young', 'old'], dtype='<U5')
    """

    _plain = TabularMLPClassifier

    def _soften(self, probas, left_out):
        """Probabilities for some rows, at the one temperature that suits them."""
        if self.calibration is None or len(self.classes_) < 2:
            return probas
        temperature = self._find_temperature(np.concatenate(probas), left_out)
        return [apply_temperature(proba, temperature) for proba in probas]

    def _learn_from_left_out(self, table, n_splits, rows, encoded, mean, variance):
        temperature, self.doubt_ = 1.0, 0.0
        if self.calibration is not None and len(self.classes_) > 1:
            temperature = self._find_temperature(mean, [LeftOut(table.y, table.weights).take(rows)])
            self.doubt_ = 1 / (1 + rows.size) if n_splits > 1 else 0.0
        self.temperature_ = temperature
        if n_splits > 1:  # each row was left out by one network of each candidate
            self.temperature_ = temperature_of_mean(temperature, n_splits)
        is_complete = rows.size == table.n_rows
        self.oof_predictions_ = self._calibrate(mean, temperature) if is_complete else None


@with_constructor
class TabularMLPRegressorCV(
    RegressorSearchParameters, SearchAttributes, TabularSearch, TabularMLPRegressor
):
    """Networks that predict numbers from the rows of a table, with a search for what suits it.

    Trains the networks of :class:`skreg.TabularMLPRegressor` first. In the time that is left, it
    draws other configurations, of layers, activations, penalties, rates and bins, and trains the
    best third of them further [20]_. Rows that were left out decide how much each network counts
    in the end [18]_. What was found until the time is over, or until Ctrl-C, is kept.

    Parameters such as `dropout`, and `n_members` and `diversity`, are those of the defaults.
    A parameter that you set to another value than its default is not searched. `max_iter` is the
    number of epochs before the best candidates are trained further.

    See Also
    --------
    TabularMLPClassifierCV : The same for classes as targets.
    skreg.TabularMLPRegressor : The defaults alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from skreg import TabularMLPRegressorCV
    >>> X = pd.DataFrame({"rooms": [2.0, 4.0, None, 3.0] * 20, "lift": ["yes", "no"] * 40})
    >>> y = [200e3, 310e3, 150e3, 260e3] * 20
    >>> search = TabularMLPRegressorCV(time_limit=60, max_candidates=1, random_state=0)
    >>> search = search.set_params(hidden_layer_sizes="64-64", max_iter=20)  # small, for this page
    >>> search.fit(X, y).score(X, y) > 0.8
    True
    """

    _plain = TabularMLPRegressor

    def _soften(self, predictions, left_out):
        return predictions

    def _learn_from_left_out(self, table, n_splits, rows, encoded, mean, variance):
        self.oof_predictions_ = self._prediction_of(mean) if rows.size == table.n_rows else None
        self._forget_errors()
        judged = table.take(rows)
        self._learn_from_ballots(judged, encoded, mean, variance, is_common=n_splits == 1)

"""The classifier and the regressor whose penalties are chosen by cross-validation."""

import numpy as np
from scipy.special import logit

from skreg.model_selection._path.base import PathCV
from skreg.model_selection._path.parameters import (
    ClassifierPathParameters,
    PathAttributes,
    RegressorPathParameters,
)
from skreg.neural_network._classifier import MLPClassifier
from skreg.neural_network._fields import with_constructor
from skreg.neural_network._intervals import band_around
from skreg.neural_network._regression import band_of
from skreg.neural_network._regressor import MLPRegressor


@with_constructor
class MLPClassifierCV(PathCV, ClassifierPathParameters, PathAttributes, MLPClassifier):
    """MLPClassifier whose L1, L2 and dropout are chosen by cross-validation.

    In each fold, a network with the weakest penalties is trained first. All others begin with the
    weights of the next weaker one, so that they need a tenth of the epochs [17]_. This takes a
    fraction of the time of a grid search, and networks that become sparse step by step are often
    better than those that are trained with strong penalties from the start. The final network is
    trained in the same way on all rows.

    With ``one_standard_error=True``, the strongest penalties that are about as good as the best
    ones are chosen [18]_. `calibration` takes its temperature from the rows that folds leave out.

    See Also
    --------
    MLPRegressorCV : The same for numbers as targets.
    regularization_path : Coefficients along a path, without cross-validation.
    skreg.inspection.RegularizationPathDisplay : Plots scores and sparsity.

    References
    ----------
    .. [17] Lemhadri, Ruan, Abraham & Tibshirani (2021). LassoNet: a neural network with feature
       sparsity.
    .. [18] Breiman, Friedman, Olshen & Stone (1984). Classification and regression trees.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skreg.model_selection import MLPClassifierCV
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifierCV(16, learning_rate_init=0.01, l1s=5, cv=3, random_state=0).fit(X, y)
    >>> mlp.scores_.shape
    (3, 5, 1, 1)
    >>> print(mlp.best_score_ > 0.95, mlp.score(X, y) > 0.95)
    True True
    """

    _plain = MLPClassifier

    def _make_network(self, seed):
        return super()._make_network(seed).set_params(calibration=None)

    def _learn_from_left_out(self, rows, proba):
        if self.calibration is not None:
            if self._label_encoding.has_output_per_class:
                scores = np.log(proba)
            else:
                scores = logit(proba if self._is_multilabel else proba[:, 1:])
            self._learn_temperature(scores, rows.data.Y, rows.data.weights)


@with_constructor
class MLPRegressorCV(PathCV, RegressorPathParameters, PathAttributes, MLPRegressor):
    """MLPRegressor whose L1, L2 and dropout are chosen by cross-validation.

    In each fold, a network with the weakest penalties is trained first. All others begin with the
    weights of the next weaker one, so that they need a tenth of the epochs [18]_. This takes a
    fraction of the time of a grid search, and networks that become sparse step by step are often
    better than those that are trained with strong penalties from the start. The final network is
    trained in the same way on all rows.

    With ``one_standard_error=True``, the strongest penalties that are about as good as the best
    ones are chosen [19]_. Intervals and noise come from errors on the rows that folds leave out.

    See Also
    --------
    MLPClassifierCV : The same for classes as targets.
    regularization_path : Coefficients along a path, without cross-validation.
    skreg.inspection.RegularizationPathDisplay : Plots scores and sparsity.

    References
    ----------
    .. [18] Lemhadri, Ruan, Abraham & Tibshirani (2021). LassoNet: a neural network with feature
       sparsity.
    .. [19] Breiman, Friedman, Olshen & Stone (1984). Classification and regression trees.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skreg.model_selection import MLPRegressorCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> own = {"learning_rate_init": 0.01, "random_state": 0}
    >>> mlp = MLPRegressorCV(16, l1s=None, l2s=[1.0, 0.1, 0.01], **own)
    >>> pipeline = make_pipeline(StandardScaler(), mlp).fit(X, y)
    >>> print(mlp.l2_, round(mlp.best_score_, 1))
    0.1 0.5
    """

    _plain = MLPRegressor

    def _prediction_of(self, said):
        return said[..., 0] if self.loss == "gaussian" else said

    def _learn_from_left_out(self, rows, said):
        noise = said[..., 1] if self.loss == "gaussian" else None
        prediction = self._prediction_of(said)
        band = band_of(self, prediction) if noise is None else band_around(prediction, noise)
        self._forget_errors()
        self._learn_errors(rows.y, band, self._spread_of(rows.data.X), rows.weights, noise)

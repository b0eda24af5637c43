"""Multi-layer perceptrons as scikit-learn estimators."""

from skreg.neural_network._classifier import MLPClassifier
from skreg.neural_network._regressor import MLPRegressor
from skreg.neural_network._tabular.classifier import TabularMLPClassifier
from skreg.neural_network._tabular.regressor import TabularMLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "TabularMLPClassifier", "TabularMLPRegressor"]

"""Multi-layer perceptrons as scikit-learn estimators."""

from skreg.neural_network._classifier import MLPClassifier
from skreg.neural_network._regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

"""Regularized neural networks for scikit-learn, jitted by Numba."""

from skreg._trusted_types import TRUSTED_TYPES
from skreg.model_selection import (
    MLPClassifierCV,
    MLPRegressorCV,
    TabularMLPClassifierCV,
    TabularMLPRegressorCV,
)
from skreg.neural_network import (
    MLPClassifier,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "TRUSTED_TYPES",
    "MLPClassifier",
    "MLPClassifierCV",
    "MLPRegressor",
    "MLPRegressorCV",
    "TabularMLPClassifier",
    "TabularMLPClassifierCV",
    "TabularMLPRegressor",
    "TabularMLPRegressorCV",
]

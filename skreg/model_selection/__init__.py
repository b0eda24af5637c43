"""Networks that tune themselves, and tools for tuning them with the searches of others."""

from typing import TYPE_CHECKING

from skreg.model_selection._halving import EpochHalvingSearchCV
from skreg.model_selection._path.estimators import MLPClassifierCV, MLPRegressorCV
from skreg.model_selection._path.function import regularization_path
from skreg.model_selection._spaces import (
    optuna_distributions,
    param_distributions,
    param_grid,
    search_spaces,
)
from skreg.model_selection._tabular.estimators import TabularMLPClassifierCV, TabularMLPRegressorCV

if TYPE_CHECKING:
    from skreg.model_selection._bayes import BayesSearchCV

__all__ = [
    "BayesSearchCV",
    "EpochHalvingSearchCV",
    "MLPClassifierCV",
    "MLPRegressorCV",
    "TabularMLPClassifierCV",
    "TabularMLPRegressorCV",
    "optuna_distributions",
    "param_distributions",
    "param_grid",
    "regularization_path",
    "search_spaces",
]


def __getattr__(name):
    """Import scikit-optimize only if its search is used."""
    if name != "BayesSearchCV":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from skreg.model_selection._bayes import BayesSearchCV

    return BayesSearchCV

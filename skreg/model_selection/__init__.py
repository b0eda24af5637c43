"""Tools for tuning networks with the searches of scikit-learn, scikit-optimize and Optuna."""

from typing import TYPE_CHECKING

from skreg.model_selection._halving import EpochHalvingSearchCV
from skreg.model_selection._spaces import (
    optuna_distributions,
    param_distributions,
    param_grid,
    search_spaces,
)

if TYPE_CHECKING:
    from skreg.model_selection._bayes import BayesSearchCV

__all__ = [
    "BayesSearchCV",
    "EpochHalvingSearchCV",
    "optuna_distributions",
    "param_distributions",
    "param_grid",
    "search_spaces",
]


def __getattr__(name):
    """Import scikit-optimize only if its search is used."""
    if name != "BayesSearchCV":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from skreg.model_selection._bayes import BayesSearchCV

    return BayesSearchCV

"""Tools for tuning networks with the searches of scikit-learn, scikit-optimize and Optuna."""

from skreg.model_selection._spaces import (
    optuna_distributions,
    param_distributions,
    param_grid,
    search_spaces,
)

__all__ = ["optuna_distributions", "param_distributions", "param_grid", "search_spaces"]

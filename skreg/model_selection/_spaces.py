"""Search spaces for the networks inside an estimator: plain dicts, to be edited."""

from collections.abc import Sequence
from typing import Any

from skreg._typing import MatrixLike
from skreg.model_selection._networks import find_tunables

_ALL = ("l1", "l2", "dropout", "architecture", "learning_rate", "augmentation")
_OF_GRID = ("l2", "dropout", "learning_rate")


def param_grid(
    estimator: Any, X: MatrixLike | None = None, *, include: str | Sequence[str] = _OF_GRID
) -> dict[str, list]:
    """Return a grid of parameters for `GridSearchCV`.

    Each parameter has three values, so there are 27 candidates by default, and three times as many
    with each further name in `include`. With several networks inside, these numbers multiply:
    `len(sklearn.model_selection.ParameterGrid(grid))` is the number of candidates. The default
    leaves out the architecture, because a network that is wide enough only needs the right
    regularization.

    Parameters
    ----------
    estimator : estimator
        A network, or an estimator with networks anywhere inside, such as a `Pipeline` or a
        `TransformedTargetRegressor`. It is not changed.

    X : array-like of shape (n_samples, n_features), default=None
        The data that the search will be fitted to, for the widths of layers; None is as for 4096
        rows. The widest layers have about `4 * sqrt(n_samples)` units, from 128 to 512, and fewer
        if there are more than 8192 features.

    include : str or sequence of str, default=("l2", "dropout", "learning_rate")
        What to search: "l1", "l2", "dropout", "input_dropout", "architecture" (the widths of
        layers, at the depth that is set), "learning_rate", "weight_decay", "group_l1", "max_norm",
        "normalization" or "augmentation" (the main parameter of each augmenter that is set). What
        has no effect, such as dropout with `solver="lbfgs"`, is left out.

    Returns
    -------
    grid : dict of str to list
        Full names of parameters and the values to try, in a new dict.

    Raises
    ------
    TypeError
        If `estimator` is not an estimator.

    ValueError
        If `estimator` contains no network, or `include` names nothing, something unknown or only
        what has no effect.

    See Also
    --------
    param_distributions : For a random search.
    search_spaces : For a Bayesian search.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skreg import MLPClassifier
    >>> from skreg.model_selection import param_grid
    >>> pipeline = make_pipeline(StandardScaler(), MLPClassifier())
    >>> param_grid(pipeline, include=("l1", "dropout"))
    {'mlpclassifier__l1': [0.0, 0.0001, 0.001], 'mlpclassifier__dropout': [0.0, 0.25, 0.5]}
    """
    tunables = find_tunables(estimator, X, include)
    return {name: list(tunable.grid) for name, tunable in tunables.items() if tunable.grid}


def param_distributions(
    estimator: Any, X: MatrixLike | None = None, *, include: str | Sequence[str] = _ALL
) -> dict[str, Any]:
    """Return distributions of parameters for `RandomizedSearchCV`.

    The halving searches of scikit-learn take them too. Strengths of penalties and learning rates
    are log-uniform, rates of dropout are uniform, and architectures are a list.

    Parameters
    ----------
    estimator : estimator
        A network, or an estimator with networks anywhere inside, such as a `Pipeline` or a
        `TransformedTargetRegressor`. It is not changed.

    X : array-like of shape (n_samples, n_features), default=None
        The data that the search will be fitted to, for the widths of layers; None is as for 4096
        rows. The widest layers have about `4 * sqrt(n_samples)` units, from 128 to 512, and fewer
        if there are more than 8192 features.

    include : str or sequence of str, default=("l1", "l2", "dropout", "architecture", \
            "learning_rate", "augmentation")
        What to search: "l1", "l2", "dropout", "input_dropout", "architecture" (one to three layers
        of equal width; the depth that is set if another parameter has one value per layer),
        "learning_rate", "weight_decay", "group_l1", "max_norm", "normalization" or "augmentation"
        (the parameters of each augmenter that is set). What has no effect, such as dropout with
        `solver="lbfgs"`, is left out.

    Returns
    -------
    distributions : dict of str to distribution or list
        Full names of parameters and SciPy's distributions, or values to choose from, in a new dict.

    Raises
    ------
    TypeError
        If `estimator` is not an estimator.

    ValueError
        If `estimator` contains no network, or `include` names nothing, something unknown or only
        what has no effect.

    See Also
    --------
    param_grid : For a grid search.
    search_spaces : For a Bayesian search.

    Examples
    --------
    >>> from skreg import MLPRegressor
    >>> from skreg.model_selection import param_distributions
    >>> distributions = param_distributions(MLPRegressor(), include=("l2", "architecture"))
    >>> float(distributions["l2"].rvs(random_state=0)) < 0.1
    True
    >>> distributions["hidden_layer_sizes"][:4]
    ['64', '128', '256', '64-64']
    """
    tunables = find_tunables(estimator, X, include)
    return {name: tunable.domain.distribution() for name, tunable in tunables.items()}


def search_spaces(
    estimator: Any, X: MatrixLike | None = None, *, include: str | Sequence[str] = _ALL
) -> dict[str, Any]:
    """Return dimensions of parameters for `skopt.BayesSearchCV`.

    They have the same ranges as :func:`param_distributions`.

    Parameters
    ----------
    estimator : estimator
        See :func:`param_distributions`.

    X : array-like of shape (n_samples, n_features), default=None
        See :func:`param_distributions`.

    include : str or sequence of str, default=("l1", "l2", "dropout", "architecture", \
            "learning_rate", "augmentation")
        See :func:`param_distributions`.

    Returns
    -------
    spaces : dict of str to skopt.space.Dimension
        Full names of parameters and scikit-optimize's dimensions, in a new dict.

    Raises
    ------
    TypeError
        If `estimator` is not an estimator.

    ValueError
        If `estimator` contains no network, or `include` names nothing, something unknown or only
        what has no effect.

    See Also
    --------
    param_distributions : For a random search.
    optuna_distributions : For Optuna.

    Examples
    --------
    >>> from skreg import MLPClassifier
    >>> from skreg.model_selection import search_spaces
    >>> search_spaces(MLPClassifier(), include="l1")
    {'l1': Real(low=1e-06, high=0.01, prior='log-uniform', transform='identity')}
    """
    tunables = find_tunables(estimator, X, include)
    return {name: tunable.domain.dimension() for name, tunable in tunables.items()}


def optuna_distributions(
    estimator: Any, X: MatrixLike | None = None, *, include: str | Sequence[str] = _ALL
) -> dict[str, Any]:
    """Return distributions of parameters for Optuna's `OptunaSearchCV`.

    They have the same ranges as :func:`param_distributions`. Optuna is not a dependency of skreg:
    `OptunaSearchCV` comes with the package optuna-integration.

    Parameters
    ----------
    estimator : estimator
        See :func:`param_distributions`.

    X : array-like of shape (n_samples, n_features), default=None
        See :func:`param_distributions`.

    include : str or sequence of str, default=("l1", "l2", "dropout", "architecture", \
            "learning_rate", "augmentation")
        See :func:`param_distributions`.

    Returns
    -------
    distributions : dict of str to optuna.distributions.BaseDistribution
        Full names of parameters and Optuna's distributions, in a new dict.

    Raises
    ------
    ImportError
        If Optuna is not installed.

    TypeError
        If `estimator` is not an estimator.

    ValueError
        If `estimator` contains no network, or `include` names nothing, something unknown or only
        what has no effect.

    See Also
    --------
    param_distributions : For a random search.
    search_spaces : For scikit-optimize.

    Examples
    --------
    >>> from skreg import MLPClassifier
    >>> from skreg.model_selection import optuna_distributions
    >>> distributions = optuna_distributions(MLPClassifier())  # doctest: +SKIP
    """
    tunables = find_tunables(estimator, X, include)
    return {name: tunable.domain.optuna() for name, tunable in tunables.items()}

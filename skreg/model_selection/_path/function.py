"""A path of networks without cross-validation: coefficients and scores, point by point."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_parameter_constraints

from skreg._interrupts import as_part
from skreg._typing import Floats, MatrixLike
from skreg._validation import collected_warnings, draw_seed, warn_user
from skreg.model_selection._path.base import PathCV
from skreg.model_selection._path.choice import as_column
from skreg.model_selection._path.fitting import Recipe, find_max_iter, sparsity_of
from skreg.model_selection._path.grid import AXES, check_values, make_grid
from skreg.model_selection._path.parameters import PathParameters
from skreg.model_selection._path.progress import summarize
from skreg.model_selection._path.rows import make_rows
from skreg.neural_network._base import BaseMLP
from skreg.neural_network._checks import Given, check_validation
from skreg.neural_network._classifier import MLPClassifier
from skreg.neural_network._fitted import learned_by
from skreg.neural_network._ignored import warn_of_ignored
from skreg.neural_network._judging import judge
from skreg.neural_network._regressor import MLPRegressor
from skreg.neural_network._rows import check_rows, check_validation_rows
from skreg.neural_network._settings import resolve_settings


def regularization_path(
    X: MatrixLike,
    y: ArrayLike,
    network: MLPClassifier | MLPRegressor,
    *,
    l1s: int | Floats | None = 20,
    l2s: int | Floats | None = None,
    dropouts: int | Floats | None = None,
    path_max_iter: int | str | None = "auto",
    sample_weight: ArrayLike | None = None,
    X_val: MatrixLike | None = None,
    y_val: ArrayLike | None = None,
    sample_weight_val: ArrayLike | None = None,
) -> Bunch:
    """Train a network from weak to strong penalties, and return what becomes of its weights.

    The network with the weakest penalties is trained first. All others begin with the weights of
    the next weaker one, as in `MLPClassifierCV`, which chooses among them by cross-validation.

    Parameters
    ----------
    X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
        Features.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Class labels or multilabel indicators in classification, numbers in regression.

    network : MLPClassifier or MLPRegressor
        The network with all other parameters. It is not changed.

    l1s : int, array-like of float or None, default=20
        The strengths of `l1`, or how many, see `MLPClassifierCV`. None is that of the network.

    l2s : int, array-like of float or None, default=None
        The same for `l2`.

    dropouts : int, array-like of float or None, default=None
        The rates of `dropout`, or how many. None is that of the network.

    path_max_iter : int, "auto" or None, default="auto"
        Maximum number of epochs of each network that begins with the weights of another one; see
        `MLPClassifierCV`.

    sample_weight : array-like of shape (n_samples,), default=None
        Non-negative weights of the rows; None is a weight of 1 each.

    X_val : {array-like, sparse matrix or array} of shape (n_val, n_features), default=None
        Rows to compute the scores on; None takes X.

    y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
        The targets of X_val.

    sample_weight_val : array-like of shape (n_val,), default=None
        Non-negative weights of the rows of X_val.

    Returns
    -------
    path : Bunch
        A dict whose entries are attributes, too, in the order of points from strong to weak:

        l1, l2, dropout : ndarray of shape (n_points,)
            The strengths of each point. If several are varied, the last one varies fastest.
        scores : ndarray of shape (n_points,)
            Scores by the `scoring` of the network.
        sparsity : ndarray of shape (n_points,)
            Share of weights that are exactly zero.
        n_iter : ndarray of shape (n_points,)
            Number of epochs.
        coefs : list of list of ndarray of shape (n_in, n_out)
            Weights of each point and layer.
        intercepts : list of list of ndarray of shape (n_out,)
            Biases of each point and layer.

    Raises
    ------
    TypeError
        If `network` is neither an MLPClassifier nor an MLPRegressor.

    ValueError
        If parameters or data are invalid.

    See Also
    --------
    MLPClassifierCV : Chooses a point by cross-validation.
    skreg.inspection.RegularizationPathDisplay : Plots scores and sparsity.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skreg import MLPClassifier
    >>> from skreg.model_selection import regularization_path
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier(8, learning_rate_init=0.01, random_state=0)
    >>> path = regularization_path(X, y, network, l1s=[1.0, 0.01, 0.001])
    >>> print(path.sparsity[0], path.sparsity[1] > path.sparsity[2], path.coefs[0][0].shape)
    1.0 True (4, 8)
    """
    own = {"l1s": l1s, "l2s": l2s, "dropouts": dropouts, "path_max_iter": path_max_iter}
    constraints = {name: PathParameters._parameter_constraints[name] for name in own}
    validate_parameter_constraints(constraints, own, "regularization_path")
    network = _prepare(network)
    values = check_values({name: own[f"{name}s"] for name in AXES}, network.solver)
    given = Given(X, y, sample_weight, X_val, y_val, sample_weight_val)
    check_validation(given, network.validation_fraction)
    settings = resolve_settings(network)
    warn_of_ignored(network, settings, given, used=["scoring"])
    rows = check_rows(network, given, settings, None, incremental=False)
    scored = rows if X_val is None else check_validation_rows(network, given, rows.data)
    grid = make_grid(network, values, rows, is_connected=path_max_iter is not None)
    recipe = Recipe(network, grid, find_max_iter(network, path_max_iter, len(rows.y)))
    networks = _train(recipe, rows)
    columns = [as_column(values) for values in zip(*(grid.params(p).values() for p in grid.points))]
    return Bunch(
        **dict(zip(AXES, columns)),
        scores=np.array(
            [judge(each, scored.data.X, scored.y, scored.weights) for each in networks]
        ),
        sparsity=np.array([sparsity_of(each) for each in networks]),
        n_iter=np.array([each.n_iter_ for each in networks]),
        coefs=[each.coefs_ for each in networks],
        intercepts=[each.intercepts_ for each in networks],
    )


def _prepare(network):
    """A network of its own to be trained, with parameters that are checked."""
    if not isinstance(network, BaseMLP) or isinstance(network, PathCV):
        raise TypeError(f"network must be an MLPClassifier or an MLPRegressor, got {network!r}.")
    seed = draw_seed(network.random_state)
    network = clone(network).set_params(random_state=seed, warm_start=False)
    network._validate_params()
    return network


def _train(recipe, rows):
    """The networks of all points, in their order. Ctrl-C ends all of it."""
    grid, networks, rows = recipe.grid, {}, make_rows(recipe.network, rows, None)
    with collected_warnings() as warned, as_part():
        for point in sorted(grid.points, key=lambda point: len(grid.way_to(point))):
            weaker = networks.get(grid.weaker(point))
            networks[point] = rows.fit(recipe.make(point, weaker and learned_by(weaker)))
    for message, category in summarize(warned, len(networks)):
        warn_user(message, category)
    return [networks[point] for point in grid.points]

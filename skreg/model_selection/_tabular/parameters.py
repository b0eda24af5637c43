"""The parameters of searches for tables, and what they have after `fit`."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg.neural_network._fields import ABOVE_0, parameter, with_parameters
from skreg.neural_network._tabular.classifier import TabularClassifierParameters
from skreg.neural_network._tabular.regressor import TabularRegressorParameters
from skreg.preprocessing import TableEncoder


@with_parameters
class SearchParameters:
    """What searches for tables are told beside or unlike what tabular estimators are told.

    Parameters
    ----------
    time_limit : float or None, default=60.0
        Seconds by the clock that `fit` should take at most, > 0. If there is not enough time for
        the defaults, it takes up to about an epoch longer, and the first fit after an installation
        longer by what has to be compiled. Results depend on the speed of the machine. None is no
        limit, and needs `max_candidates`.

    max_candidates : int or None, default=None
        Largest number of configurations to draw beside the defaults. None is as many as there is
        time for. With a number and `time_limit=None`, results do not depend on the machine
        or on `n_jobs`.

    param_distributions : dict or None, default=None
        What configurations are drawn from: lists or distributions with a method `rvs` for
        parameters of the networks and `n_bins`, such as
        `{"dropout": [0.1, 0.3], "n_bins": [8, 16]}`. Parameters that are not in it are those of the
        defaults. None is a space that suits the table, without those parameters that are set to
        something else than their default.

    scoring : "loss", str, callable or None, default=None
        What candidates and votes are chosen by, and the epoch where networks keep their best one.
        None and "loss" are the log-loss, or the loss of the regression.

    verbose : bool, default=False
        Whether to print one line per network of the defaults, and then per batch of candidates.

    warm_start : bool, default=False
        Whether `fit` goes on with the search of the last call, for another `time_limit` or until
        there are `max_candidates` in total. The rows must be the same.

    References
    ----------
    .. [20] Li, Jamieson, Rostamizadeh, Gonina, Ben-Tzur, Hardt, Recht & Talwalkar (2020). A system
       for massively parallel hyperparameter tuning.
    """

    time_limit: float | None = parameter(ABOVE_0, None, default=60.0)
    max_candidates: int | None = parameter(
        Interval(Integral, 0, None, closed="left"), None, default=None
    )
    param_distributions: dict | None = parameter(dict, None, default=None)


@with_parameters
class ClassifierSearchParameters(SearchParameters, TabularClassifierParameters):
    """What searches for classifiers of tables are told."""


@with_parameters
class RegressorSearchParameters(SearchParameters, TabularRegressorParameters):
    """What searches for regressors of tables are told."""


class SearchAttributes:
    """What a search for tables has after `fit`.

    Attributes
    ----------
    estimators_ : list of MLPClassifier or MLPRegressor
        The networks of the ensemble, which take encoded tables.

    votes_ : ndarray of shape (n_networks,)
        Weights of the networks in predictions; their sum is 1.

    encoders_ : list of TableEncoder
        What encodes a table for each network; one and the same for all with as many bins.

    best_params_ : dict
        What was drawn for the best single candidate, or what the defaults have in place of it.

    best_score_ : float
        Its mean score over splits.

    best_index_ : int
        Its index in `cv_results_`.

    cv_results_ : dict of ndarray
        The candidates, the defaults first, as in `GridSearchCV`: `params`, `param_*`, scores of the
        rows that each split left out as `split*_test_score`, `mean_test_score`, `std_test_score`
        and `rank_test_score`, and `fit_time`, the seconds of a thread. Also `n_epochs` of all
        networks together, `rung`, how often it went on, and `vote`, its share of the votes. Scores
        of candidates that went on further are of more epochs or folds.
    """

    encoders_: list[TableEncoder]
    best_params_: dict
    best_score_: float
    best_index_: int
    cv_results_: dict[str, np.ndarray]

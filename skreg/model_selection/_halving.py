"""Successive halving over epochs, which goes on training the networks that it keeps."""

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import get_scorer_names
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils._param_validation import Interval, StrOptions

from skreg._training.split import Splitter
from skreg._typing import RandomState, without_annotations
from skreg._validation import unchanged_on_failure
from skreg.model_selection._halving_search import HalvingLoop

_COUNT = Interval(Integral, 1, None, closed="left")


class EpochHalvingSearchCV(HalvingLoop):
    """Search hyperparameters at random by successive halving over epochs.

    All candidates are trained for a few epochs, the best third of them for three times as many, and
    so on, until a few are trained to the end [1]_ [2]_. It is like `HalvingRandomSearchCV` of
    scikit-learn with epochs as the resource, but networks go on from where they stopped instead of
    beginning again. 27 candidates take about as long as 3 of `RandomizedSearchCV`.

    Networks are stopped and go on, while their `max_iter` and with it their `learning_rate`
    schedules are those of full training. In the end, they are exactly what a plain `fit` makes of
    them.

    Parameters
    ----------
    estimator : estimator
        What to tune: a network, or anything that fits networks, such as a `Pipeline` or a
        `TransformedTargetRegressor`. It is not changed. All else in it is fitted in every rung, as
        in scikit-learn; `Pipeline(memory=...)` avoids this. Networks with `solver="lbfgs"` begin
        again in every rung.

    param_distributions : dict or list of dict
        Parameters by name, as in `RandomizedSearchCV`: distributions with a method `rvs`, or lists
        of values. If there are only lists, no candidate is drawn twice.

    n_candidates : int or "exhaust", default=27
        Number of candidates of the first rung: powers of `factor` are best. "exhaust" is
        `max_resources` divided by `min_resources`.

    factor : int or float, default=3
        In each rung, 1 / `factor` of the candidates are trained for `factor` times as many epochs,
        > 1.

    min_resources : int, "smallest" or "exhaust", default="exhaust"
        Epochs of the first rung. "smallest" is 1. "exhaust" is such that each rung has `factor`
        times the epochs of the one before.

    max_resources : int or "auto", default="auto"
        Epochs of the last rung; an integer becomes `max_iter` of all networks. "auto" is their
        `max_iter`.

    aggressive_elimination : bool, default=False
        Whether to drop candidates several times after `min_resources` epochs, if there are so many
        that more than `factor` would reach the last rung.

    cv : int, cross-validation generator or iterable, default=5
        Folds, as in `GridSearchCV`. A splitter that shuffles draws once, for all candidates.

    scoring : str, callable or None, default=None
        One metric, as in `GridSearchCV`. None is the `score` of the estimator.

    refit : bool, default=True
        Whether to fit the best candidate to all data.

    error_score : "raise" or float, default=np.nan
        Score of a fold whose fit fails. Candidates with a score of NaN are the first to be dropped.
        "raise" ends the search with the error.

    return_train_score : bool, default=False
        Whether `cv_results_` has scores of the training folds.

    random_state : int, RandomState instance or None, default=None
        Determines the candidates, and whatever in the estimator has a `random_state` of None.

    n_jobs : int or None, default=None
        Number of parallel jobs. Results do not depend on it. None is 1 unless in a
        `joblib.parallel_config` context.

    verbose : int, default=0
        Above 0, prints a line for each rung; above 1, one for each fit.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        Scores, times and parameters of all candidates in all rungs, as in `HalvingRandomSearchCV`:
        "iter" is the number of the rung, from 0, and "n_resources" the epoch at which networks
        were stopped. Times are those of the rung.

    best_estimator_ : estimator
        The best candidate, fitted to all data. Needs `refit`.

    best_score_ : float
        Mean score on the test folds of the best candidate of the last rung.

    best_params_ : dict
        Its parameters.

    best_index_ : int
        Its index in `cv_results_`.

    n_candidates_ : list of int
        Number of candidates of each rung.

    n_resources_ : list of int
        Epochs of each rung, since the start of training.

    n_iterations_ : int
        Number of rungs.

    n_required_iterations_ : int
        Number of rungs after which at most `factor` candidates are left.

    n_possible_iterations_ : int
        Number of rungs for which there are enough epochs.

    n_remaining_candidates_ : int
        Number of candidates that a further rung would have.

    min_resources_ : int
        Epochs of the first rung.

    max_resources_ : int
        Epochs of the last rung.

    scorer_ : callable
        The scorer.

    n_splits_ : int
        Number of folds.

    multimetric_ : bool
        Always False.

    refit_time_ : float
        Seconds that refitting took. Needs `refit`.

    See Also
    --------
    param_distributions : Finds the networks in an estimator and returns what to tune.
    BayesSearchCV : Trains all candidates to the end, but chooses them by the results so far.

    Notes
    -----
    While a rung is evaluated, the weights and moments of all its networks are kept: with "adam",
    four numbers per weight for each candidate and fold.

    References
    ----------
    .. [1] K. Jamieson and A. Talwalkar. Non-stochastic best arm identification and hyperparameter
       optimization. AISTATS (2016).
    .. [2] L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh and A. Talwalkar. Hyperband: a novel
       bandit-based approach to hyperparameter optimization. JMLR 18 (2018).

    Examples
    --------
    >>> from scipy.stats import loguniform, uniform
    >>> from sklearn.datasets import load_iris
    >>> from skreg import MLPClassifier
    >>> from skreg.model_selection import EpochHalvingSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier((16,), max_iter=27, learning_rate="cosine", random_state=0)
    >>> distributions = {"learning_rate_init": loguniform(1e-3, 1e-1), "dropout": uniform(0, 0.5)}
    >>> search = EpochHalvingSearchCV(mlp, distributions, n_candidates=9, cv=3, random_state=0)
    >>> search = search.fit(X, y)
    >>> search.n_candidates_, search.n_resources_
    ([9, 3, 1], [3, 9, 27])
    >>> print(search.best_score_ > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list],
        "n_candidates": [_COUNT, StrOptions({"exhaust"})],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "min_resources": [_COUNT, StrOptions({"smallest", "exhaust"})],
        "max_resources": [_COUNT, StrOptions({"auto"})],
        "aggressive_elimination": ["boolean"],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "refit": ["boolean"],
        "random_state": ["random_state"],
    }
    _parameter_constraints.pop("pre_dispatch")

    @without_annotations
    def __init__(
        self,
        estimator: Any,
        param_distributions: dict[str, Any] | list[dict[str, Any]],
        *,
        n_candidates: int | Literal["exhaust"] = 27,
        factor: float = 3,
        min_resources: int | Literal["smallest", "exhaust"] = "exhaust",
        max_resources: int | Literal["auto"] = "auto",
        aggressive_elimination: bool = False,
        cv: int | Splitter | Iterable = 5,
        scoring: str | Callable | None = None,
        refit: bool = True,
        error_score: float | Literal["raise"] = np.nan,
        return_train_score: bool = False,
        random_state: RandomState = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ):
        super().__init__(
            estimator,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.param_distributions = param_distributions
        self.n_candidates = n_candidates
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.aggressive_elimination = aggressive_elimination
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike | None = None, **params: Any) -> Self:
        """Search, and fit the best candidate to all data.

        After Ctrl-C, the best candidate of the rungs so far is fitted, with a ConvergenceWarning.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets.

        **params : dict
            Passed to the estimator, the scorer and, such as `groups`, to the splitter.

        Returns
        -------
        self : object
            The search. If `fit` raises, it is as it was before.

        Raises
        ------
        KeyboardInterrupt
            If interrupted in the first rung.

        ValueError
            If a parameter is invalid, the estimator contains no network or lacks a parameter of
            `param_distributions`, the training rows of a fold lack a class, or all fits of a rung
            failed.
        """
        with unchanged_on_failure(self):
            self._search(X, y, params)
        return self

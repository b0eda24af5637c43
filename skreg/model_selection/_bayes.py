"""scikit-optimize's search by Bayesian optimization, mended."""

from collections.abc import Callable, Iterable
from numbers import Integral, Real
from time import perf_counter
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils._param_validation import Interval
from skopt.callbacks import check_callback

from skreg._training.split import Splitter
from skreg._typing import RandomState, without_annotations
from skreg._validation import unchanged_on_failure, warn_user
from skreg.model_selection._bayes_search import SearchLoop


class BayesSearchCV(SearchLoop):
    """Search hyperparameters by Bayesian optimization.

    A model of the scores so far decides which candidates to try next, so fewer are needed than in
    a random search. This is scikit-optimize's `BayesSearchCV` [1]_ with its parameters, attributes
    and candidates, and in addition:

    - Categories may be any objects: tuples, lists, dicts, None, estimators.
    - A candidate that fails is recorded, warned about and never chosen, and the search goes on.
    - Metadata routing, and callable `refit` and several metrics, as in `GridSearchCV`.
    - `time_limit`, `warm_start`, Ctrl-C, scikit-learn's callbacks, and a line of progress for each
      candidate.

    Parameters
    ----------
    estimator : estimator
        What to tune. It is not changed.

    search_spaces : dict, list of dict or list of (dict, int)
        Parameters by name: a `Real`, `Integer` or `Categorical` of skopt, a tuple
        `(low, high)` or `(low, high, "log-uniform")`, or a list of categories. Two numbers in a
        list are bounds too, as in skopt. Parameters that only make sense with some categories of
        another one go into a list of spaces, each with the categories that it is for. The spaces
        take turns; `(dict, int)` gives one its own number of candidates.

    optimizer_kwargs : dict, default=None
        Parameters of `skopt.Optimizer`, such as `{"base_estimator": "RF"}`.

    n_iter : int, default=50
        Number of candidates of each space, with those of earlier calls of `fit` if `warm_start`.

    scoring : str, callable, list, tuple or dict, default=None
        Metrics, as in `GridSearchCV`. None is the `score` of the estimator.

    fit_params : dict, default=None
        Passed to `fit` of the estimator, unless `fit` of the search is given the same names.

    n_jobs : int, default=None
        Number of parallel jobs: at most `n_points` times the number of folds are of use. Results do
        not depend on it. None is 1 unless in a `joblib.parallel_config` context.

    n_points : int, default=1
        Number of candidates to choose and try at once.

    refit : bool, str or callable, default=True
        Whether to fit the best candidate to all data. With several metrics, the name of the one to
        maximize; with False or a function of `cv_results_` that returns an index, the search
        maximizes the first metric.

    cv : int, cross-validation generator or iterable, default=None
        Folds, as in `GridSearchCV`. A splitter that shuffles draws once, for all candidates.

    verbose : int, default=0
        Above 0, prints the score of each candidate and the best one so far.

    pre_dispatch : int or str, default="2*n_jobs"
        Number of jobs to dispatch at once, as in `GridSearchCV`.

    random_state : int, RandomState instance, numpy.random.Generator or None, default=None
        Determines the candidates.

    error_score : "raise" or float, default=np.nan
        Score of a fold whose fit fails. Candidates with a score that is not finite count as the
        worst one. "raise" ends the search with the error.

    return_train_score : bool, default=False
        Whether `cv_results_` has scores of the training folds.

    time_limit : float, default=None
        Seconds after which no candidate is begun, except the first. Refitting comes on top.

    warm_start : bool, default=False
        Whether `fit` continues the last search until there are `n_iter` candidates in total. The
        result is the same as in one go if `n_points` is 1; so it is with a pickle. The data should
        be the same; the spaces, the metrics and the number of folds must be.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        Scores, times and parameters of all candidates, as in `GridSearchCV`.

    best_estimator_ : estimator
        The best candidate, fitted to all data. Needs `refit`.

    best_score_ : float
        Mean score of the best candidate on the test folds. Missing if `refit` is callable.

    best_params_ : dict
        Parameters of the best candidate.

    best_index_ : int
        Index of the best candidate in `cv_results_`.

    optimizers_ : list of skopt.Optimizer
        The optimizer of each search space.

    optimizer_results_ : list of OptimizeResult or None
        Results for the plots of skopt, one per space; None if all its candidates failed. Categories
        that skopt cannot handle are objects with a `value`.

    scorer_ : callable or dict
        The scorers.

    n_splits_ : int
        Number of folds.

    multimetric_ : bool
        Whether there are several metrics.

    refit_time_ : float
        Seconds that refitting took. Needs `refit`.

    See Also
    --------
    search_spaces : Finds the networks in an estimator and returns what to tune.
    sklearn.model_selection.RandomizedSearchCV : Tries candidates at random.

    References
    ----------
    .. [1] T. Head et al. scikit-optimize. Zenodo (2021). https://doi.org/10.5281/zenodo.5565057

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skreg import MLPClassifier
    >>> from skreg.model_selection import BayesSearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> spaces = {
    ...     "l2": (1e-5, 1e-1, "log-uniform"),
    ...     "hidden_layer_sizes": [(16,), (16, 8)],
    ...     "class_weight": [None, {0: 1.0, 1: 2.0, 2: 2.0}],
    ... }
    >>> mlp = MLPClassifier(max_iter=30, learning_rate="cosine", random_state=0)
    >>> search = BayesSearchCV(mlp, spaces, n_iter=3, cv=2, random_state=0).fit(X, y)
    >>> len(search.cv_results_["params"])
    3
    >>> search = search.set_params(n_iter=4, warm_start=True).fit(X, y)
    >>> len(search.cv_results_["params"])
    4
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseSearchCV._parameter_constraints,
        "search_spaces": [dict, list],
        "optimizer_kwargs": [dict, None],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "fit_params": [dict, None],
        "n_points": [Interval(Integral, 1, None, closed="left")],
        "pre_dispatch": [Integral, str, None],
        "random_state": ["random_state", np.random.Generator],
        "time_limit": [Interval(Real, 0, None, closed="neither"), None],
        "warm_start": ["boolean"],
    }

    @without_annotations
    def __init__(
        self,
        estimator: Any,
        search_spaces: dict[str, Any] | list,
        optimizer_kwargs: dict[str, Any] | None = None,
        n_iter: int = 50,
        scoring: str | Callable | Iterable | None = None,
        fit_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        n_points: int = 1,
        *,
        refit: bool | str | Callable = True,
        cv: int | Splitter | Iterable | None = None,
        verbose: int = 0,
        pre_dispatch: int | str | None = "2*n_jobs",
        random_state: RandomState | np.random.Generator = None,
        error_score: float | Literal["raise"] = np.nan,
        return_train_score: bool = False,
        time_limit: float | None = None,
        warm_start: bool = False,
    ):
        super().__init__(
            estimator,
            search_spaces,
            optimizer_kwargs=optimizer_kwargs,
            n_iter=n_iter,
            scoring=scoring,
            fit_params=fit_params,
            n_jobs=n_jobs,
            n_points=n_points,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        del self.iid
        self.time_limit = time_limit
        self.warm_start = warm_start

    def fit(
        self,
        X: Any,
        y: ArrayLike | None = None,
        *,
        callback: Callable | list[Callable] | None = None,
        **params: Any,
    ) -> Self:
        """Search, and fit the best candidate to all data.

        Ctrl-C ends the search with the best candidate so far, and a ConvergenceWarning.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets.

        callback : callable or list of callable, default=None
            Called with the `OptimizeResult` of a space after each of its turns; the space has no
            more if one returns True. scikit-learn's callbacks are set by `set_callbacks`.

        **params : dict
            Passed to the estimator, the scorer and, such as `groups`, to the splitter.

        Returns
        -------
        self : object
            The search. If `fit` raises, it is as it was before.

        Raises
        ------
        KeyboardInterrupt
            If interrupted before any candidate of this call had a score.

        TypeError
            If `search_spaces` is neither a dict nor a list of dicts and tuples (dict, int).

        ValueError
            If a parameter is invalid, the estimator has no parameter of a name in `search_spaces`,
            all fits of this call failed, or `warm_start` meets other settings.
        """
        started = perf_counter()
        self._validate_params()
        with unchanged_on_failure(self):
            self._begin(started, check_callback(callback))
            if not self._n_left:
                warn_user("warm_start=True without a larger n_iter tries no more candidates.")
            else:
                BaseSearchCV.fit(self, X, y, **{**(self.fit_params or {}), **params})
            del self._call
        n_bad = self._count_not_finite()
        if n_bad:
            warn_user(f"{n_bad} of {len(self._record.params)} candidates have no finite score.")
        return self

"""The loop of successive halving over epochs."""

import time
from math import ceil

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state, indexable
from sklearn.utils.validation import _check_method_params

from skreg._interrupts import as_part, deferred
from skreg._typing import validating_parameters
from skreg._validation import warn_user
from skreg.model_selection._classes import check_known_classes
from skreg.model_selection._halving_candidates import (
    check_distributions,
    draw_candidates,
    make_candidate,
)
from skreg.model_selection._halving_plan import make_plan
from skreg.model_selection._halving_rungs import Folds, climb
from skreg.model_selection._tasks import OwnTasks
from skreg.neural_network._tabular.members import Split


class HalvingLoop(BaseSearchCV):
    """What a search by successive halving does in place of scikit-learn's `fit`.

    That lets go of networks as soon as they have a score.
    """

    @validating_parameters
    def _search(self, X, y, params):
        check_distributions(self.param_distributions)
        self.scorer_, _ = self._get_scorers()
        X, y = indexable(X, y)
        routed = self._get_routed_params_for_fit(_check_method_params(X, params=params))
        folds = self._make_folds(X, y, routed)
        candidates = self._draw(folds)
        plan = make_plan(
            len(candidates),
            self.min_resources,
            self.max_resources_,
            self.factor,
            aggressive=self.aggressive_elimination,
        )
        sample_weight = params.get("sample_weight")
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        tasks = OwnTasks(self, {"X": X, "y": y, "metadata": metadata})
        tasks.begin()
        best = self._climb_all(candidates, plan, folds, tasks)
        tasks.end()
        if self.refit:
            self._refit(best, X, y, routed.estimator.fit, tasks)
        tasks.end_all()

    def _make_folds(self, X, y, routed):
        cv = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        splits = [Split(*parts) for parts in cv.split(X, y, **routed.splitter.split)]
        if not splits:
            raise ValueError(f"cv must make at least one split, got {self.cv!r}.")
        if is_classifier(self.estimator) and np.ndim(y) == 1:
            check_known_classes(splits, np.asarray(y), self.cv)
        self.n_splits_ = len(splits)
        how = {
            "scorer": self.scorer_,
            "fit_params": routed.estimator.fit,
            "score_params": routed.scorer.score,
            "return_train_score": self.return_train_score,
            "return_n_test_samples": True,
            "return_times": True,
            "error_score": self.error_score,
            "verbose": self.verbose,
        }
        return Folds(X, y, splits, how)

    @property
    def _max_iter(self):
        """`max_iter` of all networks, None for that which each has."""
        return None if self.max_resources == "auto" else self.max_resources

    def _draw(self, folds):
        """The candidates; sets how many epochs the last rung has."""
        rng, n_rows = check_random_state(self.random_state), min(len(s[0]) for s in folds.splits)
        of_all = self.estimator, self.n_splits_
        most = self._max_iter or make_candidate({}, *of_all).count_epochs(n_rows)
        n_candidates = self._count_candidates(most)
        candidates = draw_candidates(self.param_distributions, n_candidates, *of_all, rng)
        most = self._max_iter or max(each.count_epochs(n_rows) for each in candidates)
        if not isinstance(self.min_resources, str) and self.min_resources > most:
            raise ValueError(
                f"min_resources must be at most max_resources, {most} epochs, got "
                f"{self.min_resources}."
            )
        self.max_resources_ = most
        return candidates

    def _count_candidates(self, most):
        """How many to draw if they may have so many epochs."""
        if self.n_candidates != "exhaust":
            return self.n_candidates
        if self.min_resources == "exhaust":
            raise ValueError("n_candidates and min_resources cannot both be 'exhaust'.")
        least = 1 if self.min_resources == "smallest" else self.min_resources
        return max(1, most // least)

    def _climb_all(self, candidates, plan, folds, tasks):
        """Train and judge candidates rung by rung; returns the best one."""
        rungs = []
        try:
            with as_part():
                for n_candidates, n_epochs in zip(plan.n_candidates, plan.n_epochs):
                    if rungs:
                        candidates = rungs[-1].keep_best(n_candidates)
                    rung = tasks.attempt_step(climb, self, candidates, n_epochs, folds, tasks)
                    with deferred():
                        rungs.append(rung)
                        self._publish(rungs, plan)
                    if tasks.end_step():
                        break
        except KeyboardInterrupt:
            if not rungs:
                raise
            message = f"Search interrupted by user after {len(rungs)} of {len(plan.n_epochs)} rungs"
            warn_user(f"{message}; the best candidate so far is kept.", ConvergenceWarning)
        return next(c for c in rungs[-1].candidates if c.params is self.best_params_)

    def _publish(self, rungs, plan):
        """Set what is known after a rung, which callbacks can see, and print it."""
        self.min_resources_, self.n_possible_iterations_ = plan.min_resources, plan.n_possible
        self.n_required_iterations_ = plan.n_required
        self.n_candidates_ = [len(rung.candidates) for rung in rungs]
        self.n_resources_ = [rung.n_epochs for rung in rungs]
        self.n_iterations_ = len(rungs)
        self.n_remaining_candidates_ = ceil(self.n_candidates_[-1] / self.factor)
        params = [candidate.params for rung in rungs for candidate in rung.candidates]
        outputs = [output for rung in rungs for output in rung.outputs]
        more = {
            "iter": np.repeat(np.arange(len(rungs)), self.n_candidates_),
            "n_resources": np.repeat(self.n_resources_, self.n_candidates_),
        }
        self.cv_results_ = self._format_results(params, self.n_splits_, outputs, more)
        self.best_index_ = self._select_best_index(None, None, self.cv_results_)
        self.best_score_ = self.cv_results_["mean_test_score"][self.best_index_]
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        self.multimetric_ = False
        if self.verbose:
            print(
                f"Rung {len(rungs)} of {len(plan.n_epochs)}: {self.n_candidates_[-1]} candidates, "
                f"epoch {self.n_resources_[-1]}, best score {self.best_score_:.4g}"
            )

    @staticmethod
    def _select_best_index(refit, refit_metric, results):
        """The index of the best candidate of the last rung."""
        scores = np.where(
            results["iter"] == results["iter"].max(), results["mean_test_score"], np.nan
        )
        if np.isnan(scores).all():
            return int(np.argmax(results["iter"]))
        return int(np.nanargmax(scores))

    def _refit(self, best, X, y, fit_params, tasks):
        params = best.all_params(self._max_iter)
        self.best_estimator_ = clone(self.estimator).set_params(**clone(params, safe=False))
        data = (X,) if y is None else (X, y)
        start = time.perf_counter()
        tasks.refit(self.best_estimator_, lambda: self.best_estimator_.fit(*data, **fit_params))
        self.refit_time_ = time.perf_counter() - start
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_

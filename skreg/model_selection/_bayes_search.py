"""The loop of a Bayesian search: choose candidates, evaluate them, learn from their scores."""

from copy import deepcopy
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state
from skopt import BayesSearchCV as SkoptSearchCV
from skopt.utils import eval_callbacks

from skreg._interrupts import as_part, deferred
from skreg._validation import warn_user
from skreg.model_selection._bayes_record import Record, count_failed_fits, with_count
from skreg.model_selection._bayes_subspaces import (
    Subspace,
    check_names,
    describe,
    read_spaces,
    take_turns,
)
from skreg.model_selection._tasks import Tasks


@dataclass
class _Call:
    """A call of fit."""

    started: float  # in seconds
    callbacks: list  # of skopt
    totals: list  # of candidates of each space
    n_tried: int = 0
    failure: ValueError | None = None  # the last one, of a step whose fits all failed

    @property
    def seconds(self):
        return perf_counter() - self.started


class SearchLoop(SkoptSearchCV):
    """What scikit-learn's `fit` of searches calls, in place of skopt's."""

    _check_refit_for_multimetric = BaseSearchCV._check_refit_for_multimetric

    def _check_search_space(self, search_space):
        read_spaces(search_space, 1)

    @property
    def total_iterations(self):
        """Number of candidates in all search spaces."""
        return sum(n for _, n in read_spaces(self.search_spaces, self.n_iter))

    def _begin(self, started, callbacks):
        """Begin a search, or a copy of the last one, which a failure leaves as it is."""
        spaces = read_spaces(self.search_spaces, self.n_iter)
        check_names(spaces, self.estimator)
        settings = {
            "search_spaces": describe(spaces),
            "scoring": self.scoring,
            "return_train_score": self.return_train_score,
        }
        if self.warm_start and hasattr(self, "_record"):
            self._record.check_continues(settings)
            self._record, self._subspaces = deepcopy((self._record, self._subspaces))
        else:
            self.optimizer_kwargs_ = {**(self.optimizer_kwargs or {})}
            self.optimizer_kwargs_["random_state"] = _as_random_state(self.random_state)
            optimizers = [self._make_optimizer(space) for space, _ in spaces]
            self._record = Record(settings)
            self._subspaces = [Subspace(list(s), o) for (s, _), o in zip(spaces, optimizers)]
        self.optimizers_ = [subspace.optimizer for subspace in self._subspaces]
        self._call = _Call(started, callbacks, [total for _, total in spaces])

    @property
    def _n_left(self):
        return sum(max(0, n - s.n_done) for s, n in zip(self._subspaces, self._call.totals))

    def _run_search(self, evaluate_candidates, *, callback_ctx=None):
        self._record.begin()
        self._checked_cv_orig = self._record.fix_splits(self._checked_cv_orig)
        tasks = Tasks(self, callback_ctx)
        tasks.begin()
        try:
            with as_part():
                self._search(evaluate_candidates, tasks)
        except KeyboardInterrupt:
            if not self._record.has_new_score:
                raise
            done = len(self._record.params)
            message = f"Search interrupted by user after {done} candidates; the best is kept."
            warn_user(message, ConvergenceWarning)
        for name in ("cv_results_", "best_index_", "best_params_", "best_score_"):
            vars(self).pop(name, None)  # set by scikit-learn where `refit` allows
        if not self._record.has_new_score:
            raise with_count(self._call.failure, self._call.n_tried * self._record.n_splits)
        self._optim_results = [subspace.result for subspace in self._subspaces]
        tasks.end()

    def _search(self, evaluate_candidates, tasks):
        call, stopped = self._call, []
        for subspace, n_left in take_turns(self._subspaces, call.totals, stopped):
            if call.n_tried and call.seconds >= (self.time_limit or np.inf):
                return
            points = subspace.ask(min(int(self.n_points), n_left))
            params = subspace.as_params(points)
            tasks.attempt_step(self._evaluate, params, evaluate_candidates, tasks)
            with deferred():
                subspace.tell(points, self._scores_of_last(len(points)))
            call.n_tried += len(points)
            self._show_progress(len(points))
            if tasks.end_step():
                return
            if subspace.result and eval_callbacks(call.callbacks, subspace.result):
                stopped.append(subspace)

    def _evaluate(self, params, evaluate_candidates, tasks):
        """Add candidates to the record, whether they fail or not."""
        passed = tasks.begin_step(len(params))
        started = perf_counter()
        try:
            evaluate_candidates(params, **passed)
        except ValueError as error:
            if self.error_score == "raise" or not count_failed_fits(error):
                raise
            self._call.failure, seconds = error, perf_counter() - started
            metrics = self.scoring if isinstance(self.scoring, (list, tuple, dict, set)) else ()
            self._record.add_failure(params, error, seconds, self.error_score, metrics)
            self._update_results()

    def _format_results(self, candidate_params, n_splits, out, more_results=None):
        """Results of this and all earlier calls of fit."""
        self._record.add(candidate_params, n_splits, out)
        self._update_results()
        return self._record.results

    def _update_results(self):
        if self._record.has_score:
            self._record.update_results(super()._format_results, self.scoring, self.error_score)
            if self.return_train_score:
                self._record.rank_train_scores()

    def _scores_of_last(self, n):
        """Mean test scores that guide the search, of the last candidates."""
        if not self._record.has_score:
            return [np.nan] * n
        return self._record.results[self._find_guide()][-n:]

    def _count_not_finite(self):
        return int(np.sum(~np.isfinite(self._record.results[self._find_guide()])))

    def _find_guide(self):
        """The key in `cv_results_` of the score to maximize: that of `refit`, or the first."""
        names = [key for key in self._record.results if key.startswith("mean_test_")]
        if len(names) > 1 and isinstance(self.refit, str):
            self._check_refit_for_multimetric([n.removeprefix("mean_test_") for n in names])
            return f"mean_test_{self.refit}"
        return names[0]

    def _show_progress(self, n_new):
        """Set what is best so far, which callbacks can see, and print it."""
        total, done = sum(self._call.totals), len(self._record.params)
        if not self._record.has_score:
            return
        self.cv_results_, scores = self._record.results, self._record.results[self._find_guide()]
        if not np.isfinite(scores).any():
            return
        self.best_index_ = int(np.nanargmax(np.where(np.isfinite(scores), scores, np.nan)))
        self.best_params_ = self._record.params[self.best_index_]
        self.best_score_ = scores[self.best_index_]
        if self.verbose:
            best = f"best {self.best_score_:.4g} (candidate {self.best_index_ + 1})"
            last = ", ".join(f"{score:.4g}" for score in scores[-n_new:])
            print(f"Candidate {done} of {total}: score {last}, {best}, {self._call.seconds:.1f} s")


def _as_random_state(random_state):
    """A RandomState, which skopt needs; that of a Generator draws from the same bits."""
    if isinstance(random_state, np.random.Generator):
        return np.random.RandomState(random_state.bit_generator)
    return check_random_state(random_state)

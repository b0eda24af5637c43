"""What the searches for tables share: `fit`, and predictions by networks with several encoders."""

from abc import ABC, abstractmethod
from copy import copy
from time import perf_counter
from typing import NamedTuple

import joblib
import numpy as np
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.utils._param_validation import InvalidParameterError

from skreg._interrupts import answer, deferred, is_part
from skreg._training.stages import WHOLE
from skreg._validation import warn_user
from skreg.model_selection._tabular.results import results_of
from skreg.model_selection._tabular.search import Search
from skreg.model_selection._tabular.space import check_space, make_space
from skreg.model_selection._tabular.votes import choose_votes
from skreg.neural_network._tabular.encoding import CHANGING, encode
from skreg.neural_network._tabular.members import Table, moments_of_left_out
from skreg.neural_network._tabular.training import Ending


class TabularSearch(ABC):
    """A tabular estimator whose `fit` tries further configurations beside the defaults."""

    _used = ("scoring",)  # to choose candidates by, also if networks do not stop early

    def _fit(self, given, callbacks, turn):
        start = perf_counter()
        if turn is not WHOLE:
            raise ValueError(
                f"{type(self).__name__} is a search itself and cannot be trained in stages."
            )
        _check_limits(self)
        check_space(self)
        goes_on = self.warm_start and hasattr(self, "_progress")
        if not goes_on:
            for name in ("estimators_", "_progress"):
                vars(self).pop(name, None)
        work = self._prepare(given)
        with deferred():
            search = self._make_search(given, work, start)
            if goes_on:
                self._check_rows(work.table)
                search.go_on(self._progress)
                ending = Ending(False, [])
                callbacks.begin_fit(work.X, work.as_given.y, work.as_given.weights, 0)
            else:
                ending, _ = self._fit_members(work, start, callbacks, turn)
                search.start(work.members, [report.seconds for report in ending.reports])
            search.is_interrupted = ending.is_interrupted
            search.run()
            self._end(search, work)
            is_interrupted = search.is_interrupted | _was_interrupted()
        if is_interrupted and is_part():
            raise KeyboardInterrupt
        callbacks.end_fit()
        return _Ending(ending, is_interrupted, search)

    def _make_search(self, given, work, start):
        def encode_with(n_bins):
            if n_bins == self.n_bins:
                return self.encoder_, work.table
            y, weights = work.as_given.y, work.as_given.weights
            encoder = self._make_encoder(n_bins, y)
            rows = encoder._fit(given.X, y, weights, self)
            return encoder, Table(encode(encoder, rows, compact=self._is_compact()), y, weights)

        def report(search):
            if self.verbose:
                print(search.describe(), f"  {perf_counter() - start:.1f} s", sep="")

        space = make_space(self, work.plan, work.table.n_rows)
        limit = np.inf if self.time_limit is None else self.time_limit
        return Search(self, work, space, encode_with, start + limit, report)

    def _end(self, search, work):
        """Let those candidates vote that suit each other best, and set what is known of all."""
        entries, shares = search.progress.entries, {}
        self.encoders_ = [self.encoder_] * len(self.estimators_)
        if entries:
            votes = choose_votes(entries, search.judge, self._seed)
            votes = votes / votes.sum()
            chosen = [(entry, vote) for entry, vote in zip(entries, votes) if vote]
            for entry, vote in chosen:
                shares[entry.candidate] = shares.get(entry.candidate, 0.0) + vote
            self._let_vote(search, work, chosen)
        self._describe(search, shares)
        search.finish(self.estimators_, self.encoders_)

    def _let_vote(self, search, work, chosen):
        n_splits = len(work.splits)
        encoded = [search.encoded(entry.n_bins) for entry, _ in chosen for _ in work.splits]
        networks = [network for entry, _ in chosen for network in entry.networks]
        self.estimators_ = [copy(network) for network in networks]
        self.encoders_ = [each.encoder for each in encoded]
        self.votes_ = np.repeat([vote / n_splits for _, vote in chosen], n_splits)
        self.n_iter_ = max(network.n_iter_ for network in networks)
        said = [prediction for entry, _ in chosen for prediction in entry.predictions]
        rows, *moments = moments_of_left_out(work.splits * len(chosen), said, self.votes_)
        taken = {id(each): each.table.Z[rows] for each in encoded}
        Z = [taken[id(each)] for each in encoded]
        self._learn_from_left_out(self._weigh(work.table), n_splits, rows, Z, *moments)

    def _describe(self, search, shares):
        candidates, entries = search.progress.candidates, search.progress.entries
        known = [each for each in candidates if each.is_judged or each.rung >= 0]
        self.cv_results_ = results_of(known, shares)
        means = self.cv_results_["mean_test_score"]
        of_candidates = np.nan_to_num(means, nan=-np.inf)
        best = entries[0].candidate if entries else known[np.argmax(of_candidates)].number
        self.best_index_ = [each.number for each in known].index(best)
        self.best_score_ = float(means[self.best_index_])
        self.best_params_ = known[self.best_index_].params
        if self.warm_start:
            self._progress, self._targets = search.progress, joblib.hash(search.targets)

    def _check_rows(self, table):
        if joblib.hash(table.y) != self._targets:
            raise ValueError(
                "warm_start=True goes on with the search of the last fit, but y is not the same. "
                "Set warm_start=False to begin anew."
            )

    def _is_compact(self):
        return super()._is_compact() and not (set(CHANGING) & set(self.param_distributions or ()))

    def _attributes_of(self, member):
        return {**super()._attributes_of(member), "encoders_": [self.encoder_]}

    def _encode_block(self, X):
        """Some rows for each network, encoded once for all of an encoder."""
        encoders = {id(encoder): encoder for encoder in self.encoders_}
        made = {
            key: encode(each, each._read(X, self), compact=True) for key, each in encoders.items()
        }
        return [made[id(encoder)] for encoder in self.encoders_]

    def _as_block(self, Z):
        return [Z] * len(self.estimators_)

    def _rows_for(self, i, encoded):
        return encoded[i]

    @abstractmethod
    def _soften(self, predictions, left_out):
        """Predictions for parts of the rows left out, as sure as all of these allow."""

    @abstractmethod
    def _learn_from_left_out(self, table, n_splits, rows, encoded, mean, variance):
        """Set what follows from the mean and the variance of votes for rows that were left out.

        `encoded` has these rows as each network takes them.
        """


class _Ending(NamedTuple):
    """How a search ended."""

    of_defaults: Ending
    is_interrupted: bool
    search: Search

    def warn(self):
        """Tell the user of Ctrl-C, of failures, and what the networks of the defaults warn of."""
        self.of_defaults._replace(is_interrupted=False).warn()
        n_tried, failures = len(self.search.progress.candidates), self.search.failures
        if failures:
            params, error = failures[0]
            message = f"{len(failures)} of {n_tried} configurations failed and are not chosen"
            if self.search.has_given_up:
                message += ", and the search ended early"
            warn_user(f"{message}. The first was {params}: {error!r}", FitFailedWarning)
        if self.is_interrupted:
            message = f"{n_tried} configurations were tried"
            message = f"Search interrupted by user: {message}, of which the best so far are kept."
            warn_user(message, ConvergenceWarning)


def _was_interrupted():
    try:
        answer()
    except KeyboardInterrupt:
        return True
    return False


def _check_limits(search):
    if search.time_limit is None and search.max_candidates is None:
        raise InvalidParameterError(
            "time_limit and max_candidates must not both be None: the search would not end."
        )

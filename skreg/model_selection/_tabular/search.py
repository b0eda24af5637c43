"""The search: defaults first, then candidates in batches, of which the best third goes on."""

from functools import partial
from itertools import chain
from time import perf_counter
from typing import NamedTuple

import numpy as np

from skreg.model_selection._tabular.candidates import (
    Entry,
    EpochRungs,
    FoldRungs,
    Progress,
    Task,
    choose_to_promote,
    mean_of,
)
from skreg.model_selection._tabular.judge import Judge
from skreg.model_selection._tabular.pace import Pace, work_of
from skreg.model_selection._tabular.source import Source
from skreg.neural_network._tabular.finishing import epochs_to_finish, finish_members
from skreg.neural_network._tabular.jobs import count_threads
from skreg.neural_network._tabular.training import share_parts, train_members

_AT_ONCE = 4  # candidates of a batch at least, whatever the number of threads
_TO_FINISH = 8  # entries that time is left for to be trained on all rows
_MARGIN = 1.5  # of that time
_MOST_ENTRIES = 20  # whose networks are kept
_MOST_FAILURES = 12  # one after the other, before a search ends


class Encoded(NamedTuple):
    """A table with so many bins."""

    encoder: object  # TableEncoder
    table: object  # Table
    parts_of: object  # callable(Split) -> (Table, Table)


class Search:
    """Candidates for an estimator, and what those that were trained enough may vote with.

    Parameters
    ----------
    estimator : BaseTabularMLP
        With what it has learned about the targets.

    work : Work
        How its members are trained.

    space : dict
        Lists and distributions of parameters.

    encode : callable(n_bins) -> (TableEncoder, Table)

    deadline : float
        In seconds of `time.perf_counter`.

    report : callable(Search)
        Called after each batch.
    """

    def __init__(self, estimator, work, space, encode, deadline, report):
        self._estimator, self._encode, self._work = estimator, encode, work
        self.deadline, self._report = deadline, report
        n_splits = len(work.splits)
        self._source = Source(estimator, space, n_splits)
        self._rungs = EpochRungs() if n_splits == 1 else FoldRungs(n_splits)
        self._encoded, self._pace = {}, Pace(count_threads(estimator.n_jobs))
        self.judge = Judge(estimator, work.table, work.splits)
        self.targets = work.table.y
        self.has_left_out = bool(work.splits[0].left_out.size)
        self.is_interrupted, self.failures, self._n_in_a_row = False, [], 0

    def describe(self):
        """One line of what was done so far."""
        candidates, entries = self.progress.candidates, self.progress.entries
        parts = [f"Candidates {len(candidates):3d}"]
        for rung in range(1, self._rungs.n_rungs):
            parts.append(f"on rung {rung} {sum(each.rung >= rung for each in candidates):3d}")
        if entries:
            parts.append(f"best score {entries[0].score:.6f}")
        return "  ".join(parts)

    def encoded(self, n_bins):
        """The table with so many bins, made once."""
        if n_bins not in self._encoded:
            encoder, table = self._encode(n_bins)
            parts_of = share_parts(table, self._work.splits)
            self._encoded[n_bins] = Encoded(encoder, table, parts_of)
        return self._encoded[n_bins]

    def start(self, members, seconds):
        """Begin with the networks of the defaults."""
        owners = self._source.of_defaults(members)
        defaults = [*{each.number: each for each in owners}.values()]
        random = np.random.RandomState(self._estimator._seed)
        self.progress = Progress(defaults, [], len(defaults), random)
        for i, (owner, member) in enumerate(zip(owners, members)):
            if member.__sklearn_is_fitted__():
                self._take(Task(owner, i % len(self._work.splits), member), seconds[i])
        for candidate in defaults:
            if candidate.is_complete and self.has_left_out:
                self._climb(candidate)
            elif candidate.is_judged:
                candidate.scores = self.judge.score(candidate.predictions)

    def go_on(self, progress):
        """Begin where another search ended."""
        self.progress = progress.copy()
        for candidate in self.progress.candidates:
            network = next((each for each in candidate.networks if each is not None), None)
            if network is not None:
                work = work_of(network, candidate.n_epochs, self._work.splits[0].training.size)
                self._pace.learn(candidate.seconds, work)

    @property
    def has_given_up(self):
        """Whether so many candidates have failed in a row that others will, too."""
        return self._n_in_a_row >= _MOST_FAILURES

    def run(self):
        """Train candidates until there are enough, or time is over, or Ctrl-C, or all fail."""
        while self.has_left_out and not (self.is_interrupted or self.has_given_up):
            tasks = self._next_tasks()
            if not tasks:
                break
            self._try(tasks)
            self._report(self)

    def _try(self, tasks):
        """Train networks; if that fails, each candidate by itself, so that no other one is lost."""
        rungs = {each.candidate.number: each.candidate.rung for each in tasks}
        candidates = {each.candidate.number: each.candidate for each in tasks}
        try:
            self._train(tasks)
            self._n_in_a_row = 0
        except Exception as error:  # those that were found before are not to be lost
            for number, candidate in candidates.items():
                if candidate.rung > rungs[number] or self.is_interrupted:
                    continue
                again = self._rungs.tasks(candidate, self._estimator._member)
                if len(candidates) > 1 and again:
                    self._try(again)
                else:
                    self._give_up(candidate, error)

    def _next_tasks(self):
        """Of candidates that go on, and of those that lack folds, with new ones for a batch."""
        chosen = choose_to_promote(self.progress.candidates, self._rungs.n_rungs)
        chosen += [each for each in self.progress.candidates if each.rung < 0]
        chosen += self._draw(_AT_ONCE - len(chosen))
        tasks = [self._rungs.tasks(each, self._estimator._member) for each in chosen]
        if np.isfinite(self.deadline):
            works = [[self._work_of(task.network) for task in each] for each in tasks]
            seconds = self.deadline - perf_counter() - self._seconds_to_end()
            tasks = [tasks[i] for i in self._pace.choose_fitting(works, seconds)]
        return list(chain(*tasks))

    def _draw(self, n):
        """At most n new candidates, which count once they are trained."""
        first, limit = len(self.progress.candidates), self._estimator.max_candidates
        if limit is not None:
            n = min(n, limit + self.progress.n_defaults - first)
        shared, random = self.progress.candidates[0].network, self.progress.random
        return [self._source.draw(first + i, shared, random) for i in range(n)]

    def _seconds_to_end(self):
        """Of finishing, should the entries that were trained longest have the votes."""
        networks = [network for entry in self.progress.entries for network in entry.networks]
        networks.sort(key=self._work_of, reverse=True)
        return _MARGIN * self._seconds_to_finish(networks[:_TO_FINISH])

    def _seconds_to_finish(self, networks):
        """Of training networks on all rows in the end."""
        if not self._work.plan.is_finished:
            return 0.0
        n_rows = self._work.table.n_rows
        works = [work_of(each, epochs_to_finish(each), n_rows) for each in networks]
        return self._pace.predict(works)

    def finish(self, networks, encoders):
        """Train networks on all rows in the end, if that is wanted and there is time for it."""
        seconds = self.deadline - perf_counter()
        is_wanted = self._work.plan.is_finished and self.has_left_out and not self.is_interrupted
        if is_wanted and self._seconds_to_finish(networks) <= seconds:
            tables = [self.encoded(encoder.n_bins).table for encoder in encoders]
            how = {"n_jobs": self._estimator.n_jobs, "deadline": self.deadline}
            self.is_interrupted = finish_members(networks, tables, **how)

    def _work_of(self, network):
        return work_of(network, network.max_iter, self._work.splits[0].training.size)

    def _train(self, tasks):
        """Train networks, and note what their candidates are worth then."""
        splits, n_jobs = self._work.splits, self._estimator.n_jobs
        parts = [
            partial(self.encoded(each.candidate.n_bins).parts_of, splits[each.split])
            for each in tasks
        ]
        how = {"n_jobs": n_jobs, "deadline": self.deadline - self._seconds_to_end()}
        try:
            networks = [each.network for each in tasks]
            ending = train_members(networks, parts, self._work.scoring, **how)
        except KeyboardInterrupt:
            self.is_interrupted = True
            return
        self.is_interrupted = ending.is_interrupted
        trained = {each.candidate.number: each.candidate for each in tasks}
        for task, report in zip(tasks, ending.reports):
            if report.has_learned:
                self._take(task, report.seconds)
            else:
                trained.pop(task.candidate.number, None)
        self._count(trained.values())
        for candidate in trained.values():
            self._climb(candidate)

    def _count(self, candidates):
        """Let those that are new be candidates."""
        known = {each.number for each in self.progress.candidates}
        self.progress.candidates.extend(each for each in candidates if each.number not in known)

    def _give_up(self, candidate, error):
        """Go on without a candidate that failed."""
        self._count([candidate])
        candidate.history.append(-np.inf)
        self.failures.append((candidate.params, error))
        self._n_in_a_row += 1

    def _take(self, task, seconds):
        """Let a candidate have a network that is trained."""
        candidate, i, network = task
        self._pace.learn(seconds, self._work_of(network))
        _, left_out = self.encoded(candidate.n_bins).parts_of(self._work.splits[i])
        candidate.networks[i] = network
        candidate.predictions[i] = self._estimator._ballot(network, left_out.Z)
        candidate.n_epochs += network.n_iter_
        candidate.seconds += seconds

    def _climb(self, candidate):
        """Note what a candidate is worth at its rung."""
        scores = self.judge.score(candidate.predictions)
        score = mean_of(scores)
        if self._rungs.are_folds or score >= max(candidate.history, default=-np.inf):
            candidate.scores = scores
        candidate.history.append(score)
        if candidate.is_complete:
            networks, predictions = [*candidate.networks], [*candidate.predictions]
            of_rung = candidate.number, networks, candidate.n_bins, predictions, score
            entries = self.progress.entries
            entries.append(Entry(*of_rung))
            entries.sort(key=lambda each: -each.score)
            del entries[_MOST_ENTRIES:]

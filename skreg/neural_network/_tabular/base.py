"""What tabular estimators share: a table is encoded once, and members are trained in threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from time import perf_counter
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils._tags import get_tags
from sklearn.utils.validation import _check_y

from skreg._training.stages import begin_turn
from skreg._typing import validating_parameters
from skreg._validation import draw_seed, unchanged_on_failure
from skreg.neural_network._callbacks import CallbackSupportMixin
from skreg.neural_network._checks import Given, check_validation, flatten_single_column
from skreg.neural_network._errors import ExplainsErrors, explains_arguments
from skreg.neural_network._ignored import warn_of_ignored
from skreg.neural_network._settings import resolve_settings
from skreg.neural_network._slim import SlimMixin, check_can_continue
from skreg.neural_network._tabular.budget import fit_into
from skreg.neural_network._tabular.callbacks import EnsembleCallbacks
from skreg.neural_network._tabular.distinct import merge_few
from skreg.neural_network._tabular.encoding import can_be_compact, encode
from skreg.neural_network._tabular.finishing import finish_members
from skreg.neural_network._tabular.members import Table
from skreg.neural_network._tabular.plan import (
    Plan,
    check_diversity,
    make_plan,
    params_of_members,
)
from skreg.neural_network._tabular.prediction import PredictsByBlocks
from skreg.neural_network._tabular.splits import split_table
from skreg.neural_network._tabular.training import fit_members
from skreg.neural_network._weights import check_weights
from skreg.preprocessing import TableEncoder
from skreg.preprocessing._columns import check_table


class Work(NamedTuple):
    """What there is to do: a table, and how members are trained on it."""

    X: ArrayLike  # as given
    as_given: Table
    table: Table  # of which few different rows are merged
    plan: Plan
    splits: list  # a Split of each fold, or one for all members
    members: list
    scoring: str | Callable | None


class BaseTabularMLP(
    ExplainsErrors, CallbackSupportMixin, SlimMixin, PredictsByBlocks, BaseEstimator, ABC
):
    """An ensemble of networks over one encoded table; see its two children."""

    __metadata_request__fit: ClassVar = {"groups": False}  # those of a search are for its splits
    _used = ()  # parameters that act even if the networks ignore them
    _doc_link_module = "skreg"
    _doc_link_template = (
        "https://skreg.readthedocs.io/en/latest/api/generated/skreg.{estimator_name}.html"
    )

    @validating_parameters
    @explains_arguments
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the networks to a table and its targets.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Numbers, booleans, categories and strings, with missing values.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels in classification, numbers in regression.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, in training and wherever rows left out decide; None
            is a weight of 1 each. In tables of fewer than 16 different rows, a weight of 2 is
            exactly the same as repeating the row. In others a repeated row may be trained on and
            left out at once, but a row of a weight may not.

        groups : array-like of shape (n_samples,), default=None
            Groups of the rows, if `validation_fraction` is a splitter that uses them.

        Returns
        -------
        self : object
            The fitted estimator. If `fit` raises, the estimator is as it was before. After Ctrl-C
            it has the members that were trained so far, each at its best epoch.

        Raises
        ------
        KeyboardInterrupt
            If interrupted before any member ended an epoch.

        ValueError
            If parameters or data are not as they should be, or a column holds text, dates or
            infinite values.
        """
        callbacks = EnsembleCallbacks(self)
        with unchanged_on_failure(self), begin_turn() as turn:
            ending = self._fit(Given(X, y, sample_weight, groups=groups), callbacks, turn)
        ending.warn()  # which, made an error, undoes no training
        return self

    def _fit(self, given, callbacks, turn):
        start = perf_counter()
        work = self._prepare(given)
        ending, is_paused = self._fit_members(work, start, callbacks, turn)
        is_finished = work.plan.is_finished and work.splits[0].left_out.size
        if is_finished and not (ending.is_interrupted or is_paused):
            tables = [work.table] * len(self.estimators_)
            is_interrupted = finish_members(self.estimators_, tables, n_jobs=self.n_jobs)
            ending = ending._replace(is_interrupted=is_interrupted)
        callbacks.end_fit()
        return ending

    def _prepare(self, given):
        """Check and encode what is given, and decide how it is trained on; returns Work."""
        check_diversity(self.diversity, self._member)
        check_validation(given, self.validation_fraction)
        goes_on = self.warm_start and hasattr(self, "estimators_")
        if goes_on:
            check_can_continue(self)
        table = self._make_table(given, goes_on)
        as_given = table
        if isinstance(self.validation_fraction, str):  # "auto"
            labels = self._labels_to_stratify(table.y)
            table = merge_few(table, table.y if labels is None else labels)
        labels = self._labels_to_stratify(table.y)
        plan = make_plan(self, table.n_rows)
        how, groups = self.validation_fraction, given.groups
        splits = split_table(how, plan, table, labels, groups, self._seed)
        members = self._make_members(plan, self.estimators_ if goes_on else [])
        settings, *_ = map(resolve_settings, members)  # which checks all of them
        settings.early_stopping = plan.keeps_best_epoch
        warn_of_ignored(members[0], settings, given, self._used)  # once, not for each member
        return Work(given.X, as_given, table, plan, splits, members, self._scoring_of(plan))

    def _fit_members(self, work, start, callbacks, turn):
        """Train the members, and set votes and what follows.

        Returns an Ending, and whether training is to go on in a further stage.
        """
        members, table, splits, scoring = work.members, work.table, work.splits, work.scoring
        splits_of = [splits[i % len(splits)] for i in range(len(members))]
        if self.time_limit is not None:
            deadline = start + self.time_limit
            of_fit = members, table, splits_of, scoring, self.n_jobs
            members = fit_into(deadline, *of_fit, is_finished=work.plan.is_finished)
        callbacks.begin_fit(work.X, work.as_given.y, work.as_given.weights, len(members))
        stages = turn.split(len(members))
        how = {"n_jobs": self.n_jobs, "verbose": self.verbose, "callbacks": callbacks}
        ending = fit_members(members, table, splits_of, scoring, stages=stages, **how)
        is_paused = turn.join(stages)
        kept = [i for i, member in enumerate(members) if member.__sklearn_is_fitted__()]
        self.estimators_ = [members[i] for i in kept]
        self.n_iter_ = max(member.n_iter_ for member in self.estimators_)
        self._judge(table, [splits_of[i] for i in kept], is_common=len(splits) == 1)
        return ending, is_paused

    def _make_table(self, given, goes_on):
        """What is given as a Table, with targets as members want them."""
        check_table(given.X)
        y = self._check_targets(given.y)
        check_consistent_length(given.X, y)
        weights = check_weights(given.sample_weight, np.empty((len(y), 1)))
        if not goes_on:
            self._seed = draw_seed(self.random_state)
        return Table(self._encode(given.X, y, weights, goes_on), y, weights)

    def _attributes_of(self, member):
        """Those of an ensemble of one member, to predict with before the others are trained."""
        votes = np.ones(1)
        return {"estimators_": [member], "votes_": votes, "n_iter_": member.n_iter_}

    def _make_members(self, plan, known):
        """Members of a plan; those that are known by their random numbers go on."""
        known = {member.random_state: member for member in known}
        params = params_of_members(self, self._member, plan, self._seed)
        if isinstance(self.hidden_layer_sizes, str) and self.hidden_layer_sizes == "auto":
            for each in params:  # whatever suits the rows of now
                if each["random_state"] in known:
                    own = known[each["random_state"]]
                    each["hidden_layer_sizes"] = own.hidden_layer_sizes
        return [
            copy(known[each["random_state"]]).set_params(**each)
            if each["random_state"] in known
            else self._member(**each)
            for each in params
        ]

    def _encode(self, X, y, weights, goes_on):
        """Learn to encode X, unless training goes on, and encode it."""
        compact = self._is_compact()
        if goes_on:
            return encode(self.encoder_, self.encoder_._read(X, self), compact=compact)
        self.encoder_ = self._make_encoder(self.n_bins, y)
        rows = self.encoder_._fit(X, y, weights, self)
        return encode(self.encoder_, rows, compact=compact)

    def _is_compact(self):
        return can_be_compact(self)

    def _make_encoder(self, n_bins, y):
        return TableEncoder(
            n_bins,
            categorical_features=self.categorical_features,
            target_type=self._target_type(y),
            dtype=self.dtype,
            random_state=self._seed,
        )

    def _scoring_of(self, plan):
        """What chooses the epoch of a member, None for the last one."""
        if not plan.keeps_best_epoch:
            return None
        return "loss" if self.scoring is None else self.scoring

    def _check_targets(self, y):
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        self._check_types(y)
        return self._learn_targets(flatten_single_column(_check_y(y, multi_output=True)))

    def _check_types(self, y):
        """Refuse targets of types that would be converted to something else."""

    @abstractmethod
    def _learn_targets(self, y):
        """y as members want it; sets what describes it."""

    @abstractmethod
    def _target_type(self, y):
        """What y is to the mean targets of the encoder."""

    @abstractmethod
    def _labels_to_stratify(self, y):
        """What splits keep the shares of; None for nothing."""

    @abstractmethod
    def _judge(self, table, splits, *, is_common):
        """Set votes and all else that follows from the rows that members left out.

        `splits` has one Split per member, and `is_common` says if they are all the same.
        """

    def _weigh(self, table):
        """A Table with the weights by which votes and temperatures are chosen."""
        return table

    @abstractmethod
    def _loss_on(self, rows):
        """The loss of ballots for the rows of a Table, as a function of them."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        of_encoder = get_tags(TableEncoder()).input_tags
        tags.input_tags.allow_nan = of_encoder.allow_nan
        tags.input_tags.string = of_encoder.string
        tags.input_tags.categorical = of_encoder.categorical
        tags.input_tags.sparse = False
        tags.non_deterministic = False
        return tags

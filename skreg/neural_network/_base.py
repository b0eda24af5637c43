"""The base of the classifier and the regressor: from a call of `fit` to fitted attributes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar, Self

from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, clone, is_regressor
from sklearn.utils.validation import check_is_fitted

from skreg._interrupts import is_part
from skreg._kernels.losses import LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.lbfgs import train_on_all_rows
from skreg._training.monitor import Monitor
from skreg._training.outcome import warn_of
from skreg._training.predict import LINKS_OF_TARGETS, predict
from skreg._training.split import is_splitter
from skreg._training.stages import WHOLE, begin_turn
from skreg._training.state import TrainingState
from skreg._training.stochastic import train
from skreg._typing import MatrixLike, validating_parameters
from skreg._validation import draw_seed, unchanged_on_failure
from skreg.neural_network._attributes import FittedAttributes
from skreg.neural_network._callbacks import Callbacks, CallbackSupportMixin
from skreg.neural_network._checks import (
    Given,
    check_memory,
    check_to_predict,
    check_validation,
)
from skreg.neural_network._docstrings import with_texts_of_parents
from skreg.neural_network._errors import ExplainsErrors, explains_arguments
from skreg.neural_network._fitted import (
    adopt_weights,
    attributes_of_epoch,
    attributes_of_view,
    publish,
    resume,
    start,
    weights_to_predict_with,
)
from skreg.neural_network._ignored import warn_of_ignored
from skreg.neural_network._normalization import normalization_to_predict_with
from skreg.neural_network._passes import PassesMixin
from skreg.neural_network._rows import check_rows, separate_validation_rows
from skreg.neural_network._settings import lay_out, resolve_batch_size, resolve_settings
from skreg.neural_network._slim import SlimMixin
from skreg.neural_network._sparsify import SparsifyMixin
from skreg.neural_network._targets import AugmenterInUnits
from skreg.neural_network._untransformed import warn_of_untransformed
from skreg.neural_network._validator import Validator


@with_texts_of_parents
class BaseMLP(
    ExplainsErrors,
    CallbackSupportMixin,
    FittedAttributes,
    SparsifyMixin,
    SlimMixin,
    PassesMixin,
    BaseEstimator,
    ABC,
):
    """Multi-layer perceptron with L1, L2 and dropout; see its two children."""

    __metadata_request__fit: ClassVar = {"groups": False}  # those of a search are for its splits
    _doc_link_module = "skreg"
    _doc_link_template = (
        "https://skreg.readthedocs.io/en/latest/api/generated/skreg.{estimator_name}.html"
    )

    @validating_parameters
    @explains_arguments
    def fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Fit the network to X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features. float32 and uint8 are trained in float32, everything else in float64. Sparse X
            is never made dense; CSR is the most efficient format.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels or multilabel indicators in classification, numbers in regression.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the loss; None means a weight of 1 each.

        X_val : {array-like, sparse matrix or array} of shape (n_val, n_features), default=None
            Validation set to evaluate after each epoch. With `early_stopping`, it decides when to
            stop and which weights are kept, and nothing is split off X; otherwise, it is only
            monitored. In a `Pipeline`, `transform_input=["X_val"]` transforms it like X.

        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            The targets of X_val.

        sample_weight_val : array-like of shape (n_val,), default=None
            Non-negative weights of the rows of X_val.

        groups : array-like of shape (n_samples,), default=None
            Groups of the rows of X, if `validation_fraction` is a splitter that uses them.

        Returns
        -------
        self : object
            The fitted estimator. If `fit` raises, the estimator is as it was before.

        Raises
        ------
        ValueError
            If parameters or data are invalid.
        """
        given = Given(X, y, sample_weight, X_val, y_val, sample_weight_val, groups)
        with begin_turn() as turn:
            return self._fit_safely(given, turn, incremental=False)

    def _fit_safely(self, given, turn=WHOLE, *, incremental, **first_call):
        """Fit or leave everything as it was; a warning made an error undoes no training."""
        if incremental and not get_config()["skip_parameter_validation"]:
            self._validate_params()  # scikit-learn skips this in all calls but the first
        settings, how = resolve_settings(self), {"incremental": incremental, **first_call}
        check_validation(given, settings.validation_fraction)
        if incremental and given.X_val is None:  # no row may be held out now and trained on later
            settings.early_stopping = False
        is_first = incremental and not self.__sklearn_is_fitted__()
        # In a stream, only once of a splitter, whose rows to hold out will be trained on.
        if not incremental or (is_first and is_splitter(settings.validation_fraction)):
            warn_of_ignored(self, settings, given)
        callbacks = Callbacks(self, 1 if incremental else self.max_iter)
        with unchanged_on_failure(self):
            outcome, data = self._fit(given, settings, callbacks, turn, **how)
        if not (incremental and outcome.end in ("converged", "max_iter")):
            epochs = slice(len(self.loss_curve_) - outcome.n_epochs, None)
            losses = deciding = self.loss_curve_[epochs]
            if settings.early_stopping:
                deciding = self.validation_loss_curve_[epochs]
            warn_of(outcome, settings, losses, deciding, data)
        return self

    def _fit(self, given, settings, callbacks, turn, *, incremental):
        goes_on = incremental or self.warm_start
        state = resume(self) if goes_on else None
        is_new = state is None or not incremental
        seed = draw_seed(self.random_state) if state is None else state.seed
        rows = check_rows(self, given, settings, state, incremental=incremental)
        dtype, n_features = rows.data.X.dtype, rows.data.X.shape[1]
        layout = lay_out(settings, self._choose_loss(), n_features, rows.data.Y.shape[1])
        self.out_activation_ = LOSSES[settings.loss].link
        rows, held_out = separate_validation_rows(self, given, settings, rows, seed)
        if given.X_val is not None and not incremental:  # a batch of a stream need not be typical
            warn_of_untransformed(rows, held_out, "Xy" if is_regressor(self) else "X")
        settings.target_units = self._find_target_units(settings, rows.data, goes_on)
        rows = rows.in_units(settings.target_units)
        held_out = held_out and held_out.in_units(settings.target_units)
        if state is None:
            check_memory(layout, dtype)
            state = start(self, settings, layout, dtype, seed, keep_weights=goes_on)
        else:
            adopt_weights(state, self, settings, layout)
        if turn.n_done:
            state = TrainingState.restore(turn.begun.state, self.solver)
        first_epoch = state.epoch - turn.n_done
        state.refer_to(settings, None if incremental else rows.data, held_out and held_out.data)
        attributes = partial(attributes_of_view, layout, settings)
        validator = held_out and Validator(self, settings, layout, held_out, attributes)
        at_epoch = partial(attributes_of_epoch, settings, layout, first_epoch, held_out is not None)
        callbacks.begin_fit(given.X, rows, at_epoch)
        monitor = Monitor(settings, validator, callbacks)
        of_training = state, settings, layout, rows.data, monitor
        run = partial(self._prepare(settings, rows.data, incremental), *of_training)
        n_epochs = 1 if incremental else self.max_iter
        outcome = turn.train(run, n_epochs, state if settings.is_stochastic else None)
        publish(self, state, settings, layout, outcome, validated=held_out is not None)
        if held_out is not None or is_new:
            outcome = self._judge_or_end(held_out, outcome, may_raise=incremental or is_part())
        callbacks.end_fit()
        return outcome, rows.data

    def _judge_or_end(self, held_out, outcome, *, may_raise):
        """Judge by the validation set, but not at the price of the training after Ctrl-C."""
        try:
            self._judge(held_out)
        except KeyboardInterrupt:
            if may_raise:
                raise
            self._judge(None)
            return outcome._replace(end="interrupted")
        return outcome

    def _weigh_classes(self, Y, weights):
        """Weights of rows with those of their classes; None where all count alike."""
        return weights

    def _find_target_units(self, settings, data, goes_on):
        """The TargetUnits of a regression; None where targets are classes."""
        return None

    def _prepare(self, settings, data, incremental):
        """Complete the settings; returns the function that trains."""
        if not settings.is_stochastic:
            self.augmentation_ = None
            return train_on_all_rows
        settings.batch_size = resolve_batch_size(self.batch_size, data.n, warn=not incremental)
        settings.augmenter = self._fit_augmentation(settings, data, keep=incremental)
        return train

    def _fit_augmentation(self, settings, data, *, keep):
        """`augmentation` fitted to the data, or with `keep` as before unless it has changed.

        Returns what draws from it for the trainer, or None.
        """
        if self.augmentation is None:
            self.augmentation_ = None
        elif not (keep and settings.augmentation_digest == vars(self).get("_augmentation_digest")):
            self.augmentation_ = clone(self.augmentation)
            self.augmentation_.fit(data.rows_with_weight)
        if self.augmentation_ is None or settings.target_units is None:
            return self.augmentation_
        return AugmenterInUnits(self.augmentation_, settings.target_units)

    def _predict_outputs(self, X, instead=None):
        """Outputs behind the link of the fit, or another instead of it: (n_samples, n_outputs),
        or several neighboring columns for each output where it has several scores.
        """
        if not self.__sklearn_is_fitted__():
            check_is_fitted(self)  # which takes as long as to predict a row
        X = check_to_predict(self, X)
        return predict(X, *self._network(X.shape[1], instead))

    def _network(self, n_features, instead=None):
        """What `predict` is told of the fitted network, its weights first."""
        link = self.out_activation_
        if instead is not None:
            link = instead.get(link, link)
        weights = weights_to_predict_with(self, n_features)
        normalization = normalization_to_predict_with(self) or (None, ())
        n_targets = self.n_outputs_ if link in LINKS_OF_TARGETS else 1
        return *weights, self._activations, link, *normalization, n_targets

    def __sklearn_is_fitted__(self):
        """Whether there was a fit: weights alone may be there before it, to start from."""
        return hasattr(self, "n_layers_")

    @abstractmethod
    def _judge(self, held_out):
        """Set what follows from predictions for validation Rows, or from None."""

    @abstractmethod
    def _encode_targets(self, y, *, first, incremental):
        """Targets as a float matrix (n_samples, n_outputs)."""

    @abstractmethod
    def _choose_loss(self):
        """The name of the kernels' loss."""

    @abstractmethod
    def _labels_to_stratify(self, Y):
        """What the validation split keeps the shares of; None for nothing."""

    @abstractmethod
    def _score_outputs(self, Y, outputs, weights):
        """The score that `score` gives, from encoded targets and outputs."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self.augmentation is None or self.solver not in OPTIMIZERS
        return tags

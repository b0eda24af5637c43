"""What the classifier and the regressor share: from a call of `fit` to fitted attributes."""

from abc import ABC, abstractmethod
from functools import partial
from numbers import Integral, Real
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, _fit_context, clone, is_regressor
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.data import Data
from skreg._training.layout import Layout
from skreg._training.lbfgs import train_on_all_rows
from skreg._training.monitor import Monitor
from skreg._training.outcome import warn_of
from skreg._training.predict import predict
from skreg._training.random import draw_initial_theta
from skreg._training.schedules import SCHEDULES
from skreg._training.state import TrainingState
from skreg._training.stochastic import train
from skreg._validation import AUGMENTER, accepted_dtypes, draw_seed, unchanged_on_failure
from skreg.neural_network._checks import (
    cast_targets,
    check_weights,
    flatten_single_column,
    split_data,
)
from skreg.neural_network._settings import resolve_batch_size, resolve_settings


class BaseMLP(BaseEstimator, ABC):
    """Multi-layer perceptron with L1, L2 and dropout; see its two children for the parameters."""

    _doc_link_module = "skreg"
    _doc_link_template = (
        "https://skreg.readthedocs.io/en/latest/api/generated/skreg.{estimator_name}.html"
    )

    _parameter_constraints: ClassVar[dict] = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left"), str],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "solver": [StrOptions({*OPTIMIZERS, "lbfgs"})],
        "l1": [Interval(Real, 0, None, closed="left")],
        "l2": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "augmentation": [AUGMENTER, None],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | str | ArrayLike = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        l1: float = 0.0,
        l2: float = 1e-4,
        dropout: float | ArrayLike = 0.0,
        input_dropout: float = 0.0,
        augmentation: BaseEstimator | None = None,
        batch_size: int | Literal["auto"] = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.l1 = l1
        self.l2 = l2
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.augmentation = augmentation
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the network to X and y.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; float32 and uint8 are trained in float32, everything else in float64.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels or indicators of labels in classification, numbers in regression.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the loss; None is a weight of 1 each.

        Returns
        -------
        self : object
            The fitted estimator. If `fit` raises, the estimator is as it was before.

        Raises
        ------
        ValueError
            If parameters, X, y or sample_weight are not as they should be.
        TypeError
            If X is sparse.
        """
        return self._fit_safely(X, y, sample_weight, incremental=False)

    def _fit_safely(self, X, y, sample_weight, *, incremental, **first_call):
        """Fit or leave everything as it was; warnings come last, so that none undoes a fit."""
        with unchanged_on_failure(self):
            outcome, settings = self._fit(
                X, y, sample_weight, incremental=incremental, **first_call
            )
        if not (incremental and outcome.end == "max_iter"):
            warn_of(outcome, settings)
        return self

    def _fit(self, X, y, sample_weight, *, incremental):
        settings = resolve_settings(self)
        state = self._resume(settings) if incremental or self.warm_start else None
        first = state is None
        dtype = accepted_dtypes(X) if first else state.theta.dtype
        X, y = validate_data(
            self, X, y, dtype=dtype, multi_output=True, y_numeric=is_regressor(self), reset=first
        )
        Y = self._encode_targets(flatten_single_column(y), first=first, incremental=incremental)
        settings.loss, self.out_activation_ = self._choose_loss()
        data = Data(X, cast_targets(Y, X.dtype), check_weights(sample_weight, X))
        layout = Layout((X.shape[1], *settings.units, Y.shape[1]))
        if first:
            seed = draw_seed(self.random_state)
            theta = draw_initial_theta(layout, settings.activation, seed, X.dtype)
            state = TrainingState.start(theta, seed, self.solver)
        elif layout != Layout.of(self.coefs_):
            raise ValueError(
                "hidden_layer_sizes and the number of outputs cannot change with warm_start or "
                f"partial_fit: units were {Layout.of(self.coefs_).units}, now {layout.units}."
            )
        state.refer_to(settings, None if incremental else data)
        if self.augmentation is None:
            self.augmentation_ = None
        if settings.is_stochastic:
            outcome = self._train_stochastic(state, settings, layout, data, incremental)
        else:
            outcome = train_on_all_rows(state, settings, layout, data)
        self._publish(state, settings, layout, outcome)
        return outcome, settings

    def _resume(self, settings):
        """A copy of the state of the last call to go on from; None where there was none."""
        if not hasattr(self, "_training_state"):
            return None
        state = TrainingState(**self._training_state).copy(self.solver)
        theta = Layout.of(self.coefs_).pack(self.coefs_, self.intercepts_, state.theta.dtype)
        published = (state.best_theta, state.settled(settings))
        if not any(np.array_equal(theta, own) for own in published):  # set by the user since then
            state.theta[:] = theta
        return state

    def _train_stochastic(self, state, settings, layout, data, incremental):
        score = None
        if self.early_stopping:
            if incremental:
                raise ValueError("partial_fit does not support early_stopping=True.")
            labels = self._labels_to_stratify(data.Y)
            data, held_out = split_data(data, labels, self.validation_fraction, state.seed)
            score = partial(self._score_theta, layout, settings, held_out)
        settings.batch_size = resolve_batch_size(self.batch_size, data.n, warn=not incremental)
        settings.augmenter = self._fit_augmentation(settings, data, keep=incremental)
        n_epochs = 1 if incremental else self.max_iter
        return train(state, settings, layout, data, Monitor(settings, score), n_epochs)

    def _fit_augmentation(self, settings, data, *, keep):
        """`augmentation` fitted to the data, or with `keep` as before unless it has changed."""
        same = settings.augmentation_digest == getattr(self, "_augmentation_digest", None)
        if self.augmentation is not None and not (keep and same):
            self.augmentation_ = clone(self.augmentation)
            self.augmentation_.fit(data.rows_with_weight)
        return self.augmentation_

    def _score_theta(self, layout, settings, held_out, theta):
        """The score of a theta on validation data."""
        weights = layout.coefs(theta), layout.intercepts(theta)
        outputs = predict(held_out.X, *weights, settings.activations, self.out_activation_)
        return self._score_outputs(held_out.Y, outputs, held_out.weights)

    def _publish(self, state, settings, layout, outcome):
        """Set the fitted attributes; the weights are copies, for their owner to change."""
        early_stopping = self.early_stopping and settings.is_stochastic
        at_best = early_stopping or outcome.end == "interrupted"
        theta = (state.best_theta if at_best else state.settled(settings)).copy()
        self._training_state, self._activations = vars(state), settings.activations
        self._augmentation_digest = settings.augmentation_digest
        self.coefs_, self.intercepts_ = layout.coefs(theta), layout.intercepts(theta)
        self.sparsity_ = np.array([np.mean(coef == 0) for coef in self.coefs_])
        self.n_layers_, self.n_outputs_ = len(layout.units), layout.units[-1]
        self.n_iter_, self.t_ = outcome.n_epochs, state.t
        self.loss_curve_ = list(state.loss_curve)
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.inf
        self.best_loss_ = None if early_stopping else state.best_loss
        self.validation_scores_ = list(state.validation_scores) if early_stopping else None
        self.best_validation_score_ = state.best_score if early_stopping else None

    def _predict_outputs(self, X, instead=None):
        """Outputs (n_samples, n_outputs) behind the link of the fit, or another instead of it."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=accepted_dtypes(X), reset=False)
        link = (instead or {}).get(self.out_activation_, self.out_activation_)
        return predict(X, self.coefs_, self.intercepts_, self._activations, link)

    @abstractmethod
    def _encode_targets(self, y, *, first, incremental):
        """Targets as a float matrix (n_samples, n_outputs)."""

    @abstractmethod
    def _choose_loss(self):
        """The name of the kernels' loss and that of the link of the outputs."""

    @abstractmethod
    def _labels_to_stratify(self, Y):
        """What the validation split keeps the shares of; None for nothing."""

    @abstractmethod
    def _score_outputs(self, Y, outputs, weights):
        """The score that `score` gives, from encoded targets and outputs."""

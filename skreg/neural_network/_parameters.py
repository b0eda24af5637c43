"""The parameters that all networks share: name, type, default, constraint and text, each once."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import (
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import SCHEDULES
from skreg._validation import AUGMENTER
from skreg.neural_network._docstrings import join_sections

AT_LEAST_0 = Interval(Real, 0, None, closed="left")
ABOVE_0 = Interval(Real, 0, None, closed="neither")
FROM_0_BELOW_1 = Interval(Real, 0, 1, closed="left")
INSIDE_0_AND_1 = Interval(Real, 0, 1, closed="neither")
COUNT_FROM_0 = Interval(Integral, 0, None, closed="left")
COUNT_FROM_1 = Interval(Integral, 1, None, closed="left")


def parameter(default, *constraints, positional=False):
    """A parameter of an estimator, as a field of its class."""
    metadata = {"constraints": list(constraints)}
    return field(default=default, metadata=metadata, kw_only=not positional)


def with_parameters(cls):
    """Give a class the constructor, constraints and texts of its parameters and its parents'."""
    cls = dataclass(eq=False, repr=False)(cls)
    cls._parameter_constraints = {f.name: f.metadata["constraints"] for f in fields(cls)}
    parent = cls.__mro__[1:]
    shared = next((p.__doc__ for p in parent if "_parameter_constraints" in vars(p)), None)
    cls.__doc__ = join_sections(cls.__doc__, shared)
    return cls


@with_parameters
class NetworkParameters(BaseEstimator):
    """What every network is told.

    Parameters
    ----------
    hidden_layer_sizes : int, array-like of int or str, default=(100,)
        Number of units of each hidden layer. `()` is a linear model. A string such as `"256-128"`
        means the same as `(256, 128)`, for searches that know no tuples.

    activation : str or array-like of str, default="relu"
        Activation of the hidden units: one for all hidden layers or one per layer, of "identity",
        "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish" and
        "softplus". Initial weights suit it [1]_ [2]_ [3]_.

    solver : {"adam", "sgd", "lbfgs"}, default="adam"
        "adam" [4]_ and "sgd" train on mini-batches, "lbfgs" [5]_ on all rows at once. All of them
        minimize the same objective.

    l1 : float or array-like of float, default=0.0
        Strength of the L1 penalty of the weights: one for all layers, or one per layer with that of
        the outputs last. Proximal: weights become exactly zero.

    l2 : float or array-like of float, default=1e-4
        Strength of the L2 penalty of the weights, one or one per layer, independent of the batch
        size. scikit-learn's `alpha` is `l2 = alpha / batch_size`, for "lbfgs" `alpha / n_samples`.

    dropout : float or array-like of float, default=0.0
        Probability, in [0, 1), with which each hidden unit is left out in each training step [6]_:
        one for all hidden layers or one per layer. Not with `solver="lbfgs"`.

    input_dropout : float, default=0.0
        The same for the features. Not with `solver="lbfgs"`.

    augmentation : augmenter or None, default=None
        What changes the rows at random, anew in every epoch: an object of `skreg.augmentation`, or
        one with its methods `fit`, `augment` and `get_params`. Needs dense X; not with "lbfgs".

    batch_size : int or "auto", default="auto"
        Rows per mini-batch; "auto" is `min(200, n_samples)`.

    learning_rate : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"}, \
            default="constant"
        How the rate changes from epoch to epoch: not at all; as
        `learning_rate_init / (t + 1) ** power_t` with t the weight of all rows seen; divided by 5
        each time that training stops to improve (see `tol`); down half a cosine over `max_iter`
        epochs [7]_; or up to `learning_rate_init` and down to nearly zero [8]_. Not with "lbfgs".

    learning_rate_init : float, default=0.001
        The initial learning rate, of "one_cycle" the largest. Not with "lbfgs".

    power_t : float, default=0.5
        The exponent of `learning_rate="invscaling"`.

    n_restarts : int, default=0
        How often "cosine" returns to the initial rate within `max_iter` epochs.

    warmup : int, default=0
        Number of epochs in which the rate rises in equal steps to the first one of the schedule,
        which begins after them. Not with "lbfgs".

    clip_norm : float or None, default=None
        Largest Euclidean norm of the gradient of the loss in a step [9]_: longer ones are scaled
        down to it. Penalties do not count. Not with "lbfgs".

    max_iter : int, default=200
        Most epochs ("lbfgs": iterations) of a call of `fit`.

    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch. Not with "lbfgs".

    random_state : int, RandomState instance or None, default=None
        Determines initial weights, order of rows, dropout, augmentation and validation split.

    tol : float, default=1e-4
        Training stops, or an adaptive rate is lowered, when the loss (with `early_stopping`: the
        score) has not improved by `tol` for more than `n_iter_no_change` epochs. For "lbfgs", the
        largest entry of the projected gradient at which it stops.

    verbose : bool, default=False
        Whether to print a line per epoch.

    warm_start : bool, default=False
        Whether `fit` goes on from the last call: weights, moments, schedule and random numbers.

    momentum : float, default=0.9
        Momentum of "sgd", in [0, 1].

    nesterovs_momentum : bool, default=True
        Whether the momentum of "sgd" is Nesterov's.

    early_stopping : bool, default=False
        Whether to stop by the score on validation rows and keep the weights of the best epoch.
        The rows are those given to `fit` as `X_val`, or else a part of X that is held out.

    validation_fraction : float, default=0.1
        Share of rows that `early_stopping` holds out, in (0, 1). Equal rows stay together.

    scoring : str, callable or None, default=None
        The score on validation rows: a scorer's name, a callable `(estimator, X, y)`, "loss" for
        the loss itself, or None for that of `score`. Weights go to scorers that take them.

    beta_1, beta_2 : float, default=0.9, 0.999
        Decay of the first and second moments of "adam", in [0, 1).

    epsilon : float, default=1e-8
        Added to the root of the second moment of "adam".

    n_iter_no_change : int, default=10
        Epochs without improvement to wait for; see `tol`.

    max_fun : int, default=15000
        Most evaluations of the objective by "lbfgs".

    Attributes
    ----------
    coefs_, intercepts_ : list of ndarray
        Weights (n_in, n_out) and biases (n_out,) of each layer.

    sparsity_ : ndarray of shape (n_layers_ - 1,)
        Share of weights that are exactly zero, per weight matrix.

    loss_, best_loss_ : float
        The objective in the last epoch and the least of any; the latter is None with
        `early_stopping`, which may keep the weights of another epoch.

    loss_curve_ : list of float
        The objective of each epoch, averaged over its batches.

    validation_loss_curve_ : list of float or None
        The loss on validation rows after each epoch, without penalties and with all units; None
        where there were no such rows.

    validation_scores_, best_validation_score_ : list of float, float or None
        The score on validation rows after each epoch, and its best: see `scoring`; the negative of
        the loss for "loss".

    n_iter_, t_ : int
        Epochs that the last call ran, and training rows seen so far by "sgd" or "adam".

    augmentation_ : augmenter or None
        The augmentation as fitted to the training data.

    n_layers_, n_outputs_ : int
        Number of layers, counting input and output, and of outputs.

    out_activation_ : str
        Activation of the outputs.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    References
    ----------
    .. [1] Glorot & Bengio (2010). Understanding the difficulty of training deep feedforward neural
       networks.
    .. [2] He, Zhang, Ren & Sun (2015). Delving deep into rectifiers.
    .. [3] LeCun, Bottou, Orr & Müller (1998). Efficient backprop.
    .. [4] Kingma & Ba (2015). Adam: a method for stochastic optimization.
    .. [5] Byrd, Lu, Nocedal & Zhu (1995). A limited memory algorithm for bound constrained
       optimization.
    .. [6] Srivastava et al. (2014). Dropout: a simple way to prevent networks from overfitting.
    .. [7] Loshchilov & Hutter (2017). SGDR: stochastic gradient descent with warm restarts.
    .. [8] Smith & Topin (2019). Super-convergence.
    .. [9] Pascanu, Mikolov & Bengio (2013). On the difficulty of training recurrent neural
       networks.
    """

    _parameter_constraints: ClassVar[dict]

    hidden_layer_sizes: int | str | ArrayLike = parameter(
        (100,), "array-like", COUNT_FROM_1, str, positional=True
    )
    activation: str | ArrayLike = parameter(
        "relu", StrOptions(set(ACTIVATIONS)), "array-like", positional=True
    )
    solver: str = parameter("adam", StrOptions({*OPTIMIZERS, "lbfgs"}))
    l1: float | ArrayLike = parameter(0.0, AT_LEAST_0, "array-like")
    l2: float | ArrayLike = parameter(1e-4, AT_LEAST_0, "array-like")
    dropout: float | ArrayLike = parameter(0.0, FROM_0_BELOW_1, "array-like")
    input_dropout: float = parameter(0.0, FROM_0_BELOW_1)
    augmentation: BaseEstimator | None = parameter(None, AUGMENTER, None)
    batch_size: int | Literal["auto"] = parameter("auto", StrOptions({"auto"}), COUNT_FROM_1)
    learning_rate: str = parameter("constant", StrOptions(set(SCHEDULES)))
    learning_rate_init: float = parameter(0.001, ABOVE_0)
    power_t: float = parameter(0.5, AT_LEAST_0)
    n_restarts: int = parameter(0, COUNT_FROM_0)
    warmup: int = parameter(0, COUNT_FROM_0)
    clip_norm: float | None = parameter(None, ABOVE_0, None)
    max_iter: int = parameter(200, COUNT_FROM_1)
    shuffle: bool = parameter(True, "boolean")
    random_state: int | np.random.RandomState | None = parameter(None, "random_state")
    tol: float = parameter(1e-4, AT_LEAST_0)
    verbose: bool | int = parameter(False, "verbose")
    warm_start: bool = parameter(False, "boolean")
    momentum: float = parameter(0.9, Interval(Real, 0, 1, closed="both"))
    nesterovs_momentum: bool = parameter(True, "boolean")
    early_stopping: bool = parameter(False, "boolean")
    validation_fraction: float = parameter(0.1, INSIDE_0_AND_1)
    scoring: str | Callable | None = parameter(
        None, StrOptions({"loss", *get_scorer_names()}), callable, None
    )
    beta_1: float = parameter(0.9, FROM_0_BELOW_1)
    beta_2: float = parameter(0.999, FROM_0_BELOW_1)
    epsilon: float = parameter(1e-8, ABOVE_0)
    n_iter_no_change: float = parameter(10, COUNT_FROM_1, Options(Real, {np.inf}))
    max_fun: int = parameter(15000, COUNT_FROM_1)

    def _validate_params(self):
        """Check the attributes that have constraints, whatever the constructor of a subclass."""
        constraints = self._parameter_constraints
        values = {name: getattr(self, name) for name in constraints}
        validate_parameter_constraints(constraints, values, type(self).__name__)

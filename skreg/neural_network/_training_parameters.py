"""Parameters that all networks share and that control their training."""

from collections.abc import Callable
from numbers import Real
from typing import Literal

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, Options

from skreg._training.schedules import SCHEDULES
from skreg._training.split import Splitter
from skreg._typing import RandomState
from skreg._validation import Names, ObjectWith
from skreg.neural_network._fields import (
    ABOVE_0,
    AT_LEAST_0,
    COUNT_FROM_0,
    COUNT_FROM_1,
    FROM_0_BELOW_1,
    INSIDE_0_AND_1,
    parameter,
    with_parameters,
)


@with_parameters
class TrainingParameters:
    """Parameters of the training, shared by all networks.

    Parameters
    ----------
    batch_size : int or "auto", default="auto"
        Rows per mini-batch; "auto" is `min(200, n_samples)`.

    learning_rate : {"constant", "invscaling", "adaptive", "cosine", "flat_cosine", "one_cycle"}, \
            default="constant"
        Schedule of the learning rate, updated once per epoch: fixed;
        `learning_rate_init / (t + 1) ** power_t`, where t is the total weight of the rows seen so
        far; divided by 5 each time training stops improving (see `tol`); half a cosine over
        `max_iter` epochs [11]_; constant in their first half, and then half a cosine; or up to
        `learning_rate_init` and then down to nearly zero [12]_. Not used by "lbfgs".

    learning_rate_init : float, default=0.001
        The initial learning rate; for "one_cycle", the largest. Not used by "lbfgs".

    power_t : float, default=0.5
        The exponent of `learning_rate="invscaling"`.

    n_restarts : int, default=0
        How many times "cosine" returns to the initial rate within `max_iter` epochs.

    warmup : int, default=0
        Number of epochs in which the rate rises linearly to the initial rate of the schedule, which
        starts afterwards. Not used by "lbfgs".

    clip_norm : float or None, default=None
        Maximum Euclidean norm of the gradient of the loss in a step [13]_: larger gradients are
        scaled down to it. Penalties are not included. Not used by "lbfgs".

    max_iter : int, default=200
        Maximum number of epochs ("lbfgs": iterations) per call of `fit`. If training stops there,
        and the second half of the epochs brought more than 5% of the total decrease of the loss
        (from twice that of a constant prediction, if it began above), a `ConvergenceWarning` is
        raised, except with the schedules "cosine", "flat_cosine" and "one_cycle".

    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch. Not used by "lbfgs".

    random_state : int, RandomState instance or None, default=None
        Determines the initial weights, the order of the rows, dropout, augmentation and the
        validation split. Pass an int for reproducible results.

    tol : float, default=1e-4
        Training stops, or an adaptive rate is reduced, when the loss (with `early_stopping`, the
        validation score) has not improved by at least `tol` for more than `n_iter_no_change`
        epochs. "lbfgs" stops when no entry of the projected gradient exceeds `tol`.

    verbose : bool, default=False
        Whether to print one line per epoch.

    warm_start : bool, default=False
        Whether `fit` continues from the previous call: weights, moments, schedule and random
        numbers. If `coefs_` and `intercepts_` are set before the first call, it starts from them.

    momentum : float, default=0.9
        Momentum of "sgd", in [0, 1].

    nesterovs_momentum : bool, default=True
        Whether the momentum of "sgd" is Nesterov's.

    early_stopping : bool, default=False
        Whether to stop training when the score on a validation set stops improving, and to keep the
        weights of the best epoch. The validation set is `X_val` if given to `fit`, otherwise it is
        split off X.

    validation_fraction : float or splitter, default=0.1
        The validation set that `early_stopping` splits off X: a fraction of the rows, in (0, 1),
        drawn at random and stratified by class; or the test rows of the last split of a
        scikit-learn cross-validation splitter, such as `GroupShuffleSplit` (with `groups` in
        `fit`) or `TimeSeriesSplit`, whose last split validates on the most recent rows.

    scoring : str, callable or None, default=None
        The score on the validation set: the name of a scorer, a callable `(estimator, X, y)`, or
        "loss" for the negative loss. None means accuracy for classifiers, R² for
        `loss="squared_error"` and the negative loss otherwise. Sample weights are passed to scorers
        that accept them.

    beta_1 : float, default=0.9
        Decay rate of the first moments of "adam", in [0, 1).

    beta_2 : float, default=0.999
        Decay rate of the second moments of "adam", in [0, 1).

    epsilon : float, default=1e-8
        Added to the square root of the second moments of "adam", for numerical stability.

    weight_averaging : float, default=0.0
        Predict with an exponential moving average of the weights [14]_, also on the validation set:
        after step t, it is `b * average + (1 - b) * weights` with
        `b = min(weight_averaging, (1 + t) / (10 + t))`, where `weight_averaging` is in [0, 1). 0
        is no averaging. Averages over steps in which a weight was not always zero are not exactly
        zero. "lbfgs" ignores it, with a warning.

    n_iter_no_change : int, default=10
        Number of epochs without improvement to tolerate; see `tol`.

    max_fun : int, default=15000
        Maximum number of evaluations of the objective by "lbfgs".

    References
    ----------
    .. [11] Loshchilov & Hutter (2017). SGDR: stochastic gradient descent with warm restarts.
    .. [12] Smith & Topin (2019). Super-convergence.
    .. [13] Pascanu, Mikolov & Bengio (2013). On the difficulty of training recurrent neural
       networks.
    .. [14] Polyak & Juditsky (1992). Acceleration of stochastic approximation by averaging.
    """

    batch_size: int | Literal["auto"] = parameter(Names({"auto"}), COUNT_FROM_1, default="auto")
    learning_rate: str = parameter(Names(set(SCHEDULES)), default="constant")
    learning_rate_init: float = parameter(ABOVE_0, default=0.001)
    power_t: float = parameter(AT_LEAST_0, default=0.5)
    n_restarts: int = parameter(COUNT_FROM_0, default=0)
    warmup: int = parameter(COUNT_FROM_0, default=0)
    clip_norm: float | None = parameter(ABOVE_0, None, default=None)
    max_iter: int = parameter(COUNT_FROM_1, default=200)
    shuffle: bool = parameter("boolean", default=True)
    random_state: RandomState = parameter("random_state", default=None)
    tol: float = parameter(AT_LEAST_0, default=1e-4)
    verbose: bool | int = parameter("verbose", default=False)
    warm_start: bool = parameter("boolean", default=False)
    momentum: float = parameter(Interval(Real, 0, 1, closed="both"), default=0.9)
    nesterovs_momentum: bool = parameter("boolean", default=True)
    early_stopping: bool = parameter("boolean", default=False)
    validation_fraction: float | Splitter = parameter(
        INSIDE_0_AND_1, ObjectWith(["split", "get_n_splits"]), default=0.1
    )
    scoring: str | Callable | None = parameter(
        Names({"loss", *get_scorer_names()}), callable, None, default=None
    )
    beta_1: float = parameter(FROM_0_BELOW_1, default=0.9)
    beta_2: float = parameter(FROM_0_BELOW_1, default=0.999)
    epsilon: float = parameter(ABOVE_0, default=1e-8)
    weight_averaging: float = parameter(FROM_0_BELOW_1, default=0.0)
    n_iter_no_change: float = parameter(COUNT_FROM_1, Options(Real, {np.inf}), default=10)
    max_fun: int = parameter(COUNT_FROM_1, default=15000)

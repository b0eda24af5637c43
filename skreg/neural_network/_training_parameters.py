"""The parameters of all networks that say how they are trained."""

from collections.abc import Callable
from numbers import Real
from typing import Literal

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import HasMethods, Interval, Options

from skreg._training.schedules import SCHEDULES
from skreg._training.split import Splitter
from skreg._typing import RandomState
from skreg.neural_network._errors import Names
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
    """What every network is told of its training.

    Parameters
    ----------
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
        Most epochs ("lbfgs": iterations) of a call of `fit`. Where it ends training, a
        `ConvergenceWarning` says so if more than 5% of the whole fall of the loss came in the
        second half of the epochs, but not with the schedules "cosine" and "one_cycle".

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
        If `coefs_` and `intercepts_` are set before the first call, it starts at these.

    momentum : float, default=0.9
        Momentum of "sgd", in [0, 1].

    nesterovs_momentum : bool, default=True
        Whether the momentum of "sgd" is Nesterov's.

    early_stopping : bool, default=False
        Whether to stop by the score on validation rows and keep the weights of the best epoch.
        The rows are those given to `fit` as `X_val`, or else a part of X that is held out.

    validation_fraction : float or splitter, default=0.1
        What `early_stopping` holds out of X: a random share of the rows, in (0, 1), stratified by
        class; or the test rows of the last split of one of scikit-learn's cross-validation
        splitters, such as `GroupShuffleSplit` (with `groups` in `fit`) or `TimeSeriesSplit`, whose
        last split validates on the most recent rows.

    scoring : str, callable or None, default=None
        The score on validation rows: a scorer's name, a callable `(estimator, X, y)`, or "loss" for
        the negative loss. None is accuracy for classifiers, R² for `loss="squared_error"` and the
        negative loss for the other losses. Weights go to scorers that take them.

    beta_1 : float, default=0.9
        Decay of the first moments of "adam", in [0, 1).

    beta_2 : float, default=0.999
        Decay of the second moments of "adam", in [0, 1).

    epsilon : float, default=1e-8
        Added to the root of the second moment of "adam".

    n_iter_no_change : int, default=10
        Epochs without improvement to wait for; see `tol`.

    max_fun : int, default=15000
        Most evaluations of the objective by "lbfgs".

    References
    ----------
    .. [7] Loshchilov & Hutter (2017). SGDR: stochastic gradient descent with warm restarts.
    .. [8] Smith & Topin (2019). Super-convergence.
    .. [9] Pascanu, Mikolov & Bengio (2013). On the difficulty of training recurrent neural
       networks.
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
        INSIDE_0_AND_1, HasMethods(["split", "get_n_splits"]), default=0.1
    )
    scoring: str | Callable | None = parameter(
        Names({"loss", *get_scorer_names()}), callable, None, default=None
    )
    beta_1: float = parameter(FROM_0_BELOW_1, default=0.9)
    beta_2: float = parameter(FROM_0_BELOW_1, default=0.999)
    epsilon: float = parameter(ABOVE_0, default=1e-8)
    n_iter_no_change: float = parameter(COUNT_FROM_1, Options(Real, {np.inf}), default=10)
    max_fun: int = parameter(COUNT_FROM_1, default=15000)

"""The parameters of networks for tables: other defaults, and what only ensembles have."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Literal

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, Options

from skreg._kernels.activations import ACTIVATIONS
from skreg._training.schedules import SCHEDULES
from skreg._training.split import Splitter
from skreg._typing import FloatOrFloats
from skreg._validation import Names
from skreg.neural_network._fields import (
    ABOVE_0,
    AT_LEAST_0,
    COUNT_FROM_1,
    FROM_0_BELOW_1,
    INSIDE_0_AND_1,
    parameter,
    with_parameters,
)

AUTO = Names({"auto"})


@with_parameters
class TabularParameters:
    """What networks for tables are told beside or unlike what every network is told.

    Parameters
    ----------
    hidden_layer_sizes : int, array-like of int or str, default="auto"
        Number of units of each hidden layer. A string such as `"256-128"` means the same as
        `(256, 128)`, and "linear" or `()` no hidden layer. "auto" is "256-256-256", or
        "128-128-128" for classes in tables of fewer than 1500 rows.

    activation : str or array-like of str, default="silu"
        Activation of the hidden units, one for all hidden layers or one per layer; see
        :class:`MLPClassifier`. Initial weights suit it [1]_ [2]_ [3]_.

    l2 : float or array-like of float, default=3e-4
        Strength of the L2 penalty of the weights, to which `diversity` gives a factor in each
        member. One number is that of the first layer, which sees the encoded table, and all others
        have a tenth of it.

    group_l1 : float, default=0.0
        Strength of the group lasso [8]_ on the columns of the encoded table, such as one bin of a
        number or one category; see :class:`MLPClassifier`. A column of the table is left out if all
        columns that encode it are; see `feature_importances_`.

    dropout : float or array-like of float, default=0.2
        Probability, in [0, 1), with which each hidden unit is left out in each training step [6]_,
        one or one per layer, to which `diversity` gives a factor in each member.

    batch_size : int or "auto", default="auto"
        Rows per mini-batch; "auto" is 128, or 256 from 100 000 rows on and 512 from a million on,
        or 32 for tables of fewer than 1500 rows, or all rows for tables of fewer than 64.

    learning_rate : str, default="cosine"
        How the rate changes from epoch to epoch: "constant", "invscaling", "adaptive", "cosine",
        "flat_cosine" or "one_cycle"; see :class:`MLPClassifier`.

    learning_rate_init : float, default=0.005
        The initial learning rate, of "one_cycle" the largest.

    warmup : int, default=4
        Number of epochs in which the rate rises in equal steps. From 100 000 rows on, it is at most
        a quarter of the epochs of `max_iter="auto"`.

    max_iter : int or "auto", default="auto"
        Epochs of each member; "auto" is as many as make 320 000 visits of rows, but at least 32 and
        at most 256. From 100 000 rows on, it is as many as make 3 200 000 visits, but at least 8.

    early_stopping : bool or "auto", default="auto"
        Whether each member keeps the weights of its best epoch by the loss on the rows that it is
        not trained on, or by `scoring`. "auto" does so for tables of fewer than 1500 rows.

    validation_fraction : float, splitter or "auto", default="auto"
        Which rows a member is not trained on: the same share of all rows for every member, in (0,
        1); or the test rows of the splits of one of scikit-learn's splitters, which members take in
        turn, such as `GroupKFold` (with `groups` in `fit`) or `TimeSeriesSplit`. They decide on
        votes, temperatures and epochs. "auto" is an eighth of the rows for all, or eight folds for
        tables of fewer than 1500 rows, or none if there are fewer than 16 different rows.

    finish_on_all_rows : bool or "auto", default="auto"
        Whether members are trained on all rows in the end: after the rows left out have decided,
        for an eighth of the epochs more, at a quarter of the learning rate. "auto" does so for
        tables of at least 1500 rows, unless `validation_fraction` is a splitter, whose left-out
        rows may be later ones; or with `warm_start`, `early_stopping` or "lbfgs".

    beta_2 : float, default=0.95
        Decay of the second moments of "adam", in [0, 1).

    verbose : bool, default=False
        Whether to print one line per member when it is trained.

    warm_start : bool, default=False
        Whether `fit` continues the training of the members of the previous call, over a table that
        is encoded as it was then. Votes and temperatures are chosen anew.

    scoring : str, callable or None, default=None
        What chooses the epoch, where members keep their best one: the name of a scorer, a callable
        `(estimator, X, y)` that gets a member and encoded rows, or "loss" for the negative loss.
        None means "loss". Sample weights are passed to scorers that accept them.

    n_iter_no_change : int, np.inf or "auto", default="auto"
        Epochs without improvement to wait for. "auto" is 32 in classification and 128 in regression
        for tables of fewer than 1500 rows, if members keep their best epoch; else np.inf, which is
        all of `max_iter`.

    n_members : int or "auto", default="auto"
        Number of networks. "auto" is 4, or 8 for tables of fewer than 1500 rows.

    diversity : {"regularization", None} or list of dict, default="regularization"
        How members differ. "regularization" multiplies `dropout` and `l2` by factors from weak to
        strong, so that the rows left out choose what suits the table. A list has a dict of
        parameters per member, in turn, such as `[{"l2": 0.0}, {"hidden_layer_sizes": "512"}]`.
        With None, they differ by their random numbers only.

    time_limit : float or None, default=None
        Seconds that `fit` should take at most, > 0. A short probe measures how long an epoch takes,
        and `max_iter` is lowered to the epochs that fit, over which `learning_rate` is scheduled.
        If not even one epoch of each member fits, fewer members are trained, but at least one. The
        limit is approximate, and results depend on the speed of the machine. None is no limit.

    n_bins : int, default=16
        Largest number of bins of a number; see :class:`skreg.preprocessing.TableEncoder`.

    categorical_features : array-like of {bool, int, str}, "from_dtype" or None, \
            default="from_dtype"
        Which columns are categories; see :class:`skreg.preprocessing.TableEncoder`.

    dtype : {np.float32, np.float64}, default=np.float32
        What the networks compute in.

    n_jobs : int, "auto" or None, default="auto"
        Number of threads that train members, one member each, and that predict for large tables,
        a block of rows each. "auto" is as many as NumPy's BLAS may use, which is all cores unless
        limited, as by `threadpoolctl.threadpool_limits`; but one where joblib runs several fits at
        once already. None is one, -1 all cores, and a `joblib.parallel_config` context replaces
        None and "auto". Results do not depend on it.
    """

    hidden_layer_sizes: int | str | Sequence[int] | np.ndarray = parameter(
        "array-like", COUNT_FROM_1, str, default="auto", kw_only=False
    )
    activation: str | Sequence[str] | np.ndarray = parameter(
        Names(set(ACTIVATIONS)), "array-like", default="silu", kw_only=False
    )
    l2: FloatOrFloats = parameter(AT_LEAST_0, "array-like", default=3e-4)
    group_l1: float = parameter(AT_LEAST_0, default=0.0)
    dropout: FloatOrFloats = parameter(FROM_0_BELOW_1, "array-like", default=0.2)
    batch_size: int | Literal["auto"] = parameter(AUTO, COUNT_FROM_1, default="auto")
    learning_rate: str = parameter(Names(set(SCHEDULES)), default="cosine")
    learning_rate_init: float = parameter(ABOVE_0, default=0.005)
    warmup: int = parameter(Interval(Integral, 0, None, closed="left"), default=4)
    max_iter: int | Literal["auto"] = parameter(AUTO, COUNT_FROM_1, default="auto")
    early_stopping: bool | Literal["auto"] = parameter("boolean", AUTO, default="auto")
    validation_fraction: float | Splitter | Literal["auto"] = parameter(
        AUTO, INSIDE_0_AND_1, HasMethods(["split", "get_n_splits"]), default="auto"
    )
    finish_on_all_rows: bool | Literal["auto"] = parameter("boolean", AUTO, default="auto")
    beta_2: float = parameter(FROM_0_BELOW_1, default=0.95)
    verbose: bool | int = parameter("verbose", default=False)
    n_iter_no_change: float | Literal["auto"] = parameter(
        AUTO, COUNT_FROM_1, Options(Real, {np.inf}), default="auto"
    )
    n_members: int | Literal["auto"] = parameter(AUTO, COUNT_FROM_1, default="auto")
    diversity: Literal["regularization"] | Sequence[dict] | None = parameter(
        Names({"regularization"}), list, tuple, None, default="regularization"
    )
    time_limit: float | None = parameter(ABOVE_0, None, default=None)
    n_bins: int = parameter(Interval(Integral, 2, None, closed="left"), default=16)
    categorical_features: Sequence | np.ndarray | Literal["from_dtype"] | None = parameter(
        "array-like", Names({"from_dtype"}), None, default="from_dtype"
    )
    dtype: type[np.floating] = parameter(
        Options(type, {np.float32, np.float64}), default=np.float32
    )
    n_jobs: int | Literal["auto"] | None = parameter(AUTO, Integral, None, default="auto")

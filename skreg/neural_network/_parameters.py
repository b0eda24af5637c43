"""The parameters of all networks that say what is trained: layers, penalties and noise."""

from collections.abc import Sequence

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._typing import Augmenter, FloatOrFloats, Integers
from skreg._validation import AUGMENTER
from skreg.neural_network._errors import Names
from skreg.neural_network._fields import (
    AT_LEAST_0,
    COUNT_FROM_1,
    FROM_0_BELOW_1,
    parameter,
    with_parameters,
)


@with_parameters
class NetworkParameters:
    """What every network is told of the model.

    Parameters
    ----------
    hidden_layer_sizes : int, array-like of int or str, default=(100,)
        Number of units of each hidden layer. A string such as `"256-128"` means the same as
        `(256, 128)`, for searches that know no tuples; `"linear"` and `()` are a linear model.

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
        one for all hidden layers or one per layer. "lbfgs" trains without it, and warns.

    input_dropout : float, default=0.0
        The same for the features.

    augmentation : augmenter or None, default=None
        What changes the rows at random, anew in every epoch: an object of `skreg.augmentation`, or
        one with its methods `fit`, `augment` and `get_params`. Needs dense X; "lbfgs" trains
        without it, and warns.

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
    """

    hidden_layer_sizes: int | str | Integers = parameter(
        "array-like", COUNT_FROM_1, str, default=(100,), kw_only=False
    )
    activation: str | Sequence[str] | np.ndarray = parameter(
        Names(set(ACTIVATIONS)), "array-like", default="relu", kw_only=False
    )
    solver: str = parameter(Names({*OPTIMIZERS, "lbfgs"}), default="adam")
    l1: FloatOrFloats = parameter(AT_LEAST_0, "array-like", default=0.0)
    l2: FloatOrFloats = parameter(AT_LEAST_0, "array-like", default=1e-4)
    dropout: FloatOrFloats = parameter(FROM_0_BELOW_1, "array-like", default=0.0)
    input_dropout: float = parameter(FROM_0_BELOW_1, default=0.0)
    augmentation: Augmenter | None = parameter(AUGMENTER, None, default=None)

"""Parameters that all networks share and that define the model: layers, penalties and noise."""

from collections.abc import Sequence

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import FOR_ALL
from skreg._typing import Augmenter, FloatOrFloats, Integers
from skreg._validation import AUGMENTER, Names
from skreg.neural_network._fields import (
    ABOVE_0,
    AT_LEAST_0,
    COUNT_FROM_1,
    FROM_0_BELOW_1,
    parameter,
    with_parameters,
)


@with_parameters
class NetworkParameters:
    """Parameters of the model, shared by all networks.

    Parameters
    ----------
    hidden_layer_sizes : int, array-like of int or str, default=(100,)
        Number of units in each hidden layer. The string `"256-128"` is the same as `(256, 128)`,
        for search tools that cannot handle tuples; `"linear"` and `()` give a linear model.

    activation : str or array-like of str, default="relu"
        Activation function of the hidden layers, one for all or one per layer: "identity",
        "logistic", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish" or
        "softplus". Initial weights are scaled accordingly [1]_ [2]_ [3]_.

    solver : {"adam", "sgd", "lbfgs"}, default="adam"
        "adam" [4]_ and "sgd" train on mini-batches, "lbfgs" [5]_ on all rows at once. All three
        minimize the same objective.

    l1 : float or array-like of float, default=0.0
        Strength of the L1 penalty on the weights: one value for all layers, or one per layer with
        the output layer last. Applied as a proximal step, so weights become exactly zero.

    l2 : float or array-like of float, default=1e-4
        Strength of the L2 penalty on the weights, one value or one per layer. It does not depend on
        the batch size: scikit-learn's `alpha` corresponds to `l2 = alpha / batch_size`, and to
        `alpha / n_samples` with "lbfgs".

    weight_decay : float or array-like of float, default=0.0
        Decoupled weight decay [7]_, one value or one per layer: each step also multiplies the
        weights by `1 - rate * weight_decay`, with the current learning rate, as AdamW does. Unlike
        `l2`, it is not part of the objective, and "adam" does not rescale it. "lbfgs" ignores it,
        with a warning.

    weight_decay_schedule : {"constant", "flat_cosine"}, default="constant"
        How `weight_decay` changes during training; see `dropout_schedule`.

    group_l1 : float, default=0.0
        Strength of the group lasso [8]_ on the features: the objective contains `group_l1` times
        the sum of the Euclidean norms of the rows of `coefs_[0]`, the weights that leave one
        feature each. Applied as a proximal step, so that all weights of a feature become exactly
        zero together. It combines with `l1` and `l2`. "lbfgs" ignores it, with a warning.

    max_norm : float, array-like of float or None, default=None
        Upper bound of the Euclidean norm of the weights into each unit [6]_, > 0: after each step,
        longer ones are scaled down to it. One value for all hidden units, or one per layer with the
        output layer last, where `np.inf` is no bound. "lbfgs" ignores it, with a warning.

    dropout : float or array-like of float, default=0.0
        Probability, in [0, 1), of dropping each hidden unit in each training step [6]_: one value
        for all hidden layers or one per layer. "lbfgs" ignores it, with a warning.

    input_dropout : float, default=0.0
        The same for the input features.

    dropout_schedule : {"constant", "flat_cosine"}, default="constant"
        How `dropout` and `input_dropout` change during training: not at all, or constant in the
        first half of `max_iter` epochs, then half a cosine down to zero.

    normalization : {"batch", "layer"} or None, default=None
        What is done to the products z = x·W of each hidden layer before bias and activation:
        `scale * (z - mean) / sqrt(variance + 1e-5)`, with a scale per unit that is learned and not
        penalized. "batch" [9]_ takes mean and variance of each unit over the rows of a mini-batch,
        by their sample weights; predictions, and batches with fewer than two rows of a positive
        weight, use moving averages of both, which each batch moves by a tenth. "layer" [10]_ takes
        them over the units of each row. Both make training less sensitive to the initial weights,
        and "batch" to the learning rate, which helps deep networks most. "lbfgs" cannot train with
        "batch".

    augmentation : augmenter or None, default=None
        Random changes of the rows, drawn anew in every epoch: an augmenter of
        `skreg.augmentation`, or any object with its methods `fit`, `augment` and `get_params`.
        Needs dense X; "lbfgs" ignores it, with a warning.

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
    .. [7] Loshchilov & Hutter (2019). Decoupled weight decay regularization.
    .. [8] Yuan & Lin (2006). Model selection and estimation in regression with grouped variables.
    .. [9] Ioffe & Szegedy (2015). Batch normalization: accelerating deep network training by
       reducing internal covariate shift.
    .. [10] Ba, Kiros & Hinton (2016). Layer normalization.
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
    weight_decay: FloatOrFloats = parameter(AT_LEAST_0, "array-like", default=0.0)
    weight_decay_schedule: str = parameter(Names(set(FOR_ALL)), default="constant")
    group_l1: float = parameter(AT_LEAST_0, default=0.0)
    max_norm: FloatOrFloats | None = parameter(ABOVE_0, "array-like", None, default=None)
    dropout: FloatOrFloats = parameter(FROM_0_BELOW_1, "array-like", default=0.0)
    input_dropout: float = parameter(FROM_0_BELOW_1, default=0.0)
    dropout_schedule: str = parameter(Names(set(FOR_ALL)), default="constant")
    normalization: str | None = parameter(Names(set(NORMALIZATIONS)), None, default=None)
    augmentation: Augmenter | None = parameter(AUGMENTER, None, default=None)

"""The regressor."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin, _fit_context
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if

from skreg.neural_network._base import BaseMLP
from skreg.neural_network._checks import has_stochastic_solver


class MLPRegressor(RegressorMixin, BaseMLP):
    r"""Multi-layer perceptron regressor with L1, L2 and dropout.

    Minimizes, over the weights W and unpenalized biases,

    .. math:: \frac{\sum_i s_i \, \ell(f(x_i), y_i)}{\sum_i s_i}
              + l_1 \lVert W \rVert_1 + \tfrac12 l_2 \lVert W \rVert_2^2

    with half of the squared error ℓ, averaged over the outputs, and sample weights s.

    Parameters
    ----------
    hidden_layer_sizes : int, array-like of int or str, default=(100,)
        Number of units of each hidden layer. `()` is a linear model. A string such as `"256-128"`
        means the same as `(256, 128)`, for searches that know no tuples.

    activation : {"identity", "logistic", "tanh", "relu"}, default="relu"
        Activation of the hidden units.

    solver : {"adam", "sgd", "lbfgs"}, default="adam"
        "adam" [1]_ and "sgd" train on mini-batches, "lbfgs" [2]_ on all rows at once. All of them
        minimize the same objective.

    l1 : float, default=0.0
        Strength of the L1 penalty of the weights. Proximal: weights become exactly zero.

    l2 : float, default=1e-4
        Strength of the L2 penalty of the weights, independent of the batch size. scikit-learn's
        `alpha` corresponds to `alpha / batch_size`, for "lbfgs" to `alpha / n_samples`.

    dropout : float or array-like of float, default=0.0
        Probability, in [0, 1), with which each hidden unit is left out in each training step [3]_:
        one for all hidden layers or one per layer. Not with `solver="lbfgs"`.

    input_dropout : float, default=0.0
        The same for the features. Not with `solver="lbfgs"`.

    augmentation : augmenter or None, default=None
        What changes the rows at random, anew in every epoch: an object of `skreg.augmentation`, or
        one with its methods `fit`, `augment` and `get_params`. Not with `solver="lbfgs"`.

    batch_size : int or "auto", default="auto"
        Rows per mini-batch; "auto" is `min(200, n_samples)`.

    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        How the rate changes: not at all; as `learning_rate_init / (t_ + 1) ** power_t`; or
        divided by 5 each time that training stops to improve (see `tol`). Not with "lbfgs".

    learning_rate_init : float, default=0.001
        The initial learning rate. Not with "lbfgs".

    power_t : float, default=0.5
        The exponent of `learning_rate="invscaling"`.

    max_iter : int, default=200
        Most epochs ("lbfgs": iterations) of a call of `fit`.

    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch. Not with "lbfgs".

    random_state : int, RandomState instance or None, default=None
        Determines initial weights, order of rows, dropout, augmentation and validation split.

    tol : float, default=1e-4
        Training stops, or an adaptive rate is lowered, when the loss (with `early_stopping`: the
        validation score) has not improved by `tol` for `n_iter_no_change` epochs. For "lbfgs", the
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
        Whether to hold out rows, stop by their score and keep the best weights. Not with "lbfgs".

    validation_fraction : float, default=0.1
        Share of rows that `early_stopping` holds out, in (0, 1).

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

    validation_scores_, best_validation_score_ : list of float, float or None
        With `early_stopping`, the R² on held-out rows per epoch, and its best; else None.

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

    See Also
    --------
    MLPClassifier : The same for classes as targets.

    References
    ----------
    .. [1] Kingma & Ba (2015). Adam: a method for stochastic optimization.
    .. [2] Byrd, Lu, Nocedal & Zhu (1995). A limited memory algorithm for bound constrained
       optimization.
    .. [3] Srivastava et al. (2014). Dropout: a simple way to prevent networks from overfitting.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skreg import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> lasso = MLPRegressor((), solver="lbfgs", l1=1.0, l2=0.0, random_state=0).fit(X, y)
    >>> lasso.sparsity_
    array([0.7])
    """

    @available_if(has_stochastic_solver)
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one more epoch over the given data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the loss.

        Returns
        -------
        self : object
            The estimator. If `partial_fit` raises, it is as it was before.
        """
        return self._fit_safely(X, y, sample_weight, incremental=True)

    def _encode_targets(self, y, *, first, incremental):
        return y.reshape(y.shape[0], -1)

    def _choose_loss(self):
        return "squared_error", "identity"

    def _labels_to_stratify(self, Y):
        return None

    def _score_outputs(self, Y, outputs, weights):
        if not np.isfinite(outputs).all():
            return -np.inf
        return float(r2_score(Y, outputs, sample_weight=weights))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions, in the dtype of the weights.
        """
        outputs = self._predict_outputs(X)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

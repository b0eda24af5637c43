"""The classifier."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from skreg.neural_network._base import BaseMLP
from skreg.neural_network._checks import has_stochastic_solver
from skreg.neural_network._labels import codes, encode_labels, is_multilabel, learn_labels


class MLPClassifier(ClassifierMixin, BaseMLP):
    r"""Multi-layer perceptron classifier with L1, L2 and dropout.

    Minimizes, over the weights W and unpenalized biases,

    .. math:: \frac{\sum_i s_i \, \ell(f(x_i), y_i)}{\sum_i s_i}
              + l_1 \lVert W \rVert_1 + \tfrac12 l_2 \lVert W \rVert_2^2

    with the log-loss ℓ and sample weights s. y may be binary, multiclass, or indicators of labels.

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
    classes_ : ndarray of shape (n_classes,)
        The classes, or the numbers of the labels.

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
        With `early_stopping`, the accuracy on held-out rows per epoch, and its best; else None.

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
    MLPRegressor : The same for numbers as targets.

    References
    ----------
    .. [1] Kingma & Ba (2015). Adam: a method for stochastic optimization.
    .. [2] Byrd, Lu, Nocedal & Zhu (1995). A limited memory algorithm for bound constrained
       optimization.
    .. [3] Srivastava et al. (2014). Dropout: a simple way to prevent networks from overfitting.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skreg import MLPClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> mlp = MLPClassifier("32-16", dropout=0.2, l1=1e-3, max_iter=50, random_state=0)
    >>> make_pipeline(StandardScaler(), mlp).fit(X, y).score(X, y) > 0.97
    True
    """

    @available_if(has_stochastic_solver)
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch over the given data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, or indicators of labels.

        classes : array-like of shape (n_classes,), default=None
            All classes that any call will see; needed in the first, unless y indicates labels.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the loss.

        Returns
        -------
        self : object
            The estimator. If `partial_fit` raises, it is as it was before.

        Raises
        ------
        ValueError
            If `classes` is missing or changed, or if y holds a class that is not among them.
        """
        return self._fit_safely(X, y, sample_weight, incremental=True, classes=classes)

    def _fit(self, X, y, sample_weight, *, incremental, classes=None):
        if incremental and (classes is not None or not is_multilabel(y)):
            _check_partial_fit_first_call(self, classes)  # sets classes_ in the first call
        return super()._fit(X, y, sample_weight, incremental=incremental)

    def _encode_targets(self, y, *, first, incremental):
        if first:
            classes = getattr(self, "classes_", None) if incremental else None
            self._label_binarizer = learn_labels(y, classes)
            self.classes_ = self._label_binarizer.classes_
        return encode_labels(self._label_binarizer, y, must_have_all=not incremental)

    def _choose_loss(self):
        if self._label_binarizer.y_type_ == "multiclass":
            return "log_loss", "softmax"
        return "binary_log_loss", "logistic"

    @property
    def _is_multilabel(self):
        return self._label_binarizer.y_type_.startswith("multilabel")

    def _labels_to_stratify(self, Y):
        return None if self._is_multilabel else codes(Y)

    def _score_outputs(self, Y, outputs, weights):
        hits = codes(outputs) == codes(Y)
        if self._is_multilabel:
            hits = ((outputs > 0.5) == (Y > 0.5)).all(axis=1)
        return float(np.average(hits, weights=weights))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The most probable class of each row, or indicators of the labels more likely than not.
        """
        outputs = self._predict_outputs(X)
        if self._is_multilabel:
            return self._label_binarizer.inverse_transform(outputs, threshold=0.5)
        return self.classes_[codes(outputs)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y_prob : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`, or of the labels.
        """
        outputs = self._predict_outputs(X, instead={"logistic": "identity"})
        if self.out_activation_ == "softmax":
            return outputs
        scores = outputs if self._is_multilabel else np.concatenate([-outputs, outputs], axis=1)
        limits = np.finfo(scores.dtype)
        return np.clip(expit(scores), limits.tiny, 1 - limits.eps)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        log_y_prob : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; finite, as no probability is zero.
        """
        return np.log(self.predict_proba(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

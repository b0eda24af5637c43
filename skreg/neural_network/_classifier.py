"""The classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import _check_partial_fit_first_call

from skreg._typing import MatrixLike, only_if, validating_parameters
from skreg._validation import Names
from skreg.neural_network._base import BaseMLP
from skreg.neural_network._checks import Given, has_stochastic_solver
from skreg.neural_network._errors import explains_arguments
from skreg.neural_network._fields import (
    FROM_0_BELOW_1,
    parameter,
    with_constructor,
    with_parameters,
)
from skreg.neural_network._labels import (
    Encoding,
    check_classes,
    check_labels,
    check_types,
    codes,
    encode_labels,
    is_multilabel,
    learn_labels,
    smooth,
)
from skreg.neural_network._parameters import NetworkParameters
from skreg.neural_network._probabilities import ProbabilitiesMixin
from skreg.neural_network._training_parameters import TrainingParameters
from skreg.neural_network._weights import weigh_by_class


@with_parameters
class ClassifierParameters(TrainingParameters, NetworkParameters):
    """Further parameters of classifiers.

    Parameters
    ----------
    class_weight : dict, array-like, "balanced" or None, default=None
        Class weights, which multiply the sample weights: a dict from label to weight, where missing
        labels have weight 1, or numbers in the order of `classes_`. "balanced" gives all classes
        the same total weight, in `partial_fit` within the rows of the call. For multilabel targets,
        a list of one dict, "balanced" or None per label. They apply to the validation set, too.

    label_smoothing : float, default=0.0
        Fraction, in [0, 1), of each target that is spread evenly over all classes [15]_; for
        multilabel targets, over both values.

    calibration : {"temperature", None}, default=None
        Whether to divide scores by a temperature of at least 1, for which the log-loss on the
        validation set is lowest [16]_, so that probabilities are as sure as they are right there.
        Classes stay the same. It needs `early_stopping`, or `X_val` in `fit`; `partial_fit` finds a
        new one in each call with `X_val`. Do not trust it if the validation set has fewer than
        about 100 rows.

    References
    ----------
    .. [15] Szegedy et al. (2016). Rethinking the inception architecture for computer vision.
    .. [16] Guo, Pleiss, Sun & Weinberger (2017). On calibration of modern neural networks.
    """

    class_weight: dict | Sequence | np.ndarray | Literal["balanced"] | None = parameter(
        dict, "array-like", Names({"balanced"}), None, default=None
    )
    label_smoothing: float = parameter(FROM_0_BELOW_1, default=0.0)
    calibration: Literal["temperature"] | None = parameter(
        Names({"temperature"}), None, default=None
    )


@with_constructor
class MLPClassifier(ClassifierMixin, ClassifierParameters, ProbabilitiesMixin, BaseMLP):
    r"""Multi-layer perceptron classifier with L1, L2 and dropout.

    Minimizes, over the weights W and unpenalized biases,

    .. math:: \frac{\sum_i s_i \, \ell(f(x_i), y_i)}{\sum_i s_i}
              + l_1 \lVert W \rVert_1 + \tfrac12 l_2 \lVert W \rVert_2^2

    with the log-loss ℓ and sample weights s. Targets may be binary, multiclass or multilabel
    indicators. If y has a single class, that class is always predicted.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels; for multilabel targets, the column numbers of y.

    See Also
    --------
    MLPRegressor : The same for numbers as targets.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skreg import MLPClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> mlp = MLPClassifier("32-16", dropout=0.2, l1=1e-3, learning_rate_init=0.01, random_state=0)
    >>> make_pipeline(StandardScaler(), mlp).fit(X, y).score(X, y) > 0.97
    True
    """

    @only_if(has_stochastic_solver)
    @validating_parameters
    @explains_arguments
    def partial_fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: MatrixLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch on the given data.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, or multilabel indicators.

        classes : array-like of shape (n_classes,), default=None
            All classes that any call will see; required in the first call, unless y is multilabel.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows in the loss.

        X_val : {array-like, sparse matrix or array} of shape (n_val, n_features), default=None
            Validation set to evaluate after the epoch, as in `fit`. `early_stopping` has an effect
            only with it: the estimator then has the weights of the best epoch so far.

        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            The targets of X_val.

        sample_weight_val : array-like of shape (n_val,), default=None
            Non-negative weights of the rows of X_val.

        Returns
        -------
        self : object
            The estimator. If `partial_fit` raises, it is as it was before.

        Raises
        ------
        ValueError
            If `classes` is missing or changed, or if y holds a class that is not among them.
        """
        given = Given(X, y, sample_weight, X_val, y_val, sample_weight_val)
        return self._fit_safely(given, incremental=True, classes=classes)

    def _fit(self, given, settings, callbacks, turn, *, incremental, classes=None):
        is_validated = given.X_val is not None or settings.early_stopping
        if self.calibration is not None and not (is_validated or incremental):
            raise ValueError(
                f"calibration={self.calibration!r} needs a validation set: set "
                "early_stopping=True, or pass X_val and y_val to fit."
            )
        if is_validated or not incremental:  # by scores at a temperature of 1
            self.temperature_ = 1.0
        if classes is not None:
            check_classes(classes)
        for name, labels in {"y": given.y, "y_val": given.y_val, "classes": classes}.items():
            check_types(labels, name)
        if incremental and (classes is not None or self._lacks_classes(given.y)):
            _check_partial_fit_first_call(self, classes)  # sets classes_ in the first call
        return super()._fit(given, settings, callbacks, turn, incremental=incremental)

    def _lacks_classes(self, y):
        return not (hasattr(self, "classes_") or is_multilabel(y))

    def _encode_targets(self, y, *, first, incremental):
        labels = check_labels(y)
        if first:
            classes = getattr(self, "classes_", None) if incremental else None
            self.classes_: np.ndarray
            self.classes_, self._label_binarizer = learn_labels(labels, classes)
        Y = encode_labels(self._label_encoding, labels, must_have_all=not incremental)
        n_classes = Y.shape[1] if self._choose_loss() == "log_loss" else 2
        return smooth(Y, self.label_smoothing, n_classes)

    def _weigh_classes(self, Y, weights):
        if self.class_weight is None:
            return weights
        classes = [np.arange(2)] * Y.shape[1] if self._is_multilabel else [self.classes_]
        return weigh_by_class(weights, self.class_weight, Y, classes)

    def _choose_loss(self):
        return "log_loss" if self._label_encoding.has_output_per_class else "binary_log_loss"

    @property
    def _label_encoding(self):
        """Not stored, because a pickle names the classes of everything it holds."""
        return Encoding(self.classes_, self._label_binarizer)

    @property
    def _is_multilabel(self):
        return self._label_binarizer is not None

    def _labels_to_stratify(self, Y):
        return None if self._is_multilabel else codes(Y, len(self.classes_))

    def _score_outputs(self, Y, outputs, weights):
        if self._is_multilabel:
            hits = ((outputs > 0.5) == (Y > 0.5)).all(axis=1)
        else:
            n_classes = len(self.classes_)
            hits = codes(outputs, n_classes) == codes(Y, n_classes)
        return float(np.average(hits, weights=weights))

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict classes.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The most probable class of each row, or indicators of the labels with a probability
            above one half.
        """
        scores = self._predict_scores(X)
        if self._is_multilabel:
            return self._label_binarizer.inverse_transform(scores, threshold=0.0)
        return self.classes_[codes(scores, len(self.classes_), threshold=0.0)]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = tags.target_tags.multi_output = True
        return tags

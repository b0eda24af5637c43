"""The attributes of fitted networks."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skreg._training.curves import values_of
from skreg._typing import Augmenter
from skreg.neural_network._sparsify import as_dense


class FittedAttributes:
    """Attributes of every fitted network, documented and declared for type checkers.

    Curves are read from the training state, so that `partial_fit` need not copy them.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        Weights of each layer. They may be changed or replaced: predictions use them, and
        `warm_start` and `partial_fit` continue from them. `sparsify` makes them sparse matrices.

    intercepts_ : list of ndarray of shape (n_out,)
        Biases of each layer, which may be changed in the same way.

    feature_importances_ : ndarray of shape (n_features_in_,)
        The Euclidean norm of the weights that leave each feature, a row of `coefs_[0]`, divided by
        the sum of all norms; all zero if every weight is. Norms depend on the scales of features,
        so compare standardized ones. With `group_l1`, a feature without influence has exactly 0.

    normalization_scales_ : list of ndarray of shape (n_out,) or None
        The scales of each hidden layer; None without `normalization`. They and the two attributes
        below may be changed like `coefs_`, which are the weights in front of the normalization.

    normalization_means_ : list of ndarray of shape (n_out,) or None
        The means that `normalization="batch"` predicts with, of each hidden layer; else None.

    normalization_variances_ : list of ndarray of shape (n_out,) or None
        The variances of the same.

    sparsity_ : ndarray of shape (n_layers_ - 1,)
        Share of weights that are exactly zero, per weight matrix.

    loss_ : float
        The objective in the last epoch. In regression, all losses are in the units of the scaled
        targets, see `target_scaling`.

    best_loss_ : float or None
        The lowest objective of any epoch; None with `early_stopping`, which may keep the weights of
        another epoch.

    loss_curve_ : list of float
        The objective of each epoch, averaged over its batches.

    validation_loss_curve_ : list of float or None
        The loss on the validation set after each epoch, without penalties and dropout; None if
        there was no validation set.

    validation_scores_ : list of float or None
        The score on the validation set after each epoch, see `scoring`; None if there was no
        validation set.

    best_validation_score_ : float or None
        The best of `validation_scores_`.

    n_iter_ : int
        Number of epochs of the last call.

    t_ : int
        Number of training rows seen so far by "sgd" or "adam".

    augmentation_ : augmenter or None
        The augmentation as fitted to the training data.

    n_layers_ : int
        Number of layers, counting input and output.

    n_outputs_ : int
        Number of outputs: of classes, labels or targets. The last layer has two units for each
        target of `loss="gaussian"`, and one for each of several quantiles.

    out_activation_ : str
        Activation function of the outputs.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.
    """

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    normalization_scales_: list[np.ndarray] | None
    normalization_means_: list[np.ndarray] | None
    normalization_variances_: list[np.ndarray] | None
    sparsity_: np.ndarray
    loss_: float
    best_loss_: float | None
    best_validation_score_: float | None
    n_iter_: int
    t_: int
    augmentation_: Augmenter | None
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    n_features_in_: int
    feature_names_in_: np.ndarray

    _scores_per_target = 1  # which older pickles lack

    @property
    def feature_importances_(self) -> np.ndarray:
        check_is_fitted(self)
        norms = np.linalg.norm(as_dense(self.coefs_[0]), axis=1)
        return norms / norms.sum() if norms.any() else norms

    @property
    def loss_curve_(self) -> list[float]:
        return self._values_of("loss_curve")

    @property
    def validation_loss_curve_(self) -> list[float] | None:
        return self._values_of("validation_loss_curve", of_validation=True)

    @property
    def validation_scores_(self) -> list[float] | None:
        return self._values_of("validation_scores", of_validation=True)

    def _values_of(self, name, *, of_validation=False):
        """The values of a curve; None for a curve of validation where the last call had none."""
        check_is_fitted(self)
        if of_validation and self.best_validation_score_ is None:
            return None
        if "_training_state" not in vars(self):
            raise AttributeError(f"This {type(self).__name__} is slim, without {name}_.")
        return values_of(self._training_state[name])


class RegressorAttributes:
    """Further attributes of fitted regressors.

    Attributes
    ----------
    target_center_ : ndarray of shape (n_outputs_,)
        Center of the scaled targets, per output: the weighted mean of the training targets, or 0
        for "poisson", "gamma" and `target_scaling=False`. It is learned in the first call of
        `partial_fit`, or of `fit` with `warm_start`, and kept in later calls.

    target_scale_ : ndarray of shape (n_outputs_,)
        Their scale: the weighted standard deviation, or the mean for "poisson" and "gamma"; 1 if
        that is 0 or with `target_scaling=False`. Kept in the same way.
    """

    target_center_: np.ndarray
    target_scale_: np.ndarray

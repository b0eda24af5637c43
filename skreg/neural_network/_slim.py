"""Fitted models without what only further training needs, to be stored and to predict with."""

from copy import copy, deepcopy
from typing import Self

from sklearn.utils.validation import check_is_fitted

_OF_TRAINING = (
    "_training_state",
    "_augmentation_digest",
    "augmentation_",
    "oof_predictions_",
    "_progress",
)
_OF_INTERVALS = "conformity_scores_", "_conformity_weights"


class SlimMixin:
    """The method that every estimator of this package has."""

    def slim(self, *, intervals: bool = True) -> Self:
        """Make a copy that predicts the same, bit for bit, and takes no more space than needed.

        A fitted estimator also holds all that further training needs: the moments of the solver,
        the weights of the best epoch and the curves, several times the size of the weights. The
        copy has none of it, but keeps what intervals and standard deviations of predictions come
        from. It lacks `loss_curve_`, `validation_loss_curve_`, `validation_scores_`,
        `augmentation_` and `oof_predictions_`, and neither `partial_fit` nor `fit` with
        `warm_start` can continue its training. `fit` without `warm_start` trains it anew.

        Parameters
        ----------
        intervals : bool, default=True
            Whether to keep `conformity_scores_`, which `predict_interval` needs. They take eight
            bytes for each held-out row and output, more than a small network that was fitted to
            many rows. Classifiers have none.

        Returns
        -------
        estimator : object
            A fitted estimator of the same class and parameters, which shares no weights with this
            one. Pickled, it is little larger than its weights and `conformity_scores_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(self)
        twin, copied = copy(self), {}
        for name in _OF_TRAINING if intervals else _OF_TRAINING + _OF_INTERVALS:
            vars(twin).pop(name, None)
        for name, value in vars(twin).items():
            if name == "estimators_":
                twin.estimators_ = [member.slim(intervals=False) for member in value]
            elif name.endswith("_"):
                setattr(twin, name, deepcopy(value, copied))
        return twin


def check_can_continue(estimator):
    """Refuse to continue the training of a fitted estimator, or of its members, if it is slim.

    Raises
    ------
    ValueError
        If it has no training state.
    """
    networks = getattr(estimator, "estimators_", [estimator])
    if not all("_training_state" in vars(network) for network in networks):
        raise ValueError(
            f"This {type(estimator).__name__} is slim: it has no training state to continue from "
            "with partial_fit or warm_start. Continue with the estimator of which `slim` made it, "
            "or fit it anew with warm_start=False."
        )

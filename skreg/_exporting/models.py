"""The description of any fitted model of skreg."""

from sklearn.utils.validation import check_is_fitted

from skreg._exporting.description import Description, Unchanged
from skreg._exporting.networks import describe_classifier, describe_regressor
from skreg._exporting.tables import (
    describe_piecewise,
    describe_scaler,
    describe_table,
    describe_tabular_classifier,
    describe_tabular_regressor,
)
from skreg.augmentation import BaseAugmenter
from skreg.neural_network import (
    MLPClassifier,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder


def _describe_augmenter(augmenter):
    """What an augmenter does to rows to predict for: nothing."""
    return Unchanged(augmenter.n_features_in_)


DESCRIBED = {
    MLPClassifier: describe_classifier,
    MLPRegressor: describe_regressor,
    TabularMLPClassifier: describe_tabular_classifier,
    TabularMLPRegressor: describe_tabular_regressor,
    SmoothClipScaler: describe_scaler,
    PiecewiseLinearEncoder: describe_piecewise,
    TableEncoder: describe_table,
    BaseAugmenter: _describe_augmenter,
}


def describe(model) -> Description:
    """What a fitted estimator or transformer of skreg computes, see `description.py`.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model is of a class that skreg does not have.
    """
    for kind, describe_kind in DESCRIBED.items():
        if isinstance(model, kind):
            check_is_fitted(model)
            return describe_kind(model)
    names = ", ".join(kind.__name__ for kind in DESCRIBED)
    raise TypeError(
        f"model must be an object of one of the classes {names}, got {name_kind(model)}."
    )


def name_kind(model):
    """The name of the class of a model, or of a class that is given in place of one."""
    return model.__name__ if isinstance(model, type) else type(model).__name__

"""What `fit` is given as rows to train and to validate on: checked, encoded and weighted."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_regressor
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import _check_y, validate_data

from skreg._training.data import Data
from skreg._training.rows.base import BaseRows
from skreg._training.split import is_splitter, split_by, split_rows
from skreg._validation import accepted_dtypes
from skreg.neural_network._checks import (
    cast_targets,
    check_groups,
    check_sparse,
    flatten_single_column,
    naming,
    pointing_elsewhere,
)
from skreg.neural_network._weights import cast_weights, check_weights


class Rows(NamedTuple):
    """Training or validation rows, as the trainer and as their owner wants them."""

    data: Data
    y: Any  # targets as the user gives them
    weights: Any = None  # sample weights as the user gives them, or None
    numbers: np.ndarray | None = None  # of the rows among those given; None for all of them
    name: str = "y"  # of the targets, to the user

    def take(self, numbers):
        """Some of the rows, of all."""
        weights = None if self.weights is None else self.weights[numbers]
        return Rows(self.data.take(numbers), self.y[numbers], weights, numbers)

    def in_units(self, units):
        """The rows with the trainer's targets in TargetUnits, if any, and in the dtype of X."""
        Y = cast_targets(self.data.Y, self.data.X.dtype, units, self.name)
        return self._replace(data=self.data._replace(Y=Y))


def check_rows(estimator, given, settings, state, *, incremental):
    """X, y and sample_weight as Rows; `state` is that of training to go on from, or None."""
    check_sparse(given.X, settings.augmentation)
    with pointing_elsewhere(estimator, given.X, given.y):
        X, y = validate_data(
            estimator,
            given.X,
            given.y,
            accept_sparse="csr",
            dtype=accepted_dtypes(given.X) if state is None else state.theta.dtype,
            multi_output=True,
            y_numeric=is_regressor(estimator),
            reset=state is None,
            skip_check_array=_may_be_lazy(given.X, settings),
        )
    y = flatten_single_column(y)
    Y = estimator._encode_targets(y, first=state is None, incremental=incremental)
    weights = check_weights(given.sample_weight, X)
    return Rows(_make_data(estimator, X, Y, weights), y, weights)


def _may_be_lazy(X, settings):
    """Whether X is made block by block; L-BFGS and augmenters need all of it at once."""
    return isinstance(X, BaseRows) and settings.is_stochastic and settings.augmentation is None


def separate_validation_rows(estimator, given, settings, rows, seed):
    """The Rows to train on, and those to validate on: given, held out, or None."""
    if given.X_val is not None:
        return rows, check_validation_rows(estimator, given, rows.data)
    if not settings.early_stopping:
        return rows, None
    how = settings.validation_fraction
    if is_splitter(how):
        check_groups(given.groups, how, rows.data.n)
        with naming("validation_fraction"):
            parts = split_by(how, rows.data, rows.y, given.groups, seed)
    else:
        labels = estimator._labels_to_stratify(rows.data.Y)
        parts = split_rows(rows.data, labels, how, seed)
    return tuple(map(rows.take, parts))


def check_validation_rows(estimator, given, data):
    """X_val, y_val and sample_weight_val as Rows."""
    with naming("X_val"):
        check_sparse(given.X_val)
        X = validate_data(
            estimator,
            given.X_val,
            accept_sparse="csr",
            dtype=data.X.dtype,
            reset=False,
            skip_check_array=isinstance(given.X_val, BaseRows),
        )
    with naming("y_val"):
        y = _check_y(given.y_val, multi_output=True, y_numeric=is_regressor(estimator))
        y = flatten_single_column(y)
        check_consistent_length(X, y)
        Y = estimator._encode_targets(y, first=False, incremental=True)
        if Y.shape[1] != data.Y.shape[1]:
            raise ValueError(f"it has {Y.shape[1]} outputs, but y has {data.Y.shape[1]}.")
    weights = check_weights(given.sample_weight_val, X, "sample_weight_val")
    with naming("X_val"):
        return Rows(_make_data(estimator, X, Y, weights), y, weights, name="y_val")


def _make_data(estimator, X, Y, weights):
    """Data with the weights of rows as the loss wants them."""
    weights = estimator._weigh_classes(Y, weights)
    return Data(X, Y, *cast_weights(weights, X.dtype))

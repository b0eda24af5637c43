"""What all transformers of preprocessing promise, found rather than listed."""

import inspect
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg import preprocessing

pytestmark = pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")

CLASSES = [getattr(preprocessing, name) for name in preprocessing.__all__]
RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
Y = np.arange(60) % 2


def switched(cls):
    """The defaults, and one instance for each other value of each parameter that is a choice."""
    signature = inspect.signature(cls).parameters
    for name, constraints in cls._parameter_constraints.items():
        for constraint in constraints:
            values = [False, True] if constraint == "boolean" else []
            values = sorted(constraint.options) if isinstance(constraint, StrOptions) else values
            others = [value for value in values if value != signature[name].default]
            yield from (cls(**{name: value}) for value in others)


SWITCHED = [instance for cls in CLASSES for instance in switched(cls)]
DEFAULTS = [cls() for cls in CLASSES]
parametrize_all = pytest.mark.parametrize("transformer", DEFAULTS + SWITCHED, ids=str)
parametrize_classes = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


@parametrize_with_checks(DEFAULTS + SWITCHED)
def test_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    "check",
    [
        "check_param_validation",
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_dataframe_column_names_consistency",
        "check_n_features_in_after_fitting",
    ],
)
@parametrize_classes
def test_checks_that_are_no_longer_yielded(cls, check):
    getattr(estimator_checks, check)(cls.__name__, cls())


@parametrize_classes
def test_parameters_are_those_that_are_validated(cls):
    assert list(inspect.signature(cls).parameters) == list(cls._parameter_constraints)


@parametrize_all
def test_a_slice_of_the_transform_is_the_transform_of_the_slice(transformer):
    fitted = clone(transformer).fit(X, Y)
    whole = fitted.transform(X)
    assert_array_equal(_dense(fitted.transform(X[7:23])), _dense(whole[7:23]))


@parametrize_all
def test_a_weight_of_two_is_the_same_as_repeating_the_row(transformer):
    weights = RNG.integers(0, 4, 60)
    rows = X.round(1)  # so that values repeat
    weighted = clone(transformer).fit(rows, Y, sample_weight=weights)
    repeated = clone(transformer).fit(np.repeat(rows, weights, axis=0), np.repeat(Y, weights))
    assert_allclose(_dense(weighted.transform(X)), _dense(repeated.transform(X)), atol=1e-7)


@parametrize_all
def test_the_scale_of_the_weights_has_no_effect(transformer):
    weights = RNG.integers(0, 4, 60)
    one = clone(transformer).fit(X, Y, sample_weight=weights)
    other = clone(transformer).fit(X, Y, sample_weight=weights / 1024)
    assert_allclose(_dense(one.transform(X)), _dense(other.transform(X)), atol=1e-7)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.r_[-1.0, np.ones(59)], "must not be negative, got -1"),
        (np.zeros(60), "zero"),
        (np.ones(59), "sample_weight"),
        (np.full(60, np.nan), "NaN"),
    ],
)
@parametrize_classes
def test_wrong_weights_are_refused(cls, weights, message):
    with pytest.raises(ValueError, match=message):
        cls().fit(X, sample_weight=weights)


@pytest.mark.parametrize("make_frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@parametrize_all
def test_frames_are_the_same_as_arrays(transformer, make_frame):
    frame = make_frame(dict(zip("abc", X.T)))
    fitted, of_array = clone(transformer).fit(frame, Y), clone(transformer).fit(X, Y)
    assert fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    assert_allclose(_dense(fitted.transform(frame)), _dense(of_array.transform(X)), atol=1e-12)
    assert all(name[0] in "abc" for name in fitted.get_feature_names_out())


@parametrize_all
def test_a_fit_that_fails_changes_nothing(transformer):
    fitted = clone(transformer).fit(X, Y)
    before = pickle.dumps(fitted)
    with pytest.raises(ValueError, match="inf"):
        fitted.fit(np.where(X > 2, np.inf, X), Y)
    with pytest.raises(ValueError, match="negative"):
        fitted.fit(X[:, :2], Y, sample_weight=-np.ones(60))
    assert pickle.dumps(fitted) == before


@parametrize_classes
def test_transforming_before_a_fit_is_refused(cls):
    with pytest.raises(NotFittedError):
        cls().transform(X)
    with pytest.raises(NotFittedError):
        cls().get_feature_names_out()


def _dense(X):
    return X.toarray() if hasattr(X, "toarray") else X

"""ONNX graphs predict what their models predict."""

import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import is_classifier, is_regressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skreg import (
    MLPClassifier,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
    TabularMLPRegressorCV,
)
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.links import LINKS
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg.augmentation import GaussianNoise
from skreg.onnx import _networks, to_onnx
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder
from tests.graphs import CODES, NUMBERS, TABULAR, X, feeds_of, run
from tests.tables import make_table, unlike
from tests.test_estimator_checks import instances

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def assert_predicts_as(model, feeds, X, *, atol=1e-5, **params):
    results = run(to_onnx(model, **params), feeds)
    if is_classifier(model):
        assert list(results) == ["output_label", "output_probability"]
        assert_array_equal(results["output_label"], model.predict(X))
        assert_allclose(results["output_probability"], model.predict_proba(X), atol=atol)
        return
    expected = model.predict(X) if is_regressor(model) else model.transform(X)
    scale = max(1, np.nanmax(np.abs(expected)))
    assert_allclose(results["variable"] / scale, expected.reshape(len(X), -1) / scale, atol=atol)


@pytest.mark.filterwarnings("ignore:image_shape=None and", "ignore:Without effect")
@pytest.mark.parametrize("model", instances(), ids=str)
def test_every_switch(model):
    model.set_params(max_iter=2, random_state=0)
    class_weight = model.get_params().get("class_weight")
    y = CODES if is_classifier(model) else NUMBERS
    if isinstance(class_weight, dict):
        model.set_params(class_weight={0: 2.0})
    assert_predicts_as(model.fit(X, y), {"X": X}, X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_in_both_dtypes_and_for_large_scores(activation, dtype):
    model = MLPRegressor(5, activation, max_iter=2, random_state=0).fit(X.astype(dtype), NUMBERS)
    model.coefs_[0] *= 30
    given = X.astype(dtype)
    atol = 1e-5 if dtype == np.float32 else 1e-8  # constants of "selu" have float32's digits
    assert_predicts_as(model, {"X": given}, given, dtype=dtype, atol=atol)


def test_silu_in_float64_is_no_pattern_that_older_runtimes_replace():
    model = MLPRegressor(2, "silu", max_iter=1).fit(X, NUMBERS)
    nodes = to_onnx(model, dtype=np.float64).graph.node
    assert "Sigmoid" not in {node.op_type for node in nodes}


def test_every_activation_normalization_and_link_has_nodes():
    assert set(_networks.ACTIVATIONS) == set(ACTIVATIONS)
    assert set(_networks.LINKS) == set(LINKS) - {"gaussian", "quantiles"}  # which become "identity"
    left = {name for name, each in NORMALIZATIONS.items() if each.fold is None}
    assert set(_networks.NORMALIZATIONS) == left


@pytest.mark.parametrize(
    "classes",
    [["a", "b", "c"], ["no", "yes"], [3, 5], [True, False], [1.0, 2.0, 4.0], [7]],
    ids=str,
)
def test_every_kind_of_labels(classes):
    y = np.array(classes)[np.arange(40) % len(classes)]
    model = MLPClassifier(5, max_iter=2, random_state=0).fit(X, y)
    assert_predicts_as(model, {"X": X}, X)


def test_labels_are_strings_or_integers_where_they_can_be():
    def dtype_of(y):
        model = MLPClassifier(2, max_iter=1).fit(X, y)
        return run(to_onnx(model), {"X": X[:1]})["output_label"].dtype

    strings = pd.Series(["a", "b"] * 20, dtype="category")
    assert [dtype_of(y) for y in (strings, CODES, CODES * 1.0, CODES > 1)] == [object] + 3 * [int]


def test_multilabel_indicators():
    Y = (X > 0).astype(int)
    assert_predicts_as(MLPClassifier(9, max_iter=20, random_state=0).fit(X, Y), {"X": X}, X)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_temperatures_and_slim_models(n_classes):
    model = MLPClassifier(9, max_iter=20, early_stopping=True, random_state=0)
    model.fit(X, np.arange(40) % n_classes)
    model.temperature_ = 3.0
    assert_predicts_as(model.slim().sparsify(), {"X": X}, X)


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_several_outputs_far_from_zero_after_training(normalization):
    Y = 1e4 + 1e3 * X
    model = MLPRegressor((9, 8), normalization=normalization, max_iter=20, random_state=0)
    assert_predicts_as(model.fit(X, Y), {"X": X}, X)


@pytest.mark.parametrize("estimator", [MLPRegressor, TabularMLPRegressor])
@pytest.mark.parametrize("n_targets", [1, 2])
def test_quantiles_have_an_axis_of_their_own(n_targets, estimator):
    model = estimator(8, loss="quantile", quantile=[0.1, 0.5, 0.9], max_iter=2, random_state=0)
    model.fit(X, X[:, :n_targets].squeeze())
    predicted = run(to_onnx(model), {"X": X})["variable"]
    assert_allclose(predicted, model.predict(X), atol=1e-5)


@pytest.mark.parametrize("estimator", [MLPRegressor, TabularMLPRegressor])
def test_means_of_normal_distributions(estimator):
    model = estimator(8, loss="gaussian", max_iter=2, random_state=0).fit(X, NUMBERS)
    assert_predicts_as(model, {"X": X}, X)


def test_targets_that_float32_cannot_tell_apart_are_predicted_in_float64():
    model = MLPRegressor(5, max_iter=20, random_state=0).fit(X, 1e9 + X[:, 0])
    predicted = run(to_onnx(model), {"X": X})["variable"]
    assert predicted.dtype == np.float64
    assert_allclose(predicted[:, 0] - 1e9, model.predict(X) - 1e9, atol=1e-5)


@pytest.mark.parametrize(
    "transformer",
    [
        SmoothClipScaler(),
        SmoothClipScaler(strategy="robust", max_absolute_value=1.5),
        PiecewiseLinearEncoder(4),
        PiecewiseLinearEncoder(4, passthrough=True, extrapolation="linear"),
        TableEncoder(4),
        GaussianNoise(),
    ],
    ids=str,
)
def test_transformers(transformer):
    rows, given = X.copy(), 5 * X
    given[0, 0] = 1e30
    if not isinstance(transformer, GaussianNoise):
        rows[::5, 1] = given[::7, 1] = np.nan
    transformer.fit(rows)
    assert_predicts_as(transformer, {"X": given}, given)


@pytest.mark.parametrize("calibration", ["temperature", None])
def test_tabular_classifiers_of_a_frame(calibration):
    table = make_table()
    y = np.array(["a", "b", "c"])[np.arange(len(table)) % 3]
    model = TabularMLPClassifier(calibration=calibration, **TABULAR).fit(table, y)
    for rows in (table, unlike(table)):
        rows = rows.astype(dict.fromkeys(("number", "holes"), np.float32))
        assert_predicts_as(model, feeds_of(rows), rows)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tabular_regressors_of_a_matrix(dtype):
    given = np.where(X < -1, np.nan, X).astype(dtype)
    model = TabularMLPRegressor(dtype=dtype, **TABULAR).fit(given, NUMBERS)
    atol = 1e-5 if dtype == np.float32 else 1e-12
    assert_predicts_as(model, {"X": given}, given, dtype=dtype, atol=atol)


def test_searches_with_several_encoders():
    search = TabularMLPRegressorCV(
        validation_fraction=0.3,
        max_candidates=4,
        time_limit=None,
        param_distributions={"n_bins": [2, 5]},
        **TABULAR,
    ).fit(X, NUMBERS)
    assert len({encoder.n_bins for encoder in search.encoders_}) > 1
    assert_predicts_as(search, {"X": X}, X)


def test_members_that_missed_a_class():
    y = np.where(np.arange(40) < 1, 2, CODES % 2)
    model = TabularMLPClassifier(**TABULAR).fit(X, y)
    assert {len(member.classes_) for member in model.estimators_} == {2, 3}
    assert_predicts_as(model, {"X": X}, X)


@pytest.mark.parametrize("max_categories", [3, 64])
def test_encoders_with_mean_targets_and_rare_levels(max_categories):
    table = make_table().astype({"number": np.float32, "holes": np.float32})
    encoder = TableEncoder(4, max_categories=max_categories)
    encoder.fit(table, np.arange(len(table)) % 3)
    for rows in (table, unlike(table).astype({"number": np.float32})):
        assert_predicts_as(encoder, feeds_of(rows), rows)


def test_encoders_of_objects_have_an_input_for_each_column():
    objects = np.array([["a", 1.0], ["b", 2.0], [None, 3.0], ["a", np.nan]] * 5, dtype=object)
    encoder = TableEncoder(2).fit(objects)
    feeds = {"x0": objects[:, :1], "x1": objects[:, 1:].astype(np.float32)}
    assert_predicts_as(encoder, feeds, objects)


def test_categories_that_are_numbers_are_part_of_a_matrix():
    given = np.column_stack([X[:, 0], CODES]).astype(np.float32)
    encoder = TableEncoder(2, categorical_features=[1]).fit(given)
    given[:3, 1] = [np.nan, 9, 0.5]
    assert_predicts_as(encoder, {"X": given}, given)


def test_every_word_for_a_missing_string_is_missing_unless_it_is_a_level():
    table = pd.DataFrame({"pet": ["cat", "dog", None, "None"] * 5})
    encoder = TableEncoder().fit(table)
    words = np.array([[""], ["nan"], ["None"], [None]], dtype=object)
    encoded = run(to_onnx(encoder), {"pet": words})["variable"]
    missing, a_level = encoder.transform(table.iloc[2:4])
    assert_array_equal(encoded, [missing, missing, a_level, a_level])


def test_columns_may_have_the_names_of_nodes():
    table = pd.DataFrame({"constant_0": X[:, 0], "gather_1": X[:, 1], "variable": X[:, 2]})
    encoder = TableEncoder().fit(table)
    results = run(to_onnx(encoder), feeds_of(table))
    assert_allclose(*results.values(), encoder.transform(table), atol=1e-5)


def test_a_file_holds_little_more_than_the_weights(tmp_path):
    model = MLPRegressor((100, 100), max_iter=1).fit(X, NUMBERS)
    size = len(to_onnx(model).SerializeToString())
    n_weights = sum(part.size for part in [*model.coefs_, *model.intercepts_])
    assert 4 * n_weights < size < 4 * n_weights + 2000


BAD = [
    (MLPClassifier(), NotFittedError, "not fitted"),
    (make_pipeline(LogisticRegression()), TypeError, "got Pipeline: .*skl2onnx.to_onnx"),
    (RandomForestClassifier(), TypeError, "of skreg, got RandomForestClassifier"),
    (MLPClassifier, TypeError, "got the class MLPClassifier: pass an object of it"),
]


@pytest.mark.parametrize(("model", "error", "message"), BAD)
def test_what_cannot_be_converted_is_refused_with_advice(model, error, message):
    with pytest.raises(error, match=message):
        to_onnx(model)


def test_a_search_is_told_to_pass_its_best_estimator():
    search = GridSearchCV(MLPRegressor(3, max_iter=1), {"l1": [0.0]}, cv=2).fit(X, NUMBERS)
    with pytest.raises(TypeError, match="GridSearchCV: pass its best_estimator_"):
        to_onnx(search)


def test_parts_without_an_equivalent_are_named():
    model = MLPRegressor(3, max_iter=1).fit(X, NUMBERS)
    model._activations = ["sine"]
    with pytest.raises(ValueError, match="activation 'sine' cannot be exported"):
        to_onnx(model)
    table = pd.DataFrame({"mixed": pd.Series([1, "a"] * 5, dtype=object)})
    encoder = TableEncoder(categorical_features=["mixed"]).fit(table)
    with pytest.raises(ValueError, match="Column 'mixed' .* got int, str"):
        to_onnx(encoder)
    encoder = TableEncoder().fit(pd.DataFrame({"a": NUMBERS, "": NUMBERS}))
    with pytest.raises(ValueError, match="Column 1 cannot be exported: its name is empty"):
        to_onnx(encoder)
    codes = np.array([[2**24], [2**24 + 1]] * 5)
    encoder = TableEncoder(categorical_features=[0]).fit(codes)
    with pytest.raises(ValueError, match="Column 0 .* float32 cannot tell"):
        to_onnx(encoder)


def test_other_dtypes_are_refused():
    with pytest.raises(ValueError, match=r"dtype must be .*, got 'float16'"):
        to_onnx(MLPRegressor(), dtype="float16")


def test_without_onnx_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install skreg\[onnx\]"):
        to_onnx(MLPRegressor())

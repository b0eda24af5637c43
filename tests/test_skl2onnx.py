"""Pipelines that skl2onnx converts predict what they predicted before."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingRegressor, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg.augmentation import GaussianNoise
from skreg.model_selection import MLPClassifierCV
from skreg.onnx import register
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder
from tests.graphs import CODES, NUMBERS, TABULAR, X, feeds_of, run
from tests.tables import make_table, unlike

skl2onnx = pytest.importorskip("skl2onnx")
PARAMS = {"hidden_layer_sizes": 5, "max_iter": 2, "random_state": 0}
pytestmark = pytest.mark.filterwarnings("ignore:Without effect")


@pytest.fixture(autouse=True)
def _registered():
    register()


def assert_agrees(model, onnx, feeds, X):
    results = run(onnx, feeds)
    if is_classifier(model):
        assert_array_equal(results["label"], model.predict(X))
        assert_allclose(results["probabilities"], model.predict_proba(X), atol=1e-5)
    else:
        assert_allclose(results["variable"].ravel(), model.predict(X), rtol=1e-4, atol=1e-5)


def convert(model, **types):
    options = {"zipmap": False} if is_classifier(model) else None
    return skl2onnx.to_onnx(model, options=options, **(types or {"X": X[:1]}))


MODELS = [
    make_pipeline(StandardScaler(), MLPClassifier(**PARAMS)),
    make_pipeline(StandardScaler(), MLPRegressor(**PARAMS)),
    make_pipeline(GaussianNoise(), SmoothClipScaler(), MLPClassifier(**PARAMS)),
    make_pipeline(PiecewiseLinearEncoder(3), MLPRegressor(**PARAMS)),
    make_pipeline(StandardScaler(), TabularMLPClassifier(**TABULAR)),
    TabularMLPRegressor(**TABULAR),
    MLPClassifierCV(l1s=2, cv=2, **PARAMS),
    GridSearchCV(MLPClassifier(**PARAMS), {"l1": [0.0]}, cv=2),
    CalibratedClassifierCV(MLPClassifier(**PARAMS), cv=2),
    BaggingRegressor(MLPRegressor(**PARAMS), 2, bootstrap=False, random_state=0),
    VotingClassifier([("mlp", MLPClassifier(**PARAMS))], voting="soft", flatten_transform=False),
    StackingClassifier([("mlp", MLPClassifier(**PARAMS))], LogisticRegression(), cv=2),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_models_of_a_matrix(model):
    model.fit(X, CODES if is_classifier(model) else NUMBERS)
    assert_agrees(model, convert(model), {"X": X}, X)


def table_and_types():
    types = skl2onnx.common.data_types
    table = make_table().astype({"number": np.float32, "holes": np.float32})
    kinds = {"O": types.StringTensorType, "f": types.FloatTensorType, "b": types.BooleanTensorType}
    initial = [(name, kinds[table[name].dtype.kind]([None, 1])) for name in table.columns]
    return table, initial


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(TableEncoder(4), MLPClassifier(**PARAMS)),
        TabularMLPClassifier(**TABULAR),
        TabularMLPRegressor(**TABULAR),
    ],
    ids=str,
)
def test_models_of_a_frame(model):
    table, types = table_and_types()
    model.fit(table, np.arange(len(table)) % 3)
    onnx = convert(model, initial_types=types)
    rows = unlike(table).astype({"number": np.float32})
    feeds = feeds_of(rows) | {"flag": rows[["flag"]].to_numpy()}
    assert_agrees(model, onnx, feeds, rows)


def test_a_column_transformer_in_front():
    table, types = table_and_types()
    names = ["number", "flag"], ["pair", "city"]
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), names[0]), ("strings", OneHotEncoder(), names[1])]
    )
    model = make_pipeline(columns, MLPClassifier(**PARAMS))
    table, chosen = table[[*names[0], *names[1]]], {*names[0], *names[1]}
    table = table.astype({"flag": np.float32})
    model.fit(table, np.arange(len(table)) % 2)
    types = [each for each in types if each[0] in chosen and each[0] != "flag"]
    types.insert(1, ("flag", skl2onnx.common.data_types.FloatTensorType([None, 1])))
    onnx = convert(model, initial_types=types)
    assert_agrees(model, onnx, feeds_of(table), table)


def test_strings_as_labels_with_zipmap():
    model = MLPClassifier(**PARAMS).fit(X, np.array(["a", "b", "c"])[CODES])
    results = run(skl2onnx.to_onnx(model, X[:1]), {"X": X})
    assert_array_equal(results["output_label"], model.predict(X))
    assert set(results["output_probability"][0]) == {"a", "b", "c"}


def test_an_input_in_float64_is_computed_in_float64():
    model = MLPRegressor(**PARAMS).fit(X.astype(np.float64), NUMBERS)
    given = X.astype(np.float64)
    results = run(convert(model, X=given[:1]), {"X": given})
    assert_allclose(results["variable"][:, 0], model.predict(given), rtol=1e-12)


def test_several_outputs_and_labels():
    model = MLPRegressor(**PARAMS).fit(X, X)
    assert_allclose(run(convert(model), {"X": X})["variable"], model.predict(X), atol=1e-5)
    labels = MLPClassifier(**PARAMS).fit(X, X > 0)
    assert_agrees(labels, convert(labels), {"X": X}, X)


@pytest.mark.parametrize("model", [TableEncoder(4), TabularMLPRegressor(**TABULAR)], ids=str)
def test_a_matrix_of_any_width_has_that_of_fit(model):
    model.fit(X, NUMBERS)
    types = [("X", skl2onnx.common.data_types.FloatTensorType([None, None]))]
    (found,) = run(convert(model, initial_types=types), {"X": X}).values()
    expected = model.predict(X)[:, None] if hasattr(model, "predict") else model.transform(X)
    assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_inputs_of_other_widths_or_types_are_refused():
    float_type = skl2onnx.common.data_types.FloatTensorType
    with pytest.raises(ValueError, match="must have the 3 columns .*'X': 2"):
        convert(TableEncoder().fit(X), initial_types=[("X", float_type([None, 2]))])
    encoder = TableEncoder().fit(make_table()[["pair"]])
    with pytest.raises(ValueError, match="Column 'pair' must be an input of strings"):
        convert(encoder, initial_types=[("pair", float_type([None, 1]))])


@pytest.mark.parametrize(
    ("estimator", "y"),
    [
        *((each, y) for each in (MLPClassifier, TabularMLPClassifier) for y in (CODES, CODES > 0)),
        (MLPClassifier, X > 0),
    ],
)
def test_raw_scores_are_those_of_decision_function(estimator, y):
    model = estimator(8, max_iter=2, random_state=0).fit(X, y)
    onnx = skl2onnx.to_onnx(model, X[:1], options={"zipmap": False, "raw_scores": True})
    label, scores = run(onnx, {"X": X}).values()
    expected = model.decision_function(X)
    if expected.ndim == 1:
        expected = np.stack([-expected, expected], axis=1)
    assert_array_equal(label, model.predict(X))
    assert_allclose(scores, expected, atol=1e-5)


def test_without_skl2onnx_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match="pip install skl2onnx"):
        register()

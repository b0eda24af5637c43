"""Descriptions of fitted models, interpreted by NumPy alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import NotFittedError

from skreg import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from skreg._exporting.labels import labels_of
from skreg._exporting.models import describe
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.links import LINKS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.normalizing import EPSILON
from skreg.augmentation import GaussianNoise
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder
from tests.tables import make_table, unlike

LINKS_BY_NAME = {
    "identity": lambda scores: scores,
    "logistic": expit,
    "softmax": lambda scores: softmax(scores, axis=1),
    "exp": np.exp,
}


def _value(name, z):
    """An activation, by the option of the kernels."""
    z = np.array(z)
    ACTIVATIONS[name].activate.by_dtype[z.dtype](z, np.zeros(z.shape[1], z.dtype))
    return z


def run_network(network, X):
    """The outputs of a Network."""
    for weights, bias, activation, normalization, scales in network.layers:
        X = X @ weights
        if normalization == "layer":
            X = X - X.mean(axis=1, keepdims=True)
            X = X / np.sqrt(X.var(axis=1, keepdims=True) + EPSILON) * scales
        X = _value(activation, X + bias)
    return LINKS_BY_NAME[network.link](X)


def run_classifier(model, X):
    """The probabilities of a Classifier."""
    outputs = run_network(model.network, X)
    is_single = outputs.shape[1] == 1 and len(model.classes) == 2 and not model.is_multilabel
    return np.hstack([1 - outputs, outputs]) if is_single else outputs


def run_regressor(model, X):
    return model.center + model.scale * run_network(model.network, X)


def run_scaler(scaler, X):
    z = (X - scaler.center) / scaler.scale
    return z / np.sqrt(1 + (z / scaler.bound) ** 2)


def run_bins(bins, X):
    share = np.clip((X[:, bins.places] - bins.lower) / bins.width, bins.low, bins.high)
    return np.nan_to_num(share)


def run_table(table, columns):
    """The encoded rows of a Table, of columns of floats or objects."""
    codes = []
    for category in table.categories:
        places = {level: i for i, level in enumerate(category.levels)}
        values = columns[category.column]
        missing = pd.isna(values)
        codes.append(
            [len(places) if gone else places.get(v, -1) for v, gone in zip(values, missing)]
        )
    codes = [np.array(of_column) + 1 for of_column in codes]
    n_rows, parts = len(columns[0]), []
    numbers = np.array([columns[j] for j in table.numbers], float).reshape(-1, n_rows).T
    means = [category.means[rows] for category, rows in zip(table.categories, codes)]
    if table.scaler is not None:
        parts.append(np.nan_to_num(run_scaler(table.scaler, np.hstack([numbers, *means]))))
    parts += [np.isnan(columns[j].astype(float))[:, None] for j in table.with_holes]
    if table.bins is not None:
        center = table.scaler.center[: numbers.shape[1]]
        parts.append(run_bins(table.bins, np.where(np.isnan(numbers), center, numbers)))
    for category, rows in zip(table.categories, codes):
        one_hot = np.eye(category.n_one_hot)[category.places[rows]]
        parts.append(one_hot * category.values[rows][:, None])
    return np.hstack(parts)


def run_tabular(model, columns):
    """The probabilities or predictions of an ensemble."""
    tables, total = [run_table(table, columns) for table in model.tables], 0
    encoded = [tables[place] for place in model.table_of]
    if not hasattr(model, "classes"):
        for vote, member, Z in zip(model.votes, model.members, encoded):
            total += vote * np.clip(run_regressor(member, Z), model.low, model.high)
        return total
    for vote, member, places, Z in zip(model.votes, model.members, model.places, encoded):
        proba = np.zeros((len(Z), len(model.classes)))
        proba[:, places] = run_classifier(member, Z)
        total = total + vote * proba
    proba = softmax(np.log(np.maximum(total, 1e-12)) / model.temperature, axis=1)
    return proba + model.doubt * (1 / len(model.classes) - proba)


def fit(estimator, n_classes=3, n_rows=40, seed=0):
    """An estimator fitted to little data, and its X."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 3))
    y = np.arange(n_rows) % n_classes if is_classifier(estimator) else np.exp(X @ [1.0, -1.0, 0.5])
    return estimator.set_params(max_iter=2, random_state=0).fit(X, y), X


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_network_of_any_activation(activation):
    model, X = fit(MLPClassifier((5, 4), activation))
    assert_allclose(run_classifier(describe(model), X), model.predict_proba(X), atol=1e-12)


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_normalization_is_folded_or_has_scales(normalization):
    model, X = fit(MLPRegressor((5, 4), normalization=normalization))
    described = describe(model)
    assert_allclose(run_regressor(described, X)[:, 0], model.predict(X), atol=1e-12)
    left = normalization if NORMALIZATIONS[normalization].fold is None else None
    assert [layer.normalization for layer in described.network.layers] == [left, left, None]


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
@pytest.mark.parametrize("target_scaling", [False, True])
def test_predictions_of_any_loss_are_in_units_of_y(loss, target_scaling):
    model, X = fit(MLPRegressor(5, loss=loss, target_scaling=target_scaling))
    assert_allclose(run_regressor(describe(model), X)[:, 0], model.predict(X), atol=1e-12)


LISTS = {"gaussian": {"loss": "gaussian"}, "list": {"loss": "quantile", "quantile": [0.2, 0.4]}}


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("params", LISTS.values(), ids=LISTS)
def test_means_and_several_quantiles_are_described_by_plain_networks(params, n_outputs):
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = X[:, 0] if n_outputs == 1 else X[:, :2]
    model = MLPRegressor((), max_iter=2, random_state=0, **params).fit(X, y)
    model.coefs_[0] *= 30
    expected = model.predict(X).reshape(40, -1)
    assert_allclose(run_regressor(describe(model), X), expected, atol=1e-9)
    several = {"n_members": 2, "max_iter": 1, "dtype": np.float64, "random_state": 0}
    tabular = TabularMLPRegressor((4,), **several, **params).fit(X, y)
    found = run_tabular(describe(tabular), [*X.T])
    assert_allclose(found, tabular.predict(X).reshape(40, -1), atol=1e-9)


@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_a_classifier_of_any_number_of_classes(n_classes):
    model, X = fit(MLPClassifier(5), n_classes)
    described = describe(model)
    assert_allclose(run_classifier(described, X), model.predict_proba(X), atol=1e-12)
    assert_array_equal(described.classes, model.classes_)


def test_a_multilabel_classifier_with_sparse_weights():
    X, Y = np.random.default_rng(0).normal(size=(20, 3)), np.eye(2, dtype=int)[np.arange(20) % 2]
    model = MLPClassifier(5, max_iter=2, random_state=0).fit(X, Y).sparsify()
    described = describe(model)
    assert described.is_multilabel
    assert_allclose(run_classifier(described, X), model.predict_proba(X), atol=1e-12)


def test_weights_are_what_their_owner_has_made_of_them_and_copies():
    model, _ = fit(MLPRegressor(5))
    model.coefs_[0][:] = 0
    described = describe(model)
    assert not described.network.layers[0].weights.any()
    described.network.layers[1].bias[:] = 1e3
    assert (model.intercepts_[1] < 1e3).all()


def test_targets_that_float32_cannot_tell_apart_need_float64():
    model, X = fit(MLPRegressor(5))
    assert not describe(model).needs_float64
    assert describe(model.fit(X, 1e9 + X[:, 0])).needs_float64


@pytest.mark.parametrize("params", [{}, {"passthrough": True}, {"extrapolation": "linear"}])
def test_piecewise_linear_encoders(params):
    X = np.random.default_rng(0).normal(size=(30, 2))
    X[:3, 1] = np.nan
    encoder = PiecewiseLinearEncoder(4, **params).fit(X)
    described = describe(encoder)
    bins = run_bins(described.bins, 3 * X)
    expected = encoder.transform(3 * X)
    assert_allclose(bins, expected[:, 2 * described.passthrough :])


def test_scalers_and_augmenters():
    X = np.random.default_rng(0).normal(size=(30, 2))
    scaler = SmoothClipScaler(strategy="robust").fit(X)
    assert_allclose(run_scaler(describe(scaler), X), scaler.transform(X))
    assert describe(GaussianNoise().fit(X)).n_features == 2


def columns_of(table):
    return [table[name].to_numpy(object) for name in table.columns]


@pytest.mark.parametrize("max_categories", [3, 64])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_table_encoders(max_categories, n_classes):
    X = make_table()
    y = np.arange(len(X)) % n_classes
    encoder = TableEncoder(4, max_categories=max_categories, dtype=np.float64).fit(X, y)
    described = describe(encoder)
    assert described.names == list(X.columns)
    for table in X, unlike(X):
        encoded = run_table(described, columns_of(table))
        assert_allclose(encoded, encoder.transform(table), atol=1e-12)


def test_table_encoders_of_one_kind_of_columns():
    for X in (
        make_table()[["number", "flag"]],
        make_table()[["pet", "pair"]],
        make_table()[["flag"]],
    ):
        encoder = TableEncoder().fit(X)
        encoded = run_table(describe(encoder), columns_of(X))
        assert_allclose(encoded, encoder.transform(X), atol=1e-6)


@pytest.mark.parametrize("calibration", ["temperature", None])
def test_tabular_classifiers(calibration):
    X = make_table()
    y = np.array(["a", "b", "c"])[np.arange(len(X)) % 3]
    model = TabularMLPClassifier(
        8, n_members=2, max_iter=2, calibration=calibration, dtype=np.float64, random_state=0
    ).fit(X, y)
    for table in X, unlike(X):
        proba = run_tabular(describe(model), columns_of(table))
        assert_allclose(proba, model.predict_proba(table), atol=1e-10)


@pytest.mark.parametrize("clip_predictions", [False, True])
def test_tabular_regressors(clip_predictions):
    X = make_table()
    model = TabularMLPRegressor(
        8, n_members=2, max_iter=2, clip_predictions=clip_predictions, dtype=np.float64
    ).fit(X, X["number"])
    numbers = run_tabular(describe(model), columns_of(unlike(X)))
    assert_allclose(numbers[:, 0], model.predict(unlike(X)), rtol=1e-10)


def test_every_link_is_known_here():
    assert set(LINKS_BY_NAME) == set(LINKS) - {"gaussian", "quantiles"}  # which become "identity"


def test_labels_are_strings_or_integers():
    given = [["a", "b"], [True, False], [1.0, 3.0], [-(2**63), 2**63 - 1]]
    labels = [labels_of(np.array(classes)) for classes in given]
    assert [each.dtype for each in labels] == [object, np.int64, np.int64, np.int64]
    assert [each.tolist() for each in labels] == given


@pytest.mark.parametrize(
    "classes",
    [np.array([2**63], np.uint64), np.array([1e19]), np.array(["2020"], "datetime64[D]")],
    ids=str,
)
def test_labels_of_other_types_are_refused(classes):
    with pytest.raises(ValueError, match="classes_ cannot be exported: .* of 64 bits, got "):
        labels_of(classes)


def test_what_is_not_fitted_or_not_ours_is_refused():
    with pytest.raises(NotFittedError):
        describe(MLPClassifier())
    for estimator in (MLPClassifierCV, MLPRegressorCV):
        scores_alone = estimator((), solver="lbfgs", l1s=[0.1], cv=2, refit=False)
        with pytest.raises(NotFittedError, match="refit=False"):
            describe(scores_alone.fit(np.eye(8), [0, 1] * 4))
    with pytest.raises(TypeError, match="one of the classes MLPClassifier.*got BaseEstimator"):
        describe(BaseEstimator())
    with pytest.raises(TypeError, match="got MLPClassifier"):
        describe(MLPClassifier)


def test_members_with_encoders_of_their_own():
    X = make_table()
    models = [
        TabularMLPRegressor(8, n_members=1, max_iter=2, n_bins=n_bins, dtype=np.float64)
        for n_bins in (2, 5)
    ]
    expected = sum(model.fit(X, X["number"]).predict(X) for model in models) / 2
    model, other = models
    model.encoders_ = [each.encoder_ for each in (model, other, model)]
    model.estimators_ = [each.estimators_[0] for each in (model, other, model)]
    model.votes_ = np.array([0.25, 0.5, 0.25])
    described = describe(model)
    assert described.table_of == [0, 1, 0]
    assert_allclose(run_tabular(described, columns_of(X))[:, 0], expected, rtol=1e-10)

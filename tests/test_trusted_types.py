"""Files of skops: everything can be stored in them, of types that may be trusted by one name."""

from importlib import import_module
from inspect import isclass

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skreg
import skreg.model_selection
from skreg import (
    TRUSTED_TYPES,
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg.augmentation import AugmentationSampler, GaussianNoise
from skreg.model_selection import BayesSearchCV, EpochHalvingSearchCV
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder
from tests import augmenters

io = pytest.importorskip("skops.io")
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 16))
Y = (X[:, 0] > 0).astype(int)
TABLE = pd.DataFrame({"a": X[:, 0], "b": np.array(["x", "y", "z"])[np.arange(60) % 3]})
SMALL = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}
AUGMENTERS = [augmenters.noisy(cls) for cls in augmenters.CLASSES]
NETWORKS = [
    MLPClassifier(**SMALL, augmentation=AUGMENTERS[0], early_stopping=True, class_weight={0: 2.0}),
    MLPClassifier(**{**SMALL, "random_state": np.random.RandomState(0)}, solver="lbfgs"),
    MLPClassifierCV(**SMALL, l1s=2, cv=2),
    *(MLPRegressor(**SMALL, normalization=name, solver="sgd") for name in NORMALIZATIONS),
]
TABULAR = [
    TabularMLPClassifier(**SMALL, n_members=2),
    TabularMLPRegressor(**SMALL, diversity=[{"l2": 0.0}, {"activation": "gelu"}]),
]
ENCODERS = [
    PiecewiseLinearEncoder(),
    PiecewiseLinearEncoder(strategy="tree"),
    SmoothClipScaler(),
    TableEncoder(dtype=np.float64),
]
PIPELINE = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
GRID = {"mlpclassifier__l1": [0.0, 0.1], "mlpclassifier__activation": ["relu", ["tanh"]]}
SEARCHES = [
    GridSearchCV(PIPELINE, GRID, cv=2),
    GridSearchCV(PIPELINE, GRID, cv=KFold(2), scoring="r2"),
    RandomizedSearchCV(PIPELINE, GRID, cv=2, n_iter=2, random_state=0),
    HalvingGridSearchCV(PIPELINE, GRID, cv=2),
    HalvingRandomSearchCV(PIPELINE, GRID, n_candidates=2, cv=2),
    EpochHalvingSearchCV(PIPELINE, GRID, n_candidates=2, cv=2, random_state=0),
]
UNSTORABLE = {BayesSearchCV}  # for skops finds no end in the dimensions of scikit-optimize
METRICS = ["sklearn.metrics._regression.r2_score"]


def name_of(estimator):
    return type(estimator).__name__


def store_and_load(model, trusted=TRUSTED_TYPES):
    return io.loads(io.dumps(model), trusted=trusted)


@pytest.mark.parametrize("network", NETWORKS, ids=name_of)
def test_networks_come_back_and_train_on(network):
    model = network.fit(X, Y).set_params(warm_start=True, max_iter=1)
    again = store_and_load(model)
    assert_array_equal(again.predict(X), model.predict(X), strict=True)
    assert again.loss_curve_ == model.loss_curve_
    assert_array_equal(again.fit(X, Y).coefs_[0], model.fit(X, Y).coefs_[0])
    assert_array_equal(store_and_load(model.slim()).predict(X), model.predict(X))
    assert_array_equal(store_and_load(model.sparsify()).predict(X), model.predict(X))


@pytest.mark.parametrize("network", TABULAR, ids=name_of)
def test_networks_for_tables_come_back(network):
    model = network.fit(TABLE, Y)
    for again in (store_and_load(model), store_and_load(model.slim())):
        assert_array_equal(again.predict(TABLE), model.predict(TABLE), strict=True)


@pytest.mark.parametrize("transformer", AUGMENTERS + ENCODERS, ids=name_of)
def test_transformers_come_back(transformer):
    model = transformer.fit(X, Y)
    assert_array_equal(store_and_load(model).transform(X), model.transform(X), strict=True)


def test_encoders_of_tables_come_back():
    model = TableEncoder(max_categories=2).fit(TABLE, Y)
    assert_array_equal(store_and_load(model).transform(TABLE), model.transform(TABLE))


def test_samplers_come_back():
    sampler = AugmentationSampler(GaussianNoise(0.1), random_state=0)
    expected = sampler.fit_resample(X, Y)
    for part, other in zip(store_and_load(sampler).fit_resample(X, Y), expected, strict=True):
        assert_array_equal(part, other)


@pytest.mark.parametrize("search", SEARCHES, ids=name_of)
def test_whole_searches_come_back(search):
    model = search.fit(X, Y)
    again = store_and_load(model, TRUSTED_TYPES + METRICS)
    assert_array_equal(again.predict_proba(X), model.predict_proba(X), strict=True)
    assert again.best_params_ == model.best_params_
    scores = "mean_test_score"
    assert_array_equal(again.cv_results_[scores], model.cv_results_[scores])


def test_trusted_types_are_classes_and_listed_in_order():
    for path in TRUSTED_TYPES:
        module, _, name = path.rpartition(".")
        assert isclass(getattr(import_module(module), name)), path
    assert sorted(TRUSTED_TYPES) == TRUSTED_TYPES


def test_what_is_public_and_has_parameters_is_trusted():
    modules = skreg, skreg.augmentation, skreg.preprocessing, skreg.model_selection
    public = [getattr(module, name) for module in modules for name in module.__all__]
    estimators = {each for each in public if isclass(each) and issubclass(each, BaseEstimator)}
    stored = [cls for cls in estimators - UNSTORABLE if not cls.__name__.startswith("Base")]
    assert {f"{cls.__module__}.{cls.__qualname__}" for cls in stored} <= set(TRUSTED_TYPES)

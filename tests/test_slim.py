"""Slim models predict the same, are little larger than their weights, and are not trained on."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg.augmentation import GaussianNoise
from skreg.model_selection import MLPClassifierCV, TabularMLPRegressorCV

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 20))
Y = (X[:, 0] > 0).astype(int)
PLAIN = MLPClassifier, MLPRegressor
TABULAR = TabularMLPClassifier, TabularMLPRegressor
SWITCHES = [
    {},
    {"solver": "lbfgs"},
    {"augmentation": GaussianNoise(), "early_stopping": True, "weight_averaging": 0.9},
    *({"normalization": normalization, "solver": "sgd"} for normalization in NORMALIZATIONS),
]
ESTIMATORS = [
    *(estimator(**switch) for estimator in PLAIN for switch in SWITCHES),
    *(estimator(n_members=2) for estimator in TABULAR),
    MLPClassifierCV(cv=2, l2s=[0.0, 0.1], l1s=[0.0], path_max_iter=1),
    TabularMLPRegressorCV(n_members=2, max_candidates=2),
]
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


def fit(estimator, **params):
    small = {"hidden_layer_sizes": (256, 256), "max_iter": 2, "random_state": 0}
    return estimator.set_params(**{**small, **params}).fit(X, Y)


def outputs_of(model):
    names = "predict", "predict_proba"
    return [getattr(model, name)(X) for name in names if hasattr(model, name)]


def networks_of(model):
    return getattr(model, "estimators_", [model])


def arrays_of(network):
    lists = [network.coefs_, network.intercepts_, network.normalization_scales_ or []]
    return [array for arrays in lists for array in arrays]


def size_of_weights(model):
    return sum(array.nbytes for network in networks_of(model) for array in arrays_of(network))


@parametrize_estimators
def test_a_slim_model_predicts_the_same_and_is_little_larger_than_its_weights(estimator):
    model = fit(estimator)
    expected = outputs_of(model)
    stored = pickle.dumps(model.slim())
    assert len(stored) < 1.1 * size_of_weights(model) < len(pickle.dumps(model))
    for slim in (model.slim(), pickle.loads(stored)):
        assert type(slim) is type(model)
        assert slim.get_params() == model.get_params() or estimator.augmentation is not None
        for output, other in zip(outputs_of(slim), expected, strict=True):
            assert_array_equal(output, other, strict=True)


@pytest.mark.parametrize("estimator", [MLPRegressor, TabularMLPRegressor])
def test_a_slim_model_knows_how_sure_it_is(estimator):
    model = fit(estimator(dropout=0.1, early_stopping=True))
    slim = pickle.loads(pickle.dumps(model.slim()))
    for of_slim, of_model in (
        (slim.predict(X, return_std=True), model.predict(X, return_std=True)),
        (slim.predict_interval(X, 0.8), model.predict_interval(X, 0.8)),
        (slim.sample_y(X, random_state=0), model.sample_y(X, random_state=0)),
    ):
        for output, other in zip(of_slim, of_model, strict=True):
            assert_array_equal(output, other)


@pytest.mark.parametrize("estimator", [MLPRegressor, TabularMLPRegressor])
def test_a_slim_model_without_intervals_is_small_however_many_rows_were_held_out(estimator):
    model = estimator(256, early_stopping=True, max_iter=1, random_state=0)
    many = np.tile(X, (300, 1))
    model.fit(many, many[:, 0], sample_weight=np.arange(len(many)) + 1.0)
    slim = model.slim(intervals=False)
    assert len(pickle.dumps(slim)) < 1.1 * size_of_weights(model)
    assert len(pickle.dumps(slim)) < len(pickle.dumps(model.slim())) - 8 * 2000
    assert_array_equal(slim.predict(X), model.predict(X))
    assert_array_equal(model.slim().predict_interval(X)[1], model.predict_interval(X)[1])
    with pytest.raises(ValueError, match="needs errors on held-out rows, but .* has none"):
        slim.predict_interval(X)


@pytest.mark.parametrize("estimator", [MLPClassifier, TabularMLPRegressor])
def test_a_slim_model_shares_no_weights(estimator):
    model = fit(estimator(n_members=1) if estimator in TABULAR else estimator())
    expected = outputs_of(model)
    for network in networks_of(model.slim()):
        for array in arrays_of(network):
            array[:] = 0
    for output, other in zip(outputs_of(model), expected, strict=True):
        assert_array_equal(output, other)


@pytest.mark.parametrize("estimator", PLAIN)
def test_a_slim_model_of_sparse_weights_keeps_no_dense_ones(estimator):
    model = fit(estimator(l1=0.1, learning_rate_init=0.01), max_iter=20).sparsify()
    assert model.sparsity_[1] > 0.9
    slim = model.slim()
    parts = [part for c in slim.coefs_ for part in (c.data, c.indices, c.indptr)]
    size = sum(part.nbytes for part in [*parts, *slim.intercepts_])
    assert len(pickle.dumps(slim)) < 1.1 * size + 4000
    assert_array_equal(slim.predict(X), model.predict(X))
    assert_array_equal(slim.densify().predict(X), model.densify().predict(X))


@pytest.mark.parametrize("estimator", PLAIN + TABULAR)
def test_a_slim_model_cannot_be_trained_on_but_anew(estimator):
    model = fit(estimator(**({"n_members": 1} if estimator in TABULAR else {})))
    slim = model.slim().set_params(warm_start=True)
    before = outputs_of(slim)
    trainings = [slim.fit] + ([slim.partial_fit] if estimator in PLAIN else [])
    for train in trainings:
        with pytest.raises(ValueError, match=f"This {estimator.__name__} is slim: it has no train"):
            train(X, Y)
        for output, other in zip(outputs_of(slim), before, strict=True):
            assert_array_equal(output, other)
    again = slim.set_params(warm_start=False).fit(X, Y)
    assert_array_equal(again.predict(X), model.predict(X))
    again.set_params(warm_start=True).fit(X, Y)


@pytest.mark.parametrize("name", ["loss_curve", "validation_loss_curve", "validation_scores"])
def test_a_slim_model_says_that_it_has_no_curves(name):
    model = fit(MLPClassifier(early_stopping=True))
    assert getattr(model, f"{name}_")
    with pytest.raises(AttributeError, match=f"This MLPClassifier is slim, without {name}_"):
        getattr(model.slim(), f"{name}_")


@pytest.mark.parametrize("estimator", PLAIN + TABULAR)
def test_what_is_not_fitted_cannot_be_made_slim(estimator):
    with pytest.raises(NotFittedError):
        estimator().slim()

"""Scores, temperatures and draws of probabilities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import get_scorer, log_loss, roc_auc_score

from skreg import MLPClassifier, TabularMLPClassifier
from skreg._exporting.models import describe
from skreg.neural_network._temperature import find_temperature

RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 4))
CHANCE = expit(2 * X[:, 0] + X[:, 1] ** 2 - 1)
TWO = np.where(RNG.random(240) < CHANCE, "yes", "no")
THREE = np.digitize(X[:, 0] + 0.5 * RNG.normal(size=240), [-0.7, 0.7])
LABELS = np.stack([TWO == "yes", THREE == 0, THREE == 2], axis=1).astype(int)
TARGETS = {"two": TWO, "three": THREE, "labels": LABELS}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def too_sure(**params):
    """A network that learns its training rows by heart, up to its last epoch."""
    how = {"hidden_layer_sizes": (64,), "learning_rate_init": 0.05, "max_iter": 60, "l2": 0.0}
    return MLPClassifier(**{**how, "random_state": 0, "tol": 0.0, **params})


def fit(y, **params):
    return too_sure(**params).fit(X[:120], y[:120], X_val=X[120:180], y_val=y[120:180])


CALIBRATED = {name: fit(y, calibration="temperature") for name, y in TARGETS.items()}
AS_THEY_ARE = {name: fit(y) for name, y in TARGETS.items()}
TABULAR = {
    name: TabularMLPClassifier("8", max_iter=5, n_members=3, random_state=0).fit(X, TARGETS[name])
    for name in ("two", "three")
}
ALL = [*CALIBRATED.values(), *AS_THEY_ARE.values(), *TABULAR.values()]


def naive_proba(model, scores):
    """Probabilities by the shape that scikit-learn gives to scores."""
    if getattr(model, "_is_multilabel", False):
        return expit(scores)
    return (
        softmax(scores, axis=1)
        if scores.ndim == 2
        else np.stack([expit(-scores), expit(scores)], 1)
    )


@pytest.mark.parametrize("model", ALL)
def test_scores_give_the_probabilities_and_the_classes(model):
    scores, proba = model.decision_function(X), model.predict_proba(X)
    assert_allclose(naive_proba(model, scores), proba, rtol=1e-5, atol=1e-9)
    if getattr(model, "_is_multilabel", False):
        assert_array_equal(model.predict(X), scores > 0)
    elif scores.ndim == 1:
        assert_array_equal(model.predict(X), model.classes_[(scores > 0).astype(int)])
    else:
        assert_array_equal(model.predict(X), model.classes_[scores.argmax(axis=1)])


@pytest.mark.parametrize("model", [CALIBRATED["two"], TABULAR["two"]])
def test_scorers_use_the_scores(model):
    expected = roc_auc_score(TWO == "yes", model.decision_function(X))
    assert get_scorer("roc_auc")(model, X, TWO) == expected


@pytest.mark.parametrize("name", TARGETS)
def test_a_temperature_calibrates_and_leaves_classes_alone(name):
    model, before, y = CALIBRATED[name], AS_THEY_ARE[name], TARGETS[name]
    assert before.temperature_ == 1
    assert model.temperature_ > 1.3
    assert_array_equal(model.predict(X), before.predict(X))
    assert_allclose(model.decision_function(X), before.decision_function(X) / model.temperature_)
    losses = [
        np.mean([log_loss(y[180:, j], m.predict_proba(X[180:])[:, j]) for j in range(3)])
        if y.ndim == 2
        else log_loss(y[180:], m.predict_proba(X[180:]))
        for m in (model, before)
    ]
    assert losses[0] < losses[1]


def test_the_temperature_is_that_of_the_validation_set_and_its_weights():
    weights = RNG.integers(0, 3, 60).astype(float)
    held_out = {"X_val": X[120:180], "y_val": THREE[120:180], "sample_weight_val": weights}
    model = too_sure(calibration="temperature").fit(X[:120], THREE[:120], **held_out)
    scores = AS_THEY_ARE["three"].decision_function(X[120:180])
    expected = find_temperature(scores, THREE[120:180], weights)
    assert model.temperature_ == pytest.approx(expected, rel=1e-4)


def test_early_stopping_holds_out_the_rows_of_the_temperature():
    model = too_sure(early_stopping=True, calibration="temperature", scoring="accuracy")
    assert model.fit(X, THREE).temperature_ > 1


def test_scores_of_validation_are_at_a_temperature_of_one():
    how = {"scoring": "neg_log_loss", "warm_start": True, "max_iter": 20}
    models = [too_sure(**how, calibration=how_) for how_ in (None, "temperature")]
    for _ in range(2):
        for model in models:
            model.fit(X[:120], THREE[:120], X_val=X[120:180], y_val=THREE[120:180])
        assert_array_equal(models[0].validation_scores_, models[1].validation_scores_)
    assert models[1].temperature_ > 1


def test_a_stream_keeps_the_temperature_of_its_last_validation_set():
    model = too_sure(calibration="temperature").partial_fit(X, THREE, classes=[0, 1, 2])
    assert model.temperature_ == 1
    for _ in range(40):
        model.partial_fit(X[:60], THREE[:60])
    temperature = model.partial_fit(X[:60], THREE[:60], X_val=X, y_val=THREE).temperature_
    assert temperature > 1
    assert model.partial_fit(X, THREE).temperature_ == temperature


def test_no_temperature_without_a_validation_set():
    model = too_sure(calibration="temperature")
    with pytest.raises(ValueError, match=r"calibration='temperature' needs a validation set"):
        model.fit(X, TWO)
    assert not hasattr(model, "temperature_")


def test_one_class_needs_no_temperature():
    model = too_sure(calibration="temperature", early_stopping=True, max_iter=1)
    assert model.fit(X, np.ones(240)).temperature_ == 1


def test_exporters_know_the_temperature():
    model = CALIBRATED["two"]
    last = describe(model).network.layers[-1]
    assert_allclose(last.weights * model.temperature_, model.coefs_[-1])


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_classifier_cv_takes_a_fitted_network(method):
    model = AS_THEY_ARE["two"]
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), method=method)
    calibrated.fit(X[120:180], TWO[120:180])
    loss = log_loss(TWO[180:], calibrated.predict_proba(X[180:]))
    assert loss < log_loss(TWO[180:], model.predict_proba(X[180:]))


DROPPING = too_sure(dropout=0.3).fit(X, THREE)
ONE = TabularMLPClassifier("8", max_iter=5, n_members=1, random_state=0).fit(X, TWO)
RANDOM = [DROPPING, ONE, *TABULAR.values()]


@pytest.mark.parametrize("model", RANDOM)
def test_draws_are_probabilities_that_vary_around_their_mean(model):
    draws = model.sample_proba(X[:20], 300, random_state=1)
    assert draws.shape == (20, len(model.classes_), 300)
    assert_allclose(draws.sum(axis=1), 1, rtol=1e-5)
    assert (draws.std(axis=-1) > 0).all()
    assert np.abs(draws.mean(axis=-1) - model.predict_proba(X[:20])).mean() < 0.05
    assert_array_equal(draws, model.sample_proba(X[:20], 300, random_state=1))
    assert_allclose(draws[:2], model.sample_proba(X[:2], 300, random_state=1), rtol=1e-5)


def test_draws_of_members_are_calibrated_probabilities_of_each():
    model = TABULAR["two"]
    Z = model.encoder_.transform(X)
    each = [model._calibrate(m.predict_proba(Z), model.temperature_) for m in model.estimators_]
    draws = model.sample_proba(X, 20)
    for k in range(20):
        assert min(np.abs(draws[..., k] - proba).max() for proba in each) < 1e-5


def test_draws_have_the_temperature():
    hot = clone(DROPPING).set_params(calibration="temperature", max_iter=1)
    hot.fit(X, THREE, X_val=X, y_val=THREE)
    hot.temperature_ = 1e9
    assert_allclose(hot.sample_proba(X, 2), 1 / 3, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Without effect")
def test_what_does_not_vary_has_no_draws():
    ignoring = too_sure(solver="lbfgs", dropout=0.1, max_iter=2).fit(X, TWO)
    for model in (AS_THEY_ARE["two"], ignoring):
        with pytest.raises(ValueError, match="set dropout above 0"):
            model.sample_proba(X)


@pytest.mark.parametrize("kind", [MLPClassifier, TabularMLPClassifier])
def test_no_draws_before_fit(kind):
    for method in ("sample_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(kind(), method)(X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_and_probabilities_rank_rows_alike_where_they_are_sure(dtype):
    X = np.linspace(-60, 60, 40, dtype=dtype)[:, np.newaxis]
    model = MLPClassifier((), solver="lbfgs", l2=0.0, max_iter=1).fit(X, X[:, 0] > 0)
    model.coefs_[0][:], model.intercepts_[0][:] = 1, 0
    scores, proba = model.decision_function(X), model.predict_proba(X)[:, 1]
    assert_array_equal(rankdata(scores), rankdata(proba))
    assert 1 < np.count_nonzero(scores == scores.max()) < 20

"""One class in y: nothing to learn, but searches, chains and folds meet it."""

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, KFold, cross_val_predict
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.semi_supervised import SelfTrainingClassifier

from skreg import MLPClassifier

X, Y = make_classification(40, 5, random_state=0)
parametrize_solvers = pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])


def few(**params):
    return MLPClassifier((3,), **{"max_iter": 5, "random_state": 0, **params})


@pytest.mark.parametrize("label", [3, "a", True], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@parametrize_solvers
def test_the_only_class_is_certain(solver, dtype, label):
    y = np.full(40, label)
    mlp = few(solver=solver).fit(X.astype(dtype), y)
    np.testing.assert_array_equal(mlp.classes_, [label])
    np.testing.assert_array_equal(mlp.predict(X), y, strict=True)
    np.testing.assert_array_equal(mlp.predict_proba(X), np.ones((40, 1)))
    np.testing.assert_array_equal(mlp.predict_log_proba(X), np.zeros((40, 1)))
    assert mlp.score(X, y) == 1.0


CHOICES = [
    {"early_stopping": True},
    {"early_stopping": True, "scoring": "balanced_accuracy"},
    {"label_smoothing": 0.2},
    {"class_weight": "balanced"},
    {"class_weight": {0: 2.0, 1: 3.0}},
]


@pytest.mark.parametrize("params", CHOICES, ids=str)
def test_the_choices_of_a_classifier_go_with_one_class(params):
    y = np.zeros(40, int)
    mlp = few(**params).fit(X, y, sample_weight=1 + np.arange(40) % 2, X_val=X, y_val=y)
    assert mlp.loss_ < 1e-3  # nothing but the penalty
    assert mlp.validation_loss_curve_ == [0.0] * mlp.n_iter_
    np.testing.assert_array_equal(mlp.predict(X), y)


def test_early_stopping_scores_the_only_class_on_rows_of_its_own():
    assert set(few(early_stopping=True).fit(X, np.ones(40)).validation_scores_) == {1.0}


def test_fits_go_on_with_one_class():
    y = np.array(["a"] * 40)
    mlp = few(warm_start=True).fit(X, y).fit(X, y)
    assert len(mlp.loss_curve_) == 10
    with pytest.raises(ValueError, match="classes"):
        mlp.fit(X, np.where(Y == 1, "a", "b"))
    mlp = few().partial_fit(X, y, classes=["a"]).partial_fit(X, y)
    np.testing.assert_array_equal(mlp.predict(X), y)


@parametrize_solvers
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_labels_may_have_one_value_each(solver, class_weight):
    labels = np.stack([np.zeros_like(Y), np.ones_like(Y), Y], axis=1)
    mlp = few(solver=solver, class_weight=class_weight, max_iter=200, learning_rate_init=0.05)
    predicted = mlp.fit(X, labels).predict(X)
    np.testing.assert_array_equal(predicted[:, :2], labels[:, :2])


def test_one_classifier_per_output_meets_columns_of_one_class():
    labels = np.stack([np.zeros_like(Y), Y], axis=1)
    several = MultiOutputClassifier(few()).fit(X, labels)
    assert [proba.shape for proba in several.predict_proba(X)] == [(40, 1), (40, 2)]
    assert not several.predict(X)[:, 0].any()
    assert not ClassifierChain(few()).fit(X, labels).predict(X)[:, 0].any()


def test_folds_of_sorted_rows_meet_one_class():
    y = np.sort(Y)
    predicted = cross_val_predict(few(), X, y, cv=KFold(2))
    np.testing.assert_array_equal(predicted, 1 - y)
    with pytest.warns(RuntimeWarning, match="Number of classes in training fold"):
        proba = cross_val_predict(few(), X, y, cv=KFold(2), method="predict_proba")
    np.testing.assert_array_equal(proba.argmax(axis=1), 1 - y)


def test_semi_supervised_and_halving_fits_meet_one_class():
    unlabelled = np.where(np.arange(40) < 20, 0, -1)
    np.testing.assert_array_equal(SelfTrainingClassifier(few()).fit(X, unlabelled).predict(X), 0)
    first = KFold(2)  # its first resources are rows of one class
    search = HalvingGridSearchCV(few(), {"l2": [0.0, 0.1]}, cv=first, min_resources=8)
    scores = search.fit(X, np.sort(Y)).cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()

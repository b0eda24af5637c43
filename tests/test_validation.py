"""Rows to validate on: losses and scores after each epoch, and the weights that are kept."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.stats import norm
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    d2_absolute_error_score,
    get_scorer,
    log_loss,
    make_scorer,
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
    r2_score,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.data import Data
from skreg._training.split import split_rows

N_EPOCHS = 6
SOLVERS = [*OPTIMIZERS, "lbfgs"]
ESTIMATORS = [MLPClassifier, MLPRegressor]
RNG = np.random.default_rng(0)
X_ALL, CLASSES = make_classification(
    150, 6, n_informative=4, n_redundant=0, n_classes=3, flip_y=0.2, random_state=0
)
NUMBERS = np.exp(0.4 * X_ALL[:, 0]) + RNG.uniform(0.1, 1, 150)
X, X_VAL = X_ALL[:100], X_ALL[100:]
TARGETS = {MLPClassifier: CLASSES, MLPRegressor: NUMBERS}
WEIGHTS, WEIGHTS_VAL = RNG.uniform(0.1, 2, 100), RNG.uniform(0.1, 2, 50)
LABELS = np.stack([CLASSES == 0, CLASSES != 1], axis=1).astype(int)


def parts(estimator):
    """Targets to train and to validate on."""
    return TARGETS[estimator][:100], TARGETS[estimator][100:]


def make(estimator, **params):
    first = {"max_iter": N_EPOCHS, "random_state": 0, "learning_rate_init": 0.02, "batch_size": 32}
    return estimator((8,), **{**first, **params})


def epochs(mlp, *args, **kwargs):
    """Twins of an estimator, fitted for 1, 2, … epochs."""
    plain = clone(mlp).set_params(early_stopping=False, scoring=None)
    for k in range(1, N_EPOCHS + 1):
        yield clone(plain).set_params(max_iter=k).fit(*args, **kwargs)


def assert_same_weights(one, other):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert_array_equal(a, b)


def accuracy_of_rows(mlp, X, y):
    return float(np.mean(mlp.predict(X) == y)) if hasattr(mlp, "classes_") else mlp.score(X, y)


SCORINGS = [
    (MLPClassifier, None),
    (MLPClassifier, "neg_log_loss"),
    (MLPClassifier, "f1_macro"),
    (MLPClassifier, accuracy_of_rows),
    (
        MLPClassifier,
        make_scorer(log_loss, greater_is_better=False, response_method="predict_proba"),
    ),
    (MLPRegressor, None),
    (MLPRegressor, "neg_mean_absolute_error"),
    (MLPRegressor, "neg_max_error"),
    (MLPRegressor, accuracy_of_rows),
    (MLPRegressor, make_scorer(d2_absolute_error_score)),
]


@pytest.mark.parametrize(("estimator", "scoring"), SCORINGS)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_scores_are_those_of_the_weights_of_each_epoch(estimator, scoring, solver, early_stopping):
    y, y_val = parts(estimator)
    mlp = make(estimator, solver=solver, scoring=scoring, early_stopping=early_stopping)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    score = type(mlp).score if scoring is None else get_scorer(scoring)
    expected = [score(twin, X_VAL, y_val) for twin in epochs(mlp, X, y)]
    assert_allclose(mlp.validation_scores_, expected, rtol=1e-12)
    assert mlp.best_validation_score_ == max(mlp.validation_scores_)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_score_by_loss_is_the_negative_loss(estimator, solver, early_stopping):
    y, y_val = parts(estimator)
    mlp = make(estimator, solver=solver, scoring="loss", early_stopping=early_stopping)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    assert mlp.validation_scores_ == [-loss for loss in mlp.validation_loss_curve_]
    assert mlp.best_validation_score_ == -min(mlp.validation_loss_curve_)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
def test_regressors_are_scored_by_their_loss_unless_r2_agrees_with_it(loss):
    y, y_val = parts(MLPRegressor)
    mlp = make(MLPRegressor, loss=loss, early_stopping=True)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    explicit = "r2" if loss == "squared_error" else "loss"
    twin = clone(mlp).set_params(scoring=explicit).fit(X, y, X_val=X_VAL, y_val=y_val)
    assert_allclose(mlp.validation_scores_, twin.validation_scores_, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_with_early_stopping_cover_what_they_should(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3000, 2))
    y = x[:, 0] + rng.normal(size=3000)
    mlp = MLPRegressor((16,), loss="quantile", early_stopping=True, learning_rate_init=0.01)
    low, high = (
        clone(mlp).set_params(quantile=q, random_state=seed).fit(x[:1000], y[:1000]).predict(x)
        for q in (0.05, 0.95)
    )
    inside = (low <= y) & (y <= high)
    assert np.mean(inside[1000:]) == pytest.approx(0.9, abs=0.04)


def huber(y, predicted, sample_weight=None):
    """Half of the squared error up to 0.3."""
    error = np.abs(y - predicted)
    losses = np.where(error < 0.3, error**2 / 2, 0.3 * (error - 0.15))
    return np.average(losses, weights=sample_weight)


def negative_log_likelihood(y, moments, sample_weight=None):
    mean, variance = moments
    return np.average(-norm.logpdf(y, mean, np.sqrt(variance)), weights=sample_weight)


METRICS = {
    "gaussian": negative_log_likelihood,
    "squared_error": lambda *args, **kw: mean_squared_error(*args, **kw) / 2,
    "absolute_error": mean_absolute_error,
    "huber": huber,
    "quantile": lambda *args, **kw: mean_pinball_loss(*args, alpha=0.7, **kw),
    "poisson": lambda *args, **kw: mean_poisson_deviance(*args, **kw) / 2,
    "gamma": lambda *args, **kw: mean_gamma_deviance(*args, **kw) / 2,
}
parametrize_weights = pytest.mark.parametrize(
    "weights_val", [None, WEIGHTS_VAL], ids=["unweighted", "weighted"]
)


@parametrize_weights
@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
@pytest.mark.parametrize("solver", SOLVERS)
def test_validation_losses_of_numbers_are_the_metrics(solver, loss, weights_val):
    y, y_val = parts(MLPRegressor)
    mlp = make(MLPRegressor, solver=solver, loss=loss, delta=0.3, quantile=0.7, l1=1e-3)
    mlp.set_params(target_scaling=False)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val, sample_weight_val=weights_val)
    twins = epochs(mlp, X, y)
    if loss == "gaussian":
        predictions = [twin._predict_mean_and_variance(X_VAL) for twin in twins]
    else:
        predictions = [twin.predict(X_VAL) for twin in twins]
    expected = [METRICS[loss](y_val, each, sample_weight=weights_val) for each in predictions]
    assert_allclose(mlp.validation_loss_curve_, expected, rtol=1e-9)


@parametrize_weights
@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("y", [CLASSES, CLASSES > 0, LABELS], ids=["many", "binary", "labels"])
def test_validation_losses_of_classes_are_log_losses(y, form, weights_val):
    mlp = make(MLPClassifier, dropout=0.2, input_dropout=0.1)
    given = {"X_val": form(X_VAL), "y_val": y[100:], "sample_weight_val": weights_val}
    mlp.fit(X, y[:100], **given)
    columns = [y[100:]] if y.ndim == 1 else y[100:].T
    expected = []
    for twin in epochs(mlp, X, y[:100]):
        proba = twin.predict_proba(X_VAL)
        each = [proba] if y.ndim == 1 else [np.stack([1 - p, p], axis=1) for p in proba.T]
        losses = [log_loss(c, p, sample_weight=weights_val) for c, p in zip(columns, each)]
        expected.append(sum(losses))
    assert_allclose(mlp.validation_loss_curve_, expected, rtol=1e-9)


def test_validation_losses_of_several_outputs_are_their_mean():
    Y = np.stack([NUMBERS, -NUMBERS], axis=1)
    mlp = make(MLPRegressor, target_scaling=False)
    mlp.fit(X, Y[:100], X_val=X_VAL, y_val=Y[100:])
    expected = [mean_squared_error(Y[100:], t.predict(X_VAL)) / 2 for t in epochs(mlp, X, Y[:100])]
    assert_allclose(mlp.validation_loss_curve_, expected, rtol=1e-12)


def test_validation_losses_weigh_and_smooth_classes_as_training_does():
    y, y_val = parts(MLPClassifier)
    mlp = make(MLPClassifier, class_weight={0: 3.0, 1: 0.5}, label_smoothing=0.3)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    smoothed = 0.7 * np.eye(3)[y_val] + 0.1
    expected = [
        np.average(
            -np.sum(smoothed * twin.predict_log_proba(X_VAL), axis=1),
            weights=np.array([3, 0.5, 1])[y_val],
        )
        for twin in epochs(mlp, X, y)
    ]
    assert_allclose(mlp.validation_loss_curve_, expected, rtol=1e-9)


@pytest.mark.parametrize("scoring", [None, "loss"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weights_of_validation_rows_count_like_repetition(estimator, scoring):
    y, y_val = parts(estimator)
    counts = np.arange(50) % 3
    rows = np.repeat(np.arange(50), counts)
    mlp = make(estimator, scoring=scoring)
    weighted = clone(mlp).fit(X, y, X_val=X_VAL, y_val=y_val, sample_weight_val=counts)
    repeated = mlp.fit(X, y, X_val=X_VAL[rows], y_val=y_val[rows])
    assert_allclose(weighted.validation_scores_, repeated.validation_scores_, rtol=1e-12)
    assert_allclose(weighted.validation_loss_curve_, repeated.validation_loss_curve_, rtol=1e-12)


@pytest.mark.parametrize(
    ("estimator", "scoring"),
    [(MLPClassifier, "accuracy"), (MLPRegressor, "r2"), (MLPRegressor, "neg_max_error")],
)
def test_scorers_get_the_weights_of_the_validation_rows_if_they_take_any(estimator, scoring):
    y, y_val = parts(estimator)
    mlp = make(estimator, scoring=scoring)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val, sample_weight_val=WEIGHTS_VAL)
    weighted = {} if scoring == "neg_max_error" else {"sample_weight": WEIGHTS_VAL}
    expected = [get_scorer(scoring)(t, X_VAL, y_val, **weighted) for t in epochs(mlp, X, y)]
    assert_allclose(mlp.validation_scores_, expected, rtol=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_callable_of_three_arguments_scores_weighted_rows_too(estimator):
    y, y_val = parts(estimator)
    mlp = make(estimator, scoring=accuracy_of_rows)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val, sample_weight_val=WEIGHTS_VAL)
    plain = make(estimator, scoring=accuracy_of_rows).fit(X, y, X_val=X_VAL, y_val=y_val)
    assert mlp.validation_scores_ == plain.validation_scores_


@pytest.mark.parametrize("scoring", [None, "loss"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_fitted_estimator_has_the_weights_of_the_best_epoch(estimator, solver, scoring):
    y, y_val = parts(estimator)
    mlp = make(estimator, solver=solver, early_stopping=True, scoring=scoring, max_iter=100)
    mlp.set_params(learning_rate_init=0.1, n_iter_no_change=5)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    assert mlp.n_iter_ < 100
    score = mlp.validation_scores_[-1] if scoring == "loss" else mlp.score(X_VAL, y_val)
    best = max(mlp.validation_scores_)
    assert mlp.best_validation_score_ == best
    if scoring is None:
        assert_allclose(score, best, rtol=1e-12)
    candidates = [k for k, score in enumerate(mlp.validation_scores_) if score == best]
    winner = min(candidates, key=lambda k: mlp.validation_loss_curve_[k]) + 1
    assert winner < mlp.n_iter_, "the best epoch must not be the last for this test"
    until_then = make(estimator, solver=solver, max_iter=winner, learning_rate_init=0.1)
    assert_same_weights(mlp, until_then.fit(X, y))


def test_of_equal_scores_the_smaller_loss_wins():
    y, y_val = parts(MLPClassifier)

    def constant(mlp, X, y):
        return 0.5

    mlp = make(MLPClassifier, early_stopping=True, scoring=constant, n_iter_no_change=20)
    mlp.set_params(max_iter=20, learning_rate_init=0.1).fit(X, y, X_val=X_VAL, y_val=y_val)
    best = int(np.argmin(mlp.validation_loss_curve_)) + 1
    assert 1 < best < 20, "the losses must have a minimum in between for this test"
    assert_same_weights(mlp, make(MLPClassifier, max_iter=best, learning_rate_init=0.1).fit(X, y))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_training_stops_after_epochs_without_improvement_by_tol(estimator, solver):
    y, y_val = parts(estimator)
    given = iter([0.1, 0.3, 0.3, 0.30005, 0.2, 0.2, 0.2, 0.2, 0.2])

    def planned(mlp, X, y):
        return next(given)

    mlp = make(estimator, solver=solver, early_stopping=True, scoring=planned, max_iter=50)
    mlp.set_params(tol=1e-4, n_iter_no_change=3).fit(X, y, X_val=X_VAL, y_val=y_val)
    assert mlp.validation_scores_ == [0.1, 0.3, 0.3, 0.30005, 0.2, 0.2]
    assert mlp.best_validation_score_ == 0.30005
    assert_same_weights(mlp, make(estimator, solver=solver, max_iter=4).fit(X, y))


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_without_early_stopping_validation_only_watches(estimator, solver, weights):
    y, y_val = parts(estimator)
    watched = make(estimator, solver=solver, dropout=0.0 if solver == "lbfgs" else 0.2)
    plain = clone(watched).fit(X, y, sample_weight=weights)
    watched.fit(X, y, sample_weight=weights, X_val=X_VAL, y_val=y_val)
    assert_same_weights(watched, plain)
    assert watched.loss_curve_ == plain.loss_curve_
    assert watched.best_loss_ == plain.best_loss_
    assert len(watched.validation_loss_curve_) == len(watched.validation_scores_) == N_EPOCHS
    for name in ("validation_loss_curve_", "validation_scores_", "best_validation_score_"):
        assert getattr(plain, name) is None


@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_rows_that_are_given_to_validate_on_leave_all_of_X_to_train_on(estimator, solver):
    y, y_val = parts(estimator)
    mlp = make(estimator, solver=solver, early_stopping=True)
    assert mlp.fit(X, y, X_val=X_VAL, y_val=y_val).t_ == N_EPOCHS * 100
    assert clone(mlp).fit(X, y).t_ == N_EPOCHS * 90
    assert mlp.loss_curve_ == clone(mlp).set_params(early_stopping=False).fit(X, y).loss_curve_


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_holding_out_is_the_same_as_giving_the_rows_that_are_held_out(estimator, solver):
    y = parts(estimator)[0]
    mlp = make(estimator, solver=solver, early_stopping=True, batch_size=90)
    mlp.fit(X, y)
    is_classifier = estimator is MLPClassifier
    Y = np.eye(3)[y] if is_classifier else y[:, None]
    seed = mlp._training_state["seed"]
    rows, rest = split_rows(Data(X, Y, None), y if is_classifier else None, 0.1, seed)
    twin = clone(mlp).fit(X[rows], y[rows], X_val=X[rest], y_val=y[rest])
    assert mlp.validation_scores_ == twin.validation_scores_
    assert_same_weights(mlp, twin)


SHORT_OF_REST = {"sgd": 32, "adam": 10}  # sizes of batches with which losses go up and down


@pytest.mark.parametrize("solver", OPTIMIZERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_partial_fit_keeps_the_best_epoch_of_early_stopping(estimator, solver):
    y, y_val = parts(estimator)
    first = {"classes": [0, 1, 2]} if estimator is MLPClassifier else {}
    mlp = make(estimator, solver=solver, early_stopping=True, scoring="loss")
    mlp.set_params(learning_rate_init=0.15, batch_size=SHORT_OF_REST[solver])
    for _ in range(20):
        mlp.partial_fit(X, y, **first, X_val=X_VAL, y_val=y_val)
    assert len(mlp.validation_loss_curve_) == 20
    best = int(np.argmin(mlp.validation_loss_curve_)) + 1
    assert best < 20, "the best epoch must not be the last for this test"
    assert mlp.best_validation_score_ == -min(mlp.validation_loss_curve_)
    twin = clone(mlp)
    for _ in range(best):
        twin.partial_fit(X, y, **first)
    assert_same_weights(mlp, twin)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_partial_fit_without_validation_rows_ignores_early_stopping(estimator):
    y = parts(estimator)[0]
    first = {"classes": [0, 1, 2]} if estimator is MLPClassifier else {}
    one, other = make(estimator, early_stopping=True), make(estimator)
    for _ in range(3):
        one.partial_fit(X, y, **first)
        other.partial_fit(X, y, **first)
    assert one.t_ == 300
    assert one.validation_scores_ is None
    assert_same_weights(one, other)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_partial_fit_equals_fit_epoch_by_epoch_on_validation_rows(estimator):
    y, y_val = parts(estimator)
    first = {"classes": [0, 1, 2]} if estimator is MLPClassifier else {}
    whole = make(estimator).fit(X, y, X_val=X_VAL, y_val=y_val)
    parts_of_it = clone(whole)
    for _ in range(N_EPOCHS):
        parts_of_it.partial_fit(X, y, **first, X_val=X_VAL, y_val=y_val)
    assert parts_of_it.validation_scores_ == whole.validation_scores_
    assert parts_of_it.validation_loss_curve_ == whole.validation_loss_curve_


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_warm_start_goes_on_with_the_curves_of_the_same_validation_rows(estimator, early_stopping):
    y, y_val = parts(estimator)
    given = {"X_val": X_VAL, "y_val": y_val}
    whole = make(estimator, early_stopping=early_stopping).fit(X, y, **given)
    halves = make(estimator, early_stopping=early_stopping, warm_start=True, max_iter=3)
    halves.fit(X, y, **given).fit(X, y, **given)
    assert halves.validation_scores_ == whole.validation_scores_
    assert halves.best_validation_score_ == whole.best_validation_score_
    assert_same_weights(halves, whole)


@pytest.mark.parametrize("scoring", [None, "r2", accuracy_of_rows, "loss"])
def test_frames_to_validate_on_bring_no_warning(scoring):
    frame = pd.DataFrame(X_ALL, columns=list("abcdef"))
    mlp = make(MLPRegressor, early_stopping=True, scoring=scoring)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        mlp.fit(frame[:100], NUMBERS[:100], X_val=frame[100:], y_val=pd.Series(NUMBERS[100:]))
        clone(mlp).fit(frame[:100], NUMBERS[:100])
        mlp.predict(frame)
    assert mlp.feature_names_in_.tolist() == list("abcdef")
    twin = clone(mlp).fit(X, NUMBERS[:100], X_val=X_VAL, y_val=NUMBERS[100:])
    assert mlp.validation_scores_ == twin.validation_scores_


@pytest.mark.parametrize("scoring", [None, "neg_log_loss"])
def test_names_of_classes_reach_the_scorer_as_they_are(scoring):
    names = np.array(["one", "three", "two"], dtype=object)[CLASSES]
    mlp = make(MLPClassifier, scoring=scoring)
    mlp.fit(X, names[:100], X_val=X_VAL, y_val=names[100:])
    twin = clone(mlp).fit(X, CLASSES[:100], X_val=X_VAL, y_val=CLASSES[100:])
    assert mlp.validation_scores_ == twin.validation_scores_


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_data_of_32_bits_are_validated_in_32_bits(estimator):
    y, y_val = parts(estimator)
    mlp = make(estimator).fit(X.astype(np.float32), y, X_val=X_VAL, y_val=y_val)
    twin = clone(mlp).fit(X.astype(np.float32), y, X_val=X_VAL.astype(np.float32), y_val=y_val)
    assert mlp.validation_loss_curve_ == twin.validation_loss_curve_
    assert mlp.coefs_[0].dtype == np.float32


def test_a_pipeline_transforms_the_rows_to_validate_on():
    y, y_val = parts(MLPClassifier)
    shift = [5, -3, 0, 1e3, 2, 1]
    scaler = StandardScaler().fit(X * shift)
    expected = make(MLPClassifier, early_stopping=True).fit(
        scaler.transform(X * shift),
        y,
        X_val=scaler.transform(X_VAL * shift),
        y_val=y_val,
        sample_weight_val=WEIGHTS_VAL,
    )
    with config_context(enable_metadata_routing=True):
        mlp = make(MLPClassifier, early_stopping=True)
        mlp.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        pipeline = make_pipeline(StandardScaler(), mlp, transform_input=["X_val"])
        given = {"X_val": X_VAL * shift, "y_val": y_val, "sample_weight_val": WEIGHTS_VAL}
        pipeline.fit(X * shift, y, **given)
        assert pipeline[-1].validation_scores_ == expected.validation_scores_
        assert_same_weights(pipeline[-1], expected)
        search = GridSearchCV(pipeline, {"mlpclassifier__l2": [1e-4]}, cv=2)
        search.fit(X * shift, y, **given)
    assert search.best_estimator_[-1].validation_scores_ == expected.validation_scores_


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_estimators_with_validation_can_be_pickled_and_cloned(estimator, solver):
    y, y_val = parts(estimator)
    mlp = make(estimator, solver=solver, early_stopping=True, scoring=accuracy_of_rows)
    mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    copy = pickle.loads(pickle.dumps(mlp))
    assert_array_equal(copy.predict(X_VAL), mlp.predict(X_VAL))
    assert copy.validation_scores_ == mlp.validation_scores_
    assert_same_weights(clone(mlp).fit(X, y, X_val=X_VAL, y_val=y_val), mlp)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_rows_to_validate_on_are_not_changed(early_stopping):
    y, y_val = parts(MLPRegressor)
    given = {"X_val": X_VAL.copy(), "y_val": y_val.copy(), "sample_weight_val": WEIGHTS_VAL.copy()}
    for array in given.values():
        array.flags.writeable = False
    make(MLPRegressor, early_stopping=early_stopping).fit(X, y, **given)
    assert_array_equal(given["X_val"], X_VAL)


def test_verbose_tells_of_losses_and_scores(capsys):
    y, y_val = parts(MLPClassifier)
    mlp = make(MLPClassifier, verbose=True).fit(X, y, X_val=X_VAL, y_val=y_val)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == N_EPOCHS
    for line, loss, score in zip(lines, mlp.validation_loss_curve_, mlp.validation_scores_):
        assert f"validation loss {loss:.6f}" in line and f"score {score:.4f}" in line


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("call", [1, 3])
def test_an_interrupt_in_a_scorer_undoes_its_epoch_alone(solver, call):
    calls = []

    def score(estimator, X, y):
        calls.append(1)
        if len(calls) == call:
            raise KeyboardInterrupt
        return -log_loss(y, estimator.predict_proba(X))

    y, y_val = parts(MLPClassifier)
    mlp = make(MLPClassifier, solver=solver, scoring=score, early_stopping=True)
    if call == 1:
        with pytest.raises(KeyboardInterrupt):
            mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
        assert not hasattr(mlp, "coefs_")
        return
    with pytest.warns(ConvergenceWarning, match="interrupted by user after 2 epochs"):
        mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    assert mlp.n_iter_ == len(mlp.loss_curve_) == len(mlp.validation_scores_) == 2
    assert score(mlp, X_VAL, y_val) == pytest.approx(mlp.best_validation_score_, rel=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
def test_an_interrupt_in_a_callback_keeps_the_epoch_that_it_ended(solver, monkeypatch):
    from skreg.neural_network._callbacks import Callbacks

    calls = []

    def end_epoch(self, theta):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(Callbacks, "end_epoch", end_epoch)
    y, y_val = parts(MLPClassifier)
    mlp = make(MLPClassifier, solver=solver, scoring="loss", early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="interrupted by user after 3 epochs"):
        mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    loss = log_loss(y_val, mlp.predict_proba(X_VAL))
    assert -loss == pytest.approx(mlp.best_validation_score_, rel=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_scorer_that_raises_stop_iteration_does_not_end_training_as_if_it_were_well(solver):
    def score(estimator, X, y):
        raise StopIteration

    y, y_val = parts(MLPClassifier)
    mlp = make(MLPClassifier, solver=solver, scoring=score)
    with pytest.raises((RuntimeError, StopIteration)):
        mlp.fit(X, y, X_val=X_VAL, y_val=y_val)
    assert not hasattr(mlp, "coefs_")


@pytest.mark.parametrize("scale", [1e-50, 1e50])
def test_scorers_are_given_weights_that_float32_does_not_hold(scale):
    y, _ = parts(MLPClassifier)
    mlp = make(MLPClassifier, early_stopping=True, scoring="accuracy")
    weighted = clone(mlp).fit(X.astype(np.float32), y, sample_weight=WEIGHTS * scale)
    expected = clone(mlp).fit(X.astype(np.float32), y, sample_weight=WEIGHTS)
    assert_allclose(weighted.validation_scores_, expected.validation_scores_, rtol=1e-5)


def test_the_best_score_is_of_the_present_scoring_alone():
    y, y_val = parts(MLPClassifier)
    mlp = make(MLPClassifier, warm_start=True).fit(X, y, X_val=X_VAL, y_val=y_val)
    mlp.set_params(scoring="loss").fit(X, y, X_val=X_VAL, y_val=y_val)
    assert mlp.best_validation_score_ == -min(mlp.validation_loss_curve_[N_EPOCHS:])


def test_a_built_in_function_may_be_a_scorer():
    y, y_val = parts(MLPClassifier)
    with pytest.raises(TypeError):  # of `max` itself, not of finding out what it takes
        make(MLPClassifier, scoring=max).fit(X, y, WEIGHTS, X_val=X_VAL, y_val=y_val)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_validation_under_extreme_scales_is_never_nan(loss):
    mlp = MLPRegressor(8, loss=loss, max_iter=2, random_state=0)
    with np.errstate(over="ignore"):
        mlp.fit(X, np.abs(X[:, 0]), X_val=X * 1e300, y_val=np.abs(X[:, 0]) * 1e300)
    assert not np.isnan([mlp.validation_loss_curve_, mlp.validation_scores_]).any()


def test_r2_of_large_targets_does_not_overflow():
    y = X @ np.arange(X.shape[1])
    mlp = MLPRegressor((), solver="lbfgs", l2=0.0, random_state=0)
    mlp.fit(X, y, X_val=X, y_val=y * 1e200)
    assert mlp.best_validation_score_ == pytest.approx(r2_score(y, np.zeros_like(y)))

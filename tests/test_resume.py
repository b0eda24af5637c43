"""Training that goes on later is training that never stopped."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import PLANNED, SCHEDULES

N_EPOCHS = 6
X_CLASS, Y_CLASS = make_classification(150, 8, n_informative=5, n_classes=3, random_state=0)
X_REG, Y_REG = make_regression(150, 8, n_targets=2, noise=1.0, random_state=0)
Y_REG = Y_REG / Y_REG.std()
PROBLEMS = [(MLPClassifier, X_CLASS, Y_CLASS), (MLPRegressor, X_REG, Y_REG)]
EVERYTHING = {
    "l1": 1e-3,
    "weight_decay": 0.1,
    "group_l1": 0.01,
    "max_norm": 1.0,
    "dropout": 0.3,
    "input_dropout": 0.1,
    "weight_averaging": 0.9,
    "clip_norm": 1.0,
}
SWITCHES = [
    *({"solver": solver, "l1": l1} for solver in OPTIMIZERS for l1 in (0.0, 1e-3)),
    *({"solver": solver, "clip_norm": 0.1} for solver in OPTIMIZERS),
    *({"learning_rate": schedule} for schedule in sorted(set(SCHEDULES) - set(PLANNED))),
    *(
        {"learning_rate": schedule, "warmup": 8}
        for schedule in sorted(set(SCHEDULES) - set(PLANNED))
    ),
    {"learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1},
    {"dropout": 0.3, "input_dropout": 0.1},
    {"shuffle": False},
    *(
        {"solver": solver, "group_l1": 0.01, "max_norm": 1.0, "weight_decay": 0.1}
        for solver in OPTIMIZERS
    ),
    *({"solver": solver, "weight_averaging": 0.9} for solver in OPTIMIZERS),
    {"solver": "sgd", "l1": 1e-3, "max_norm": 1.0, "weight_averaging": 0.9},
    *({"solver": solver, "normalization": "batch", **EVERYTHING} for solver in OPTIMIZERS),
    {"hidden_layer_sizes": ()},
    {"hidden_layer_sizes": (7, 5), "activation": ["tanh", "gelu"], "l1": [0.0, 1e-3, 0.0]},
]
SWITCHES_OF_MAX_ITER = [
    {"learning_rate": schedule, "warmup": warmup} for schedule in PLANNED for warmup in (0, 2)
]
SWITCHES_OF_MAX_ITER += [
    {"dropout": 0.3, "dropout_schedule": "flat_cosine"},
    {"weight_decay": 0.3, "weight_decay_schedule": "flat_cosine"},
]
SWITCHES_OF_CLASSES = [{"class_weight": {0: 1, 1: 5, 2: 0.5}}, {"label_smoothing": 0.1}]
STOPPING = [{"early_stopping": True}, {"early_stopping": True, "scoring": "loss", "tol": 1e-9}]
CURVES = [
    "loss_curve_",
    "validation_loss_curve_",
    "validation_scores_",
    "best_loss_",
    "best_validation_score_",
    "t_",
]


def make(estimator, n_epochs, **params):
    fixed = {
        "hidden_layer_sizes": (9,),
        "batch_size": 32,
        "random_state": 3,
        "n_iter_no_change": 99,
    }
    return estimator(max_iter=n_epochs, **{**fixed, **params})


def assert_same_network(one, other):
    for a, b in zip([*one.coefs_, *one.intercepts_], [*other.coefs_, *other.intercepts_]):
        np.testing.assert_array_equal(a, b)
    for name in CURVES:
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("params", [*SWITCHES, *STOPPING], ids=str)
@pytest.mark.parametrize("problem", PROBLEMS, ids=["classifier", "regressor"])
def test_two_halves_by_warm_start_equal_one_fit(problem, params, dtype):
    estimator, X, y = problem
    X = X.astype(dtype)
    at_once = make(estimator, 2 * N_EPOCHS, **params).fit(X, y)
    halves = make(estimator, N_EPOCHS, warm_start=True, **params).fit(X, y)
    assert_same_network(at_once, halves.fit(X, y))


@pytest.mark.parametrize("params", SWITCHES_OF_CLASSES, ids=str)
def test_two_halves_by_warm_start_treat_classes_alike(params):
    at_once = make(MLPClassifier, 2 * N_EPOCHS, **params).fit(X_CLASS, Y_CLASS)
    halves = make(MLPClassifier, N_EPOCHS, warm_start=True, **params).fit(X_CLASS, Y_CLASS)
    assert_same_network(at_once, halves.fit(X_CLASS, Y_CLASS))


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_two_halves_by_warm_start_are_two_cycles_of_cosine(solver):
    params = {"solver": solver, "learning_rate": "cosine"}
    at_once = make(MLPClassifier, 2 * N_EPOCHS, n_restarts=1, **params).fit(X_CLASS, Y_CLASS)
    halves = make(MLPClassifier, N_EPOCHS, warm_start=True, **params).fit(X_CLASS, Y_CLASS)
    assert_same_network(at_once, halves.fit(X_CLASS, Y_CLASS))


@pytest.mark.parametrize("params", [*SWITCHES, *STOPPING], ids=str)
def test_two_halves_by_warm_start_equal_one_fit_to_sparse_rows(params):
    X = csr_array(np.where(np.abs(X_CLASS) > 1, X_CLASS, 0))
    at_once = make(MLPClassifier, 2 * N_EPOCHS, **params).fit(X, Y_CLASS)
    halves = make(MLPClassifier, N_EPOCHS, warm_start=True, **params).fit(X, Y_CLASS)
    assert_same_network(at_once, halves.fit(X, Y_CLASS))


def by_epoch(estimator, X, y, n_epochs, **given):
    """Epochs of partial_fit."""
    first = {"classes": np.unique(y)} if isinstance(estimator, MLPClassifier) else {}
    estimator.partial_fit(X, y, **first, **given)
    for _ in range(n_epochs - 1):
        estimator.partial_fit(X, y, **given)
    return estimator


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("params", [*SWITCHES, *SWITCHES_OF_MAX_ITER], ids=str)
@pytest.mark.parametrize("problem", PROBLEMS, ids=["classifier", "regressor"])
def test_epochs_by_partial_fit_equal_one_fit(problem, params, form):
    estimator, X, y = problem
    at_once = make(estimator, N_EPOCHS, **params).fit(form(X), y)
    epochs = by_epoch(make(estimator, N_EPOCHS, **params), form(X), y, N_EPOCHS)
    assert_same_network(at_once, epochs)


@pytest.mark.parametrize("params", SWITCHES_OF_CLASSES, ids=str)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_epochs_by_partial_fit_treat_classes_as_one_fit(solver, params):
    at_once = make(MLPClassifier, N_EPOCHS, solver=solver, **params).fit(X_CLASS, Y_CLASS)
    epochs = make(MLPClassifier, N_EPOCHS, solver=solver, **params)
    assert_same_network(at_once, by_epoch(epochs, X_CLASS, Y_CLASS, N_EPOCHS))


@pytest.mark.parametrize("params", SWITCHES[:2], ids=str)
def test_epochs_by_partial_fit_weigh_rows_as_one_fit(params):
    weights = np.random.default_rng(0).integers(0, 3, len(X_REG)).astype(float)
    params = {**params, "learning_rate": "invscaling"}
    at_once = make(MLPRegressor, N_EPOCHS, **params).fit(X_REG, Y_REG, weights)
    epochs = make(MLPRegressor, N_EPOCHS, **params)
    assert_same_network(at_once, by_epoch(epochs, X_REG, Y_REG, N_EPOCHS, sample_weight=weights))


@pytest.mark.parametrize("params", STOPPING, ids=str)
def test_epochs_by_partial_fit_with_validation_rows_equal_one_fit_with_them(params):
    X, y, given = X_CLASS[:100], Y_CLASS[:100], {"X_val": X_CLASS[100:], "y_val": Y_CLASS[100:]}
    at_once = make(MLPClassifier, N_EPOCHS, **params).fit(X, y, **given)
    epochs = by_epoch(make(MLPClassifier, N_EPOCHS, **params), X, y, N_EPOCHS, **given)
    assert_same_network(at_once, epochs)


@pytest.mark.parametrize("params", SWITCHES, ids=str)
def test_epochs_by_partial_fit_after_a_fit_equal_one_fit(params):
    at_once = make(MLPClassifier, 2 * N_EPOCHS, **params).fit(X_CLASS, Y_CLASS)
    then_by_epoch = make(MLPClassifier, N_EPOCHS, **params).fit(X_CLASS, Y_CLASS)
    for _ in range(N_EPOCHS):
        then_by_epoch.partial_fit(X_CLASS, Y_CLASS)
    assert_same_network(at_once, then_by_epoch)


@pytest.mark.parametrize("params", [*SWITCHES, *STOPPING], ids=str)
def test_a_pickle_in_between_changes_nothing(params):
    at_once = make(MLPClassifier, 2 * N_EPOCHS, **params).fit(X_CLASS, Y_CLASS)
    half = make(MLPClassifier, N_EPOCHS, warm_start=True, **params).fit(X_CLASS, Y_CLASS)
    assert_same_network(at_once, pickle.loads(pickle.dumps(half)).fit(X_CLASS, Y_CLASS))


def test_warm_start_goes_on_from_weights_that_were_set_by_hand():
    mlp = make(MLPRegressor, 1, warm_start=True, learning_rate_init=1e-12).fit(X_REG, Y_REG)
    mlp.coefs_[0][:] = 0.125
    mlp.fit(X_REG, Y_REG)
    np.testing.assert_allclose(mlp.coefs_[0], 0.125, atol=1e-9)


def test_warm_start_with_another_solver_starts_its_moments_afresh():
    mlp = make(MLPClassifier, 3, warm_start=True).fit(X_CLASS, Y_CLASS)
    loss = mlp.loss_
    mlp.set_params(solver="sgd").fit(X_CLASS, Y_CLASS)
    assert mlp.loss_ < loss
    assert mlp.set_params(solver="lbfgs", max_iter=50).fit(X_CLASS, Y_CLASS).loss_ < loss


def test_warm_start_keeps_the_dtype_of_the_first_fit():
    mlp = make(MLPRegressor, 2, warm_start=True).fit(X_REG.astype(np.float32), Y_REG)
    assert mlp.fit(X_REG, Y_REG).coefs_[0].dtype == np.float32


def test_partial_fit_and_warm_start_do_not_touch_what_a_copy_holds():
    mlp = make(MLPRegressor, 2, warm_start=True).fit(X_REG, Y_REG)
    before, kept = mlp.coefs_[0], mlp.coefs_[0].copy()
    mlp.fit(X_REG, Y_REG)
    np.testing.assert_array_equal(before, kept)


def test_a_clone_starts_from_nothing():
    mlp = make(MLPClassifier, 2, warm_start=True).fit(X_CLASS, Y_CLASS)
    assert_same_network(mlp, clone(mlp).fit(X_CLASS, Y_CLASS))


def same_as_fresh(mlp, **params):
    return clone(mlp).set_params(warm_start=False, **params)


def test_a_path_of_penalties_gets_where_fresh_fits_get():
    params = {"learning_rate_init": 0.01, "n_iter_no_change": 10, "batch_size": 150}
    mlp = make(MLPRegressor, 400, warm_start=True, l1=0.0, **params).fit(X_REG, Y_REG)
    assert mlp.sparsity_.max() == 0
    mlp.set_params(l1=0.05).fit(X_REG, Y_REG)
    assert mlp.n_iter_ > 10
    fresh = same_as_fresh(mlp).fit(X_REG, Y_REG)
    np.testing.assert_allclose(mlp.loss_, fresh.loss_, rtol=0.1)
    assert mlp.sparsity_[0] > 0.5 * fresh.sparsity_[0] > 0.1
    mlp.set_params(l1=0.0).fit(X_REG, Y_REG)
    assert mlp.loss_ < 0.5 * fresh.loss_


def test_early_stopping_forgets_the_best_score_on_other_data():
    binary = (Y_CLASS > 0).astype(int)
    params = {"early_stopping": True, "warm_start": True, "learning_rate_init": 0.03}
    mlp = make(MLPClassifier, 100, **params).fit(X_CLASS, binary)
    score = mlp.score(X_CLASS, 1 - binary)
    assert mlp.fit(X_CLASS, 1 - binary).score(X_CLASS, 1 - binary) > score + 0.2


def test_a_new_learning_rate_is_not_reduced_for_old_reasons():
    params = {"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0, "n_iter_no_change": 1}
    mlp = make(MLPRegressor, 20, warm_start=True, **params).fit(X_REG, Y_REG)
    assert mlp._training_state["n_reductions"] > 2
    mlp.set_params(learning_rate_init=1e-4, max_iter=1).fit(X_REG, Y_REG)
    assert mlp._training_state["n_reductions"] == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"activation": "tanh"},
        {"dropout": 0.5},
        {"early_stopping": True},
        {"batch_size": 11},
        {"l2": 0.5},
        {"nesterovs_momentum": False},
        *({"learning_rate": schedule, "warmup": 1} for schedule in SCHEDULES),
        {"clip_norm": 0.1},
        {"class_weight": "balanced"},
        {"label_smoothing": 0.1},
        {"early_stopping": True, "scoring": "loss"},
    ],
    ids=str,
)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_any_parameter_may_change_between_calls(solver, changes):
    mlp = make(MLPClassifier, 3, warm_start=True, solver=solver, l1=1e-3).fit(X_CLASS, Y_CLASS)
    mlp.set_params(**changes).fit(X_CLASS, Y_CLASS).fit(X_CLASS, Y_CLASS)
    assert np.isfinite(mlp.predict_proba(X_CLASS)).all()


def test_a_stream_of_indicators_of_labels_needs_no_classes():
    labels = np.stack([Y_CLASS == 0, Y_CLASS > 0], axis=1).astype(int)
    mlp = make(MLPClassifier, 1).partial_fit(X_CLASS, labels).partial_fit(X_CLASS[:5], labels[:5])
    assert mlp.predict(X_CLASS).shape == labels.shape
    with pytest.raises(ValueError, match="classes has 7 classes, but y indicates 2 labels"):
        make(MLPClassifier, 1).partial_fit(X_CLASS, labels, classes=range(7))


@pytest.mark.filterwarnings("ignore:Got batch_size")
@pytest.mark.parametrize("warmup", [0, 2])
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_rates_fall_with_the_weight_of_rows_as_with_their_repetitions(solver, warmup):
    weights = np.random.default_rng(0).integers(0, 8, len(X_REG))
    params = {"solver": solver, "learning_rate": "invscaling", "batch_size": weights.sum()}
    params |= {"warmup": warmup, "learning_rate_init": 0.1}
    weighted = make(MLPRegressor, N_EPOCHS, **params).fit(X_REG, Y_REG, weights)
    rows = np.repeat(np.arange(len(X_REG)), weights)
    repeated = make(MLPRegressor, N_EPOCHS, **params).fit(X_REG[rows], Y_REG[rows])
    for mlp in (weighted, repeated):
        assert mlp._training_state["mass"] == (N_EPOCHS - warmup) * weights.sum()
    np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], rtol=1e-7)

"""Whole fits, step by step the same as those of the oracle."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import CLASSIFICATION_LOSSES, LOSSES
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training import data as data_module
from skreg._training.schedules import SCHEDULES
from tests import naive, naive_normalization

N, N_FEATURES = 47, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, N_FEATURES))
SIGNAL = X @ RNG.normal(size=(N_FEATURES, 3)) + 0.5 * RNG.normal(size=(N, 3))
WEIGHTS = RNG.uniform(size=N) * (RNG.uniform(size=N) > 0.2)

SIGNAL /= SIGNAL.std(axis=0)
LABELS = SIGNAL.argmax(axis=1)
COUNTS, SIZES = np.floor(np.exp(SIGNAL)), np.exp(SIGNAL)
TARGETS = {  # y of the estimator, Y and loss of the oracle
    "binary": (np.array(["no", "yes"])[(LABELS > 0) * 1], (LABELS > 0)[:, None], "binary_log_loss"),
    "multiclass": (LABELS, np.eye(3)[LABELS], "log_loss"),
    "multilabel": ((SIGNAL > 0).astype(int), SIGNAL > 0, "binary_log_loss"),
    "one output": (SIGNAL[:, 0], SIGNAL[:, :1], "squared_error"),
    "several outputs": (SIGNAL, SIGNAL, "squared_error"),
    "absolute error": (SIGNAL[:, 0], SIGNAL[:, :1], "absolute_error"),
    "huber": (SIGNAL, SIGNAL, "huber"),
    "quantile": (SIGNAL, SIGNAL, "quantile"),
    "poisson": (COUNTS[:, 0], COUNTS[:, :1], "poisson"),
    "gamma": (SIZES, SIZES, "gamma"),
    "gaussian": (SIGNAL, SIGNAL, "gaussian"),
    "quantiles": (SIGNAL, SIGNAL, "quantiles"),
}
COMMON = {
    "hidden_layer_sizes": (6, 4),
    "activation": "tanh",
    "learning_rate_init": 0.02,
    "batch_size": 10,
    "max_iter": 9,
    "random_state": 3,
    "l2": 0.0,
}
SWITCHES = {
    "plain": {},
    "l1": {"l1": 0.01},
    "l1 per layer": {"l1": (0.01, 0.0, 0.02)},
    "l2": {"l2": 0.03},
    "l2 per layer": {"l2": (0.0, 0.03, 0.1)},
    "clipped a little": {"clip_norm": 0.4},
    "clipped always": {"clip_norm": 0.05, "l1": 0.01, "l2": 0.03},
    "activation per layer": {"activation": ("relu", "gelu")},
    "activation per layer, dropout": {"activation": ("mish", "logistic"), "dropout": 0.3},
    "dropout": {"dropout": 0.4},
    "dropout per layer": {"dropout": (0.0, 0.25)},
    "input dropout": {"input_dropout": 0.3},
    "no momentum": {"momentum": 0.0},
    "heavy ball": {"nesterovs_momentum": False},
    "heavy ball, l1": {"nesterovs_momentum": False, "l1": 0.01},
    "moments": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3},
    "moments, l1": {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "l1": 0.01},
    "one batch": {"batch_size": N},
    "batches of one": {"batch_size": 1, "max_iter": 3},
    "automatic batches": {"batch_size": "auto"},
    "in order": {"shuffle": False},
    "no hidden layer": {"hidden_layer_sizes": (), "l1": 0.02, "input_dropout": 0.2},
    "three hidden layers": {"hidden_layer_sizes": (5, 7, 3)},
    "decay": {"weight_decay": 0.5},
    "decay per layer, l1": {
        "weight_decay": (0.5, 0.0, 2.0),
        "l1": 0.01,
        "nesterovs_momentum": False,
    },
    "decay that fades": {"weight_decay": 2.0, "weight_decay_schedule": "flat_cosine"},
    "dropout that fades": {
        "dropout": 0.4,
        "input_dropout": 0.2,
        "dropout_schedule": "flat_cosine",
        "warmup": 2,
    },
    "groups": {"group_l1": 0.04},
    "groups, l1, l2, decay": {"group_l1": 0.02, "l1": 0.01, "l2": 0.02, "weight_decay": 0.5},
    "groups, heavy ball": {"group_l1": 0.04, "nesterovs_momentum": False},
    "bound": {"max_norm": 0.8},
    "bound, heavy ball": {"max_norm": 0.8, "nesterovs_momentum": False, "weight_decay": 0.5},
    "bound per layer, groups": {"max_norm": (0.6, np.inf, 0.7), "group_l1": 0.02},
    "average": {"weight_averaging": 0.9},
    "average, l1, bound, heavy ball": {
        "weight_averaging": 0.5,
        "l1": 0.01,
        "max_norm": 0.8,
        "nesterovs_momentum": False,
    },
    "batch normalization": {"normalization": "batch", "l1": 0.01, "dropout": 0.2},
    "layer normalization": {"normalization": "layer", "clip_norm": 0.4},
    "batch normalization, average": {"normalization": "batch", "weight_averaging": 0.9},
    "all at once": {"l1": 0.01, "l2": 0.02, "dropout": 0.3, "input_dropout": 0.1},
}


def assert_same_fit(kind, weights=None, *, targets=None, factors=1.0, **parameters):
    """`targets` take the place of Y, and `factors` multiply the weights, in the oracle alone."""
    y, Y, loss = TARGETS[kind]
    if loss in CLASSIFICATION_LOSSES:
        estimator = MLPClassifier
    else:
        own = {"loss": loss, "delta": 0.6, "quantile": 0.7, "target_scaling": False}
        if loss == "quantiles":
            own |= {"loss": "quantile", "quantile": [0.1, 0.4, 0.8]}
        estimator, parameters = MLPRegressor, {**own, **parameters}
    fitted = estimator(**{**COMMON, **parameters}).fit(X, y, sample_weight=weights)
    Y, weights = (Y if targets is None else targets), np.ones(N) if weights is None else weights
    expected = naive.fit(X, Y.astype(float), loss, weights * factors, fitted.get_params())
    assert fitted.n_iter_ == expected.n_iter == len(expected.loss_curve)
    assert_allclose(fitted.loss_curve_, expected.loss_curve, rtol=0, atol=1e-10)
    for actual, wanted in zip(fitted.coefs_, expected.coefs, strict=True):
        assert_allclose(actual, wanted, rtol=0, atol=1e-10)
    for actual, wanted in zip(fitted.intercepts_, expected.intercepts, strict=True):
        assert_allclose(actual, wanted, rtol=0, atol=1e-10)
    for name in ("scales", "means", "variances"):
        layers = getattr(fitted, f"normalization_{name}_") or ()
        for actual, wanted in zip(layers, expected.normalizations or ()):
            assert_allclose(actual, getattr(wanted, name), rtol=0, atol=1e-10)
    return fitted, expected


def test_oracle_knows_every_row_of_the_tables():
    assert set(naive.ACTIVATIONS) == set(ACTIVATIONS)
    assert set(naive.LOSSES) == set(LOSSES) == {loss for _, _, loss in TARGETS.values()}
    assert set(naive.OPTIMIZERS) == set(OPTIMIZERS)
    assert set(naive.SCHEDULES) == set(SCHEDULES)
    assert set(naive_normalization.NORMALIZATIONS) == set(NORMALIZATIONS)
    assert set(naive.BOUNDS) == set(ACTIVATIONS)


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_fit_is_that_of_the_oracle_with_each_switch(solver, switch):
    assert_same_fit("multiclass", solver=solver, **SWITCHES[switch])


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_fit_is_that_of_the_oracle_for_each_target(solver, kind, weights):
    regularization = {"l2": 0.02, "dropout": 0.2, "input_dropout": 0.1}
    assert_same_fit(kind, weights, solver=solver, **regularization)


@pytest.mark.parametrize("kind", ["multiclass", "several outputs"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_fit_is_that_of_the_oracle_for_each_activation(solver, activation, kind):
    assert_same_fit(kind, WEIGHTS, solver=solver, activation=activation, l2=0.02, dropout=0.2)


@pytest.mark.parametrize("activation", ["relu", "mish"])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_normalized_fit_is_that_of_the_oracle(solver, normalization, activation):
    early = {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 99}
    options = {"solver": solver, "activation": activation, "l2": 0.02, "dropout": 0.2, **early}
    _, expected = assert_same_fit("multiclass", WEIGHTS, normalization=normalization, **options)
    assert expected.normalizations


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_smoothed_labels_are_targets_between_the_classes(kind):
    Y = TARGETS[kind][1] * 1.0
    n_classes = 3 if kind == "multiclass" else 2
    smoothed = Y * 0.8 + 0.2 / n_classes
    assert_same_fit(kind, WEIGHTS, targets=smoothed, label_smoothing=0.2)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("class_weight", [{0: 3.0, 1: 0.5, 2: 1.0}, "balanced"], ids=str)
def test_weights_of_classes_multiply_those_of_rows(class_weight, weights):
    masses = np.bincount(LABELS, weights)
    factors = masses.sum() / (3 * masses)
    if isinstance(class_weight, dict):
        factors = np.array([class_weight[label] for label in range(3)])
    options = {"class_weight": class_weight, "learning_rate": "invscaling"}
    assert_same_fit("multiclass", weights, factors=factors[LABELS], **options)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_fit_with_l1_is_that_of_the_oracle_for_each_target(solver, kind):
    fitted, expected = assert_same_fit(kind, WEIGHTS, solver=solver, l1=0.02, max_iter=15)
    n_zeros = sum(np.sum(coef == 0) for coef in fitted.coefs_)
    assert n_zeros > 0
    if solver == "adam":  # Nesterov's point ahead of a zero may be off by rounding
        assert n_zeros == sum(np.sum(coef == 0) for coef in expected.coefs)


@pytest.mark.parametrize("weights", [None, 5 * WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("warmup", [0, 3])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_schedules_are_those_of_the_oracle(solver, schedule, warmup, weights):
    options = {"learning_rate": schedule, "warmup": warmup, "power_t": 0.3, "n_restarts": 2}
    assert_same_fit("binary", weights, solver=solver, max_iter=12 + warmup, **options)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_stopping_is_that_of_the_oracle(solver, schedule):
    fitted, _ = assert_same_fit(
        "binary",
        solver=solver,
        learning_rate=schedule,
        learning_rate_init=0.01 if schedule == "adaptive" else 0.05,
        power_t=0.3,
        tol=0.01,
        n_iter_no_change=2,
        max_iter=300,
    )
    assert 3 < fitted.n_iter_ < 300


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_early_stopping_is_that_of_the_oracle(solver, kind, weights):
    fitted, expected = assert_same_fit(
        kind,
        weights,
        solver=solver,
        early_stopping=True,
        validation_fraction=0.3,
        tol=0.005,
        n_iter_no_change=4,
        max_iter=200,
    )
    assert fitted.n_iter_ < 200
    assert_allclose(fitted.validation_scores_, expected.validation_scores, rtol=0, atol=1e-9)
    curves = fitted.validation_loss_curve_, expected.validation_loss_curve
    assert_allclose(*curves, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_ties_of_the_validation_score_are_broken_by_the_loss(kind):
    options = {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 6}
    fitted, expected = assert_same_fit(kind, max_iter=25, **options)
    scores = np.array(fitted.validation_scores_)
    tied = np.flatnonzero(scores == scores.max())
    losses = np.array(expected.validation_loss_curve)[tied]
    assert len(tied) > 1
    assert losses.argmin() > 0


@pytest.mark.parametrize("fraction", [0.01, 0.15, 0.5, 0.99])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
def test_repeated_rows_are_held_out_as_in_the_oracle(weights, fraction):
    rows = np.r_[np.arange(N), np.repeat(np.arange(0, 12, 2), 3)]
    y, Y, loss = TARGETS["multiclass"]
    weights = np.ones(N) if weights is None else weights
    options = {"validation_fraction": fraction, "max_iter": 3, "batch_size": "auto"}
    fitted = MLPClassifier(early_stopping=True, **{**COMMON, **options})
    fitted.fit(X[rows], y[rows], sample_weight=weights[rows])
    parameters = fitted.get_params()
    expected = naive.fit(X[rows], Y[rows], loss, weights[rows], parameters)
    assert_allclose(fitted.loss_curve_, expected.loss_curve, rtol=0, atol=1e-10)
    assert_allclose(fitted.validation_scores_, expected.validation_scores, rtol=0, atol=1e-12)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_fit_of_many_blocks_is_that_of_the_oracle(solver, monkeypatch):
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", 1)  # so each is a batch
    assert_same_fit("multiclass", WEIGHTS, solver=solver, dropout=0.3, input_dropout=0.2)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_fit_in_float32_is_close_to_the_oracle(solver):
    y, Y, loss = TARGETS["multiclass"]
    mlp = MLPClassifier(**{**COMMON, "solver": solver, "dropout": 0.25, "l2": 0.01})
    mlp.fit(X.astype(np.float32), y)
    rounded = X.astype(np.float32).astype(float)
    expected = naive.fit(rounded, Y, loss, None, mlp.get_params())
    assert all(coef.dtype == np.float32 for coef in mlp.coefs_)
    assert_allclose(mlp.loss_curve_, expected.loss_curve, rtol=1e-5)
    for actual, wanted in zip(mlp.coefs_, expected.coefs, strict=True):
        assert_allclose(actual, wanted, atol=1e-3)

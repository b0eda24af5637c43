"""Training as in scikit-learn: the same weights step by step, from the same initial ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import __version__ as sklearn_version
from sklearn import neural_network
from sklearn.utils import check_random_state
from sklearn.utils.fixes import parse_version

import skreg
from skreg._training import lbfgs
from tests import naive

N, N_FEATURES, BATCH_SIZE, ALPHA = 60, 4, 12, 0.3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, N_FEATURES))
SIGNAL = X @ RNG.normal(size=(N_FEATURES, 3)) + 0.5 * RNG.normal(size=(N, 3))
TARGETS = {
    "binary": SIGNAL[:, 0] > 0,
    "multiclass": SIGNAL.argmax(axis=1),
    "multilabel": (SIGNAL > 0).astype(int),
    "squared_error": SIGNAL[:, 0],
    "poisson": np.floor(np.exp(SIGNAL[:, 0] / 2)),
}
N_OUTPUTS = {"multiclass": 3, "multilabel": 3}
LOSSES = ("squared_error", "poisson")
SHARED = {"hidden_layer_sizes": (5, 4), "random_state": 0}

has_poisson = parse_version(sklearn_version) >= parse_version("1.7")
of_1_7 = pytest.mark.skipif(not has_poisson, reason="scikit-learn has had this loss since 1.7")
parametrize_kinds = pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=of_1_7 if kind == "poisson" else ()) for kind in TARGETS]
)
SGD = [
    {"momentum": momentum, "nesterovs_momentum": nesterov, "learning_rate": schedule}
    for schedule in ("constant", "invscaling", "adaptive")
    for momentum, nesterov in [(0.0, False), (0.9, False), (0.9, True)]
]


def fit_both(kind, n_rows, **parameters):
    """Estimators of scikit-learn and of skreg; `n_rows` are what alpha is divided by."""
    name, own = "MLPClassifier", {}
    if kind in LOSSES:
        name, own = "MLPRegressor", {"loss": kind} if has_poisson else {}
    given = {**SHARED, **own, **parameters}
    theirs = getattr(neural_network, name)(alpha=ALPHA, **given)
    unscaled = {"target_scaling": False} if kind in LOSSES else {}
    ours = getattr(skreg, name)(l2=ALPHA / n_rows, **given, **unscaled)
    seed = check_random_state(0).randint(np.iinfo(np.int32).max)
    units = (N_FEATURES, *given["hidden_layer_sizes"], N_OUTPUTS.get(kind, 1))
    scores = None
    if kind == "poisson":
        scores = naive.initial_scores(TARGETS[kind][:, None], np.ones(N), kind, None)
    activation = given.get("activation", "relu")
    initial = zip(*naive.draw_initial_weights(units, activation, seed, scores))
    theirs._init_coef = lambda n_in, n_out, dtype: next(initial)
    return theirs.fit(X, TARGETS[kind]), ours.fit(X, TARGETS[kind])


def assert_same_weights(theirs, ours, atol):
    pairs = zip(theirs.coefs_ + theirs.intercepts_, ours.coefs_ + ours.intercepts_, strict=True)
    for wanted, actual in pairs:
        assert_allclose(actual, wanted, rtol=0, atol=atol)


def assert_same_training(kind, *, n_epochs=(1, 2, 12), **parameters):
    shared = {"batch_size": BATCH_SIZE, "shuffle": False, "learning_rate_init": 0.02}
    for max_iter in n_epochs:
        options = {**shared, **parameters, "max_iter": max_iter}
        theirs, ours = fit_both(kind, BATCH_SIZE, **options)
        assert_same_weights(theirs, ours, atol=1e-9)
        assert theirs.n_iter_ == ours.n_iter_
        assert theirs.t_ == ours.t_
        assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=0, atol=1e-9)
    return ours


@pytest.mark.parametrize("options", SGD, ids=lambda o: "-".join(map(str, o.values())))
@parametrize_kinds
def test_sgd_trains_as_in_scikit_learn(kind, options):
    assert_same_training(kind, solver="sgd", **options)


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@parametrize_kinds
def test_each_activation_trains_as_in_scikit_learn(kind, solver, activation):
    assert_same_training(kind, solver=solver, activation=activation)


@pytest.mark.parametrize("options", [{"beta_1": 0.5}, {"beta_2": 0.9}, {"epsilon": 1e-2}], ids=str)
def test_constants_of_adam_mean_the_same(options):
    assert_same_training("multiclass", solver="adam", **options)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_training_stops_in_the_same_epoch(solver):
    options = {"tol": 0.01, "n_iter_no_change": 2, "learning_rate_init": 0.05}
    ours = assert_same_training("multiclass", solver=solver, n_epochs=(500,), **options)
    assert 5 < ours.n_iter_ < 500


def test_adaptive_rates_are_lowered_after_the_same_epochs():
    options = {"learning_rate": "adaptive", "tol": 0.01, "n_iter_no_change": 1}
    ours = assert_same_training("multiclass", solver="sgd", n_epochs=(500,), **options)
    assert ours.n_iter_ < 500  # it ends when the rate is too small


@pytest.mark.parametrize("hidden", [(), (5,)], ids=str)
@parametrize_kinds
def test_lbfgs_finds_the_same_minimum(kind, hidden, monkeypatch):
    monkeypatch.setattr(lbfgs, "_MEMORY", 10)  # as theirs, or the way may lead to another minimum
    options = {"solver": "lbfgs", "max_iter": 2000, "tol": 1e-7, "activation": "tanh"}
    theirs, ours = fit_both(kind, N, hidden_layer_sizes=hidden, **options)
    assert_allclose(ours.loss_, theirs.loss_, rtol=1e-6)
    assert ours.loss_ <= theirs.loss_ * (1 + 1e-12)
    assert_same_weights(theirs, ours, atol=5e-3)

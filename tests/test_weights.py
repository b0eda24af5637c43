"""Weights of rows and of classes, and smoothed labels: what each amounts to."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.class_weight import compute_sample_weight

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import SCHEDULES
from skreg.neural_network._weights import weigh_by_class
from tests import naive

N = 60
SOLVERS = [*OPTIMIZERS, "lbfgs"]
RNG = np.random.default_rng(0)
X, CLASSES = make_classification(
    N, 5, n_informative=4, n_redundant=0, n_classes=3, weights=[0.5, 0.3], random_state=0
)
LABELS = np.stack([CLASSES == 0, CLASSES != 1], axis=1).astype(int)
NUMBERS = np.exp(X[:, :2] * 0.3) + RNG.uniform(0.1, 0.5, (N, 2))
COUNTS = RNG.integers(0, 4, N)
ROWS = np.repeat(np.arange(N), COUNTS)
WEIGHTS = RNG.uniform(0.1, 2, N)
KINDS = {"binary": CLASSES == 1, "many": CLASSES, "labels": LABELS}
PROBLEMS = [
    *((MLPClassifier, y, {}) for y in KINDS.values()),
    *((MLPRegressor, NUMBERS, {"loss": x}) for x in REGRESSION_LOSSES),
]
IDS = [*KINDS, *REGRESSION_LOSSES]
parametrize_problems = pytest.mark.parametrize(("estimator", "y", "params"), PROBLEMS, ids=IDS)
parametrize_solvers = pytest.mark.parametrize("solver", SOLVERS)
parametrize_forms = pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "csr"])


def make(estimator, **params):
    first = {"max_iter": 15, "random_state": 0, "learning_rate_init": 0.01, "tol": 1e-6}
    return estimator((6,), **{**first, **params})


def assert_close_weights(one, other, rtol=1e-7):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert_allclose(a, b, rtol=rtol, atol=rtol)


def assert_same_weights(one, other):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        assert_array_equal(a, b)


@parametrize_forms
@parametrize_solvers
@parametrize_problems
def test_weights_are_repetition_where_all_rows_are_in_one_batch(estimator, y, params, solver, form):
    mlp = make(estimator, solver=solver, **params)
    weighted = clone(mlp).fit(form(X), y, sample_weight=COUNTS)
    repeated = clone(mlp).fit(form(X[ROWS]), y[ROWS])
    assert_close_weights(weighted, repeated)
    assert_allclose(weighted.loss_, repeated.loss_, rtol=1e-9)
    plain = clone(mlp).fit(form(X), y)
    assert np.abs(weighted.coefs_[0] - plain.coefs_[0]).max() > 1e-4  # weights do something


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_weights_are_repetition_for_every_schedule(solver, schedule):
    mlp = make(MLPRegressor, solver=solver, learning_rate=schedule, warmup=2, power_t=0.3)
    weighted = clone(mlp).fit(X, NUMBERS, sample_weight=COUNTS)
    assert_close_weights(weighted, clone(mlp).fit(X[ROWS], NUMBERS[ROWS]))


@pytest.mark.parametrize("power_t", [0.1, 0.5, 1.0])
def test_invscaling_counts_weights_as_they_are_given(power_t):
    mlp = make(MLPRegressor, solver="sgd", learning_rate="invscaling", power_t=power_t)
    doubled = clone(mlp).fit(X, NUMBERS, sample_weight=np.full(N, 2.0))
    twice = clone(mlp).fit(np.repeat(X, 2, axis=0), np.repeat(NUMBERS, 2, axis=0))
    assert_close_weights(doubled, twice)


@parametrize_forms
@parametrize_solvers
@parametrize_problems
def test_rows_of_zero_weight_are_no_rows(estimator, y, params, solver, form):
    weights = np.where(np.arange(N) % 3 == 0, 0.0, WEIGHTS)
    kept, spoiled = weights > 0, X.copy()
    spoiled[~kept] = 1e3
    mlp = make(estimator, solver=solver, batch_size=N, **params)
    whole = clone(mlp).fit(form(spoiled), y, sample_weight=weights)
    mlp.set_params(batch_size="auto").fit(form(X[kept]), y[kept], sample_weight=weights[kept])
    assert_close_weights(whole, mlp)


@parametrize_solvers
@parametrize_problems
def test_only_ratios_of_weights_matter(estimator, y, params, solver):
    mlp = make(estimator, solver=solver, **params)
    one = clone(mlp).fit(X, y, sample_weight=WEIGHTS)
    assert_same_weights(one, clone(mlp).fit(X, y, sample_weight=WEIGHTS * 8))
    ones = clone(mlp).fit(X, y, sample_weight=np.ones(N))
    assert_close_weights(ones, clone(mlp).fit(X, y))


@parametrize_solvers
def test_a_class_of_zero_weight_is_never_predicted(solver):
    mlp = make(MLPClassifier, solver=solver, max_iter=300, learning_rate_init=0.05)
    by_rows = clone(mlp).fit(X, CLASSES, sample_weight=CLASSES != 2)
    assert by_rows.classes_.tolist() == [0, 1, 2]
    assert set(by_rows.predict(X)) == {0, 1}
    assert by_rows.predict_proba(X)[:, 2].max() < 0.1
    by_class = clone(mlp).set_params(class_weight={2: 0.0}).fit(X, CLASSES)
    assert_same_weights(by_class, by_rows)


@pytest.mark.parametrize("solver", OPTIMIZERS)
@parametrize_problems
def test_batches_without_weight_bring_only_penalties(estimator, y, params, solver):
    order = np.argsort(CLASSES != 2, kind="stable")
    weights = np.where(np.arange(N) < 20, 0.0, 1.0)
    mlp = make(estimator, solver=solver, batch_size=10, shuffle=False, l2=0.0, **params)
    mlp.fit(X[order], y[order], sample_weight=weights)
    assert np.isfinite(mlp.loss_curve_).all()
    assert mlp.loss_curve_[-1] < mlp.loss_curve_[0]


CLASS_WEIGHTS = {0: 0.5, 1: 3.0, 2: 1.5}


@parametrize_forms
@parametrize_solvers
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("class_weight", [CLASS_WEIGHTS, {1: 3.0}, {}, "balanced"], ids=str)
def test_class_weights_are_sample_weights(class_weight, weights, solver, form):
    mlp = make(MLPClassifier, solver=solver, class_weight=class_weight, batch_size=16)
    mlp.fit(form(X), CLASSES, sample_weight=weights)
    if class_weight == "balanced":
        masses = np.bincount(CLASSES, weights)
        of_rows = (masses.sum() / (3 * masses))[CLASSES]
        if weights is None:
            assert_allclose(of_rows, compute_sample_weight("balanced", CLASSES))
    else:
        of_rows = compute_sample_weight({**dict.fromkeys(range(3), 1.0), **class_weight}, CLASSES)
    of_rows = of_rows * (1.0 if weights is None else weights)
    plain = make(MLPClassifier, solver=solver, batch_size=16)
    assert_close_weights(mlp, plain.fit(form(X), CLASSES, sample_weight=of_rows))


@pytest.mark.parametrize("names", [np.array(["a", "b", "c"]), np.array([-5, 7, 9])], ids=str)
def test_class_weights_are_given_by_the_names_of_the_classes(names):
    given = {name: CLASS_WEIGHTS[k] for k, name in enumerate(names.tolist())}
    mlp = make(MLPClassifier, class_weight=given).fit(X, names[CLASSES])
    expected = make(MLPClassifier, class_weight=CLASS_WEIGHTS).fit(X, CLASSES)
    assert_same_weights(mlp, expected)


@pytest.mark.parametrize(
    "class_weight",
    [
        "balanced",
        {0: 0.5, 1: 2.0},
        {1: 2.0},
        [{0: 0.5, 1: 2.0}, "balanced"],
        [{1: 3.0}, {0: 0.25}],
        ["balanced", "balanced"],
    ],
    ids=str,
)
@parametrize_solvers
def test_class_weights_of_labels_are_products(class_weight, solver):
    mlp = make(MLPClassifier, solver=solver, class_weight=class_weight).fit(X, LABELS)
    each = class_weight if isinstance(class_weight, list) else [class_weight] * 2
    of_rows = np.prod(
        [
            compute_sample_weight(w if w == "balanced" else {0: 1.0, 1: 1.0, **w}, column)
            for w, column in zip(each, LABELS.T)
        ],
        axis=0,
    )
    plain = make(MLPClassifier, solver=solver).fit(X, LABELS, sample_weight=of_rows)
    assert_close_weights(mlp, plain)


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_balanced_in_partial_fit_is_among_the_rows_of_the_call(solver):
    mlp = make(MLPClassifier, solver=solver, class_weight="balanced")
    plain = make(MLPClassifier, solver=solver)
    for rows in (slice(0, 25), slice(25, 60), CLASSES < 2):
        y = CLASSES[rows]
        mlp.partial_fit(X[rows], y, classes=[0, 1, 2])
        of_rows = compute_sample_weight("balanced", y)
        plain.partial_fit(X[rows], y, classes=[0, 1, 2], sample_weight=of_rows)
        assert_close_weights(mlp, plain)


def test_balanced_classes_raise_the_recall_of_rare_ones():
    y = (CLASSES == 2).astype(int)
    params = {"solver": "lbfgs", "l2": 0.1, "max_iter": 200}
    plain = make(MLPClassifier, **params).fit(X, y)
    balanced = make(MLPClassifier, class_weight="balanced", **params).fit(X, y)
    assert balanced.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.05


def smoothed(y, share):
    """Indicators of the classes, or of labels and of the one class of two, and their loss."""
    if y.ndim == 1 and y.max() > 1:
        return np.eye(3)[y] * (1 - share) + share / 3, "log_loss"
    return y.reshape(N, -1) * (1 - share) + share / 2, "binary_log_loss"


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("kind", KINDS)
def test_smoothed_labels_have_the_minimum_of_smoothed_targets(kind, weights, share):
    y, l2 = np.asarray(KINDS[kind]), 0.01
    mlp = MLPClassifier(
        (), solver="lbfgs", l2=l2, label_smoothing=share, tol=1e-10, max_iter=5000, random_state=0
    )
    mlp.fit(X, y, sample_weight=weights)
    Y, loss = smoothed(y.astype(int), share)
    units, factors = (X.shape[1], Y.shape[1]), naive.shares(weights, N)

    def objective(theta):
        coefs, intercepts = naive.unflatten(theta, units)
        value, *slopes = naive.loss_and_gradients(
            coefs, intercepts, X, Y, factors, "identity", loss
        )
        slopes[0][0] += l2 * coefs[0]
        return value + l2 / 2 * np.sum(coefs[0] ** 2), naive.flatten(*slopes)

    start = np.zeros((units[0] + 1) * units[1])
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-10, "ftol": 0.0}
    )
    coefs, _ = naive.unflatten(found.x, units)
    assert_allclose(mlp.loss_, found.fun, rtol=1e-9)
    assert_allclose(mlp.coefs_[0], coefs[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6])
@pytest.mark.parametrize("kind", KINDS)
@parametrize_solvers
def test_probabilities_without_features_are_smoothed_shares(kind, share, solver):
    y, nothing = np.asarray(KINDS[kind]), np.zeros((N, 2))
    exact = {"tol": 1e-10, "max_iter": 500, "learning_rate_init": 0.1, "momentum": 0.5}
    exact |= {"learning_rate": "cosine", "n_iter_no_change": np.inf}
    mlp = MLPClassifier((), solver=solver, label_smoothing=share, random_state=0, **exact)
    mlp.fit(nothing, y, sample_weight=WEIGHTS)
    expected = np.average(smoothed(y.astype(int), share)[0], axis=0, weights=WEIGHTS)
    if kind == "binary":
        expected = [1 - expected[0], expected[0]]
    assert_allclose(mlp.predict_proba(nothing), np.tile(expected, (N, 1)), atol=1e-4)


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_smoothing_changes_neither_classes_nor_scores_of_right_labels(kind, share):
    mlp = make(MLPClassifier, label_smoothing=share, class_weight="balanced", max_iter=5)
    given = {"X_val": X, "y_val": KINDS[kind]}
    mlp.fit(X, KINDS[kind], **given)
    assert mlp.best_validation_score_ == max(mlp.validation_scores_)
    assert_allclose(mlp.validation_scores_[-1], mlp.score(X, KINDS[kind], _balanced(KINDS[kind])))


def _balanced(y):
    columns = [y] if y.ndim == 1 else y.T
    return np.prod([compute_sample_weight("balanced", column) for column in columns], axis=0)


def test_scores_use_sample_weights():
    mlp = make(MLPClassifier).fit(X, CLASSES)
    expected = accuracy_score(CLASSES, mlp.predict(X), sample_weight=WEIGHTS)
    assert mlp.score(X, CLASSES, sample_weight=WEIGHTS) == expected != mlp.score(X, CLASSES)
    mlp = make(MLPRegressor).fit(X, NUMBERS)
    expected = r2_score(NUMBERS, mlp.predict(X), sample_weight=WEIGHTS)
    assert mlp.score(X, NUMBERS, sample_weight=WEIGHTS) == expected != mlp.score(X, NUMBERS)


def test_balanced_classes_do_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(0)
    weights, labels = rng.uniform(size=300), rng.integers(3, size=300)
    classes = [np.arange(3)]
    expected = weigh_by_class(weights, "balanced", np.eye(3)[labels], classes)
    for _ in range(5):
        order = rng.permutation(300)
        again = weigh_by_class(weights[order], "balanced", np.eye(3)[labels[order]], classes)
        np.testing.assert_array_equal(again, expected[order])


@pytest.mark.parametrize("numbers", [[1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3])], ids=str)
def test_numbers_are_the_weights_of_the_classes_in_their_order(numbers):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), np.array(["b", "a", "c"])[np.arange(30) % 3]
    by_name = MLPClassifier((3,), class_weight={"a": 1, "b": 2, "c": 3}, max_iter=2, random_state=0)
    mlp = clone(by_name).set_params(class_weight=numbers)
    np.testing.assert_array_equal(mlp.fit(X, y).coefs_[0], by_name.fit(X, y).coefs_[0])
    with pytest.raises(ValueError, match=r"class_weight .* one number per class \(2: \['a', 'b'\]"):
        mlp.fit(X, np.where(y == "c", "a", y))
    with pytest.raises(ValueError, match="class_weight .* per label, got"):
        mlp.fit(X, np.eye(3, dtype=int)[np.arange(30) % 3])

"""Targets of regression in units of their own: what they are, who sees which, and what is kept."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.metrics import d2_tweedie_score, mean_absolute_error, r2_score
from sklearn.preprocessing import StandardScaler

from skreg import MLPRegressor
from skreg._kernels.losses import LOSSES, REGRESSION_LOSSES
from skreg.augmentation import GaussianNoise, Mixup
from skreg.neural_network._targets import TargetUnits, learn_units

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
LINKED = [name for name in REGRESSION_LOSSES if LOSSES[name].link == "exp"]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4))
Y = np.exp(X[:, 0] + 0.5 * RNG.normal(size=120))
WEIGHTS = RNG.uniform(0.2, 2, 120)
parametrize_losses = pytest.mark.parametrize("loss", REGRESSION_LOSSES)
parametrize_solvers = pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])


def make(loss="squared_error", **params):
    fixed = {"hidden_layer_sizes": (8,), "max_iter": 15, "random_state": 0, "batch_size": 32}
    return MLPRegressor(loss=loss, **{**fixed, **params})


def assert_same_weights(one, other, **tolerance):
    pairs = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    for a, b in pairs:
        assert_allclose(a, b, **{"rtol": 0, **tolerance})


# What the units are


@parametrize_losses
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
def test_units_are_mean_and_deviation_or_the_mean_of_a_log_link(loss, weights):
    targets = np.stack([Y, 1e6 + 3 * Y], axis=1)
    mlp = make(loss).fit(X, targets, sample_weight=weights)
    mean = np.average(targets, axis=0, weights=weights)
    deviation = np.sqrt(np.average((targets - mean) ** 2, axis=0, weights=weights))
    center, scale = (0, mean) if loss in LINKED else (mean, deviation)
    assert_allclose(mlp.target_center_, [center] * 2 if loss in LINKED else center, rtol=1e-6)
    assert_allclose(mlp.target_scale_, scale, rtol=1e-6)
    off = clone(mlp).set_params(target_scaling=False).fit(X, targets, sample_weight=weights)
    assert_array_equal([off.target_center_, off.target_scale_], [[0, 0], [1, 1]])


def test_units_are_those_of_the_rows_that_are_trained_on():
    mlp = make(early_stopping=True, validation_fraction=0.5, max_iter=2).fit(X, Y)
    with_val = make(max_iter=2).fit(X, Y, X_val=X, y_val=1e3 * Y)
    assert abs(mlp.target_center_[0] - Y.mean()) > 1e-3
    assert_allclose(with_val.target_center_, Y.mean(), rtol=1e-6)


@parametrize_losses
def test_units_do_not_depend_on_order_or_on_repetition(loss):
    counts, link = RNG.integers(0, 5, 120), LOSSES[loss].link
    for scale, shift in [(1.0, 0.0), (1e9, 1e12), (1e-12, 1.0), (1e300, 0.0)]:
        y = (scale * Y + shift)[:, None]
        expected = learn_units(y, counts.astype(float), link, is_scaled=True)
        for _ in range(10):
            rows = RNG.permutation(np.repeat(np.arange(120), counts))
            units = learn_units(y[rows], None, link, is_scaled=True)
            assert units[:2] == expected[:2]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -1e300, 5e-324, 1.7e308])
def test_the_scale_of_constant_targets_is_one(value):
    mlp = make(max_iter=200, learning_rate_init=0.01).fit(X, np.full(120, value))
    assert (mlp.target_center_[0], mlp.target_scale_[0]) == (value, 1)
    assert_allclose(mlp.predict(X), value, atol=0.3)


def test_counts_that_are_all_zero_have_a_scale_of_one():
    assert make("poisson").fit(X, np.zeros(120)).target_scale_[0] == 1
    assert make("poisson", target_scaling=False).fit(X, np.zeros(120)).predict(X).max() < 2


# What is trained


@parametrize_losses
@parametrize_solvers
def test_training_is_that_on_targets_scaled_by_hand(solver, loss):
    mlp = make(loss, solver=solver, l1=1e-3).fit(X, 1e3 * Y + 1, sample_weight=WEIGHTS)
    scaled = (1e3 * Y + 1 - mlp.target_center_) / mlp.target_scale_
    by_hand = clone(mlp).set_params(target_scaling=False).fit(X, scaled, sample_weight=WEIGHTS)
    assert_same_weights(mlp, by_hand, atol=1e-5)
    assert_allclose(mlp.loss_curve_, by_hand.loss_curve_, rtol=1e-5)
    expected = by_hand.predict(X) * mlp.target_scale_ + mlp.target_center_
    assert_allclose(mlp.predict(X), expected, rtol=1e-4, atol=1e-5 * mlp.target_scale_[0])


@parametrize_losses
def test_the_units_of_y_do_not_matter(loss):
    expected = make(loss).fit(X, Y)
    for factor in [2.0**-300, 2.0**20, 2.0**300]:
        mlp = make(loss).fit(X, factor * Y)
        assert_same_weights(mlp, expected, atol=0)
        assert_allclose(mlp.predict(X), factor * expected.predict(X), rtol=1e-12)


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("target_scaling", [False, True])
@pytest.mark.parametrize("loss", LINKED)
def test_a_log_link_begins_at_the_mean_of_any_scale(loss, target_scaling, factor):
    y = factor * Y
    mlp = make(loss, target_scaling=target_scaling, max_iter=1, learning_rate_init=1e-12)
    predictions = mlp.fit(X, y, sample_weight=WEIGHTS).predict(X)
    assert_allclose(predictions, np.average(y, weights=WEIGHTS), rtol=0.5)


def test_several_outputs_are_learned_alike_whatever_their_scales():
    targets = np.stack([Y, 1e6 * X[:, 1] + 1e7], axis=1)
    mlp = make(max_iter=300, learning_rate_init=0.01, batch_size=120).fit(X, targets)
    assert min(r2_score(targets, mlp.predict(X), multioutput="raw_values")) > 0.7


@parametrize_losses
def test_defaults_explain_as_much_of_diabetes_as_with_targets_scaled_by_hand(loss):
    features, y = load_diabetes(return_X_y=True, scaled=False)
    features = StandardScaler().fit_transform(features)
    X_train, X_test, y_train, y_test = features[::2], features[1::2], y[::2], y[1::2]
    mlp = MLPRegressor(loss=loss, random_state=0, max_iter=100)
    if loss in LINKED:
        mean = y_train.mean()
        scaling = {"func": lambda t: t / mean, "inverse_func": lambda t: t * mean}
    else:
        scaling = {"transformer": StandardScaler()}
    by_hand = TransformedTargetRegressor(clone(mlp), **scaling).fit(X_train, y_train)
    power = {"poisson": 1, "gamma": 2}.get(loss, 0)
    goal = d2_tweedie_score(y_test, by_hand.predict(X_test), power=power)
    for factor in [1e-3, 1.0, 1e6]:
        predictions = mlp.fit(X_train, factor * y_train).predict(X_test)
        assert d2_tweedie_score(factor * y_test, predictions, power=power) > 0.95 * goal > 0.3


# Numbers at the edges


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("factor", "shift"), [(1, 1e9), (1e-3, 1e12), (1e50, 0), (1e-60, 0), (1e300, 0), (1, 0)]
)
def test_targets_beyond_the_precision_or_range_of_float32_are_learned(factor, shift, dtype):
    y = factor * Y + shift
    mlp = make(max_iter=200, learning_rate_init=0.01).fit(X.astype(dtype), y)
    predictions = mlp.predict(X.astype(dtype))
    assert mlp.coefs_[0].dtype == dtype
    assert predictions.dtype == (dtype if (factor, shift) == (1, 0) else np.float64)
    error = np.abs((predictions - shift) / factor - Y).mean()
    assert error < 0.5 * np.abs(Y - Y.mean()).mean()


@pytest.mark.parametrize(("value", "expected"), [(1.5, 3e38), (-1.0, -2e38), (3.0, np.inf)])
def test_predictions_are_infinite_only_where_float32_is_exceeded(value, expected):
    units = TargetUnits(np.array([0.0]), np.array([2e35]))
    outputs = np.array([[1000 * value]], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert units.decode(outputs).dtype == np.float32
        assert_allclose(units.decode(outputs), expected, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:y_val does not seem to be transformed")
def test_targets_that_no_unit_makes_fit_are_refused():
    with pytest.raises(ValueError, match="y_val has values too large for float32"):
        make().fit(X.astype(np.float32), Y, X_val=X, y_val=1e50 * Y)


# Who sees which units


def test_scorers_and_callables_see_targets_in_the_units_of_y():
    seen, y = [], 1e4 * Y
    given = {"X_val": X[:30], "y_val": y[:30]}

    def scoring(estimator, X, y):
        seen.append(y)
        return -mean_absolute_error(y, estimator.predict(X))

    mlp = make(scoring=scoring, early_stopping=True).fit(X, y, **given)
    by_name = make(scoring="neg_mean_absolute_error", early_stopping=True).fit(X, y, **given)
    assert mlp.validation_scores_ == by_name.validation_scores_
    best = -mean_absolute_error(y[:30], mlp.predict(X[:30]))
    assert_allclose(mlp.best_validation_score_, best, rtol=1e-9)
    assert_array_equal(seen[0], y[:30])


def test_r2_is_that_of_the_units_of_y():
    targets = np.stack([1e4 * Y, Y[::-1] - 5], axis=1)
    mlp = make(early_stopping=True).fit(X, targets, X_val=X[:30], y_val=targets[:30])
    assert_allclose(mlp.best_validation_score_, mlp.score(X[:30], targets[:30]), rtol=1e-9)


def test_the_validation_loss_is_in_the_units_of_training():
    mlp = make(max_iter=3).fit(X, 1e4 * Y, X_val=X[:30], y_val=1e4 * Y[:30])
    errors = (mlp.predict(X[:30]) - 1e4 * Y[:30]) / mlp.target_scale_
    assert_allclose(mlp.validation_loss_curve_[-1], np.mean(errors**2) / 2, rtol=1e-9)


class Mirror(BaseEstimator):
    """Turns signs, as of a steering angle in a mirrored image; and notes what it sees."""

    def fit(self, X, y=None):
        self.seen_ = []
        return self

    def augment(self, X, Y, rng):
        self.seen_.append(Y)
        return -X, -Y


def test_augmenters_see_targets_in_the_units_of_y():
    y = 1e3 * X[:, 0] + 500
    mlp = make(augmentation=Mirror(), max_iter=200, learning_rate_init=0.01).fit(X, y)
    assert_allclose(np.sort(mlp.augmentation_.seen_[0][:, 0]), np.sort(y), rtol=1e-9)
    assert r2_score(-y, mlp.predict(-X)) > 0.9
    assert r2_score(y, mlp.predict(X)) < 0.9


@pytest.mark.parametrize("augmentation", [GaussianNoise(), Mixup()], ids=lambda a: type(a).__name__)
def test_augmenters_of_rows_and_linear_mixtures_do_not_notice_units(augmentation):
    mlp = make(augmentation=augmentation).fit(X, 1e3 * Y)
    scaled = (1e3 * Y - mlp.target_center_) / mlp.target_scale_
    by_hand = clone(mlp).set_params(target_scaling=False).fit(X, scaled)
    assert_same_weights(mlp, by_hand, atol=1e-9)


# What is kept


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_the_units_of_the_first_call_are_kept(loss):
    at_once = make(loss, max_iter=10, n_iter_no_change=99).fit(X, Y)
    halves = make(loss, max_iter=5, n_iter_no_change=99, warm_start=True).fit(X, Y).fit(X, Y)
    assert_same_weights(at_once, halves, atol=0)
    units = halves.target_center_, halves.target_scale_
    halves.fit(X, 10 * Y + 3).partial_fit(X, 20 * Y)
    assert (halves.target_center_, halves.target_scale_) == units
    assert_allclose(halves.set_params(warm_start=False).fit(X, 2 * Y).target_scale_, 2 * units[1])


def test_one_row_to_begin_with_has_a_scale_of_one():
    mlp = make().partial_fit(X[:1], [250.0])
    assert (mlp.target_center_[0], mlp.target_scale_[0]) == (250, 1)
    assert np.isfinite(mlp.partial_fit(X, Y).predict(X)).all()


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "change", [{"target_scaling": False}, {"loss": "poisson"}], ids=lambda c: next(iter(c))
)
def test_the_kind_of_units_cannot_change_between_calls(change, method):
    mlp = make(warm_start=True).fit(X, Y)
    before = dict(vars(mlp))
    with pytest.raises(ValueError, match=r"target_scaling cannot change .* warm_start"):
        getattr(mlp.set_params(**change), method)(X, Y)
    assert vars(mlp) == {**before, **change}
    assert mlp.set_params(target_scaling=True, loss="huber").fit(X, Y).n_iter_ >= 1


def test_units_set_before_the_first_fit_are_where_it_begins():
    fitted = make().fit(X, 100 * Y)
    twin = make(warm_start=True, max_iter=1, learning_rate_init=1e-12)
    for name in ("coefs_", "intercepts_", "target_center_", "target_scale_"):
        setattr(twin, name, getattr(fitted, name))
    assert_allclose(twin.fit(X, 7 * Y).predict(X), fitted.predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("target_scale_", np.array([0.0]), "target_scale_ must be above zero"),
        ("target_center_", np.array([np.nan]), "must be finite"),
        ("target_center_", np.zeros(2), r"have the shape \(1,\)"),
    ],
)
def test_units_that_make_no_sense_are_refused(name, value, message):
    mlp = make().fit(X, Y)
    setattr(mlp, name, value)
    with pytest.raises(ValueError, match=message):
        mlp.partial_fit(X, Y)
    if value.shape != (1,):
        with pytest.raises(ValueError, match=message):
            mlp.predict(X)

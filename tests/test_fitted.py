"""Weights that users set, and states that were changed: used as they are, or refused."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError

from skreg import MLPClassifier, MLPRegressor
from skreg.neural_network import _attributes

X, Y = make_classification(40, 6, n_informative=4, n_classes=3, random_state=0)
ESTIMATORS = [MLPClassifier, MLPRegressor]
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS)


def make(estimator, **params):
    first = {"max_iter": 1, "random_state": 0, "n_iter_no_change": 9, "warm_start": True}
    return estimator((8,), **{**first, **params})


def go_on(mlp, method="fit", X=X):
    first = {"classes": [0, 1, 2]} if (type(mlp), method) == (MLPClassifier, "partial_fit") else {}
    return getattr(mlp, method)(X, Y, **first)


def weights_of(mlp):
    return [*mlp.coefs_, *mlp.intercepts_]


def with_weights_of(other, mlp):
    mlp.coefs_, mlp.intercepts_ = copy.deepcopy((other.coefs_, other.intercepts_))
    return mlp


@pytest.fixture(scope="module", params=ESTIMATORS)
def fitted(request):
    return go_on(make(request.param, max_iter=3))


@pytest.fixture
def mlp(fitted):
    return copy.deepcopy(fitted)


@pytest.mark.parametrize(
    ("method", "solver"), [("fit", "adam"), ("fit", "lbfgs"), ("partial_fit", "sgd")]
)
def test_training_starts_at_weights_set_before_the_first_call(fitted, method, solver):
    params = {"solver": solver, "learning_rate_init": 1e-12, "tol": 1e9}  # so that it stays there
    new = go_on(with_weights_of(fitted, make(type(fitted), random_state=1, **params)), method)
    for actual, expected in zip(weights_of(new), weights_of(fitted), strict=True):
        assert_allclose(actual, expected, atol=1e-9)
    assert_allclose(new.predict(X), fitted.predict(X), atol=1e-6)


def test_fit_without_warm_start_draws_weights_whatever_was_set(fitted):
    new = with_weights_of(fitted, make(type(fitted), warm_start=False))
    expected = go_on(make(type(fitted), warm_start=False))
    assert_array_equal(go_on(new).coefs_[0], expected.coefs_[0])


def test_weights_set_before_the_first_fit_take_the_dtype_of_x(fitted):
    new = go_on(with_weights_of(fitted, make(type(fitted))), X=X.astype(np.float32))
    assert {part.dtype for part in weights_of(new)} == {np.dtype(np.float32)}


def test_weights_alone_are_no_fit(fitted):
    with pytest.raises(NotFittedError):
        with_weights_of(fitted, make(type(fitted))).predict(X)


def test_a_smaller_network_goes_on_after_its_units_were_cut(mlp):
    mlp.coefs_ = [mlp.coefs_[0][:, :5], mlp.coefs_[1][:5]]
    mlp.intercepts_[0] = mlp.intercepts_[0][:5]
    assert mlp.predict(X).shape == Y.shape
    before = copy.deepcopy(weights_of(mlp))
    go_on(mlp.set_params(hidden_layer_sizes=5, learning_rate_init=1e-12, early_stopping=True))
    for actual, expected in zip(weights_of(mlp), before, strict=True):
        assert_allclose(actual, expected, atol=1e-9)


def set_item(name, i, change):
    def apply(mlp):
        parts = getattr(mlp, name)
        parts[i] = change(parts[i])

    return apply


WRONG_SHAPES = {
    "fewer rows": set_item("coefs_", 0, lambda coef: coef[:4].copy()),
    "fewer rows in the last layer": set_item("coefs_", 1, lambda coef: coef[:4].copy()),
    "fewer columns": set_item("coefs_", 0, lambda coef: coef[:, :4].copy()),
    "fewer outputs": set_item("coefs_", 1, lambda coef: coef[:, :0].copy()),
    "flat": set_item("coefs_", 0, np.ravel),
    "a short bias": set_item("intercepts_", 0, lambda bias: bias[:3].copy()),
    "no bias": set_item("intercepts_", 1, lambda bias: bias[:0].copy()),
    "a number as bias": set_item("intercepts_", 0, lambda bias: 0.0),
    "a layer less": lambda mlp: mlp.coefs_.pop(),
    "a bias less": lambda mlp: mlp.intercepts_.pop(),
    "a layer more": lambda mlp: mlp.coefs_.append(mlp.coefs_[-1]),
    "a bias more": lambda mlp: mlp.intercepts_.append(mlp.intercepts_[-1]),
    "no list of layers": lambda mlp: setattr(mlp, "coefs_", mlp.coefs_[0]),
    "None for all layers": lambda mlp: setattr(mlp, "intercepts_", None),
    "no biases": lambda mlp: delattr(mlp, "intercepts_"),
    "text": set_item("coefs_", 0, lambda coef: coef.astype(str)),
    "complex numbers": set_item("coefs_", 0, lambda coef: coef + 0j),
}
WRONG_VALUES = {
    "nan": set_item("coefs_", 0, lambda coef: coef * np.nan),
    "an infinity": set_item("intercepts_", 1, lambda bias: bias + np.inf),
}


@pytest.mark.parametrize("change", [pytest.param(v, id=k) for k, v in WRONG_SHAPES.items()])
def test_predict_refuses_weights_that_do_not_fit(mlp, change):
    change(mlp)
    with pytest.raises(ValueError, match=r"(coefs_|intercepts_) must"):
        mlp.predict(X)


@pytest.mark.parametrize("name", ["no list of layers", "text", "complex numbers"])
def test_wrong_weights_are_described_in_one_line(mlp, name):
    WRONG_SHAPES[name](mlp)
    with pytest.raises(ValueError, match=r"^coefs_ must be .* got .{1,40}\.$"):
        mlp.predict(X)


def test_predict_refuses_another_number_of_features(mlp):
    mlp.n_features_in_ = 5
    with pytest.raises(ValueError, match=r"coefs_ must have the shapes \[\(5, 8\), "):
        mlp.predict(X[:, :5])
    mlp.n_features_in_ = 7
    with pytest.raises(ValueError, match=r"coefs_ must have the shapes \[\(7, 8\), "):
        go_on(mlp, X=np.c_[X, Y])


@pytest.mark.parametrize(
    "change", [pytest.param(v, id=k) for k, v in {**WRONG_SHAPES, **WRONG_VALUES}.items()]
)
@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_training_refuses_wrong_weights_and_changes_nothing(mlp, is_new, method, change):
    change(mlp)
    if is_new:
        kept = {k: v for k, v in vars(mlp).items() if k in ("coefs_", "intercepts_")}
        mlp = make(type(mlp))
        vars(mlp).update(kept)
    before = dict(vars(mlp))
    with pytest.raises(ValueError, match=r"(coefs_|intercepts_) must"):
        go_on(mlp, method)
    assert vars(mlp) == before


@pytest.mark.parametrize("dtype", [np.float16, np.int8, np.int64, ">f4", ">f8", np.longdouble])
def test_weights_of_any_real_dtype_predict_as_their_values(mlp, dtype):
    mlp.coefs_ = [np.round(8 * coef).astype(dtype) for coef in mlp.coefs_]
    actual = mlp.predict(X)
    mlp.coefs_ = [coef.astype(np.float64) for coef in mlp.coefs_]
    assert_allclose(actual, mlp.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@parametrize_estimators
def test_a_state_of_another_byte_order_goes_on_as_if_it_were_ours(estimator, solver):
    ours = go_on(make(estimator, solver=solver))
    foreign = copy.deepcopy(ours)
    state = foreign._training_state
    for name in ("theta", "best_theta", "first", "second"):
        state[name] = state[name].astype(">f8")
    foreign.coefs_ = [coef.astype(">f8") for coef in foreign.coefs_]
    for one, other in zip(weights_of(go_on(foreign)), weights_of(go_on(ours)), strict=True):
        assert_array_equal(one, other)
        assert one.dtype.isnative


@pytest.mark.parametrize("name", ["theta", "best_theta", "first", "second"])
@pytest.mark.parametrize(
    "change",
    [
        lambda vector: vector[:3].copy(),
        lambda vector: np.r_[vector, 1.0],
        lambda vector: vector[:, np.newaxis],
        lambda vector: vector.astype(np.float16),
        lambda vector: vector.astype(np.float32),
        lambda vector: vector.astype(int),
        lambda vector: None,
    ],
)
def test_training_refuses_a_stored_state_that_was_changed(mlp, name, change):
    mlp._training_state[name] = change(mlp._training_state[name])
    before = dict(vars(mlp))
    with pytest.raises(ValueError, match="Training cannot go on from the state"):
        go_on(mlp)
    assert vars(mlp) == before


@pytest.mark.parametrize("change", [lambda s: s.pop("theta"), lambda s: s.update(unheard_of=1)])
def test_training_refuses_a_state_with_other_contents(mlp, change):
    change(mlp._training_state)
    with pytest.raises(ValueError, match="Training cannot go on from the state"):
        go_on(mlp)


def test_numbers_of_a_state_may_be_those_of_numpy(mlp):
    ours, theirs = copy.deepcopy(mlp), copy.deepcopy(mlp)
    theirs._training_state["n_steps"] = np.float64(theirs._training_state["n_steps"])
    for one, other in zip(weights_of(go_on(theirs)), weights_of(go_on(ours)), strict=True):
        assert_array_equal(one, other)


def test_partial_fit_does_not_copy_the_curve_of_all_calls_before(mlp, monkeypatch):
    long = (0.5,) * (1 << 10)
    mlp._training_state["loss_curve"] = (long,)
    mlp.set_params(tol=1e9, n_iter_no_change=1)  # some of the calls end as converged
    with monkeypatch.context() as patch:
        patch.setattr(_attributes, "values_of", None)
        for _ in range(4):
            go_on(mlp, "partial_fit")
    assert mlp._training_state["loss_curve"][0] is long
    assert mlp.loss_curve_[:-4] == [*long] and mlp.loss_curve_[-1] == mlp.loss_


def test_curves_belong_to_their_reader_and_to_each_copy_of_an_estimator(mlp):
    mlp.loss_curve_.clear()
    twin = copy.copy(mlp)
    curve = mlp.loss_curve_
    go_on(mlp, "partial_fit")
    assert twin.loss_curve_ == curve == mlp.loss_curve_[:-1]
    assert len(curve) == 3


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0]])
def test_training_refuses_classes_that_were_put_in_another_order(order):
    mlp = go_on(make(MLPClassifier))
    mlp.classes_ = np.array(order)
    with pytest.raises(ValueError, match="not among the known classes"):
        mlp.partial_fit(X, Y)


def test_predict_refuses_what_is_no_activation_of_outputs(mlp):
    mlp.out_activation_ = "swish"
    with pytest.raises(ValueError, match="out_activation_"):
        mlp.predict(X)

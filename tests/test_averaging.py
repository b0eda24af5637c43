"""Moving averages of weights, from step to step and from call to call."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification

from skreg import MLPClassifier
from skreg._compiler.jit import DTYPES
from skreg._kernels.averaging import AVERAGE
from skreg._kernels.optimizers import OPTIMIZERS

X, Y = make_classification(60, 5, n_informative=4, n_redundant=0, random_state=0)
parametrize_solvers = pytest.mark.parametrize("solver", OPTIMIZERS)


def make(**params):
    fixed = {"max_iter": 3, "batch_size": 20, "random_state": 0, "learning_rate_init": 0.05}
    return MLPClassifier(4, **{**fixed, **params})


def flat(mlp):
    return np.concatenate([part.ravel() for part in (*mlp.coefs_, *mlp.intercepts_)])


@pytest.mark.parametrize("ahead", [0.0, 0.9])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_step_mixes_the_average_with_the_weights_behind_theta(dtype, ahead):
    average, theta, velocity = np.random.default_rng(0).normal(size=(3, 37)).astype(dtype)
    expected = 0.7 * average + 0.3 * (theta - ahead * velocity)
    AVERAGE.by_dtype[dtype](average, theta, velocity, dtype.type(0.7), dtype.type(ahead))
    assert_allclose(average, expected, rtol=0, atol=10 * np.finfo(dtype).eps)


@parametrize_solvers
def test_training_itself_does_not_depend_on_the_average(solver):
    plain, averaged = (make(solver=solver, weight_averaging=b).fit(X, Y) for b in (0.0, 0.9))
    assert plain.loss_curve_ == averaged.loss_curve_
    assert np.abs(flat(plain) - flat(averaged)).max() > 1e-3


@parametrize_solvers
def test_validation_is_of_the_average(solver):
    mlp = make(solver=solver, weight_averaging=0.9, scoring="loss").fit(X, Y, X_val=X, y_val=Y)
    probabilities = mlp.predict_proba(X)[np.arange(len(Y)), Y]
    assert_allclose(mlp.validation_loss_curve_[-1], -np.log(probabilities).mean(), rtol=1e-9)


@parametrize_solvers
def test_an_average_that_is_asked_for_later_begins_with_the_weights(solver):
    mlp = make(solver=solver, warm_start=True, nesterovs_momentum=False).fit(X, Y)
    before = flat(mlp)
    mlp.set_params(weight_averaging=0.9, max_iter=1, batch_size=60).fit(X, Y)
    after = mlp._training_state["theta"]
    keep = (1 + 10) / (10 + 10)  # nine steps are over, and one more
    assert_allclose(flat(mlp), keep * before + (1 - keep) * after, rtol=0, atol=1e-12)


@parametrize_solvers
def test_once_an_average_is_no_longer_asked_for_training_is_as_if_it_never_was(solver):
    fits = [make(solver=solver, warm_start=True, weight_averaging=b).fit(X, Y) for b in (0.0, 0.9)]
    plain, averaged = (mlp.set_params(weight_averaging=0.0).fit(X, Y) for mlp in fits)
    assert_array_equal(flat(plain), flat(averaged))
    assert averaged._training_state["average"].size == 0


@parametrize_solvers
def test_weights_that_the_user_changes_are_the_new_average(solver):
    mlp = make(solver=solver, warm_start=True, weight_averaging=0.999, batch_size=60)
    mlp.set_params(max_iter=1).fit(X, Y)
    mlp.coefs_[0][:] = 7.0
    mlp.fit(X, Y)
    assert np.all(np.abs(mlp.coefs_[0] - 7) < 1)


def test_divergence_leaves_finite_weights_and_a_new_average():
    mlp = make(solver="sgd", weight_averaging=0.9, warm_start=True).fit(X, Y)
    mlp.set_params(learning_rate_init=1e150)
    with pytest.warns(match="diverged"):
        mlp.fit(X, Y)
    assert np.isfinite(flat(mlp)).all()
    mlp.set_params(learning_rate_init=0.05).fit(X, Y)
    assert np.isfinite(flat(mlp)).all()
    assert_array_equal(mlp._training_state["average"].size, flat(mlp).size)

"""Batch and layer normalization: gradients, statistics, predictions and how training goes on."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.utils._param_validation import InvalidParameterError

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import add_loss_and_gradient
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.normalizing import RATE
from skreg._training.arguments import make_net, make_work
from tests import naive, naive_normalization
from tests.test_network import FLOAT64, N, Problem, differentiate

OWNED = ["normalization_scales_", "normalization_means_", "normalization_variances_"]
parametrize_names = pytest.mark.parametrize("name", NORMALIZATIONS)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)) @ RNG.normal(size=(5, 5)) + RNG.normal(size=5)
Y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2]


class Normalized(Problem):
    """A network with a normalization and random numbers that it owns."""

    def __init__(self, name, activation="tanh", hidden=(5, 3), dropout=0.0, **options):
        self.normalization = name
        super().__init__("squared_error", activation, hidden, dropout, **options)
        self.owned = self.layout.owned(self.theta)
        for own in self.owned:
            own[0] = self.rng.uniform(0.5, 2, own.shape[1])
            own[2:] = self.rng.uniform(0.5, 2, own[2:].shape)

    @property
    def n_shared(self):
        """Parameters that networks without normalization have."""
        return self.theta.size - sum(own.size for own in self.owned)

    def expected(self, theta, seed=0, step=0):
        layers = naive_normalization.make(
            self.normalization, self.layout.owned(theta), self.weights
        )
        coefs, intercepts = self.layout.coefs(theta), self.layout.intercepts(theta)
        drops = naive.draw_drops(seed, step, N, self.units, self.rates)
        factors = self.weights / self.weights.mean() / N
        arguments = self.X, self.Y, factors, self.activations, self.loss, drops, None, layers
        value, *gradients = naive.loss_and_gradients(coefs, intercepts, *arguments)
        gradient = np.zeros_like(theta)
        gradient[: self.n_shared] = naive.flatten(*gradients)
        for own, layer in zip(self.layout.owned(gradient), layers):
            own[0] = layer.scales_gradient
        return value, gradient


def few_weights(problem):
    """Leave a single row of a weight."""
    problem.weights[:] = 0
    problem.weights[2] = 3.0


@pytest.mark.parametrize("activation", ACTIVATIONS)
@parametrize_names
def test_gradient_is_that_of_the_oracle(name, activation):
    for hidden in [(), (5,), (4, 6, 5)]:
        for dropout in (0.0, 0.4):
            problem = Normalized(name, activation, hidden, dropout, weighted=True)
            value, gradient = problem.value_and_gradient(problem.theta, 5, 7)
            expected_value, expected = problem.expected(problem.theta, 5, 7)
            assert_allclose(value, expected_value, rtol=1e-10)
            assert_allclose(gradient, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("is_frozen", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "silu"])
@parametrize_names
def test_gradient_is_that_of_finite_differences(name, activation, is_frozen):
    problem = Normalized(name, activation, dropout=0.3, weighted=True)
    if is_frozen:
        few_weights(problem)
    _, gradient = problem.value_and_gradient(problem.theta, 5, 7)
    differences = differentiate(problem.value_of(5, 7), problem.theta)
    for own in problem.layout.owned(differences):
        assert np.any(own[0] != 0)
        own[1:] = 0  # statistics, which have no gradient
    assert_allclose(gradient, differences, rtol=1e-5, atol=1e-7)


def test_one_row_is_normalized_by_the_averages_and_leaves_them_alone():
    problem = Normalized("batch")
    few_weights(problem)
    value, gradient = problem.value_and_gradient(problem.theta)
    expected_value, expected = problem.expected(problem.theta)
    assert_allclose(value, expected_value, rtol=1e-12)
    assert_allclose(gradient, expected, rtol=1e-10, atol=1e-13)
    _, _, theta = problem.train(problem.theta)
    for own, before in zip(problem.layout.owned(theta), problem.owned):
        assert_array_equal(own[1:], before[1:])


@parametrize_names
def test_rows_of_no_weight_do_not_count(name):
    problem = Normalized(name, weighted=True)
    problem.weights[[0, 4]] = 0.0
    value, gradient, theta = problem.train(problem.theta)
    problem.X[[0, 4]] = 1e200 * problem.rng.normal(size=(2, 4))
    problem.Y[[0, 4]] = 0.0
    others = problem.train(problem.theta)
    for one, other in zip((value, gradient, theta), others):
        assert_allclose(one, other, rtol=1e-12)


def test_gradients_of_layer_normalization_add_up_over_tiles():
    problem = Normalized("layer", weighted=True)
    parts, gradient = (problem.layout, problem.settings()), np.zeros_like(problem.theta)
    net, work = make_net(*parts, 0, FLOAT64), make_work(*parts, 3, FLOAT64)
    block = problem.X, problem.Y, problem.weights, np.float64(1 / problem.weights.sum()), 3
    value = add_loss_and_gradient["dense"][FLOAT64](problem.theta, gradient, net, work, (), *block)
    expected_value, expected = problem.expected(problem.theta)
    assert_allclose(value, expected_value, rtol=1e-12)
    assert_allclose(gradient, expected, rtol=1e-10, atol=1e-13)


def test_large_means_cost_no_digits_of_variances_in_float32():
    x = (RNG.normal(size=(200, 1)) + 1e3).astype(np.float32)
    mlp = MLPRegressor(1, normalization="batch", learning_rate_init=1e-30, max_iter=1)
    mlp.fit(x, x[:, 0])
    z = x.astype(np.float64) * mlp.coefs_[0]
    assert_allclose(mlp.normalization_means_[0], z.mean(axis=0), rtol=1e-5)
    assert_allclose(mlp.normalization_variances_[0], z.var(axis=0), rtol=1e-3)


@pytest.mark.parametrize("weights", [None, RNG.integers(0, 3, 60).astype(float)])
def test_statistics_are_moving_averages_of_those_of_batches(weights):
    mlp = MLPRegressor(
        4, normalization="batch", batch_size=20, shuffle=False, learning_rate_init=1e-300
    )
    mlp.set_params(max_iter=3, warm_start=True).fit(X, Y, weights)
    shares = np.ones(60) if weights is None else weights
    batches = [(X[i : i + 20] @ mlp.coefs_[0], shares[i : i + 20]) for i in (0, 20, 40)] * 3
    means = [np.average(z, axis=0, weights=s) for z, s in batches]
    squares = [np.average((z - m) ** 2, axis=0, weights=s) for m, (z, s) in zip(means, batches)]
    powers = (1 - RATE) ** np.arange(8, -1, -1)
    assert_allclose(mlp.normalization_means_[0], np.average(means, axis=0, weights=powers))
    assert_allclose(mlp.normalization_variances_[0], np.average(squares, axis=0, weights=powers))


def predict_by_formula(mlp, X, name):
    """The outputs of a regressor of relu units, by the oracle."""
    parts = [getattr(mlp, part.attribute) for part in NORMALIZATIONS[name].owned]
    layers = naive_normalization.make(name, list(zip(*parts)))
    return naive.predict(mlp.coefs_, mlp.intercepts_, X, "relu", "identity", layers)[:, 0]


def make(name, **options):
    own = {"max_iter": 3, "batch_size": 20, "random_state": 0, "target_scaling": False}
    return MLPRegressor((6, 4), normalization=name, **{**own, **options})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@parametrize_names
def test_predictions_are_those_of_the_formula(name, dtype):
    rows = X.astype(dtype)
    mlp = make(name).fit(rows, Y)
    expected = predict_by_formula(mlp, rows, name)
    assert mlp.predict(rows).dtype == dtype
    tolerance = 1e-12 if dtype == np.float64 else 1e-4
    assert_allclose(mlp.predict(rows), expected, rtol=tolerance, atol=tolerance)
    assert_allclose(mlp.predict(csr_array(rows)), expected, rtol=tolerance, atol=tolerance)
    alone = [mlp.predict(rows[[i]])[0] for i in range(5)]
    assert_allclose(alone, expected[:5], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", [None, *NORMALIZATIONS])
def test_attributes_are_what_the_normalization_owns(name):
    mlp = make(name).fit(X, Y)
    owned = () if name is None else NORMALIZATIONS[name].owned
    for attribute in OWNED:
        value = getattr(mlp, attribute)
        if attribute in [part.attribute for part in owned]:
            assert [each.shape for each in value] == [(6,), (4,)]
        else:
            assert value is None


@parametrize_names
def test_repetition_equals_weights_where_all_rows_are_a_batch(name):
    counts = np.random.default_rng(1).integers(0, 3, 60)
    options = {"batch_size": 200, "max_iter": 20, "shuffle": False}
    with pytest.warns(UserWarning, match="batch_size"):
        weighted = make(name, **options).fit(X, Y, counts)
    with pytest.warns(UserWarning, match="batch_size"):
        repeated = make(name, **options).fit(np.repeat(X, counts, axis=0), np.repeat(Y, counts))
    for attribute in ("coefs_", "intercepts_", *OWNED):
        for one, other in zip(
            getattr(weighted, attribute) or (), getattr(repeated, attribute) or ()
        ):
            assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def assert_same_weights(one, other):
    for attribute in ("coefs_", "intercepts_", *OWNED):
        pairs = getattr(one, attribute) or (), getattr(other, attribute) or ()
        for a, b in zip(*pairs, strict=True):
            assert_array_equal(a, b)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@parametrize_names
def test_training_goes_on_as_if_never_interrupted(name, solver):
    options = {"solver": solver, "dropout": 0.2, "l1": 1e-3}
    whole = make(name, max_iter=6, **options).fit(X, Y)
    halves = make(name, warm_start=True, **options).fit(X, Y)
    halves = pickle.loads(pickle.dumps(halves)).fit(X, Y)
    assert_same_weights(halves, whole)
    parts = make(name, **options)
    for _ in range(6):
        parts.partial_fit(X, Y)
    assert_same_weights(parts, whole)


@parametrize_names
def test_last_batch_of_one_row_does_no_harm(name):
    mlp = make(name, max_iter=300, learning_rate_init=0.01, n_iter_no_change=np.inf)
    assert mlp.fit(X[:41], Y[:41]).score(X[:41], Y[:41]) > 0.7


def test_stream_of_single_rows_leaves_the_statistics_as_they_begin():
    mlp = make("batch")
    for i in range(5):
        mlp.partial_fit(X[[i]], Y[[i]])
    assert_array_equal(np.concatenate(mlp.normalization_means_), 0)
    assert_array_equal(np.concatenate(mlp.normalization_variances_), 1)
    assert np.any(mlp.normalization_scales_[0] != 1)


@parametrize_names
def test_changed_attributes_are_predicted_with_and_trained_on_from(name):
    mlp = make(name, warm_start=True).fit(X, Y)
    before = mlp.predict(X)
    for attribute in OWNED:
        for values in getattr(mlp, attribute) or ():
            values *= 1.5
    expected = predict_by_formula(mlp, X, name)
    assert np.abs(expected - before).max() > 0.01
    assert_allclose(mlp.predict(X), expected, rtol=1e-10)
    changed = [values.copy() for values in mlp.normalization_scales_]
    mlp.set_params(learning_rate_init=1e-300).fit(X, Y)
    for actual, wanted in zip(mlp.normalization_scales_, changed):
        assert_allclose(actual, wanted, rtol=1e-12)


@pytest.mark.parametrize("wrong", [None, [np.ones(6)], [np.ones(6), np.ones(5)], "ab"])
@pytest.mark.parametrize("attribute", OWNED)
def test_attributes_that_do_not_fit_are_refused(attribute, wrong):
    mlp = make("batch", warm_start=True).fit(X, Y)
    setattr(mlp, attribute, wrong)
    with pytest.raises(ValueError, match=rf"{attribute} must be a list of arrays .* got"):
        mlp.predict(X)
    if wrong is not None:  # which begins anew
        with pytest.raises(ValueError, match=rf"{attribute} must be a list of arrays"):
            mlp.fit(X, Y)


def test_negative_variances_are_refused():
    mlp = make("batch").fit(X, Y)
    mlp.normalization_variances_[0][2] = -1
    with pytest.raises(ValueError, match="normalization_variances_ must not be negative"):
        mlp.predict(X)


@parametrize_names
def test_sparse_weights_predict_the_same(name):
    mlp = make(name, l1=0.03, max_iter=20).fit(X, Y)
    expected = mlp.predict(X)
    assert_allclose(mlp.sparsify().predict(X), expected, rtol=1e-12)
    assert_allclose(mlp.predict(csr_array(X)), expected, rtol=1e-12)


@parametrize_names
def test_normalization_may_change_between_calls(name):
    mlp = make(None, warm_start=True).fit(X, Y)
    weights = mlp.coefs_[0].copy()
    mlp.set_params(normalization=name, learning_rate_init=1e-300).fit(X, Y)
    assert_allclose(mlp.coefs_[0], weights, rtol=1e-12)
    assert_array_equal(mlp.normalization_scales_[0], 1)
    mlp.set_params(normalization=None).fit(X, Y)
    assert mlp.normalization_scales_ is None
    assert_allclose(mlp.predict(X), clone(mlp).fit(X, Y).predict(X), atol=10)


@parametrize_names
def test_validation_is_by_the_weights_and_statistics_that_are_kept(name):
    mlp = make(name, early_stopping=True, max_iter=15, dropout=0.3)
    mlp.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
    assert mlp.best_validation_score_ == max(mlp.validation_scores_)
    assert_allclose(mlp.score(X[40:], Y[40:]), mlp.best_validation_score_, rtol=1e-10)


@parametrize_names
def test_scale_of_the_products_does_not_matter(name):
    small, large = (make(name, max_iter=1, l2=0.0).fit(c * X, Y) for c in (1e3, 1e4))
    assert_allclose(small.loss_, large.loss_, rtol=1e-3)


def test_layer_normalization_is_trained_by_lbfgs():
    options = {"solver": "lbfgs", "max_iter": 400, "l2": 1e-2, "activation": "tanh"}
    mlp = make("layer", **options).fit(X, Y)
    assert mlp.score(X, Y) > 0.95
    assert np.abs(mlp.normalization_scales_[0] - 1).max() > 1e-3
    assert_allclose(mlp.predict(X[:3]), make("layer", **options).fit(X, Y).predict(X[:3]))


@pytest.mark.parametrize("activation", ["relu", "silu"])
@parametrize_names
def test_everything_else_combines_with_it(name, activation):
    X_sparse, y = csr_array(X * (np.abs(X) > 1)), Y > Y.mean()
    for rows in (X_sparse, X.astype(np.float32)):
        mlp = MLPClassifier(
            (6, 4),
            normalization=name,
            activation=activation,
            class_weight="balanced",
            dropout=0.2,
            input_dropout=0.1,
            l1=1e-4,
            clip_norm=1.0,
            early_stopping=True,
            random_state=0,
            max_iter=10,
        )
        probabilities = mlp.fit(rows, y).predict_proba(rows)
        assert probabilities.dtype == mlp.normalization_scales_[0].dtype == rows.dtype
        assert np.isfinite(probabilities).all()


def test_batch_normalization_is_refused_where_there_are_no_batches():
    with pytest.raises(InvalidParameterError, match="normalization='batch' depends on mini-batch"):
        make("batch", solver="lbfgs").fit(X, Y)


def test_layer_normalization_of_a_single_unit_is_refused():
    with pytest.raises(InvalidParameterError, match="normalization='layer' needs at least 2 units"):
        make("layer").set_params(hidden_layer_sizes=(6, 1)).fit(X, Y)
    make("batch").set_params(hidden_layer_sizes=(6, 1)).fit(X, Y)


def test_unknown_normalization_is_refused_with_advice():
    with pytest.raises(InvalidParameterError, match="Did you mean 'batch'"):
        make("batch_norm").fit(X, Y)

"""Outputs: their shapes for every kind of targets, and probabilities that are never 0 or 1."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.metrics import r2_score
from sklearn.utils import get_tags
from sklearn.utils.multiclass import check_classification_targets

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.losses import LOSSES, REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from tests import naive

N = 80
SOLVERS = [*OPTIMIZERS, "lbfgs"]
X, CODES = make_classification(
    N, 5, n_informative=4, n_redundant=0, n_classes=4, n_clusters_per_class=1, random_state=0
)
KINDS = {
    "binary": CODES % 2,
    "multiclass": CODES,
    "multilabel": np.stack([CODES == 0, CODES > 1, CODES % 2], axis=1).astype(int),
}
LINK_OF_KIND = {"binary": "logistic", "multiclass": "softmax", "multilabel": "logistic"}
parametrize_kinds = pytest.mark.parametrize("kind", KINDS)
parametrize_solvers = pytest.mark.parametrize("solver", SOLVERS)
parametrize_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
parametrize_losses = pytest.mark.parametrize("loss", REGRESSION_LOSSES)


def make(estimator, **params):
    first = {"max_iter": 30, "random_state": 0, "learning_rate_init": 0.02}
    return estimator((8,), **{**first, **params})


def scores_of(mlp, X):
    """The scores of the last layer, by plain formulas."""
    return naive.predict(mlp.coefs_, mlp.intercepts_, X, "relu", "identity")


@parametrize_solvers
@parametrize_kinds
def test_outputs_have_the_shape_and_the_link_of_their_kind(kind, solver):
    y = KINDS[kind]
    mlp = make(MLPClassifier, solver=solver, max_iter=100).fit(X, y)
    n_columns = {"binary": 2, "multiclass": 4, "multilabel": 3}[kind]
    assert mlp.predict(X).shape == y.shape
    assert mlp.predict_proba(X).shape == mlp.predict_log_proba(X).shape == (N, n_columns)
    assert mlp.n_outputs_ == {"binary": 1, "multiclass": 4, "multilabel": 3}[kind]
    assert mlp.out_activation_ == LINK_OF_KIND[kind]
    assert_array_equal(mlp.classes_, np.arange(n_columns))
    assert mlp.score(X, y) > 0.5


@parametrize_kinds
def test_probabilities_are_the_links_of_the_scores(kind):
    mlp = make(MLPClassifier).fit(X, KINDS[kind])
    z = scores_of(mlp, X)
    links = {
        "binary": lambda: np.column_stack([expit(-z), expit(z)]),
        "multiclass": lambda: softmax(z, axis=1),
        "multilabel": lambda: expit(z),
    }
    expected = links[kind]()
    assert_allclose(mlp.predict_proba(X), expected, rtol=1e-9)
    assert_allclose(mlp.predict_log_proba(X), np.log(expected), rtol=1e-9, atol=1e-12)


@parametrize_kinds
def test_predictions_are_what_is_most_probable(kind):
    mlp = make(MLPClassifier).fit(X, KINDS[kind])
    proba = mlp.predict_proba(X)
    expected = proba > 0.5 if kind == "multilabel" else proba.argmax(axis=1)
    assert_array_equal(mlp.predict(X), expected)


@pytest.mark.parametrize("scale", [1.0, 1e6])
@parametrize_dtypes
@parametrize_solvers
@parametrize_kinds
def test_probabilities_are_inside_0_and_1_and_have_finite_logarithms(kind, solver, dtype, scale):
    mlp = make(MLPClassifier, solver=solver).fit(X.astype(dtype), KINDS[kind])
    far = (X * scale).astype(dtype)
    proba, logarithms = mlp.predict_proba(far), mlp.predict_log_proba(far)
    assert proba.dtype == logarithms.dtype == dtype
    assert proba.min() > 0 and proba.max() < 1
    assert np.isfinite(logarithms).all() and logarithms.max() < 0
    if scale > 1:
        assert proba.min() < 1e-30, "the scores must be large for this test"
    if kind != "multilabel":
        assert_allclose(proba.sum(axis=1), 1, rtol=0, atol=8 * np.finfo(dtype).eps)


@parametrize_dtypes
@parametrize_kinds
def test_sparse_rows_have_the_same_outputs(kind, dtype):
    mlp = make(MLPClassifier).fit(X, KINDS[kind])
    rtol = 1e-9 if dtype == np.float64 else 1e-3
    sparse = csr_array(X.astype(dtype))
    assert_allclose(mlp.predict_proba(sparse), mlp.predict_proba(X), rtol=rtol)
    assert_array_equal(mlp.predict(sparse), mlp.predict(X))


@pytest.mark.parametrize("n_labels", [2, 5])
def test_labels_that_are_always_or_never_set_are_learned(n_labels):
    labels = np.zeros((N, n_labels), int)
    labels[:, -1] = 1
    mlp = make(MLPClassifier, max_iter=100).fit(X, labels)
    assert_array_equal(mlp.predict(X), labels)
    assert mlp.score(X, labels) == 1.0


def test_scores_of_labels_are_shares_of_rows_without_any_error():
    labels = KINDS["multilabel"]
    mlp = make(MLPClassifier).fit(X, labels)
    hits = (mlp.predict(X) == labels).all(axis=1)
    assert mlp.score(X, labels) == hits.mean() < 1


@pytest.mark.parametrize("solver", OPTIMIZERS)
@parametrize_kinds
def test_partial_fit_learns_targets_of_every_kind(kind, solver):
    y = KINDS[kind]
    mlp, twin = make(MLPClassifier, solver=solver), make(MLPClassifier, solver=solver, max_iter=3)
    classes = {} if kind == "multilabel" else {"classes": np.unique(y)}
    for _ in range(3):
        mlp.partial_fit(X, y, **classes)
    assert_array_equal(mlp.predict_proba(X), twin.fit(X, y).predict_proba(X))


@parametrize_losses
@parametrize_solvers
def test_several_outputs_have_the_shape_of_y(solver, loss):
    Y = np.exp(0.3 * X[:, :3])
    mlp = make(MLPRegressor, solver=solver, loss=loss).fit(X, Y)
    assert mlp.predict(X).shape == Y.shape
    assert mlp.n_outputs_ == 3
    assert mlp.out_activation_ == LOSSES[loss].link
    assert mlp.score(X, Y) == r2_score(Y, mlp.predict(X))
    assert mlp.loss_ < mlp.loss_curve_[0]
    one = clone(mlp).fit(X, Y[:, 0])
    assert one.predict(X).shape == (N,)
    assert one.n_outputs_ == 1


@parametrize_losses
def test_predictions_of_numbers_are_the_links_of_the_scores(loss):
    Y = np.exp(0.3 * X[:, :2])
    mlp = make(MLPRegressor, loss=loss).fit(X, Y)
    scores = scores_of(mlp, X)
    outputs = naive.LINKS[LOSSES[loss].link](scores)[:, :: scores.shape[1] // 2]
    expected = outputs * mlp.target_scale_ + mlp.target_center_
    assert_allclose(mlp.predict(X), expected, rtol=1e-9)


@parametrize_losses
def test_two_equal_outputs_have_the_loss_of_one(loss):
    y = np.exp(0.3 * X[:, 0])
    params = {"loss": loss, "l2": 0.0, "learning_rate": "cosine", "learning_rate_init": 0.1}
    params |= {"max_iter": 1000, "n_iter_no_change": np.inf, "random_state": 0}
    one = MLPRegressor((), **params).fit(X, y)
    both = MLPRegressor((), **params).fit(X, np.stack([y, y], axis=1))
    assert_allclose(both.loss_, one.loss_, rtol=1e-3, atol=1e-9)
    assert_allclose(both.predict(X), np.stack([one.predict(X)] * 2, axis=1), atol=0.05)


@parametrize_losses
def test_tags_tell_what_targets_may_be(loss):
    tags = get_tags(MLPRegressor(loss=loss)).target_tags
    assert tags.positive_only == (LOSSES[loss].targets != "any")
    assert tags.multi_output == (LOSSES[loss].targets == "any")  # the check of it has any numbers


def test_tags_of_the_classifier_tell_of_labels():
    tags = get_tags(MLPClassifier())
    assert tags.classifier_tags.multi_label and tags.classifier_tags.multi_class
    assert tags.target_tags.multi_output
    assert tags.input_tags.sparse


def test_sparse_indicators_of_labels_train_as_dense_ones_and_come_back_sparse():
    labels = KINDS["multilabel"]
    mlp = MLPClassifier(max_iter=20, random_state=0)
    dense, sparse = clone(mlp).fit(X, labels), clone(mlp).fit(X, csr_array(labels))
    assert_array_equal(sparse.coefs_[0], dense.coefs_[0])
    assert_array_equal(sparse.predict(X).toarray(), dense.predict(X))


def test_labels_that_may_be_numbers_are_warned_of_as_in_scikit_learn():
    y = np.arange(20) % 15

    def warnings_of(function, *arguments):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function(*arguments)
        return {str(w.message) for w in caught}

    expected = warnings_of(check_classification_targets, y)  # none in earlier versions
    assert expected <= warnings_of(MLPClassifier((2,), max_iter=1).fit, np.ones((20, 2)), y)

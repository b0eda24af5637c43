"""Networks with sparse weight matrices predict the same, and importances select features."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array, csr_matrix, issparse
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE, SelectFromModel

from skreg import MLPClassifier, MLPRegressor
from skreg._compiler.jit import DTYPES

X, Y = make_classification(
    120,
    9,
    n_informative=3,
    n_redundant=0,
    n_classes=3,
    n_clusters_per_class=1,
    shuffle=False,
    random_state=0,
)
ESTIMATORS = [MLPClassifier, MLPRegressor]
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS)


def make(estimator=MLPClassifier, **params):
    fixed = {"max_iter": 20, "random_state": 0, "learning_rate_init": 0.02, "l1": 0.02}
    return estimator((8, 6), **{**fixed, **params})


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@parametrize_estimators
def test_sparse_weights_predict_as_dense_ones(estimator, dtype, form):
    rows = form(X.astype(dtype))
    mlp = make(estimator, activation=["tanh", "gelu"]).fit(rows, Y)
    before = clone(mlp).fit(rows, Y).coefs_
    assert 0 < mlp.sparsity_[0] < 1
    outputs = "predict_proba" if estimator is MLPClassifier else "predict"
    for some in (rows, rows[:1]):
        expected = getattr(mlp.densify(), outputs)(some)
        assert mlp.sparsify() is mlp
        assert all(isinstance(coef, csr_matrix) for coef in mlp.coefs_)
        actual = getattr(mlp, outputs)(some)
        assert actual.dtype == expected.dtype
        assert_allclose(actual, expected, rtol=0, atol=100 * np.finfo(dtype).eps)
    again = pickle.loads(pickle.dumps(mlp))
    assert_array_equal(getattr(again, outputs)(some), actual)
    for coef, other in zip(mlp.densify().coefs_, before, strict=True):
        assert type(coef) is np.ndarray
        assert_array_equal(coef, other)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_training_goes_on_from_sparse_weights_as_from_dense_ones(solver):
    dense, sparse = (make(solver=solver, warm_start=True, max_iter=5).fit(X, Y) for _ in range(2))
    sparse.sparsify().fit(X, Y)
    for coef, other in zip(sparse.coefs_, dense.fit(X, Y).coefs_, strict=True):
        assert_array_equal(coef, other)
    if solver != "lbfgs":
        sparse.sparsify().partial_fit(X, Y)
        assert not any(map(issparse, sparse.coefs_))


@parametrize_estimators
def test_what_needs_a_fit_says_so(estimator):
    mlp = estimator()
    for name in ("feature_importances_", "sparsify", "densify"):
        with pytest.raises(AttributeError) as raised:
            getattr(mlp, name)
        assert isinstance(raised.value.__cause__ or raised.value, NotFittedError)


@parametrize_estimators
def test_importances_are_shares_of_the_norms_of_rows(estimator):
    mlp = make(estimator).fit(X, Y)
    norms = np.sqrt((mlp.coefs_[0] ** 2).sum(axis=1))
    assert_allclose(mlp.feature_importances_, norms / norms.sum(), rtol=1e-12)
    assert_allclose(mlp.sparsify().feature_importances_, norms / norms.sum(), rtol=1e-12)
    mlp.densify().coefs_[0][:] = 0
    assert_array_equal(mlp.feature_importances_, np.zeros(9))


def test_selectors_of_scikit_learn_keep_the_informative_features():
    mlp = make(l1=0.0, group_l1=0.06, max_iter=200, learning_rate="cosine", batch_size=120)
    selector = SelectFromModel(mlp, threshold=1e-10).fit(X, Y)
    kept = selector.get_support()
    assert_array_equal(kept, selector.estimator_.coefs_[0].any(axis=1))
    assert kept[:3].all()
    assert kept.sum() < 9
    support = RFE(mlp.set_params(max_iter=50), n_features_to_select=3).fit(X, Y).support_
    assert_array_equal(support, np.arange(9) < 3)

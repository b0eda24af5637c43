"""Coefficients and scores along a path, without cross-validation."""

import signal

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.linear_model import lasso_path

from skreg import MLPClassifier, MLPRegressor
from skreg._training import stochastic
from skreg.model_selection import MLPClassifierCV, regularization_path

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
LABELS, TARGETS = (X[:, 0] > 0).astype(int), X @ [3.0, -2.0, 0.0, 1.0]
SMALL = {"hidden_layer_sizes": 5, "max_iter": 20, "learning_rate_init": 0.02, "random_state": 0}


def test_the_path_of_a_linear_network_is_that_of_the_lasso():
    how = {"solver": "lbfgs", "l2": 0.0, "target_scaling": False, "tol": 1e-8}
    mlp = MLPRegressor((), random_state=0, **how)
    path = regularization_path(X, TARGETS, mlp, l1s=5)
    centered = X - X.mean(axis=0), TARGETS - TARGETS.mean()
    wanted = lasso_path(*centered, alphas=path.l1, tol=1e-10)[1]
    assert_allclose(np.hstack([coefs[0] for coefs in path.coefs]), wanted, atol=0.01)
    assert path.sparsity[0] == 1 and np.all(np.diff(path.scores) > 0)


def test_entries_are_of_all_points_from_strong_to_weak():
    mlp = MLPClassifier(**SMALL)
    path = regularization_path(X, LABELS, mlp, l1s=[1e-3, 0.1], l2s=[1e-2, 1e-4], dropouts=[0.1])
    assert path.l1.tolist() == [0.1, 0.1, 1e-3, 1e-3]
    assert path.l2.tolist() == [1e-2, 1e-4, 1e-2, 1e-4]
    assert path.dropout.tolist() == [0.1] * 4
    assert path.scores.shape == path.sparsity.shape == path.n_iter.shape == (4,)
    assert [[part.shape for part in parts] for parts in path.coefs] == [[(4, 5), (5, 1)]] * 4
    assert [[part.shape for part in parts] for parts in path.intercepts] == [[(5,), (1,)]] * 4
    assert not hasattr(mlp, "coefs_")


def test_scores_are_those_of_the_validation_set():
    mlp, new = MLPClassifier(**SMALL, l1=1e-3), RNG.normal(size=(40, 4))
    weights = RNG.integers(0, 3, 40)
    how = {"X_val": new, "y_val": new[:, 1] > 0, "sample_weight_val": weights}
    path = regularization_path(X, LABELS, mlp, l1s=None, sample_weight=np.ones(80), **how)
    mlp.set_params(random_state=np.random.RandomState(0).randint(np.iinfo(np.int32).max))
    assert path.scores.tolist() == [mlp.fit(X, LABELS).score(new, new[:, 1] > 0, weights)]


def test_sparse_rows_give_the_path_of_dense_ones():
    sparse, dense = (
        regularization_path(form(X), TARGETS, MLPRegressor(**SMALL), l1s=3)
        for form in (csr_array, np.asarray)
    )
    assert_array_equal(sparse.l1, dense.l1)
    assert_allclose(sparse.coefs[0][0], dense.coefs[0][0], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("network", [None, MLPClassifier, MLPClassifierCV()], ids=str)
def test_other_networks_are_refused(network):
    with pytest.raises(TypeError, match="network must be an MLPClassifier or an MLPRegressor"):
        regularization_path(X, LABELS, network)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"l1s": []}, "l1s must be None, a count"),
        ({"l1s": 1}, "The 'l1s' parameter of regularization_path must be"),
        ({"dropouts": "all"}, "The 'dropouts' parameter"),
        ({"path_max_iter": 0}, "The 'path_max_iter' parameter"),
        ({"X_val": X}, "X_val and y_val must be given together"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused_before_any_fit(params, message, monkeypatch):
    monkeypatch.setattr(stochastic, "learning_rate", None)
    with pytest.raises(ValueError, match=message):
        regularization_path(X, LABELS, MLPClassifier(**SMALL), **params)


def test_parameters_without_effect_are_warned_of_once_and_scoring_has_one():
    mlp = MLPRegressor(**SMALL, quantile=0.3, scoring="loss")
    with pytest.warns(UserWarning, match="Without effect in this fit: quantile=0.3") as caught:
        regularization_path(X, TARGETS, mlp, l1s=3)
    assert len(caught) == 1 and "scoring" not in str(caught[0].message)


def test_ctrl_c_ends_the_whole_path(monkeypatch):
    real, begun = stochastic.learning_rate, []

    def learning_rate(settings, state):
        begun.append(state.epoch)
        if len(begun) == 30:
            signal.raise_signal(signal.SIGINT)
        return real(settings, state)

    monkeypatch.setattr(stochastic, "learning_rate", learning_rate)
    with pytest.raises(KeyboardInterrupt):
        regularization_path(X, LABELS, MLPClassifier(**SMALL))
    assert len(begun) == 30

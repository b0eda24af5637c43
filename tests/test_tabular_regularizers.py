"""Every regularizer of a single network acts on the members of an ensemble as well."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer
from sklearn.feature_selection import RFE, SelectFromModel

from skreg import TabularMLPClassifier

X, Y = load_breast_cancer(return_X_y=True)
SWITCHES = {
    "l1": 1e-3,
    "l2": 0.1,
    "weight_decay": 0.5,
    "group_l1": 1e-2,
    "max_norm": 0.5,
    "normalization": "batch",
    "weight_averaging": 0.9,
    "dropout_schedule": "flat_cosine",
    "dropout": 0.5,
    "input_dropout": 0.2,
    "clip_norm": 0.1,
}


def fit(**params):
    usual = {
        "hidden_layer_sizes": "8",
        "n_members": 2,
        "max_iter": 8,
        "early_stopping": False,
        "random_state": 0,
    }
    usual["diversity"] = None  # which would multiply strengths by zero for some members
    return TabularMLPClassifier(**{**usual, **params}).fit(X[::3], Y[::3])


@pytest.fixture(scope="module")
def plain():
    return fit()


def make_table():
    """Every kind of column that an encoder knows, and a constant."""
    rng, n = np.random.default_rng(0), 120
    return pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "constant": np.ones(n),
            "holes": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "levels": pd.Categorical(rng.choice(list("uvw"), n)),
            "pair": pd.Categorical(rng.choice(["yes", "no"], n)),
            "many": pd.Categorical(rng.integers(0, 70, n)),
            "bit": rng.integers(0, 2, n),
        }
    )


def test_importances_are_norms_of_all_columns_that_encode_a_feature():
    X = make_table()
    y = (X["number"] + (X["levels"] == "u") > 0).astype(int)
    fitted = TabularMLPClassifier("4", max_iter=2, n_members=2, random_state=0).fit(X, y)
    fitted.votes_ = np.array([0.25, 0.75])
    names, expected = fitted.encoder_.get_feature_names_out(), 0.0
    for vote, member in zip(fitted.votes_, fitted.estimators_, strict=True):
        squares = np.sum(member.coefs_[0].astype(float) ** 2, axis=1)
        of_features = [[name.split("_")[0] == feature for name in names] for feature in X]
        norms = np.sqrt(np.array(of_features) @ squares)
        expected = expected + vote * norms / norms.sum()
    assert_allclose(fitted.feature_importances_, expected, rtol=1e-6)
    assert_array_equal(fitted.feature_importances_ == 0, X.columns == "constant")
    kept = SelectFromModel(fitted, threshold=1e-10, prefit=True).fit(X)
    assert_array_equal(kept.get_feature_names_out(), X.columns.drop("constant"))


def test_a_group_lasso_selects_the_columns_of_a_table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6)) * [1, 1, 1e3, 1, 1e-3, 1]
    y = ((X[:, 1] > 0) ^ (X[:, 4] > 0)).astype(int)
    selecting = TabularMLPClassifier(
        "16", n_members=1, max_iter=30, group_l1=0.01, early_stopping=False, random_state=0
    )
    for selector in (SelectFromModel(selecting), RFE(selecting, n_features_to_select=2, step=4)):
        assert_array_equal(np.flatnonzero(selector.fit(X, y).get_support()), [1, 4])
    assert not hasattr(TabularMLPClassifier(), "feature_importances_")


def weights_of(ensemble):
    return [weights for member in ensemble.estimators_ for weights in member.coefs_]


@pytest.mark.parametrize("name", SWITCHES)
def test_a_regularizer_changes_every_member(name, plain):
    fitted = fit(**{name: SWITCHES[name]})
    for one, other in zip(fitted.estimators_, plain.estimators_, strict=True):
        assert not np.allclose(one.coefs_[0], other.coefs_[0], atol=1e-5)


def test_max_norm_bounds_the_units_of_members():
    norms = [
        np.linalg.norm(weights.astype(float), axis=0)
        for weights in weights_of(fit(max_norm=0.3))[::2]
    ]
    assert max(map(np.max, norms)) <= 0.3


def test_group_l1_removes_encoded_columns_from_members():
    for member in fit(group_l1=0.2, max_iter=20).estimators_:
        is_zero = ~member.coefs_[0].any(axis=1)
        assert 0.2 < is_zero.mean() < 1


def test_decay_shrinks_the_weights_of_members(plain):
    squares = [
        np.mean([np.mean(w**2) for w in weights_of(e)]) for e in (fit(weight_decay=5), plain)
    ]
    assert squares[0] < squares[1]

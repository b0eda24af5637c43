"""Every regularizer of a single network acts on the members of an ensemble as well."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

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

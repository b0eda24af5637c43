"""Subclasses with a constructor of their own, as scikit-learn's estimators allow them."""

import pickle
from numbers import Integral
from typing import ClassVar

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils._param_validation import Interval, InvalidParameterError

from skreg import MLPClassifier, MLPRegressor

X, Y = make_classification(40, 5, random_state=0)


class Deep(MLPClassifier):
    """Layers of equal width."""

    def __init__(self, depth=1, width=8, random_state=0):
        self.depth = depth
        self.width = width
        super().__init__((width,) * depth, max_iter=3, random_state=random_state)


class DeepRegressor(MLPRegressor):
    """The same with layers that follow `depth` when a search sets it."""

    def __init__(self, depth=1, dropout=0.0, random_state=0):
        self.depth = depth
        self.dropout = dropout
        self.random_state = random_state

    @property
    def hidden_layer_sizes(self):
        return (4,) * self.depth

    max_iter = 3


class Constrained(MLPRegressor):
    _parameter_constraints: ClassVar[dict] = {"depth": [Interval(Integral, 1, None, closed="left")]}

    def __init__(self, depth=1):
        self.depth = depth
        super().__init__((2,) * depth, max_iter=1)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_constructor_of_its_own_gives_the_network_that_it_asks_for(method):
    first = {"classes": [0, 1]} if method == "partial_fit" else {}
    mlp, twin = Deep(2, 3), MLPClassifier((3, 3), max_iter=3, random_state=0)
    getattr(mlp, method)(X, Y, **first)
    getattr(twin, method)(X, Y, **first)
    assert [coef.shape for coef in mlp.coefs_] == [(5, 3), (3, 3), (3, 1)]
    np.testing.assert_array_equal(mlp.predict_proba(X), twin.predict_proba(X))
    again = pickle.loads(pickle.dumps(mlp))
    np.testing.assert_array_equal(again.predict_proba(X), twin.predict_proba(X))


def test_it_is_cloned_validated_on_and_searched():
    mlp = clone(Deep(depth=2, width=3))
    assert mlp.get_params() == {"depth": 2, "width": 3, "random_state": 0}
    assert cross_val_score(mlp, X, Y, cv=2, error_score="raise").shape == (2,)
    search = GridSearchCV(mlp, {"width": [2, 3], "random_state": [0, 1]}, error_score="raise")
    assert set(search.fit(X, Y).best_params_) == {"width", "random_state"}


def test_attributes_that_it_derives_follow_a_search():
    search = GridSearchCV(DeepRegressor(), {"depth": [3]}, cv=2, error_score="raise").fit(X, Y)
    assert search.best_estimator_.n_layers_ == 5
    assert search.best_estimator_.n_iter_ == 3


def test_what_it_hands_to_the_parent_is_validated():
    mlp = Deep()
    mlp.batch_size = 0
    with pytest.raises(InvalidParameterError, match="'batch_size' parameter of Deep "):
        mlp.fit(X, Y)


def test_constraints_of_its_own_are_checked():
    with pytest.raises(InvalidParameterError, match="'depth' parameter of Constrained "):
        Constrained(0).fit(X, Y)
    assert Constrained(2).fit(X, Y).n_layers_ == 4

"""Rows that members leave out as a splitter says, with groups where it uses them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline

from skreg import TabularMLPRegressor

RNG = np.random.default_rng(0)
N = 120
X = RNG.normal(size=(N, 3))
Y = RNG.random(N)
GROUPS = np.arange(N) // 3 % 10


def make(**params):
    small = {"hidden_layer_sizes": "8", "n_members": 2, "max_iter": 3, "random_state": 0}
    return TabularMLPRegressor(**{**small, **params})


def test_groups_are_left_out_as_a_whole():
    mlp = make(validation_fraction=GroupKFold(2)).fit(X, Y, groups=GROUPS)
    Z = mlp.encoder_.transform(X)
    for i, (_, left_out) in enumerate(GroupKFold(2).split(X, groups=GROUPS)):
        own = mlp.estimators_[i].predict(Z[left_out]).clip(Y.min(), Y.max())
        assert_allclose(mlp.oof_predictions_[left_out], own, rtol=1e-4)


@pytest.mark.parametrize("how", ["auto", 0.2, KFold(3)], ids=repr)
def test_groups_that_nothing_would_heed_are_refused(how):
    with pytest.raises(ValueError, match="groups need a splitter .* such as .*GroupShuffleSplit"):
        make(validation_fraction=how).fit(X, Y, groups=GROUPS)


def test_groups_that_are_missing_or_of_other_rows_are_named():
    mlp = make(validation_fraction=GroupKFold(2))
    with pytest.raises(ValueError, match=r"needs groups: pass groups to fit"):
        mlp.fit(X, Y)
    with pytest.raises(ValueError, match="groups: .*inconsistent numbers of samples"):
        mlp.fit(X, Y, groups=GROUPS[1:])


def test_groups_reach_networks_in_a_search_by_routing():
    with config_context(enable_metadata_routing=True):
        mlp = make(validation_fraction=GroupKFold(2))
        mlp.set_fit_request(groups=True)
        search = GridSearchCV(make_pipeline(mlp), {}, cv=GroupKFold(2), refit=False)
        search.fit(X, Y, groups=GROUPS)
        plain = GridSearchCV(make(), {}, cv=GroupKFold(2), refit=False)
        plain.fit(X, Y, groups=GROUPS)


def test_random_splitters_repeat_with_the_random_state_and_stay_as_they_are():
    splitter = ShuffleSplit(2, test_size=0.3)
    mlp = make(validation_fraction=splitter)
    first, second = (clone(mlp).fit(X, Y).predict(X) for _ in range(2))
    assert_array_equal(first, second)
    assert splitter.random_state is None


BAD_SPLITS = [
    ([], "it yields no split"),
    ([([0, 1], [N])], "row numbers from 0 to 119"),
    ([([0, 1], [1, 2]), ([0], [1])], "rows that are in both parts"),
    ([([0, 1], []), ([0], [1])], "one of the two parts has none"),
]


@pytest.mark.parametrize(("splits", "message"), BAD_SPLITS)
def test_every_split_is_of_rows_to_train_on_and_others(splits, message):
    class Splitter:
        def split(self, X, y=None):
            return iter(splits)

        def get_n_splits(self):
            return len(splits)

    with pytest.raises(ValueError, match=f"^validation_fraction: .*{message}"):
        make(validation_fraction=Splitter()).fit(X, Y)

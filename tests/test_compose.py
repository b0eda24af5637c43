"""Several augmenters as one: their order, their names, and what is left of each."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.utils import get_tags

from skreg.augmentation import (
    BaseAugmenter,
    Compose,
    FeatureDropout,
    GaussianNoise,
    Mixup,
    RandomFlip,
    RowGenerator,
    ScaleJitter,
    SwapNoise,
)

N = 200
X = np.random.default_rng(0).uniform(1, 2, (N, 16))
Y = np.eye(4)[np.arange(N) % 4]


class Adding(BaseAugmenter):
    """Adds a number; the order of it and of a factor shows."""

    def __init__(self, number=1.0, *, probability=1.0, random_state=None):
        super().__init__(probability=probability, random_state=random_state)
        self.number = number

    def _draw(self, rng):
        return None

    def _apply(self, X, draw):
        return X + self.number


class Doubling(BaseAugmenter):
    def _draw(self, rng):
        return None

    def _apply(self, X, draw):
        return 2 * X


def test_augmenters_are_applied_in_their_order():
    assert_array_equal(Compose([Adding(), Doubling()]).fit_transform(X), 2 * (X + 1))
    assert_array_equal(Compose([Doubling(), Adding()]).fit_transform(X), 2 * X + 1)


def test_a_composition_is_one_augmenter_after_the_other_with_the_same_generator():
    parts = [GaussianNoise(0.2), Mixup(0.5), SwapNoise(0.3, probability=0.5), ScaleJitter()]
    composed = Compose(parts).fit(X).augment(X, Y, RowGenerator(3, N))
    rng, expected = RowGenerator(3, N), (X, Y)
    for part in parts:
        expected = clone(part).fit(X).augment(*expected, rng)
    for one, other in zip(composed, expected):
        assert_array_equal(one, other)


def test_augmenters_of_one_kind_draw_independently():
    once = GaussianNoise(1.0).fit(X)
    twice = Compose([GaussianNoise(1.0), GaussianNoise(1.0)]).fit(X)
    ratio = (twice.augment(X, None, 0)[0] - X).std() / (once.augment(X, None, 0)[0] - X).std()
    assert abs(ratio - np.sqrt(2)) < 0.05


def test_nested_compositions_are_flat_ones():
    flat = Compose([GaussianNoise(), ScaleJitter(), SwapNoise()], random_state=0)
    nested = Compose([Compose([GaussianNoise(), ScaleJitter()]), SwapNoise()], random_state=0)
    assert_array_equal(flat.fit_transform(X), nested.fit_transform(X))


def test_the_given_augmenters_are_not_fitted_and_their_seeds_not_used():
    given = [GaussianNoise(random_state=1), ("jitter", ScaleJitter(random_state=2))]
    composed = Compose(given, random_state=0)
    drawn = composed.fit_transform(X)
    assert not hasattr(given[0], "scale_")
    assert not hasattr(given[1][1], "n_features_in_")
    assert composed.augmenters is given
    assert [name for name, _ in composed.augmenters_] == ["gaussiannoise", "jitter"]
    assert_array_equal(composed.augmenters_[0][1].scale_, GaussianNoise().fit(X).scale_)
    composed.set_params(gaussiannoise__random_state=7)
    assert_array_equal(composed.fit_transform(X), drawn)


def test_names_are_those_of_the_classes_or_the_ones_given():
    composed = Compose([GaussianNoise(), ("again", GaussianNoise()), ScaleJitter(), Mixup()])
    deep = composed.get_params()
    assert {"gaussiannoise", "again", "scalejitter", "mixup", "mixup__alpha"} <= set(deep)
    assert set(composed.get_params(deep=False)) == {"augmenters", "probability", "random_state"}
    assert deep["again"] is composed.augmenters[1][1]


def test_augmenters_of_one_class_get_numbers():
    composed = Compose([GaussianNoise(0.1), ScaleJitter(), GaussianNoise(0.2)])
    names = [name for name, _ in composed.fit(X).augmenters_]
    assert names == ["gaussiannoise-1", "scalejitter", "gaussiannoise-2"]
    composed.set_params(**{"gaussiannoise-2__sigma": 0.7})
    assert composed.get_params()["gaussiannoise-2__sigma"] == 0.7
    assert composed.augmenters[2].sigma == 0.7


def test_parameters_can_be_set_two_floors_down():
    inner = Compose([("noise", GaussianNoise())])
    composed = Compose([("inner", inner), RandomFlip()])
    composed.set_params(inner__noise__sigma=3.0, randomflip__probability=0.25, probability=0.5)
    assert inner.augmenters[0][1].sigma == 3.0
    assert composed.augmenters[1].probability == 0.25
    assert composed.probability == 0.5
    with pytest.raises(ValueError, match="sigmas"):
        composed.set_params(inner__noise__sigmas=1.0)
    with pytest.raises(ValueError, match="nobody"):
        composed.set_params(nobody__sigma=1.0)


@pytest.mark.parametrize("name", ["gaussiannoise", "named"])
def test_an_augmenter_can_be_replaced_or_passed_through(name):
    def make():
        first = GaussianNoise() if name == "gaussiannoise" else ("named", GaussianNoise())
        return Compose([first, ScaleJitter()], random_state=0)

    replaced = make().set_params(**{name: FeatureDropout(0.5)}).fit_transform(X)
    expected = Compose([FeatureDropout(0.5), ScaleJitter()], random_state=0).fit_transform(X)
    assert_array_equal(replaced, expected)
    passed = make().set_params(**{name: "passthrough"})
    assert_array_equal(
        passed.fit_transform(X), Compose([ScaleJitter()], random_state=0).fit_transform(X)
    )
    assert [name for name, _ in passed.augmenters_] == ["scalejitter"]


def test_all_augmenters_can_be_set_at_once():
    composed = Compose([GaussianNoise()]).set_params(augmenters=[ScaleJitter()], random_state=3)
    expected = ScaleJitter(random_state=3).fit_transform(X)
    assert_array_equal(composed.fit_transform(X), expected)


def test_clones_share_nothing():
    composed = Compose([GaussianNoise(0.1), ("jitter", ScaleJitter())])
    twin = clone(composed).set_params(gaussiannoise__sigma=5.0, jitter__sigma=5.0)
    assert composed.augmenters[0].sigma == composed.augmenters[1][1].sigma == 0.1
    assert twin.augmenters[0].sigma == twin.augmenters[1][1].sigma == 5.0


def test_probability_is_of_all_augmenters_together():
    composed = Compose([Adding(), Doubling()], probability=0.5, random_state=0)
    drawn = composed.fit_transform(X)
    changed = (drawn != X).any(axis=1)
    assert 0.3 < changed.mean() < 0.7
    assert_array_equal(drawn, np.where(changed[:, None], 2 * (X + 1), X))
    rng = RowGenerator(0, N)
    mixed = Compose([Mixup(5.0)], probability=0.5).fit(X).augment(X, Y, rng)
    assert_array_equal((mixed[0] != X).any(axis=1) | (mixed[1] == Y).all(axis=1), np.full(N, True))


def test_the_tag_tells_whether_any_of_them_changes_something():
    def tag(*augmenters, **params):
        return get_tags(Compose(list(augmenters), **params)).non_deterministic

    assert tag(GaussianNoise(0), ScaleJitter(0.1)) is True
    assert tag(GaussianNoise(0), ScaleJitter(0)) is False
    assert tag(Compose([ScaleJitter()])) is True
    assert tag(Compose([ScaleJitter(0)]), "passthrough") is False
    assert tag(GaussianNoise(), probability=0) is False
    assert tag() is False


@pytest.mark.parametrize(
    "wrong",
    [
        [GaussianNoise(), None],
        [None],
        [3],
        [GaussianNoise],
        [ScaleJitter(), ("noise", 3)],
        [("noise", 3)],
        [("noise", GaussianNoise(), 1)],
        [("same", GaussianNoise()), ("same", ScaleJitter())],
        [("two__parts", GaussianNoise())],
        [("probability", GaussianNoise())],
    ],
    ids=str,
)
def test_what_is_no_list_of_augmenters_is_refused(wrong):
    with pytest.raises(ValueError, match=r"augmenters must be|[Nn]ames"):
        Compose(wrong).fit(X)


@pytest.mark.parametrize("wrong", [GaussianNoise(), "noise", None, {"noise": GaussianNoise()}])
def test_what_is_no_list_at_all_is_refused(wrong):
    with pytest.raises(ValueError, match="'augmenters' parameter of Compose must be"):
        Compose(wrong).fit(X)


def test_a_failed_fit_loses_nothing():
    composed = Compose([ScaleJitter(), GaussianNoise()], random_state=0).fit(X)
    before = vars(composed).copy()
    for bad in ("noise", None):
        with pytest.raises(ValueError, match="augmenters must be"):
            composed.set_params(gaussiannoise=bad).fit(X[:, :3])
    assert vars(composed) == {**before, "augmenters": composed.augmenters}


class Shifting(BaseEstimator):
    """Fit and augment and nothing else of an augmenter."""

    def __init__(self, shift=1.0):
        self.shift = shift

    def fit(self, X, y=None):
        return self

    def augment(self, X, Y, rng):
        return X + self.shift, Y


def test_augmenters_written_by_users_take_part():
    drawn = Compose([Doubling(), ("own", Shifting())]).set_params(own__shift=0.5).fit(X)
    assert_array_equal(drawn.augment(X, None, 0)[0], 2 * X + 0.5)
    assert_array_equal(Compose([Shifting(0.5)]).fit_transform(X), X + 0.5)


def test_parts_written_by_users_are_not_said_to_mix():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = Compose([Shifting(0.5)]).fit_transform(X, np.linspace(0, 1, len(X)))
    assert_array_equal(drawn, X + 0.5)

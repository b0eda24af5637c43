"""Search spaces: right names wherever networks are, values that every search accepts."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ParameterGrid, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from skreg import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from skreg.augmentation import BaseAugmenter, Compose, GaussianNoise, Mixup, RandomFlip
from skreg.model_selection import (
    optuna_distributions,
    param_distributions,
    param_grid,
    search_spaces,
)
from skreg.model_selection._networks import NAMES
from skreg.model_selection._tunables import AUGMENTERS, TUNABLES
from tests.augmenters import CLASSES, name_of

FUNCTIONS = [param_grid, param_distributions, search_spaces]
X, Y = make_classification(40, 4, random_state=0)
Y_NUMBERS = make_regression(40, 4, random_state=0)[1]
QUICK = {"max_iter": 1, "random_state": 0, "batch_size": 10}
NET = MLPClassifier(8, **QUICK)
TABULAR = {"hidden_layer_sizes": "8", "n_members": 1, **QUICK}
PARTS = Compose([GaussianNoise(), ("mixup", Mixup())])


def importance(net):
    return np.abs(net.coefs_[0]).sum(axis=1)


def select(net):
    return SelectFromModel(net, importance_getter=importance, threshold=-np.inf)


INSIDE = {  # estimator to the prefixes of its networks
    "network": (NET, [""]),
    "regressor": (MLPRegressor(8, **QUICK), [""]),
    "augmented": (clone(NET).set_params(augmentation=PARTS), [""]),
    "lbfgs": (clone(NET).set_params(solver="lbfgs"), [""]),
    "tabular classifier": (TabularMLPClassifier(**TABULAR), [""]),
    "tabular regressor": (TabularMLPRegressor(**TABULAR), [""]),
    "nested pipelines": (
        Pipeline([("scale", StandardScaler()), ("inner", Pipeline([("mlp", NET)]))]),
        ["inner__mlp__"],
    ),
    "columns": (
        Pipeline(
            [
                ("columns", ColumnTransformer([("select", select(NET), [0, 1])])),
                ("last", LogisticRegression()),
            ]
        ),
        ["columns__select__estimator__"],
    ),
    "union": (
        Pipeline([("union", FeatureUnion([("select", select(NET))])), ("mlp", NET)]),
        ["union__select__estimator__", "mlp__"],
    ),
    "targets": (TransformedTargetRegressor(MLPRegressor(8, **QUICK)), ["regressor__"]),
    "one-vs-rest": (OneVsRestClassifier(NET), ["estimator__"]),
    "bagging": (BaggingClassifier(NET, n_estimators=2), ["estimator__"]),
    "voting": (VotingClassifier([("a", NET), ("b", NET)]), ["a__", "b__"]),
}
parametrize_inside = pytest.mark.parametrize(
    ("estimator", "prefixes"), INSIDE.values(), ids=list(INSIDE)
)
parametrize_functions = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)


def targets_of(estimator):
    is_regressor = estimator.__sklearn_tags__().estimator_type == "regressor"
    return Y_NUMBERS if is_regressor else Y


def check_fit(search):
    search.fit(X, targets_of(search.estimator))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    return search


@parametrize_functions
@parametrize_inside
def test_names_have_the_prefixes_of_all_networks(estimator, prefixes, function):
    space = function(estimator, include=("l2", "architecture"))
    expected = [p + name for p in prefixes for name in ("l2", "hidden_layer_sizes")]
    assert set(space) == set(expected)
    assert set(space) <= set(estimator.get_params())


@pytest.mark.filterwarnings("error:Without effect")
@parametrize_inside
def test_a_random_search_runs_over_everything(estimator, prefixes):
    distributions = param_distributions(estimator, X, include=NAMES)
    how = {"n_iter": 2, "cv": 2, "error_score": "raise", "random_state": 0}
    search = check_fit(RandomizedSearchCV(estimator, distributions, **how))
    assert set(search.best_params_) == set(distributions)


@pytest.mark.filterwarnings("error:Without effect")
@parametrize_inside
def test_a_bayesian_search_runs_over_everything(estimator, prefixes):
    skopt = pytest.importorskip("skopt")
    spaces = search_spaces(estimator, X, include=NAMES)
    how = {"n_iter": 2, "cv": 2, "error_score": "raise", "random_state": 0}
    search = check_fit(skopt.BayesSearchCV(estimator, spaces, **how))
    assert set(search.best_params_) == set(spaces)


@pytest.mark.filterwarnings("error:Without effect")
@parametrize_inside
def test_a_grid_search_runs_over_a_grid_that_was_edited(estimator, prefixes):
    grid = param_grid(estimator, X)
    kept = {name: values[:1] for name, values in grid.items()}
    kept[f"{prefixes[0]}l2"] = grid[f"{prefixes[0]}l2"][:2]
    search = check_fit(GridSearchCV(estimator, kept, cv=2, error_score="raise"))
    assert len(search.cv_results_["params"]) == 2


@pytest.mark.parametrize("cls", [MLPClassifier, TabularMLPRegressor], ids=name_of)
def test_every_value_of_the_largest_grid_is_valid(cls):
    net = cls(augmentation=PARTS)
    grid = param_grid(net, include=NAMES)
    for name, values in grid.items():
        for value in values:
            clone(net).set_params(**{name: value})._validate_params()
        assert len(set(values)) == len(values) == 3


@pytest.mark.parametrize("estimator", [NET, TabularMLPClassifier(), OneVsRestClassifier(NET)])
def test_there_are_27_candidates_by_default_and_three_times_as_many_with_each_name(estimator):
    grid = param_grid(estimator)
    assert len(ParameterGrid(grid)) == 27
    more = param_grid(estimator, include=("l1", "l2", "dropout", "learning_rate"))
    assert len(ParameterGrid(more)) == 81


@pytest.mark.parametrize("name", NAMES)
def test_draws_are_within_the_ranges_of_all_searches(name):
    net = MLPClassifier(augmentation=PARTS)
    distributions = param_distributions(net, include=name)
    spaces = search_spaces(net, include=name)
    assert list(distributions) == list(spaces)
    for key, distribution in distributions.items():
        if isinstance(distribution, list):
            assert distribution == list(spaces[key].categories)
            continue
        assert_same = np.testing.assert_allclose
        assert_same(distribution.support(), (spaces[key].low, spaces[key].high))
        middle = spaces[key].inverse_transform([np.mean(spaces[key].transformed_bounds)])
        assert_same(distribution.median(), middle[0])


def sizes_for(n_rows=None, n_features=1, net=NET):
    data = None if n_rows is None else np.broadcast_to(np.float32(0), (n_rows, n_features))
    return param_distributions(net, data, include="architecture")["hidden_layer_sizes"]


def test_widths_follow_rows_and_features():
    assert sizes_for(150)[:3] == ["32", "64", "128"]
    assert sizes_for()[:3] == sizes_for(4096)[:3] == ["64", "128", "256"]
    assert sizes_for(10**6)[:3] == ["128", "256", "512"]
    assert sizes_for(10**6, 20_000)[:3] == ["32", "64", "128"]
    assert sizes_for(10**6, 10**6)[:3] == ["8", "16", "32"]
    assert sizes_for(150)[3:] == [
        *("32-32", "64-64", "128-128"),
        *("32-32-32", "64-64-64", "128-128-128"),
    ]


def test_texts_have_rows_and_no_features():
    texts = [*"abc"] * 6000
    space = param_distributions(NET, texts, include="architecture")
    assert space["hidden_layer_sizes"][2] == "512"


def test_a_grid_keeps_the_depth():
    def sizes(net):
        return param_grid(net, include="architecture")["hidden_layer_sizes"]

    assert sizes(MLPClassifier()) == ["64", "128", "256"]
    assert sizes(MLPClassifier("linear")) == ["64", "128", "256"]
    assert sizes(MLPClassifier((9, 9))) == ["64-64", "128-128", "256-256"]
    assert sizes(TabularMLPClassifier()) == ["64-64-64", "128-128-128", "256-256-256"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("activation", ["relu", "tanh"]),
        ("dropout", [0.1, 0.2]),
        ("l1", np.array([0, 0, 0.1])),
        ("max_norm", (2, 2, np.inf)),
    ],
)
def test_the_depth_is_fixed_by_values_per_layer_that_are_not_searched(name, values):
    net = MLPClassifier((8, 8), **{name: values}, max_iter=1)
    assert sizes_for(150, net=net) == ["32-32", "64-64", "128-128"]
    clone(net).set_params(hidden_layer_sizes=sizes_for(150, net=net)[0]).fit(X, Y)
    if name in TUNABLES:
        space = param_distributions(net, include=("architecture", name))
        assert len(space["hidden_layer_sizes"]) == 9


def test_without_hidden_layers_values_per_layer_allow_no_others():
    assert sizes_for(net=MLPClassifier("linear", l1=[0.1])) == ["linear"]


def test_rates_are_around_the_one_that_is_set():
    grid = param_grid(MLPClassifier(learning_rate_init=0.02), include="learning_rate")
    assert grid == {"learning_rate_init": [0.006, 0.02, 0.06]}
    space = search_spaces(MLPRegressor(), include="learning_rate")["learning_rate_init"]
    assert (space.low, space.high) == (1e-4, 1e-2)


def test_what_a_network_chooses_itself_is_not_offered():
    grid = param_grid(MLPClassifierCV(dropouts=3), include=("l1", "l2", "dropout"))
    assert list(grid) == ["l2"]


@parametrize_functions
def test_lbfgs_is_only_offered_what_it_heeds(function):
    net = MLPClassifier(solver="lbfgs", augmentation=GaussianNoise())
    parameters = {"l1", "l2", "hidden_layer_sizes"}
    assert set(function(net, include=NAMES)) == parameters


@pytest.mark.parametrize("cls", CLASSES, ids=name_of)
def test_every_augmenter_has_a_row_of_valid_values(cls):
    assert cls in AUGMENTERS
    for name, tunable in AUGMENTERS[cls].items():
        low, high = tunable.domain.low, tunable.domain.high
        for value in (*tunable.grid, low, high):
            cls(**{name: value}).fit(np.ones((2, 16)))
    assert sum(bool(tunable.grid) for tunable in AUGMENTERS[cls].values()) == (cls is not Compose)


class Reversal(BaseAugmenter):
    def _draw(self, rng):
        return None

    def _apply(self, X, draw):
        return X[:, ::-1]


class Roll:
    """An augmenter that skreg knows nothing of."""

    def fit(self, X):
        return self

    def augment(self, X, Y, rng):
        return np.roll(X, 1, axis=1), Y

    def get_params(self, deep=True):
        return {}


class Faint(GaussianNoise):
    def __init__(self, *, probability=1.0, random_state=None):
        super().__init__(0.01, probability=probability, random_state=random_state)


def test_augmenters_of_users_have_the_row_of_their_parent():
    def names(augmenter):
        return list(param_grid(MLPClassifier(augmentation=augmenter), include=["augmentation"]))

    assert names(Reversal()) == ["augmentation__probability"]
    assert names(type("Mine", (RandomFlip,), {})()) == ["augmentation__probability"]
    assert names(PARTS) == ["augmentation__gaussiannoise__sigma", "augmentation__mixup__alpha"]
    for augmenter in (Roll(), Faint(), Compose(), Compose([("off", "passthrough")])):
        with pytest.raises(ValueError, match="nothing that can be tuned"):
            names(augmenter)
    assert "l2" in param_grid(MLPClassifier(augmentation=Roll()), include=("l2", "augmentation"))


class Small(MLPClassifier):
    def __init__(self, l2=1e-3):
        super().__init__(8, l2=l2, max_iter=1)


def test_subclasses_are_offered_the_parameters_that_they_have():
    space = param_distributions(Small())
    assert list(space) == ["l2"]
    RandomizedSearchCV(Small(), space, n_iter=2, cv=2, error_score="raise").fit(X, Y)


@parametrize_functions
def test_spaces_are_new_and_the_estimator_is_not_changed(function):
    pipeline = Pipeline([("mlp", MLPClassifier())])
    before = str(pipeline.get_params())
    first = function(pipeline)
    expected = list(first)
    for name in expected:
        first[name] = None
    first.clear()
    assert list(function(pipeline)) == expected
    assert str(pipeline.get_params()) == before


@parametrize_functions
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"estimator": LogisticRegression()}, ValueError, "contain a network of skreg.*Logistic"),
        ({"estimator": MLPClassifier}, TypeError, "must be an estimator, got <class"),
        ({"estimator": BaggingClassifier()}, ValueError, "contain a network of skreg"),
        ({"estimator": None}, TypeError, "must be an estimator, got None"),
        ({"include": ()}, ValueError, "include must be one or more of .*got nothing"),
        ({"include": ("l2", "alpha")}, ValueError, r"include must .*got unknown \['alpha'\]"),
        ({"include": "momentum"}, ValueError, r"include must .*got unknown \['momentum'\]"),
        ({"include": "augmentation"}, ValueError, "needs an augmenter that is set"),
        ({"estimator": MLPClassifier(l2=-1)}, ValueError, "'l2' parameter of MLPClassifier"),
        ({"estimator": MLPClassifier("8-x"), "include": "architecture"}, ValueError, "8-x"),
        ({"X": 3}, TypeError, "Expected sequence or array-like"),
    ],
    ids=str,
)
def test_errors_say_what_is_wrong(arguments, error, message, function):
    with pytest.raises(error, match=message):
        function(**{"estimator": MLPClassifier(), **arguments})


def test_the_page_on_tuning_shows_how_optuna_is_used():
    """Its program runs as it is, on little data."""
    pytest.importorskip("optuna")
    pytest.importorskip("optuna_integration")
    page = (Path(__file__).parents[1] / "docs" / "tuning.rst").read_text()
    block = re.search(r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)", page)[1]
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", NET)])
    names = {"pipeline": pipeline, "X": X, "y": Y}
    exec(re.sub("^   ", "", block, flags=re.MULTILINE), names)
    assert set(names["search"].best_params_) == set(names["distributions"])


@parametrize_inside
def test_optuna_draws_from_the_same_ranges(estimator, prefixes):
    pytest.importorskip("optuna")
    distributions = optuna_distributions(estimator, X, include=NAMES)
    spaces = search_spaces(estimator, X, include=NAMES)
    assert list(distributions) == list(spaces)
    for name, distribution in distributions.items():
        if hasattr(distribution, "choices"):
            assert distribution.choices == spaces[name].categories
        else:
            assert (distribution.low, distribution.high) == (spaces[name].low, spaces[name].high)
            is_log = getattr(spaces[name], "prior", "") == "log-uniform"
            assert getattr(distribution, "log", False) == is_log

"""The validation split: a plain random share of the rows, or what a splitter says."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import (
    BaseCrossValidator,
    GridSearchCV,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor
from skreg._training.data import Data
from skreg._training.split import split_by, split_rows

N = 200
FRACTIONS = [0.01, 0.1, 0.25, 0.5, 0.9, 0.99]
parametrize_seeds = pytest.mark.parametrize("seed", range(3))
parametrize_fractions = pytest.mark.parametrize("fraction", FRACTIONS)


def make_data(n=N, *, weights=None):
    return Data(np.ones((n, 2)), np.zeros((n, 1)), weights)


ESTIMATORS = [MLPClassifier, MLPRegressor]
RNG = np.random.default_rng(0)
X, Y, GROUPS = RNG.normal(size=(N, 3)), np.arange(N) % 3, RNG.integers(0, 20, N)
SPLITTERS = [
    GroupKFold(4),
    GroupShuffleSplit(3, test_size=0.2),
    KFold(5, shuffle=True),
    LeaveOneGroupOut(),
    PredefinedSplit(np.where(np.arange(N) % 4, -1, 0)),
    RepeatedKFold(n_splits=4, n_repeats=2),
    ShuffleSplit(2, random_state=0),
    ShuffleSplit(2, random_state=np.random.RandomState(0)),
    StratifiedGroupKFold(4),
    StratifiedKFold(4),
    TimeSeriesSplit(4, gap=3),
]
parametrize_splitters = pytest.mark.parametrize(
    "splitter", SPLITTERS, ids=[f"{type(s).__name__}-{i}" for i, s in enumerate(SPLITTERS)]
)


def uses_groups(splitter):
    return bool(splitter.get_metadata_routing().consumes("split", ["groups"]))


def make(estimator, **params):
    first = {"early_stopping": True, "max_iter": 5, "random_state": 0, "scoring": "loss"}
    return estimator((4,), **{**first, **params})


def assert_same_fit(one, other):
    assert one.validation_scores_ == other.validation_scores_
    for a, b in zip(one.coefs_, other.coefs_, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("stratified", [False, True])
@parametrize_fractions
@parametrize_seeds
def test_the_share_is_exact_and_each_row_is_in_one_part(seed, fraction, stratified):
    labels = np.arange(N) % 7 if stratified else None
    training, validation = split_rows(make_data(), labels, fraction, seed)
    assert len(validation) == round(fraction * N)
    assert_array_equal(np.sort(np.r_[training, validation]), np.arange(N))
    assert_array_equal(training, np.sort(training))
    assert_array_equal(validation, np.sort(validation))


@pytest.mark.parametrize("fraction", [0.07, 0.14, 0.28, 0.56])  # times 100, these exceed integers
def test_the_share_has_no_rounding_errors(fraction):
    assert len(split_rows(make_data(100), None, fraction, 0)[1]) == round(100 * fraction)


@parametrize_fractions
def test_rows_of_weight_zero_are_in_neither_part(fraction):
    weights = (np.arange(N) % 3 > 0).astype(float)
    kept = np.flatnonzero(weights)
    labels = np.arange(N) % 5
    for own, others in [(None, None), (labels, labels[kept])]:
        parts = split_rows(make_data(weights=weights), own, fraction, 0)
        others = split_rows(make_data(kept.size), others, fraction, 0)
        for part, other in zip(parts, others):
            assert_array_equal(part, kept[other])


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
@parametrize_seeds
def test_each_label_has_its_share_in_both_parts(seed, fraction):
    labels = np.random.default_rng(seed).choice(4, N, p=[0.5, 0.3, 0.15, 0.05])
    _, validation = split_rows(make_data(), labels, fraction, seed)
    found = np.bincount(labels[validation], minlength=4)
    assert np.all(np.abs(found - fraction * np.bincount(labels)) <= 1)


@parametrize_seeds
def test_a_rare_label_is_rather_trained_on_than_validated_on(seed):
    labels = np.r_[np.zeros(N - 3), 1, 2, 2].astype(int)
    training, _ = split_rows(make_data(), labels, 0.1, seed)
    assert set(labels[training]) == {0, 1, 2}


def test_every_row_is_as_likely_as_any_other_to_be_held_out():
    labels = np.sort(np.arange(40) % 4)
    for strata in (None, labels):
        times = np.zeros(40)
        for seed in range(400):
            times[split_rows(make_data(40), strata, 0.25, seed)[1]] += 1
        assert_allclose(times, 100, atol=45)  # five standard deviations


@pytest.mark.parametrize("n", [3, 4, 7])
@parametrize_fractions
def test_two_rows_at_least_are_validated_on_and_one_is_trained_on(fraction, n):
    training, validation = split_rows(make_data(n), None, fraction, 0)
    assert len(validation) >= 2
    assert len(training) >= 1


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_rows_with_a_weight_are_refused(n):
    weights = np.r_[np.ones(n), np.zeros(5)]
    message = f"at least 3 samples with a positive weight.*got {n} of {n + 5} samples. Pass X_val"
    with pytest.raises(ValueError, match=message):
        split_rows(make_data(n + 5, weights=weights), None, 0.5, 0)


def test_the_split_is_determined_by_the_seed():
    parts = [split_rows(make_data(), None, 0.3, seed)[1] for seed in (0, 1, 0)]
    assert_array_equal(parts[0], parts[2])
    assert len(np.intersect1d(parts[0], parts[1])) < 40


@pytest.mark.parametrize("seed", range(4))
def test_both_parts_have_the_distribution_of_all_where_rows_repeat(seed):
    """One binary feature: what early stopping learns is the share of each of its two values."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (10_000, 1)).astype(np.float32)
    y = (rng.uniform(size=10_000) < np.where(X[:, 0] > 0, 0.7, 0.2)).astype(int)
    mlp = MLPClassifier((8,), early_stopping=True, learning_rate_init=0.01, random_state=seed)
    mlp.set_params(max_iter=15, n_iter_no_change=20, scoring="loss").fit(X, y)
    assert mlp.t_ == 15 * 9000
    assert_allclose(mlp.predict_proba([[0.0], [1.0]])[:, 1], [0.2, 0.7], atol=0.03)


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.repeat([[0.0], [1.0]], 25, axis=0), np.repeat([0, 1], 25)),
        (np.eye(50)[np.arange(50) % 5], np.sort(np.arange(50) % 5)),
        (np.arange(50.0)[:, None], np.arange(50) // 25),
    ],
    ids=["two distinct rows", "one-hot cells", "sorted rows"],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_any_data_are_split_in_the_given_share(estimator, X, y):
    mlp = estimator((2,), early_stopping=True, validation_fraction=0.2, max_iter=1).fit(X, y)
    assert mlp.t_ == 40


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_fit_holds_rows_out_by_this_split(estimator, solver):
    mlp = make(estimator, solver=solver, validation_fraction=0.25).fit(X, Y)
    labels = Y if estimator is MLPClassifier else None
    seed = mlp._training_state["seed"]
    training, validation = split_rows(make_data(), labels, 0.25, seed)
    given = {"X_val": X[validation], "y_val": Y[validation]}
    same = clone(mlp).set_params(validation_fraction=0.1).fit(X[training], Y[training], **given)
    assert_same_fit(mlp, same)


@parametrize_splitters
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_fit_holds_out_the_last_split_of_a_splitter(estimator, splitter):
    groups = GROUPS if uses_groups(splitter) else None
    before = pickle.dumps(splitter)
    mlp = make(estimator, validation_fraction=splitter).fit(X, Y, groups=groups)
    assert pickle.dumps(splitter) == before
    if getattr(splitter, "random_state", 0) is None:
        parts = split_by(splitter, make_data(), Y, groups, mlp._training_state["seed"])
    else:
        *_, parts = deepcopy(splitter).split(X, Y, groups)
    training, validation = map(np.sort, parts)
    if groups is not None:
        assert not set(groups[training]) & set(groups[validation])
    given = {"X_val": X[validation], "y_val": Y[validation]}
    same = make(estimator).fit(X[training], Y[training], **given)
    assert_same_fit(mlp, same)
    assert_same_fit(mlp, clone(mlp).fit(X, Y, groups=groups))


@parametrize_splitters
def test_warm_start_goes_on_with_the_split_of_a_splitter(splitter):
    groups = GROUPS if uses_groups(splitter) else None
    whole = make(MLPRegressor, validation_fraction=splitter, max_iter=8)
    halves = clone(whole).set_params(warm_start=True, max_iter=4)
    whole.fit(X, Y, groups=groups)
    halves.fit(X, Y, groups=groups).set_params(validation_fraction=deepcopy(splitter))
    halves = pickle.loads(pickle.dumps(halves)).fit(X, Y, groups=groups)
    assert_same_fit(halves, whole)
    assert halves._training_state["objective"] == whole._training_state["objective"]


def test_the_best_score_is_forgotten_where_another_splitter_holds_out_other_rows():
    mlp = make(MLPRegressor, validation_fraction=KFold(4), warm_start=True, max_iter=2)
    mlp.fit(X, Y)
    mlp.set_params(validation_fraction=TimeSeriesSplit(9)).fit(X, Y)
    assert mlp.best_validation_score_ == max(mlp.validation_scores_[2:])


def test_time_series_are_validated_on_the_most_recent_rows():
    splitter = TimeSeriesSplit(5, test_size=20)
    training, validation = split_by(splitter, make_data(), Y, None, 0)
    assert_array_equal(training, np.arange(180))
    assert_array_equal(validation, np.arange(180, 200))


def test_a_splitter_sees_rows_of_weight_zero_but_they_are_in_neither_part():
    weights = (np.arange(N) % 4 > 0).astype(float)
    parts = split_by(KFold(2), make_data(weights=weights), Y, None, 0)
    for part, half in zip(parts, (np.arange(100), np.arange(100, 200))):
        assert_array_equal(part, half[weights[half] > 0])


class Own(BaseCrossValidator):
    """A splitter that gives what it is told to."""

    def __init__(self, *splits):
        self.splits = splits

    def split(self, X, y=None, groups=None):
        self.seen = X, y, groups
        yield from self.splits

    def get_n_splits(self, X=None, y=None, groups=None):
        return len(self.splits)

    def __deepcopy__(self, memo):
        return self


def test_a_splitter_is_given_the_checked_rows_the_labels_and_the_groups():
    labels = np.array(["a", "b", "c"])[Y]
    for given in (X.tolist(), csr_array(X)):
        splitter = Own((range(100), range(100, 200)))
        make(MLPClassifier, validation_fraction=splitter).fit(given, labels, groups=GROUPS)
        seen, y, groups = splitter.seen
        assert_array_equal(seen.toarray() if given is not X and hasattr(seen, "nnz") else seen, X)
        assert_array_equal(y, labels)
        assert_array_equal(groups, GROUPS)


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ((), "it yields no split"),
        ((([], [1, 2]),), "one of the two parts has none"),
        ((([0, 1], []),), "one of the two parts has none"),
        ((([0, 1], [2, N]),), "row numbers from 0 to 199, got array"),
        ((([0, -1], [2, 3]),), "row numbers from 0 to 199, got array"),
        ((([0.5], [2, 3]),), "row numbers from 0 to 199, got array"),
        ((([0, 1, 2], [2, 3]),), "rows that are in both parts"),
    ],
)
def test_a_useless_split_is_named(splits, message):
    mlp = make(MLPRegressor, validation_fraction=Own(*splits))
    with pytest.raises(ValueError, match=f"validation_fraction: .*{message}"):
        mlp.fit(X, Y)
    assert not hasattr(mlp, "coefs_")


def test_a_part_without_weight_is_named():
    with pytest.raises(ValueError, match="validation_fraction: .*positive weight"):
        make(MLPRegressor, validation_fraction=KFold(2)).fit(
            X, Y, sample_weight=(np.arange(N) < 100).astype(float)
        )


def test_a_single_validation_row_has_a_loss_but_no_score():
    make(MLPRegressor, validation_fraction=LeaveOneOut()).fit(X, Y)
    with pytest.raises(ValueError, match="gives nan"), pytest.warns(UserWarning):
        make(MLPRegressor, validation_fraction=LeaveOneOut(), scoring=None).fit(X, Y)


@pytest.mark.parametrize("how", [0.1, KFold(), TimeSeriesSplit()], ids=repr)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_groups_that_nothing_would_heed_are_refused(how, early_stopping):
    mlp = make(MLPRegressor, validation_fraction=how, early_stopping=early_stopping)
    with pytest.raises(ValueError, match="groups need a splitter .* such as .*GroupShuffleSplit"):
        mlp.fit(X, Y, groups=GROUPS)


@pytest.mark.parametrize(
    "how", [GroupKFold(), StratifiedGroupKFold(), GroupShuffleSplit()], ids=repr
)
def test_groups_that_are_missing_or_of_other_rows_are_named(how):
    mlp = make(MLPRegressor, validation_fraction=how)
    with pytest.raises(ValueError, match=r"(?s)^validation_fraction=.*\) needs groups: pass"):
        mlp.fit(X, Y)
    with pytest.raises(ValueError, match="groups: .*inconsistent numbers of samples"):
        mlp.fit(X, Y, groups=GROUPS[1:])


def test_what_is_no_splitter_is_refused():
    with pytest.raises(ValueError, match="'validation_fraction' .* must be a float .* 'split'"):
        make(MLPRegressor, validation_fraction=[(range(100), range(100, 200))]).fit(X, Y)


def test_groups_reach_a_network_in_a_pipeline():
    mlp = make(MLPRegressor, validation_fraction=GroupKFold(4))
    pipeline = make_pipeline(StandardScaler(), mlp).fit(X, Y, mlpregressor__groups=GROUPS)
    expected = clone(mlp).fit(StandardScaler().fit_transform(X), Y, groups=GROUPS)
    assert_same_fit(pipeline[-1], expected)


@pytest.mark.parametrize("wanted", [True, None])
def test_groups_reach_a_network_in_a_search_by_routing(wanted):
    seen = []

    class Watched(GroupKFold):
        def split(self, X, y=None, groups=None):
            seen.append(groups)
            return super().split(X, y, groups)

    with config_context(enable_metadata_routing=True):
        mlp = make(MLPRegressor, validation_fraction=Watched(4) if wanted else 0.1)
        if wanted:
            mlp.set_fit_request(groups=True)
        model = make_pipeline(StandardScaler(), mlp)
        search = GridSearchCV(model, {"mlpregressor__l2": [0.1]}, cv=GroupKFold(2))
        search.fit(X, Y, groups=GROUPS)
        cross_validate(model, X, Y, params={"groups": GROUPS}, cv=GroupKFold(2))
    if not wanted:
        assert seen == []
        return
    halves = [GROUPS[training] for training, _ in GroupKFold(2).split(X, Y, GROUPS)]
    for groups, expected in zip(seen, [*halves, GROUPS, *halves], strict=True):
        assert_array_equal(groups, expected)

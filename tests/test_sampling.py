"""How many copies: of rows, of classes, and in the forms of imbalanced-learn."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg.augmentation import AugmentationSampler, GaussianNoise
from tests.unequal_classes import COUNTS, LABELS, TARGETS, N, X, make

SIZES = [
    (0, [40, 12, 5]),
    (1, [80, 24, 10]),
    (3, [160, 48, 20]),
    ({}, [40, 12, 5]),
    ({1: 2}, [40, 36, 5]),
    ({0: 0, 1: 1, 2: 4}, [40, 24, 25]),
    ("balanced", [40, 40, 40]),
]


@pytest.mark.parametrize("keep_originals", [True, False])
@pytest.mark.parametrize(("n_copies", "wanted"), SIZES, ids=[str(n) for n, _ in SIZES])
def test_classes_have_the_sizes_asked_for(n_copies, wanted, keep_originals):
    sampler = make(n_copies=n_copies, keep_originals=keep_originals)
    wanted = np.array(wanted) - (0 if keep_originals or n_copies == "balanced" else COUNTS)
    if not wanted.any():
        with pytest.raises(ValueError, match=r"n_copies=.*keep_originals=False leaves no rows"):
            sampler.fit_resample(X, LABELS)
        return
    X_more, y_more = sampler.fit_resample(X, LABELS)
    assert_array_equal(np.bincount(y_more, minlength=3), wanted)
    assert X_more.shape == (wanted.sum(), 4)
    assert_array_equal(np.floor(X_more[:, 0] / 10 + 0.05), y_more)


def test_rows_of_a_class_are_copied_equally_often_up_to_one():
    sampler = make(n_copies="balanced")
    sampler.fit_resample(X, LABELS)
    times = np.bincount(sampler.sample_indices_, minlength=N)
    for label in range(3):
        of_class = times[LABELS == label]
        assert of_class.max() - of_class.min() <= 1


def test_balanced_copies_alone_are_as_many_of_each_class():
    sampler = AugmentationSampler(GaussianNoise(), "balanced", keep_originals=False)
    _, labels = sampler.fit_resample(np.ones((10, 2)), [0] * 7 + [1] * 3)
    assert_array_equal(np.bincount(labels), [7, 7])


BAD_COPIES = [
    (-1, LABELS, "n_copies"),
    (1.5, LABELS, "n_copies"),
    ("all", LABELS, "n_copies"),
    (None, LABELS, "n_copies"),
    ({7: 1}, LABELS, r"n_copies must map classes of y.*\{7: 1\}.*\[0 1 2\]"),
    ({0: -1}, LABELS, "n_copies must map classes of y"),
    ({0: 1.5}, LABELS, "n_copies must map classes of y"),
    ({0: "many"}, LABELS, "n_copies must map classes of y"),
    ("balanced", TARGETS, "n_copies='balanced' needs y to be one class per row"),
    ({0: 1}, TARGETS, "needs y to be one class per row; give an integer"),
    ("balanced", np.tri(3, dtype=int)[LABELS], "needs y to be one class per row"),
    ("balanced", None, "needs y to be one class per row"),
]


@pytest.mark.parametrize(("n_copies", "y", "message"), BAD_COPIES)
def test_errors_name_n_copies_and_lose_nothing(n_copies, y, message):
    sampler = make()
    sampler.fit_resample(X, LABELS)
    before = {**vars(sampler), "n_copies": n_copies}
    with pytest.raises(ValueError, match=message):
        sampler.set_params(n_copies=n_copies).fit_resample(X, y)
    assert vars(sampler) == before


STRATEGIES = [
    "auto",
    "minority",
    "not minority",
    "not majority",
    "all",
    0.75,
    {1: 30},
    {0: 40, 1: 25, 2: 40},
    {},
    lambda y: {2: 3 * int(np.sum(y == 2))},
]


@pytest.mark.parametrize(
    "strategy", STRATEGIES, ids=lambda s: s.__name__ if callable(s) else str(s)
)
def test_strategies_are_those_of_the_random_over_sampler_of_imbalanced_learn(strategy):
    oracle = pytest.importorskip("imblearn.over_sampling").RandomOverSampler
    two = LABELS < 2 if isinstance(strategy, float) else np.full(N, True)
    y = np.array(["c", "a", "b"])[LABELS] if isinstance(strategy, str) else LABELS
    reference = oracle(sampling_strategy=strategy).fit(X[two], y[two])
    sampler = make(sampling_strategy=strategy)
    y_more = sampler.fit_resample(X[two], y[two])[1]
    y_wanted = reference.fit_resample(X[two], y[two])[1]
    assert_array_equal(np.sort(y_more), np.sort(y_wanted))
    assert sampler.sampling_strategy_ == {
        c: n for c, n in reference.sampling_strategy_.items() if n
    }
    y_copies = make(sampling_strategy=strategy, keep_originals=False).fit_resample(X[two], y[two])[
        1
    ]
    assert_array_equal(np.sort(y_copies), np.sort(y_wanted))


@pytest.mark.parametrize(
    "params", [{"n_copies": "balanced"}, {"sampling_strategy": "auto"}], ids=str
)
@pytest.mark.parametrize(
    "given",
    [LABELS[:, None], np.eye(3, dtype=int)[LABELS], LABELS.tolist()],
    ids=["column", "indicator", "list"],
)
def test_columns_indicators_and_lists_of_labels_are_labels(params, given):
    X_wanted, y_wanted = make(**params).fit_resample(X, LABELS)
    X_more, y_more = make(**params).fit_resample(X, given)
    assert_array_equal(X_more, X_wanted)
    assert type(y_more) is type(given)
    assert np.shape(y_more)[1:] == np.shape(given)[1:]
    y_more = np.asarray(y_more)
    assert_array_equal(
        y_more.argmax(axis=1) if y_more.shape[1:] == (3,) else y_more.ravel(), y_wanted
    )


BAD_STRATEGIES = [
    ({"sampling_strategy": 1.5}, LABELS, "'sampling_strategy' parameter"),
    ({"sampling_strategy": [0, 1]}, LABELS, "'sampling_strategy' parameter"),
    ({"sampling_strategy": "majority"}, LABELS, "'sampling_strategy' parameter"),
    ({"sampling_strategy": 0.5}, LABELS, "only when the type of target is binary"),
    ({"sampling_strategy": {7: 50}}, LABELS, "7.* not present in the data"),
    ({"sampling_strategy": {1: 3}}, LABELS, "greater or equal"),
    ({"sampling_strategy": {1: 30.5}}, LABELS, "must map classes of y to .* integers"),
    ({"sampling_strategy": "auto"}, TARGETS, "sampling_strategy='auto' needs y to be one class"),
    ({"sampling_strategy": "auto"}, None, "sampling_strategy='auto' needs y to be one class"),
    ({"sampling_strategy": "auto", "n_copies": 2}, LABELS, "give one of them.*n_copies=2"),
]


@pytest.mark.parametrize(("params", "y", "message"), BAD_STRATEGIES)
def test_errors_name_the_strategy_and_lose_nothing(params, y, message):
    pytest.importorskip("imblearn")
    sampler = make(**params)
    with pytest.raises(ValueError, match=message):
        sampler.fit(X, y)
    assert vars(sampler).keys() == set(sampler.get_params(deep=False))


def test_a_strategy_without_imbalanced_learn_is_an_error_that_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "imblearn", None)
    monkeypatch.setitem(sys.modules, "imblearn.utils", None)
    with pytest.raises(
        ImportError, match="needs imbalanced-learn, which is not installed.*n_copies"
    ):
        make(sampling_strategy="auto").fit_resample(X, LABELS)
    assert_array_equal(
        np.bincount(make(n_copies="balanced").fit_resample(X, LABELS)[1]), 3 * [COUNTS[0]]
    )

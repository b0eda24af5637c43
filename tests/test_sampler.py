"""Resampling: how many rows of which class, what stays, and imbalanced-learn's Pipeline."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skreg import MLPClassifier, MLPRegressor
from skreg.augmentation import (
    AugmentationSampler,
    BaseAugmenter,
    Compose,
    CutMix,
    GaussianNoise,
    Mixup,
    SwapNoise,
)
from tests.augmenters import CLASSES, name_of, noisy

COUNTS = [40, 12, 5]
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], COUNTS))
N = LABELS.size
X = np.random.default_rng(1).uniform(0, 1, (N, 4)) + 10 * LABELS[:, None]
TARGETS = X[:, 0] * 2
SIZES = [
    (0, [40, 12, 5]),
    (1, [80, 24, 10]),
    (3, [160, 48, 20]),
    ({}, [40, 12, 5]),
    ({1: 2}, [40, 36, 5]),
    ({0: 0, 1: 1, 2: 4}, [40, 24, 25]),
    ("balanced", [40, 40, 40]),
]


def make(augmenter=None, n_copies=1, **params):
    noise = GaussianNoise(0.01) if augmenter is None else augmenter
    return AugmentationSampler(noise, n_copies, random_state=0, **params)


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


@pytest.mark.parametrize("n_copies", [0, 1, 3, {2: 7}, "balanced"], ids=str)
def test_rows_come_first_and_copies_are_of_the_rows_that_sample_indices_name(n_copies):
    sampler = make(n_copies=n_copies)
    X_more, y_more = sampler.fit_resample(X, LABELS)
    rows = sampler.sample_indices_
    assert_array_equal(X_more[:N], X)
    assert_array_equal(rows[:N], np.arange(N))
    assert_array_equal(y_more, LABELS[rows])
    copies = X_more[N:]
    assert_allclose(copies, X[rows[N:]], atol=6 * 0.01 * X.std())
    assert (copies != X[rows[N:]]).all()
    assert len(np.unique(copies, axis=0)) == len(copies)
    if n_copies == 3:
        assert_array_equal(rows, np.tile(np.arange(N), 4))


def test_rows_of_a_class_are_copied_equally_often_up_to_one():
    sampler = make(n_copies="balanced")
    sampler.fit_resample(X, LABELS)
    times = np.bincount(sampler.sample_indices_, minlength=N)
    for label in range(3):
        of_class = times[LABELS == label]
        assert of_class.max() - of_class.min() <= 1


def test_without_originals_only_the_copies_are_left():
    everything = make(n_copies={1: 2, 2: 1}).fit_resample(X, LABELS)
    copies = make(n_copies={1: 2, 2: 1}, keep_originals=False).fit_resample(X, LABELS)
    for part, rest in zip(everything, copies):
        assert_array_equal(part[N:], rest)


@pytest.mark.filterwarnings("ignore:image_shape=None and")
@pytest.mark.parametrize("cls", CLASSES, ids=name_of)
def test_every_augmenter_can_be_sampled_from(cls):
    augmenter = noisy(cls)
    X_more, _ = make(augmenter, 2).fit_resample(X, LABELS)
    assert X_more.shape == (3 * N, 4)
    assert not np.array_equal(X_more[N : 2 * N], X_more[2 * N :]) or cls.__name__ == "RandomFlip"
    assert_array_equal(make(augmenter, 2).fit_resample(X, LABELS)[0], X_more)
    assert not hasattr(augmenter, "n_features_in_")


@pytest.mark.parametrize("augmenter", [Mixup(1.0), CutMix(), Compose([Mixup(1.0)])], ids=str)
def test_only_rows_of_one_class_are_mixed(augmenter):
    sampler = make(augmenter, "balanced")
    X_more, y_more = sampler.fit_resample(X, LABELS)
    assert_array_equal(np.floor(X_more / 10), np.tile(y_more[:, None], 4))
    assert (X_more != X[sampler.sample_indices_])[N:].any(axis=1).mean() > 0.5


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_continuous_targets_are_mixed_with_the_rows(n_outputs):
    y = TARGETS if n_outputs == 1 else np.stack([TARGETS, -TARGETS], axis=1)
    X_more, y_more = make(Mixup(1.0), 2).fit_resample(X, y)
    assert y_more.shape == (3 * N, *y.shape[1:])
    first = y_more if n_outputs == 1 else y_more[:, 0]
    assert_allclose(first, 2 * X_more[:, 0])
    assert (~np.isin(first[N:], TARGETS)).mean() > 0.5


def test_sample_weights_are_repeated_and_rows_without_weight_never_mixed_in():
    weights = np.where(np.arange(N) % 2, np.arange(N), 0.0)
    sampler = make(Mixup(1.0), 2)
    X_more, _, weights_more = sampler.fit_resample(np.eye(N), LABELS, sample_weight=weights)
    assert_array_equal(weights_more, weights[sampler.sample_indices_])
    partners = X_more > 0
    partners[np.arange(3 * N), sampler.sample_indices_] = False
    assert partners.any(axis=1).sum() > N / 2
    assert (weights[np.nonzero(partners)[1]] > 0).all()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("kind", [np.asarray, pd.Series, list], ids=["array", "series", "list"])
def test_frames_and_series_stay_such(frame, kind):
    names = list("abcd")
    X_given, y_given = frame(dict(zip(names, X.T))), kind(np.array(["a", "b", "c"])[LABELS])
    X_more, y_more = make(n_copies="balanced").fit_resample(X_given, y_given)
    expected, labels = make(n_copies="balanced").fit_resample(X, LABELS)
    assert isinstance(X_more, frame)
    assert isinstance(y_more, type(y_given))
    assert list(X_more.columns) == names
    assert_allclose(np.asarray(X_more), expected, rtol=1e-12)
    assert list(y_more) == np.array(["a", "b", "c"])[labels].tolist()


def test_float32_stays_float32():
    X_more, _ = make().fit_resample(X.astype(np.float32), LABELS)
    assert X_more.dtype == np.float32
    assert make().fit_resample(X.astype(np.uint8), LABELS)[0].dtype == np.float32
    frame, _ = make().fit_resample(pd.DataFrame(X.astype(np.float32)), LABELS)
    assert (frame.dtypes == np.float32).all()


def test_nothing_given_is_changed_and_may_be_read_only():
    parts = [part.copy() for part in (X, LABELS, np.ones(N))]
    for part in parts:
        part.setflags(write=False)
    make(Mixup()).fit_resample(*parts)
    make(Compose([SwapNoise(), GaussianNoise()], probability=0.5)).fit_resample(*parts)
    assert_array_equal(parts[0], X)


def test_random_state_of_the_sampler_alone_determines_the_draw():
    one = make(GaussianNoise(random_state=1)).fit_resample(X, LABELS)[0]
    other = make(GaussianNoise(random_state=2)).fit_resample(X, LABELS)[0]
    assert_array_equal(one, other)
    third = make().set_params(random_state=1).fit_resample(X, LABELS)[0]
    assert not np.array_equal(one, third)


def test_clones_and_pickles_resample_the_same():
    sampler = make(Compose([("noise", GaussianNoise())]), {1: 2})
    expected = sampler.fit_resample(X, LABELS)[0]
    twin = clone(sampler)
    assert not hasattr(twin, "augmenter_")
    assert_array_equal(twin.fit_resample(X, LABELS)[0], expected)
    copy = pickle.loads(pickle.dumps(sampler))
    assert_array_equal(copy.fit_resample(X, LABELS)[0], expected)
    assert sampler.get_params()["augmenter__noise__sigma"] == 0.1
    assert not np.array_equal(
        twin.set_params(augmenter__noise__sigma=2.0).fit_resample(X, LABELS)[0], expected
    )


def test_the_augmenter_given_is_left_alone_and_a_fitted_copy_kept():
    noise = GaussianNoise()
    sampler = make(noise)
    sampler.fit_resample(X, LABELS)
    assert not hasattr(noise, "scale_")
    assert_array_equal(sampler.augmenter_.scale_, GaussianNoise().fit(X).scale_)
    assert sampler.n_features_in_ == 4
    sampler.fit_resample(pd.DataFrame(X, columns=list("abcd")), LABELS)
    assert sampler.feature_names_in_.tolist() == list("abcd")


def test_a_sampler_is_no_transformer():
    assert not hasattr(make(), "transform")
    assert not hasattr(make(), "fit_transform")
    assert make().__sklearn_tags__().estimator_type == "sampler"


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
    ("balanced", np.eye(3, dtype=int)[LABELS], "needs y to be one class per row"),
]


@pytest.mark.parametrize(("n_copies", "y", "message"), BAD_COPIES)
def test_errors_name_n_copies_and_lose_nothing(n_copies, y, message):
    sampler = make()
    sampler.fit_resample(X, LABELS)
    before = {**vars(sampler), "n_copies": n_copies}
    with pytest.raises(ValueError, match=message):
        sampler.set_params(n_copies=n_copies).fit_resample(X, y)
    assert vars(sampler) == before


BAD_DATA = [
    ({"X": np.where(X > 20.5, np.nan, X)}, "X contains NaN"),
    ({"X": X[:-1]}, "inconsistent numbers of samples"),
    ({"X": X[:, 0]}, "2D array"),
    ({"y": np.where(LABELS == 1, np.nan, TARGETS)}, "y contains NaN"),
    ({"sample_weight": np.ones(N - 1)}, "sample_weight"),
    ({"sample_weight": np.full(N, np.nan)}, "sample_weight contains NaN"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_DATA, ids=[m for _, m in BAD_DATA])
def test_bad_data_are_clear_errors_that_lose_nothing(bad, message):
    sampler = make()
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(**{"X": X, "y": LABELS, **bad})
    assert vars(sampler).keys() == set(sampler.get_params(deep=False))


@pytest.mark.parametrize("augmenter", [None, "noise", LogisticRegression()])
def test_what_is_no_augmenter_is_refused(augmenter):
    with pytest.raises(ValueError, match="'augmenter' parameter of AugmentationSampler"):
        AugmentationSampler(augmenter).fit_resample(X, LABELS)


class Counting(BaseAugmenter):
    """Counts the rows that it has drawn."""

    n_drawn = 0

    def _draw(self, rng):
        type(self).n_drawn += rng.n_rows

    def _apply(self, X, draw):
        return X + 0.001


def test_inside_the_pipeline_of_imbalanced_learn_rows_are_resampled_in_fit_only():
    pipeline = pytest.importorskip("imblearn.pipeline")
    Counting.n_drawn = 0
    model = LogisticRegression(max_iter=500)
    piped = pipeline.make_pipeline(make(Counting(), "balanced"), model).fit(X, LABELS)
    assert Counting.n_drawn == 3 * COUNTS[0] - N
    X_more, y_more = make(Counting(), "balanced").fit_resample(X, LABELS)
    expected = clone(model).fit(X_more, y_more)
    Counting.n_drawn = 0
    assert_array_equal(piped.predict_proba(X), expected.predict_proba(X))
    assert piped.score(X, LABELS) == expected.score(X, LABELS)
    assert Counting.n_drawn == 0


def test_inside_the_pipeline_of_imbalanced_learn_with_a_regressor_targets_are_mixed():
    pipeline = pytest.importorskip("imblearn.pipeline")
    mlp = MLPRegressor((4,), max_iter=5, random_state=0)
    sampler = make(Mixup(1.0), 3)
    piped = pipeline.make_pipeline(sampler, mlp).fit(X, TARGETS)
    X_more, y_more = clone(sampler).fit_resample(X, TARGETS)
    assert (~np.isin(y_more, TARGETS)).sum() > N
    assert_array_equal(piped.predict(X), clone(mlp).fit(X_more, y_more).predict(X))


def test_a_search_finds_parameters_of_the_sampler_and_of_its_augmenter():
    pipeline = pytest.importorskip("imblearn.pipeline")
    mlp = MLPClassifier((4,), max_iter=3, random_state=0)
    piped = pipeline.Pipeline([("more", make(n_copies="balanced")), ("mlp", mlp)])
    grid = {
        "more__n_copies": [1, "balanced", {2: 3}],
        "more__augmenter__sigma": [0.1, 10.0],
    }
    search = GridSearchCV(piped, grid, cv=3, error_score="raise").fit(X, LABELS)
    assert len(search.cv_results_["params"]) == 6
    assert search.predict(X).shape == LABELS.shape
    search = GridSearchCV(piped, {"more__augmenter": [Mixup(), SwapNoise()]}, cv=3).fit(X, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_skreg_never_imports_imbalanced_learn():
    code = (
        "import sys, numpy as np\n"
        "from skreg.augmentation import AugmentationSampler, GaussianNoise\n"
        "AugmentationSampler(GaussianNoise()).fit_resample(np.eye(4), [0, 0, 1, 1])\n"
        "assert 'imblearn' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_frames_and_series_are_numbered_alike():
    X = pd.DataFrame({"a": np.arange(6.0), "b": np.ones(6)}, index=range(100, 106))
    y = pd.Series([0, 0, 1, 1, 1, 0], index=X.index, name="label")
    more, labels = AugmentationSampler(GaussianNoise(), n_copies=2).fit_resample(X, y)
    assert more.index.equals(labels.index)
    assert labels.name == "label"


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="Negative values.*sample_weight"):
        AugmentationSampler(GaussianNoise()).fit_resample(
            np.eye(3), [0, 1, 0], sample_weight=[1, -1, 1]
        )


def test_targets_that_are_not_mixed_are_kept_as_they_are():
    X = np.random.default_rng(0).standard_normal((30, 3)).astype(np.float32)
    y = pd.Series(1.7e9 + np.arange(30) + 0.5, name="target")
    _, more = AugmentationSampler(GaussianNoise()).fit_resample(X, y)
    assert_array_equal(more, np.tile(y, 2))
    assert more.name == "target"


def test_whole_numbers_are_targets_where_the_user_says_so():
    X, y = np.eye(40), np.arange(40)
    for mix_targets, is_mixed in [("auto", False), (False, False), (True, True)]:
        sampler = AugmentationSampler(Mixup(1.0), mix_targets=mix_targets, random_state=0)
        more, targets = sampler.fit_resample(X, y)
        assert (np.mean(targets != np.floor(targets)) > 0.4) == is_mixed
        assert_allclose(more @ y, targets, rtol=1e-12)


def test_balanced_copies_alone_are_as_many_of_each_class():
    sampler = AugmentationSampler(GaussianNoise(), "balanced", keep_originals=False)
    _, labels = sampler.fit_resample(np.ones((10, 2)), [0] * 7 + [1] * 3)
    assert_array_equal(np.bincount(labels), [7, 7])

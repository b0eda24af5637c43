"""Resampling: how many rows of which class, what stays, and imbalanced-learn's Pipeline."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from skreg.augmentation import (
    AugmentationSampler,
    Compose,
    CutMix,
    GaussianNoise,
    Mixup,
    SwapNoise,
)
from tests.augmenters import CLASSES, name_of, noisy
from tests.unequal_classes import LABELS, TARGETS, N, X, make


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

"""Mixing rows: X and Y in the same shares, of the right distribution, and with the right rows."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from skreg import MLPClassifier, MLPRegressor
from skreg.augmentation import Compose, CutMix, GaussianNoise, Mixup, RowGenerator, SwapNoise

N = 3000
RNG = np.random.default_rng(0)
MIXING = [Mixup(0.5), CutMix(), CutMix(image_shape=(8, 8)), CutMix(image_shape=(4, 8, 2))]
all_mixing = pytest.mark.parametrize("augmenter", MIXING, ids=lambda a: str(a).replace(" ", ""))
both = pytest.mark.parametrize("augmenter", [Mixup(1.0), CutMix(1.0)], ids=str)


def numbered_rows(n=N, n_features=64):
    """Rows of nothing but their own number, from 1 on, and their indicators."""
    return np.tile(np.arange(1.0, n + 1)[:, None], n_features), np.eye(n)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@all_mixing
def test_targets_of_a_mix_sum_to_one(augmenter, dtype):
    X, Y = RNG.standard_normal((N, 64)).astype(dtype), np.eye(5, dtype=dtype)[np.arange(N) % 5]
    mixed = clone(augmenter).fit(X).augment(X, Y, 0)[1]
    assert_allclose(mixed.sum(axis=1), 1, rtol=1e-6)
    assert mixed.min() >= 0
    assert ((mixed > 0) & (mixed < 1)).any(axis=1).mean() > 0.3


@pytest.mark.parametrize("probability", [0.4, 1.0])
@all_mixing
def test_shares_in_rows_and_in_targets_agree(augmenter, probability):
    X, Y = numbered_rows(400)
    augmenter = clone(augmenter).set_params(probability=probability).fit(X)
    X_mixed, Y_mixed = augmenter.augment(X, Y, 3)
    assert_allclose(X_mixed.mean(axis=1), Y_mixed @ np.arange(1.0, 401), rtol=1e-12)
    assert (Y_mixed > 0).sum(axis=1).max() == 2


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 4.0])
def test_shares_of_mixup_have_a_beta_distribution(alpha):
    shares = Mixup(alpha).fit(np.ones((N, 2)))._draw(RowGenerator(0, N))[1]
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


@pytest.mark.parametrize("alpha", [1e-4, 1e4])
def test_extreme_alphas_take_one_row_or_the_mean_of_two(alpha):
    shares = Mixup(alpha).fit(np.ones((N, 2)))._draw(RowGenerator(0, N))[1]
    assert np.isfinite(shares).all()
    distances = np.minimum(shares, 1 - shares) if alpha < 1 else np.abs(shares - 0.5)
    assert np.quantile(distances, 0.99) < 0.03


def test_mixup_of_rows_is_the_formula_of_the_draw():
    X, Y = RNG.standard_normal((50, 3)), RNG.standard_normal((50, 2))
    augmenter = Mixup(0.7).fit(X)
    partners, shares = augmenter._draw(RowGenerator(9, 50))
    for mixed, given in zip(augmenter.augment(X, Y, RowGenerator(9, 50)), (X, Y)):
        share = shares[:, None]
        assert_allclose(mixed, (1 - share) * given + share * given[partners], rtol=1e-12)


def test_cutmix_of_a_table_replaces_single_features():
    X = np.arange(40.0)[:, None] * 100 + np.arange(64)
    augmenter = CutMix(1.0).fit(X)
    partners, shares, replaced = augmenter._draw(RowGenerator(2, 40))
    mixed = augmenter.augment(X, None, RowGenerator(2, 40))[0]
    assert_array_equal(mixed, np.where(replaced, X[partners], X))
    assert_array_equal(shares, replaced.mean(axis=1))
    halves = replaced[(shares > 0.3) & (shares < 0.7)]
    assert (halves[:, 1:] != halves[:, :-1]).sum(axis=1).min() > 10


def test_replaced_shares_of_a_table_have_the_distribution_of_alpha():
    shares = CutMix(2.0).fit(np.ones((N, 900)))._draw(RowGenerator(0, N))[1]
    assert stats.kstest(shares, stats.beta(2, 2).cdf).pvalue > 1e-3


@pytest.mark.parametrize("shape", [(8, 8), (6, 10), (4, 5, 3), (1, 12), (12, 1)], ids=str)
def test_cutmix_of_images_pastes_one_rectangle_with_its_share_of_pixels(shape):
    X, Y = numbered_rows(200, int(np.prod(shape)))
    X_mixed, Y_mixed = CutMix(image_shape=shape).fit(X).augment(X, Y, 1)
    replaced = (X_mixed != X).reshape(200, *(*shape, 1)[:3])
    for image, target, i in zip(replaced, Y_mixed, range(200)):
        assert (image == image[:, :, :1]).all()
        pixels = image[:, :, 0]
        assert_array_equal(pixels, np.outer(pixels.any(axis=1), pixels.any(axis=0)))
        for side in (pixels.any(axis=1), pixels.any(axis=0)):
            assert np.abs(np.diff(np.r_[0, side, 0])).sum() in (0, 2)  # no gaps
        assert_allclose(target[i], 1 - pixels.mean())
    assert len(np.unique(replaced.reshape(200, -1), axis=0)) > 10


def test_rectangles_are_found_at_every_pixel_and_in_every_size():
    X = np.ones((N, 64))
    _, shares, replaced = CutMix(image_shape=(8, 8)).fit(X)._draw(RowGenerator(0, N))
    coverage = replaced.mean(axis=0).reshape(8, 8)
    assert coverage.min() > 0.1
    assert_allclose(coverage, coverage[::-1, ::-1], atol=0.05)
    assert shares.min() < 0.05
    assert shares.max() > 0.9


@all_mixing
def test_partners_are_of_the_same_mini_batch(augmenter):
    X, Y = numbered_rows(300)
    rng = RowGenerator(0, 300, batch_size=32)
    involved = clone(augmenter).fit(X).augment(X, Y, rng)[1] > 0
    rows, partners = np.nonzero(involved)
    assert_array_equal(rows // 32, partners // 32)
    assert (rows != partners).sum() > 100


@all_mixing
def test_rows_without_weight_are_never_partners(augmenter):
    X, Y = numbered_rows(300)
    weights = np.where(np.arange(300) % 3 == 0, 0.0, np.arange(300))
    rng = RowGenerator(0, 300, weights=weights)
    involved = clone(augmenter).fit(X).augment(X, Y, rng)[1] > 0
    rows, partners = np.nonzero(involved & ~np.eye(300, dtype=bool))
    assert partners.size > 100
    assert (weights[partners] > 0).all()
    assert (weights[rows] == 0).any()


def test_partners_are_drawn_in_proportion_to_the_weights():
    weights = np.tile([1.0, 4.0], N // 2)
    partners = Mixup().fit(np.ones((N, 2)))._draw(RowGenerator(0, N, weights=weights))[0]
    share = np.mean(partners % 2)
    assert abs(share - 0.8) < 5 * np.sqrt(0.8 * 0.2 / N)


@all_mixing
def test_rows_stay_as_they_are_where_all_weights_are_zero(augmenter):
    X, Y = numbered_rows(40)
    rng = RowGenerator(0, 40, weights=np.zeros(40))
    for part, same in zip(clone(augmenter).fit(X).augment(X, Y, rng), (X, Y)):
        assert_array_equal(part, same)


LABELS = np.arange(400) % 4
TARGETS = {
    "integers": LABELS,
    "strings": np.array(list("abcd"))[LABELS],
    "objects": np.array(list("abcd"), dtype=object)[LABELS],
    "list": LABELS.tolist(),
    "floats": LABELS.astype(float),
    "indicators": np.stack([LABELS > 1, LABELS % 2], axis=1).astype(int),
}
ROWS = RNG.uniform(0, 1, (400, 64)) + 10 * LABELS[:, None]  # classes can be told from any value


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS.keys())
@all_mixing
def test_in_a_pipeline_only_rows_of_one_class_are_mixed(augmenter, y):
    mixed = clone(augmenter).set_params(random_state=0).fit_transform(ROWS, y)
    assert_array_equal(np.floor(mixed / 10), np.tile(LABELS[:, None], 64))
    assert (mixed != ROWS).any(axis=1).mean() > 0.5
    nested = Compose([clone(augmenter), GaussianNoise(1e-6)], random_state=0)
    assert_array_equal(np.rint((nested.fit_transform(ROWS, y).mean(axis=1) - 0.5) / 10), LABELS)


@all_mixing
def test_without_labels_rows_of_all_classes_are_mixed(augmenter):
    mixed = clone(augmenter).set_params(random_state=0).fit_transform(ROWS)
    assert (np.floor(mixed.mean(axis=1) / 10) != LABELS).mean() > 0.2


@all_mixing
def test_classes_of_a_single_row_stay_themselves(augmenter):
    labels = np.r_[np.arange(200), np.full(200, 200)]
    mixed = clone(augmenter).set_params(random_state=0).fit_transform(ROWS, labels)
    assert_array_equal(mixed[:200], ROWS[:200])
    assert (mixed[200:] != ROWS[200:]).any(axis=1).mean() > 0.5


@both
def test_continuous_targets_in_a_pipeline_warn_and_name_the_way_out(augmenter):
    targets = RNG.standard_normal(400)
    pipeline = make_pipeline(clone(augmenter), MLPRegressor(max_iter=1))
    with pytest.warns(UserWarning, match=r"y has 400 values in 400 rows.*MLPRegressor\(augment"):
        pipeline.fit(ROWS, targets)
    with pytest.warns(UserWarning, match="y has 400 values"):
        clone(augmenter).fit_transform(ROWS, np.arange(400))
    with pytest.warns(UserWarning, match="Compose cannot change y"):
        assert_array_equal(Compose([augmenter]).fit_transform(ROWS, targets), ROWS)


@both
def test_nothing_warns_where_nothing_is_lost(augmenter):
    targets = RNG.standard_normal(400)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone(augmenter).fit_transform(ROWS, LABELS)
        clone(augmenter).fit(ROWS, targets)
        clone(augmenter).set_params(alpha=0).fit_transform(ROWS, targets)
        clone(augmenter).set_params(probability=0).fit_transform(ROWS, targets)
        SwapNoise().fit_transform(ROWS, targets)
        Compose([GaussianNoise()]).fit_transform(ROWS, targets)


@pytest.mark.parametrize("y", [np.where(LABELS == 2, np.nan, LABELS), LABELS[:-1]])
@both
def test_labels_that_are_missing_are_clear_errors(augmenter, y):
    with pytest.raises(ValueError, match="Input y contains NaN|inconsistent numbers of samples"):
        clone(augmenter).fit_transform(ROWS, y)


@both
def test_one_class_per_row_instead_of_indicators_is_a_clear_error(augmenter):
    with pytest.raises(ValueError, match="an indicator of each class"):
        clone(augmenter).fit(ROWS).augment(ROWS, LABELS, 0)


class Recording(Mixup):
    """A mixup that remembers the targets it returned."""

    seen: list = []  # noqa: RUF012

    def augment(self, X, Y, rng):
        X, Y = super().augment(X, Y, rng)
        type(self).seen.append(Y.copy())
        return X, Y


@pytest.fixture
def mixed_targets():
    Recording.seen = []
    return Recording.seen


def test_indicators_of_labels_are_mixed_inside_a_classifier(mixed_targets):
    indicators = TARGETS["indicators"]
    MLPClassifier((4,), augmentation=Recording(1.0), max_iter=1).fit(ROWS, indicators)
    seen = np.concatenate(mixed_targets)
    assert seen.shape == (400, 2)
    assert ((seen > 0.01) & (seen < 0.99)).any(axis=0).all()


@pytest.mark.parametrize("n_classes", [2, 4])
def test_indicators_of_classes_are_mixed_inside_a_classifier(mixed_targets, n_classes):
    MLPClassifier((4,), augmentation=Recording(1.0), max_iter=1).fit(ROWS, LABELS % n_classes)
    seen = np.concatenate(mixed_targets)
    assert ((seen > 0.01) & (seen < 0.99)).any(axis=0).all()
    if n_classes > 2:
        assert_allclose(seen.sum(axis=1), 1)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_targets_are_mixed_inside_a_regressor(mixed_targets, n_outputs):
    y = RNG.choice([-1.0, 1.0], (400, n_outputs))
    y = y[:, 0] if n_outputs == 1 else y
    MLPRegressor((4,), augmentation=Recording(1.0), max_iter=1).fit(ROWS, y)
    seen = np.concatenate(mixed_targets)
    assert seen.shape == (400, n_outputs)
    assert (np.abs(seen) < 0.99).any(axis=0).all()
    assert np.abs(seen).max() <= 1


@both
def test_a_block_that_holds_some_of_the_classes_gives_probabilities_of_all(augmenter):
    mlp = MLPClassifier((4,), augmentation=augmenter, random_state=0)
    mlp.partial_fit(ROWS[LABELS < 2], LABELS[LABELS < 2], classes=range(4))
    mlp.partial_fit(ROWS[LABELS == 3], LABELS[LABELS == 3])
    assert_allclose(mlp.predict_proba(ROWS).sum(axis=1), 1)
    assert mlp.predict_proba(ROWS).shape == (400, 4)


def test_mixup_makes_probabilities_less_extreme():
    mlp = MLPClassifier((16,), max_iter=60, learning_rate_init=0.01, random_state=0)
    X = ROWS[:, :6] / 10
    plain = mlp.fit(X, LABELS).predict_proba(X).max(axis=1).mean()
    mixed = clone(mlp).set_params(augmentation=Mixup(2.0)).fit(X, LABELS).predict_proba(X)
    assert mixed.max(axis=1).mean() < plain - 0.05


@pytest.mark.parametrize("alpha", [0.2, 1.0, 30.0, 1e3, 1e6])
def test_shares_are_beta_distributed_for_any_alpha(alpha):
    shares = Mixup(alpha).fit(np.ones((4000, 1)))._draw(RowGenerator(0, 4000))[1]
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 1e-3
    assert shares.std() == pytest.approx(stats.beta(alpha, alpha).std(), rel=0.05)


def test_rows_of_two_columns_of_names_are_labels():
    labels = np.array([["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]], dtype=object)
    X = np.repeat(np.arange(4.0), 50)[:, None]
    mixed = Mixup(1.0, random_state=0).fit_transform(X, np.repeat(labels, 50, axis=0))
    assert_array_equal(mixed, X)

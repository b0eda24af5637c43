"""RandomFlip and RandomCrop: exactly what slices of NumPy arrays are."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats
from sklearn.datasets import load_digits

from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation import RandomCrop, RandomFlip
from skreg.augmentation._kernels.warping import FILLS
from tests import naive_images

AXES = {"vertical": 1, "horizontal": 2}  # of images (n, height, width, channels)
DIGITS = load_digits().data
SHAPES = [(8, 8, 1), (5, 7, 3), (6, 3, 2), (1, 9, 1), (9, 1, 1), (1, 1, 1)]
parametrize_shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)
parametrize_dtypes = pytest.mark.parametrize(
    "dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__
)
BAD_PARAMETERS = [
    (RandomFlip, "direction", "diagonal"),
    (RandomFlip, "direction", None),
    (RandomFlip, "probability", -0.5),
    (RandomCrop, "padding", -1),
    (RandomCrop, "padding", (1, -1)),
    (RandomCrop, "padding", 1.5),
    (RandomCrop, "padding", (1, 1.5)),
    (RandomCrop, "padding", (1, 2, 3)),
    (RandomCrop, "padding", ()),
    (RandomCrop, "padding", "all"),
    (RandomCrop, "padding", None),
    (RandomCrop, "fill", "mirror"),
    (RandomCrop, "fill", np.nan),
    (RandomCrop, "probability", 2),
]


def draw_images(shape, n=60, dtype=np.float64):
    return np.random.default_rng(0).normal(size=(n, np.prod(shape))).astype(dtype)


def moves_of(new, shape):
    """How far each image of `numbered(shape)` was moved, which its numbers tell."""
    height, width, channels = shape
    y, x = np.divmod(np.arange(height * width), width)
    moves = []
    for image in new[:, ::channels]:
        seen = image > 0
        old_y, old_x = np.divmod(image[seen].astype(int) // channels, width)
        down, right = np.unique(y[seen] - old_y), np.unique(x[seen] - old_x)
        moves.append((*down, *right))
    moves = np.array(moves)
    assert moves.shape == (len(new), 2)
    return moves


def numbered(shape, n):
    """Images whose values are their places, and never 0."""
    return np.tile(0.5 + np.arange(np.prod(shape)), (n, 1))


@parametrize_dtypes
@parametrize_shapes
@pytest.mark.parametrize("direction", AXES)
def test_flips_are_those_of_numpy(direction, shape, dtype):
    X = draw_images(shape, dtype=dtype)
    new = RandomFlip(direction, image_shape=shape, probability=1.0).fit_transform(X)
    expected = np.flip(X.reshape(-1, *shape), AXES[direction])
    assert_array_equal(new.reshape(-1, *shape), expected)


@pytest.mark.parametrize("direction", AXES)
def test_every_image_is_flipped_as_a_whole_or_not_at_all(direction):
    shape = (4, 5, 3)
    X = draw_images(shape, 2000)
    new = RandomFlip(direction, image_shape=shape, random_state=0).fit_transform(X)
    flipped = np.flip(X.reshape(-1, *shape), AXES[direction]).reshape(X.shape)
    is_flipped, is_same = np.all(new == flipped, axis=1), np.all(new == X, axis=1)
    assert_array_equal(is_flipped, ~is_same)
    assert stats.binomtest(int(is_flipped.sum()), 2000, 0.5).pvalue > 1e-3


@parametrize_dtypes
@pytest.mark.parametrize("fill", [*FILLS, -2.5])
@pytest.mark.parametrize("padding", [3, (0, 2), np.array([4, 1])], ids=str)
@parametrize_shapes
def test_crops_are_slices_of_padded_images(shape, padding, fill, dtype):
    X = draw_images(shape, dtype=dtype)
    crop = RandomCrop(padding, fill=fill, image_shape=shape).fit(X)
    most = np.minimum(np.broadcast_to(padding, 2), np.array(shape[:2]) - 1)
    matrices, _ = crop._draw(RowGenerator(5, len(X)))
    moves = np.rint(-matrices[:, :, 2]).astype(int)
    assert_array_equal(np.abs(moves).max(axis=0), most)
    expected = naive_images.crop(X, moves, most, shape, fill)
    assert_array_equal(crop.augment(X, None, RowGenerator(5, len(X)))[0], expected)


@pytest.mark.parametrize("padding", [(2, 3), (1, 0)], ids=str)
def test_moves_are_all_as_likely(padding):
    shape = (6, 8, 2)
    new = RandomCrop(padding, image_shape=shape, random_state=0).fit_transform(
        numbered(shape, 4000)
    )
    moves = moves_of(new, shape)
    _, counts = np.unique(moves, axis=0, return_counts=True)
    assert counts.size == (2 * padding[0] + 1) * (2 * padding[1] + 1)
    assert stats.chisquare(counts).pvalue > 1e-3
    assert_array_equal(np.abs(moves).max(axis=0), padding)


def test_a_row_and_a_column_stay_in_sight_whatever_the_padding_is():
    shape = (3, 4, 1)
    new = RandomCrop(100, image_shape=shape, random_state=0).fit_transform(numbered(shape, 500))
    moves = moves_of(new, shape)
    assert_array_equal(np.unique(moves[:, 0]), np.arange(-2, 3))
    assert_array_equal(np.unique(moves[:, 1]), np.arange(-3, 4))


def test_channels_of_a_pixel_stay_together():
    shape = (5, 6, 3)
    X = np.repeat(draw_images((5, 6, 1)), 3, axis=1) + np.tile([0, 100, 200], 30)
    for augmenter in (RandomFlip(probability=1.0), RandomCrop(2, fill="reflect")):
        pixels = augmenter.set_params(image_shape=shape).fit_transform(X).reshape(-1, 3)
        assert np.all(np.abs(pixels - [0, 100, 200]) < 10)
        np.testing.assert_allclose(pixels[:, 1:] - pixels[:, :1], [[100, 200]] * len(pixels))


@pytest.mark.parametrize("padding", [0, (0, 0)])
def test_crops_without_padding_change_nothing(padding):
    crop = RandomCrop(padding)
    assert_array_equal(crop.fit_transform(DIGITS), DIGITS)
    assert not crop.__sklearn_tags__().non_deterministic
    assert RandomCrop((0, 1)).__sklearn_tags__().non_deterministic


@pytest.mark.parametrize("cls, name, value", BAD_PARAMETERS, ids=str)
def test_bad_parameters_are_errors_that_name_them(cls, name, value):
    with pytest.raises(ValueError, match=rf"(?s)\b{name}\b.*{re.escape(repr(value))}"):
        cls(**{name: value}).fit(DIGITS[:5])

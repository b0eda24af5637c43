"""Shapes of images, rectangles in them, and what all augmenters of images have in common."""

import re
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits

from skreg import augmentation
from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation import BaseImageAugmenter
from skreg.augmentation._images import mask_rectangles, resolve_image_shape

AUGMENTERS = [
    cls
    for cls in (getattr(augmentation, name) for name in augmentation.__all__)
    if issubclass(cls, BaseImageAugmenter) and cls is not BaseImageAugmenter
]
parametrize_augmenters = pytest.mark.parametrize("cls", AUGMENTERS)
SHAPE = (6, 5, 3)


def of_shape(cls, shape=SHAPE):
    return cls(image_shape=shape, probability=1.0, random_state=0)


def draw_images(n=20, shape=SHAPE, dtype=np.float64):
    images = np.random.default_rng(0).uniform(0, 255, (n, np.prod(shape)))
    return images.astype(np.uint8).astype(dtype)


def changed_rows(new, old):
    return np.any(new != old, axis=1)


@pytest.mark.parametrize(
    "given, n_features, expected",
    [
        (None, 64, (8, 8, 1)),
        (None, 1, (1, 1, 1)),
        ((8, 8), 64, (8, 8, 1)),
        ((4, 16), 64, (4, 16, 1)),
        ([4, 4, 4], 64, (4, 4, 4)),
        (np.array([2, 8, 3]), 48, (2, 8, 3)),
        ((1, 10), 10, (1, 10, 1)),
        ((10, 1), 10, (10, 1, 1)),
    ],
    ids=str,
)
def test_image_shapes_are_height_width_and_channels(given, n_features, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shape = resolve_image_shape(given, n_features)
    assert shape == expected
    assert [type(size) for size in shape] == [int] * 3


@pytest.mark.parametrize("n_features", [2, 48, 65])
def test_features_that_make_no_square_are_a_signal_with_a_warning(n_features):
    message = f"image_shape=None and {n_features} features make no square image"
    with pytest.warns(UserWarning, match=message):
        assert resolve_image_shape(None, n_features) == (1, n_features, 1)


WRONG_SHAPES = [
    ((8, 9), "image_shape=(8, 9) is an image of 72 numbers, but X has 90 features."),
    ((6, 5), "image_shape=(6, 5) is an image of 30 numbers, but X has 90 features."),
    ((5, 6, 4), "image_shape=(5, 6, 4) is an image of 120 numbers, but X has 90 features."),
    ((90,), "positive integers, got (90,)"),
    ((), "positive integers, got ()"),
    ((1, 6, 5, 3), "positive integers, got (1, 6, 5, 3)"),
    ((-9, -10), "positive integers, got (-9, -10)"),
    ((0, 90), "positive integers, got (0, 90)"),
    ((9.0, 10.0), "positive integers, got (9.0, 10.0)"),
    (("9", "10"), "positive integers, got ('9', '10')"),
    ((9, None), "positive integers, got (9, None)"),
    ((9, (10, 1)), "positive integers, got (9, (10, 1))"),
]


@pytest.mark.parametrize("given, message", WRONG_SHAPES, ids=str)
def test_other_image_shapes_are_errors(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        resolve_image_shape(given, 90)


@pytest.mark.parametrize("given", [(8, 9), (90,), 90, "9x10"], ids=str)
@parametrize_augmenters
def test_every_augmenter_names_an_image_shape_that_is_wrong(cls, given):
    augmenter, X = of_shape(cls, given), draw_images()
    for method in (augmenter.fit, augmenter.fit_transform):
        with pytest.raises(ValueError, match="image_shape"):
            method(X)
    assert not hasattr(augmenter, "n_features_in_")
    augmenter = of_shape(cls).fit(X)
    with pytest.raises(ValueError, match="image_shape"):
        augmenter.set_params(image_shape=given).fit(X)
    assert augmenter.image_shape_ == SHAPE


@parametrize_augmenters
def test_every_augmenter_warns_of_features_that_make_no_square_and_of_nothing_else(cls):
    augmenter = cls(random_state=0)
    with pytest.warns(UserWarning, match="image_shape=None and 90 features") as record:
        assert augmenter.fit(draw_images()).image_shape_ == (1, 90, 1)
    assert len(record) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert augmenter.fit(load_digits().data[:9]).image_shape_ == (8, 8, 1)
        assert of_shape(cls).fit(draw_images()).image_shape_ == SHAPE
        augmenter.fit_transform(load_digits().data[:9])


@parametrize_augmenters
def test_images_change_and_stay_images(cls):
    X = draw_images()
    new = of_shape(cls).fit_transform(X)
    assert new.shape == X.shape
    assert np.isfinite(new).all()
    assert changed_rows(new, X).mean() > 0.8


@pytest.mark.parametrize(
    "given, expected",
    [
        (np.uint8, np.float32),
        (np.float16, np.float64),
    ],
    ids=lambda dtype: dtype.__name__,
)
@parametrize_augmenters
def test_float32_and_uint8_become_float32_and_all_else_float64(cls, given, expected):
    X = draw_images()
    new = of_shape(cls).fit_transform(X.astype(given))
    assert new.dtype == expected
    assert_array_equal(new, of_shape(cls).fit_transform(X.astype(expected)))


def as_fortran(X, path):
    return np.asfortranarray(X)


def as_strided(X, path):
    wide = np.zeros((X.shape[0], 2 * X.shape[1]), X.dtype)
    wide[:, ::2] = X
    return wide[:, ::2]


def as_memmap(X, path):
    np.save(path / "X.npy", X)
    return np.load(path / "X.npy", mmap_mode="r")


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("layout", [as_fortran, as_strided, as_memmap])
@parametrize_augmenters
def test_the_layout_of_x_does_not_matter_and_x_stays_as_it_is(cls, layout, dtype, tmp_path):
    X = draw_images(dtype=dtype)
    expected = of_shape(cls).fit_transform(X.copy())
    given = layout(X, tmp_path)
    assert_array_equal(of_shape(cls).fit_transform(given), expected)
    augmenter = of_shape(cls).fit(X)
    blocks = [augmenter.augment(block, None, 7)[0] for block in (X, given)]
    assert_array_equal(*blocks)
    assert_array_equal(given, X)


@parametrize_augmenters
def test_rows_do_not_depend_on_the_block_they_are_in(cls):
    X = draw_images()
    augmenter = of_shape(cls).set_params(probability=0.7).fit(X)
    whole, _ = augmenter.augment(X, None, RowGenerator(1, 20))
    for rows in (slice(0, 3), slice(3, 20)):
        n = rows.stop - rows.start
        part, _ = augmenter.augment(X[rows], None, RowGenerator(1, n, first=rows.start))
        assert_array_equal(part, whole[rows])


def test_rectangles_are_where_slices_are_in_all_channels():
    boxes = np.array([[0, 0, 6, 5], [2, 1, 4, 2], [5, 4, 6, 5], [3, 3, 3, 5]]).T
    inside = mask_rectangles(boxes, SHAPE).reshape(-1, *SHAPE)
    for mask, (top, left, bottom, right) in zip(inside, boxes.T):
        expected = np.zeros(SHAPE, bool)
        expected[top:bottom, left:right] = True
        assert_array_equal(mask, expected)

"""Brightness, contrast, saturation and hue: one matrix per image against step after step."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation import ColorJitter, RandomBrightnessContrast
from tests import naive_images

DIGITS = load_digits().data
COLORS = [RandomBrightnessContrast, ColorJitter]
FACTORS = ["brightness", "contrast", "saturation"]
SHAPES = [(5, 7, 1), (5, 7, 2), (5, 7, 3), (5, 7, 4), (1, 9, 1)]
WIDE = (-1000.0, 1000.0)  # values of a last image that widen the range, so that nothing is clipped
TOLERANCE = {np.dtype(np.float32): 2e-6, np.dtype(np.float64): 1e-13}  # as a share of the range

parametrize_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=np.dtype)
parametrize_shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)
parametrize_classes = pytest.mark.parametrize("cls", COLORS)
BAD_PARAMETERS = [
    *((cls, name, value) for cls in COLORS for name in FACTORS[:2] for value in [-0.5, 1.5]),
    *((cls, name, (2, 1)) for cls in COLORS for name in FACTORS[:2]),
    *((ColorJitter, name, value) for name in FACTORS for value in [(-1, 2), (1, 2, 3), "a", None]),
    *((ColorJitter, name, (1, np.inf)) for name in [*FACTORS, "hue"]),
    (ColorJitter, "saturation", -1),
    (ColorJitter, "saturation", 1.01),
    (ColorJitter, "hue", -0.1),
    (ColorJitter, "hue", (0.5, 0.1)),
    (ColorJitter, "hue", (0.1,)),
    (ColorJitter, "hue", "red"),
    (ColorJitter, "probability", 7),
]


def exactly(cls, **values):
    """An augmenter whose ranges are one number each; nothing is changed that is not given."""
    neutral = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.0}
    names = cls._parameter_constraints.keys() & neutral.keys()
    ranges = {name: (values.get(name, neutral[name]),) * 2 for name in names}
    return cls(**ranges)


def draw_images(shape, n=20, dtype=np.float64):
    return np.random.default_rng(0).uniform(-0.5, 2, (n, np.prod(shape))).astype(dtype)


def change(augmenter, X, shape, value_range=WIDE):
    """X changed by an augmenter that has seen the values in between."""
    train = np.repeat([[value] for value in value_range], X.shape[1], axis=1).astype(X.dtype)
    return augmenter.set_params(image_shape=shape).fit(train).augment(X, None, 0)[0]


def luma(X):
    return X.reshape(-1, 3) @ naive_images.LUMA


@parametrize_dtypes
@parametrize_shapes
def test_brightness_and_contrast_are_those_of_the_oracle(shape, dtype):
    X = draw_images(shape, dtype=dtype)
    augmenter = RandomBrightnessContrast(0.6, 0.9, image_shape=shape).fit(X)
    drawn = augmenter._draw(RowGenerator(3, 20))
    value_range = X.min(), X.max()
    assert augmenter.value_range_ == value_range
    new, _ = augmenter.augment(X, None, RowGenerator(3, 20))
    for i, image in enumerate(X.astype(np.float64).reshape(-1, *shape)):
        one = {name: values[i] for name, values in drawn.items()}
        expected = naive_images.recolor(image, value_range, **one)
        assert_allclose(new[i], expected.ravel(), rtol=0, atol=4 * TOLERANCE[np.dtype(dtype)])


@parametrize_dtypes
@pytest.mark.parametrize("shape", [(5, 7, 3), (1, 9, 3), (5, 7, 1)], ids=str)
def test_jitter_is_that_of_the_oracle(shape, dtype):
    X = draw_images(shape, dtype=dtype)
    augmenter = ColorJitter(0.6, 0.9, (0.0, 3.0), 0.5, image_shape=shape).fit(X)
    drawn = augmenter._draw(RowGenerator(3, 20))
    new, _ = augmenter.augment(X, None, RowGenerator(3, 20))
    for i, image in enumerate(X.astype(np.float64).reshape(-1, *shape)):
        one = {name: values[i] for name, values in drawn.items()}
        expected = naive_images.recolor(image, (X.min(), X.max()), **one)
        assert_allclose(new[i], expected.ravel(), rtol=0, atol=10 * TOLERANCE[np.dtype(dtype)])


@parametrize_classes
def test_what_is_drawn_fills_the_ranges_and_does_not_leave_them(cls):
    ranges = {"brightness": 0.3, "contrast": (0.5, 3.0), "saturation": (0.0, 0.4), "hue": 0.1}
    ends = {**ranges, "brightness": (0.7, 1.3), "hue": (-0.1, 0.1)}
    names = [name for name in ranges if name in cls._parameter_constraints]
    augmenter = cls(**{name: ranges[name] for name in names}, image_shape=(2, 2, 3))
    drawn = augmenter.fit(np.zeros((1, 12)))._draw(RowGenerator(0, 2000))
    assert sorted(drawn) == sorted(names)
    for name, values in drawn.items():
        low, high = ends[name]
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high
    correlations = np.corrcoef(np.array(list(drawn.values())))
    assert np.abs(correlations - np.eye(len(names))).max() < 4 / 2000**0.5


@parametrize_dtypes
@parametrize_classes
def test_values_are_clipped_to_the_range_of_the_training_data(cls, dtype):
    X = draw_images((4, 4, 3), 200, dtype)
    new = cls(0.9, (0.0, 5.0), image_shape=(4, 4, 3), random_state=0).fit_transform(X)
    assert (new.min(), new.max()) == (X.min(), X.max())
    assert np.mean(new == X.max()) > 0.01
    assert np.mean(new == X.min()) > 0.01


@parametrize_classes
def test_brightness_zero_is_black_and_contrast_zero_is_the_mean_luminance(cls):
    X, shape = draw_images((4, 6, 3)), (4, 6, 3)
    black = change(exactly(cls, brightness=0.0), X, shape, (-0.5, 2.0))
    assert_allclose(black, -0.5)
    flat = change(exactly(cls, contrast=0.0), X, shape, (-0.5, 2.0))
    expected = luma(X).reshape(20, 24).mean(axis=1, keepdims=True)
    assert_allclose(flat, np.repeat(expected, 72, axis=1))


@parametrize_classes
def test_images_of_black_stay_black_whatever_is_drawn(cls):
    X = np.full((30, 48), 2.0)
    assert_allclose(change(cls(0.9, 0.9, image_shape=(4, 4, 3)), X, (4, 4, 3), (2.0, 9.0)), X)


@pytest.mark.parametrize("hue, saturation", [(0.2, 1.0), (0.5, 2.5), (0.0, 0.3), (-0.31, 0.0)])
@parametrize_dtypes
def test_hue_and_saturation_leave_luma_and_greys_unchanged(dtype, hue, saturation):
    shape, X = (5, 7, 3), draw_images((5, 7, 3), dtype=dtype)
    jitter = exactly(ColorJitter, hue=hue, saturation=saturation)
    atol = 10 * TOLERANCE[np.dtype(dtype)]
    new = change(jitter, X, shape, (-20.0, 20.0))
    assert_allclose(luma(new), luma(X), atol=20 * atol)
    assert np.abs(new - X).max() > 0.1
    greys = np.repeat(draw_images((5, 7, 1), dtype=dtype), 3, axis=1)
    assert_allclose(change(jitter, greys, shape, (-20.0, 20.0)), greys, atol=20 * atol)


@pytest.mark.parametrize("hue", [0.0, 0.1, 0.7])
def test_saturation_zero_gives_the_luma(hue):
    X = draw_images((5, 7, 3))
    new = change(exactly(ColorJitter, saturation=0.0, hue=hue), X, (5, 7, 3))
    assert_allclose(new.reshape(-1, 3), np.repeat(luma(X)[:, None], 3, axis=1), atol=1e-10)


@pytest.mark.parametrize("hue", [-1.0, 1.0, 3.0])
def test_full_circles_of_hue_change_nothing(hue):
    X = draw_images((5, 7, 3))
    assert_allclose(change(exactly(ColorJitter, hue=hue), X, (5, 7, 3)), X, atol=1e-10)


def test_turns_of_hue_add_up():
    X, shape = draw_images((5, 7, 3)), (5, 7, 3)
    one, two, three = (exactly(ColorJitter, hue=hue) for hue in (0.1, 0.25, 0.35))
    assert_allclose(change(two, change(one, X, shape), shape), change(three, X, shape), atol=1e-10)
    assert np.abs(change(one, X, shape) - X).max() > 0.1


def test_turns_of_hue_are_turns_in_the_yiq_space_of_scikit_image():
    color = pytest.importorskip("skimage.color")
    X = draw_images((5, 7, 3))
    new = change(exactly(ColorJitter, hue=0.15), X, (5, 7, 3))
    old_yiq, new_yiq = (color.rgb2yiq(images.reshape(-1, 1, 3))[:, 0] for images in (X, new))
    old, turned = (yiq[:, 1] + 1j * yiq[:, 2] for yiq in (old_yiq, new_yiq))
    assert_allclose(turned, old * np.exp(2j * np.pi * 0.15), atol=2e-3)


def test_contrast_stretches_grey_images_around_their_mean_after_brightness():
    X = DIGITS[:30]
    new = change(exactly(RandomBrightnessContrast, brightness=0.5, contrast=1.5), X, (8, 8))
    mean = (WIDE[0] + 0.5 * (X - WIDE[0])).mean(axis=1, keepdims=True)
    assert_allclose(new, np.clip(mean + 0.75 * (X - X.mean(axis=1, keepdims=True)), *WIDE))


def test_on_grey_images_jitter_is_brightness_and_contrast_alone():
    jitter = ColorJitter(0.4, 0.3, saturation=0.9, hue=0.5).fit(DIGITS)
    plain = RandomBrightnessContrast(0.4, 0.3).fit(DIGITS)
    new, _ = jitter.augment(DIGITS, None, RowGenerator(0, len(DIGITS)))
    expected, _ = plain.augment(DIGITS, None, RowGenerator(0, len(DIGITS)))
    assert_array_equal(new, expected)
    assert np.any(new != DIGITS)


@pytest.mark.parametrize("shape", [(4, 4, 2), (2, 4, 4), (1, 2, 16)], ids=str)
def test_jitter_of_other_than_one_or_three_channels_is_an_error(shape):
    message = f"ColorJitter needs images of 1 or 3 channels, got image_shape={shape}"
    with pytest.raises(ValueError, match=re.escape(message)):
        ColorJitter(image_shape=shape).fit(draw_images((4, 4, 2)))


@parametrize_classes
def test_ranges_of_nothing_change_nothing(cls):
    augmenter = exactly(cls)
    assert_array_equal(augmenter.fit_transform(DIGITS), DIGITS)
    assert not augmenter.__sklearn_tags__().non_deterministic


@pytest.mark.parametrize("name", [*FACTORS, "hue"])
def test_each_parameter_alone_has_an_effect(name):
    jitter = exactly(ColorJitter, **{name: 0.5}).set_params(image_shape=(5, 7, 3))
    assert jitter.__sklearn_tags__().non_deterministic
    X = draw_images((5, 7, 3))
    assert np.abs(jitter.fit_transform(X) - X).max() > 0.1


@pytest.mark.parametrize("cls, name, value", BAD_PARAMETERS, ids=str)
def test_bad_parameters_are_errors_that_name_them(cls, name, value):
    with pytest.raises(ValueError, match=rf"(?s)\b{name}\b.*{re.escape(repr(value))}"):
        cls(**{name: value}).fit(DIGITS[:5])

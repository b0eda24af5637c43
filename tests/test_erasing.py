"""RandomErasing: one rectangle per image, of the area and the proportions asked for."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats
from sklearn.datasets import load_digits

from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation import RandomErasing
from tests import naive_images

DIGITS = load_digits().data
SHAPES = [(40, 40, 1), (30, 50, 3), (48, 32, 2)]
parametrize_shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)
BAD_PARAMETERS = [
    ("area", (-0.1, 0.5)),
    ("area", (0.5, 1.1)),
    ("area", (0.5, 0.2)),
    ("area", (0.1, 0.2, 0.3)),
    ("area", (0.1, np.nan)),
    ("area", 0.3),
    ("area", None),
    ("aspect_ratio", (0.0, 1.0)),
    ("aspect_ratio", (-1.0, 1.0)),
    ("aspect_ratio", (2.0, 1.0)),
    ("aspect_ratio", (1.0, np.inf)),
    ("aspect_ratio", (1.0,)),
    ("aspect_ratio", 1.0),
    ("fill", "nearest"),
    ("fill", None),
    ("fill", np.nan),
    ("probability", 1.1),
]


def erase(X, shape, **parameters):
    eraser = RandomErasing(image_shape=shape, probability=1.0, random_state=0)
    return eraser.set_params(**parameters).fit_transform(X)


def boxes_of(new, shape):
    """(top, left, bottom, right) of what is 0 in images that were 1, checked to be rectangles."""
    erased = new.reshape(-1, *shape) == 0
    boxes = np.array([naive_images.box_of(one[:, :, 0]) for one in erased])
    for one, (top, left, bottom, right) in zip(erased, boxes):
        assert one.sum() == one[top:bottom, left:right].size
    return boxes


def ones(shape, n=400):
    return np.ones((n, np.prod(shape)))


@parametrize_shapes
def test_one_rectangle_is_erased_of_all_channels(shape):
    new = erase(ones(shape), shape)
    boxes = boxes_of(new, shape)
    assert boxes.shape == (400, 4)
    assert_array_equal(np.unique(new), [0, 1])


@parametrize_shapes
def test_area_and_aspect_ratio_fill_their_ranges_up_to_rounding(shape):
    area, ratio = (0.1, 0.3), (0.5, 1.8)
    top, left, bottom, right = boxes_of(
        erase(ones(shape), shape, area=area, aspect_ratio=ratio), shape
    ).T
    rows, columns = bottom - top, right - left
    pixels = shape[0] * shape[1]
    assert np.all(rows * (columns + 0.5) >= area[0] * pixels)
    assert np.all(rows * (columns - 0.5) <= area[1] * pixels)
    assert np.all((rows + 0.5) / (columns - 1) >= ratio[0])
    assert np.all((rows - 0.5) / (columns + 1) <= ratio[1])
    share = rows * columns / pixels
    assert share.min() < 0.12
    assert share.max() > 0.28
    assert (rows / columns).min() < 0.6
    assert (rows / columns).max() > 1.6


@pytest.mark.parametrize("shape", [(4, 10, 1), (10, 10, 1), (20, 1, 1)], ids=str)
def test_rectangles_wider_than_the_image_are_cut_and_higher(shape):
    new = erase(ones(shape), shape, area=(0.5, 0.5), aspect_ratio=(0.05, 0.05))
    top, left, bottom, right = boxes_of(new, shape).T
    assert_array_equal(right - left, shape[1])
    assert_array_equal(bottom - top, shape[0] // 2)


def test_random_fills_of_float64_stay_in_the_range():
    X = np.random.default_rng(0).uniform(16777217, 16777219, (50, 64))
    new = erase(X, (8, 8), fill="random", area=(0.9, 0.9), aspect_ratio=(1, 1))
    assert X.min() <= new.min()
    assert new.max() <= X.max()


def test_a_fill_that_is_infinite_in_the_dtype_is_refused():
    with pytest.raises(ValueError, match=r"fill must be .*finite number in float32.*1e\+39"):
        erase(ones((4, 4, 1)).astype(np.float32), (4, 4), fill=1e39)


def test_area_is_uniform_and_aspect_ratio_on_a_logarithmic_scale():
    shape = (300, 300, 1)
    eraser = RandomErasing((0.1, 0.2), (0.25, 4.0), image_shape=shape, probability=1.0)
    eraser.fit(np.zeros((1, 90_000)))
    (top, left, bottom, right), _ = eraser._draw(RowGenerator(0, 3000))
    rows, columns = bottom - top, right - left
    assert stats.kstest(rows * columns / 90_000, stats.uniform(0.1, 0.1).cdf).pvalue > 1e-3
    log_ratio = np.log(rows / columns) / np.log(4)
    assert stats.kstest(log_ratio, stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_rectangles_are_at_every_place_inside_alike():
    shape = (6, 5, 1)
    new = erase(ones(shape, 5000), shape, area=(0.2, 0.2), aspect_ratio=(1.5, 1.5))
    boxes = boxes_of(new, shape)
    assert_array_equal(np.unique(boxes[:, 2:] - boxes[:, :2], axis=0), [[3, 2]])
    places, counts = np.unique(boxes[:, :2], axis=0, return_counts=True)
    assert len(places) == 4 * 4
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_square_of_known_size_is_erased():
    new = erase(DIGITS[:50] + 1, (8, 8), area=(0.25, 0.25), aspect_ratio=(1, 1))
    assert_array_equal((new == 0).sum(axis=1), 16)
    kept = new != 0
    assert_array_equal(new[kept], (DIGITS[:50] + 1)[kept])


@pytest.mark.parametrize("shape", [(10, 4, 1), (10, 10, 1), (1, 20, 1)], ids=str)
def test_rectangles_higher_than_the_image_are_cut_and_wider(shape):
    new = erase(ones(shape), shape, area=(0.5, 0.5), aspect_ratio=(20.0, 20.0))
    top, left, bottom, right = boxes_of(new, shape).T
    assert_array_equal(bottom - top, shape[0])
    assert_array_equal(right - left, shape[1] // 2)


def test_the_whole_image_can_be_erased():
    assert_array_equal(erase(DIGITS[:9], (8, 8), area=(1, 1), aspect_ratio=(1, 1), fill=3), 3)


def test_at_least_one_pixel_is_erased():
    new = erase(ones((8, 8, 1)), (8, 8, 1), area=(1e-9, 1e-9))
    assert_array_equal((new == 0).sum(axis=1), 1)


@pytest.mark.parametrize("fill", [0, 0.5, -3.25])
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_pixels_are_replaced_by_the_fill_and_others_stay(fill, dtype):
    X = 1 + DIGITS[:100].astype(dtype)
    new = erase(X, (8, 8), fill=fill)
    erased = new == fill
    assert erased.any(axis=1).all()
    assert_array_equal(new[~erased], X[~erased])


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_random_fills_are_uniform_between_the_extremes_of_the_training_data(dtype):
    low, high = -3.0, 5.0
    rng = np.random.default_rng(0)
    train = rng.uniform(low, high, (5, 64)).astype(dtype)
    train[0, :2] = low, high
    eraser = RandomErasing(fill="random", area=(0.5, 0.5), probability=1.0).fit(train)
    assert eraser.value_range_ == (low, high)
    X = np.full((300, 64), 100, dtype)
    new, _ = eraser.augment(X, None, 0)
    values = new[new != 100].astype(np.float64)
    assert values.size > 9000
    assert values.min() >= low
    assert values.max() <= high
    assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_random_fills_differ_between_images_pixels_and_channels():
    new = erase(ones((6, 6, 3), 40), (6, 6, 3), fill="random", area=(0.5, 0.5))
    assert_array_equal(new, 1)  # nothing but 1 is between the extremes of these images
    X = ones((6, 6, 3), 40)
    X[0, 0] = 0
    new = erase(X, (6, 6, 3), fill="random", area=(0.5, 0.5))
    drawn = new[(new != 1) & (new != 0)]
    assert drawn.size > 40 * 40
    assert np.unique(drawn).size > 0.99 * drawn.size


def test_area_zero_changes_nothing():
    eraser = RandomErasing(area=(0, 0), probability=1.0)
    assert_array_equal(eraser.fit_transform(DIGITS), DIGITS)
    assert not eraser.__sklearn_tags__().non_deterministic


def test_half_of_the_images_are_erased_if_nothing_else_is_asked_for():
    new = RandomErasing(random_state=0, fill=-1).fit_transform(DIGITS)
    erased = np.any(new != DIGITS, axis=1)
    assert stats.binomtest(int(erased.sum()), len(DIGITS), 0.5).pvalue > 1e-3


@pytest.mark.parametrize("name, value", BAD_PARAMETERS, ids=str)
def test_bad_parameters_are_errors_that_name_them(name, value):
    with pytest.raises(ValueError, match=rf"(?s)\b{name}\b.*{re.escape(repr(value))}"):
        RandomErasing(**{name: value}).fit(DIGITS[:5])

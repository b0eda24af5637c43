"""RandomAffine: maps composed independently, known limits, and scipy on whole images."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state

from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation import RandomAffine
from skreg.augmentation._affine import _invert_affine, map_around_center
from skreg.augmentation._kernels.warping import FILLS
from tests import naive_images

NOTHING = {"rotation": 0, "scale": 0, "translation": 0}
SHAPES = [(8, 8, 1), (6, 11, 3), (9, 4, 2)]
DIGITS = load_digits().data / 16
RANGES = {
    "rotation": (20.0, 50.0),
    "scale": (1.2, 1.7),
    "scale_x": (0.5, 0.8),
    "scale_y": (0.9, 1.4),
    "translation": (0.1, 0.3),
    "shear": (-30.0, -10.0),
}
BAD_PARAMETERS = [
    *((name, (2, 1)) for name in RANGES),
    *((name, -0.1) for name in RANGES),
    *((name, "wide") for name in RANGES),
    *((name, (0.5, 0.6, 0.7)) for name in RANGES),
    *((name, (0.5, np.nan)) for name in RANGES),
    *((name, None) for name in RANGES),
    *((name, 1.0) for name in RANGES if name.startswith("scale")),
    *((name, (0.0, 1.0)) for name in RANGES if name.startswith("scale")),
    *((name, (-1.0, 1.0)) for name in RANGES if name.startswith("scale")),
    ("shear", 90),
    ("shear", (0, 90)),
    ("shear", (-90, 0)),
    ("shear", 135),
    ("fill", "mirror"),
    ("fill", None),
    ("fill", np.nan),
    ("fill", np.inf),
    ("probability", 1.5),
]


def exactly(**values):
    """An augmenter whose ranges are one number each."""
    ranges = {name: (value, value) for name, value in values.items() if name in RANGES}
    return RandomAffine(**{**NOTHING, **values, **ranges})


def draw_matrices(augmenter, shape, n=2000):
    augmenter = augmenter.set_params(image_shape=shape).fit(np.zeros((1, np.prod(shape))))
    return augmenter._draw(RowGenerator(0, n))[0]


def draw_images(shape, n=10):
    return np.random.default_rng(0).uniform(size=(n, np.prod(shape)))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_matrices_undo_the_map_that_is_composed_step_after_step(shape):
    rng = np.random.default_rng(0)
    drawn = {
        "rotation": rng.uniform(-180, 180, 50),
        "shear": rng.uniform(-80, 80, 50),
        "scale": rng.uniform(0.3, 3, 50),
        "scale_x": rng.uniform(0.3, 3, 50),
        "scale_y": rng.uniform(0.3, 3, 50),
    }
    translation = rng.normal(scale=5, size=(50, 2))
    matrices = map_around_center(_invert_affine(**drawn), translation, shape)
    for i, matrix in enumerate(matrices):
        one = {name: values[i] for name, values in drawn.items()}
        forward = naive_images.forward_map(**one, translation=translation[i], shape=shape)
        assert_allclose(np.vstack([matrix, [0, 0, 1]]) @ forward, np.eye(3), atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_drawn_fills_the_ranges_and_does_not_leave_them(shape):
    matrices = draw_matrices(RandomAffine(**RANGES), shape)
    found = [naive_images.factors_of(matrix, shape) for matrix in matrices]
    found = {name: np.array([factors[name] for factors in found]) for name in found[0]}
    low_x, high_x = np.multiply(RANGES["scale"], RANGES["scale_x"])
    low_y, high_y = np.multiply(RANGES["scale"], RANGES["scale_y"])
    for values, (low, high), share in [
        (found["rotation"], RANGES["rotation"], 0.01),
        (found["shear"], RANGES["shear"], 0.01),
        (found["width"], (low_x, high_x), 0.1),
        (found["height"], (low_y, high_y), 0.1),
        (found["translation"][:, 0] / shape[0], RANGES["translation"], 0.01),
        (found["translation"][:, 1] / shape[1], RANGES["translation"], 0.01),
    ]:
        assert low - 1e-9 <= values.min() <= low + share * (high - low)
        assert high - share * (high - low) <= values.max() <= high + 1e-9


def test_factors_are_drawn_independently_of_each_other():
    matrices = draw_matrices(RandomAffine(10, 0.2, translation=0.1, shear=20), (8, 8, 1))
    found = [naive_images.factors_of(matrix, (8, 8, 1)) for matrix in matrices]
    names = ("rotation", "shear", "width")
    drawn = [[factors[name] for name in names] + [*factors["translation"]] for factors in found]
    correlations = np.corrcoef(np.array(drawn).T)
    assert np.abs(correlations - np.eye(5)).max() < 4 / len(found) ** 0.5


def test_scale_alone_keeps_proportions():
    for matrix in draw_matrices(RandomAffine(10, (0.5, 2.0)), (8, 8, 1), 50):
        factors = naive_images.factors_of(matrix, (8, 8, 1))
        assert factors["width"] == pytest.approx(factors["height"])
        assert factors["shear"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("turns", [-2, -1, 0, 1, 2, 3])
def test_rotations_by_right_angles_are_those_of_numpy_counterclockwise(turns):
    shape = (7, 7, 2)
    X = draw_images(shape)
    new = exactly(rotation=90 * turns, image_shape=shape).fit_transform(X)
    expected = np.rot90(X.reshape(-1, *shape), turns, axes=(1, 2))
    assert_allclose(new.reshape(-1, *shape), expected, atol=1e-12)


@pytest.mark.parametrize("fill", [*FILLS, 0.5])
def test_translations_by_whole_pixels_are_shifts(fill):
    shape = (4, 8, 2)
    X = draw_images(shape)
    new = exactly(translation=0.25, fill=fill, image_shape=shape).fit_transform(X)
    expected = naive_images.crop(X, [(1, 2)] * len(X), (1, 2), shape, fill)
    assert_allclose(new, expected, atol=1e-12)


def test_scale_two_zooms_into_the_center():
    X = np.zeros((1, 81))
    X.reshape(9, 9)[3:6, 3:6] = 1
    new = exactly(scale=2).fit_transform(X).reshape(9, 9)
    expected = np.clip(2.0 - np.abs(np.arange(9) - 4) / 2, 0, 1)
    assert_allclose(new, np.outer(expected, expected), atol=1e-12)
    assert new.sum() == pytest.approx(4 * X.sum())


@pytest.mark.parametrize("name, axis", [("scale_x", 1), ("scale_y", 0)])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_scales_of_one_axis_change_only_that_axis(name, axis, factor):
    shape = (5, 5, 1)
    X = draw_images(shape)
    new = exactly(**{name: factor}, fill="nearest", image_shape=shape).fit_transform(X)
    old, new = (np.moveaxis(images.reshape(-1, 5, 5), axis + 1, 2) for images in (X, new))
    places = 2 + (np.arange(5) - 2) / factor
    for image, expected in zip(new, old):
        for line, before in zip(image, expected):
            assert_allclose(line, np.interp(places, np.arange(5), before), atol=1e-12)


def test_vertical_lines_lean_by_the_shear_and_horizontal_lines_stay():
    shape = (5, 9, 1)
    X = np.zeros((2, 45))
    X[0].reshape(5, 9)[:, 4] = 1
    X[1].reshape(5, 9)[2] = 1
    leaning, flat = exactly(shear=45, image_shape=shape).fit_transform(X).reshape(2, 5, 9)
    assert_allclose(leaning, np.eye(5, 9, k=2), atol=1e-12)
    assert_allclose(flat[[0, 1, 3, 4]], 0, atol=1e-12)
    assert_allclose(flat[2], 1, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 12, 1), (1, 12, 2)], ids=str)
def test_signals_are_only_scaled_and_moved_along_themselves(shape):
    wild = RandomAffine(180, (0.5, 2.0), scale_x=0.3, scale_y=0.5, shear=60, translation=0.3)
    matrices = draw_matrices(wild, shape, 200)
    assert_allclose(matrices[:, 0], [[1, 0, 0]] * 200, atol=1e-12)
    assert_array_equal(matrices[:, 1, 0], 0)
    factors = [naive_images.factors_of(matrix, shape) for matrix in matrices]
    widths = np.array([factor["width"] for factor in factors])
    moves = np.array([factor["translation"][1] for factor in factors])
    assert 0.5 * 0.7 <= widths.min() < 0.6
    assert 2.0 < widths.max() <= 2.0 * 1.3
    assert -3.6 <= moves.min() < -3.3
    assert 3.3 < moves.max() <= 3.6


@pytest.mark.parametrize("fill", [*FILLS, 0.0, 2.5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("shape", [*SHAPES, (1, 15, 1), (15, 1, 1)], ids=str)
def test_images_are_those_of_scipy_with_the_matrices_drawn(shape, dtype, fill):
    X = draw_images(shape).astype(dtype)
    augmenter = RandomAffine(
        60, 0.5, scale_x=0.3, translation=0.4, shear=30, fill=fill, image_shape=shape
    )
    new = augmenter.set_params(random_state=3).fit_transform(X)
    seed = check_random_state(3).randint(np.iinfo(np.int32).max)
    matrices, _ = augmenter._draw(RowGenerator(seed, len(X)))
    expected = naive_images.transform(X.astype(np.float64), matrices, shape, fill)
    assert_allclose(new, expected, atol=1e-4 if dtype == np.float32 else 1e-10)


def test_inside_of_digits_images_are_those_of_the_constant_mode_of_scipy():
    X = DIGITS[:100].astype(np.float32)
    augmenter = RandomAffine(15, 0.2, translation=0.1, shear=10, random_state=0)
    new = augmenter.fit_transform(X).reshape(-1, 8, 8)
    seed = check_random_state(0).randint(np.iinfo(np.int32).max)
    places = np.stack([*np.mgrid[:8, :8], np.ones((8, 8))])
    for image, old, matrix in zip(new, X, augmenter._draw(RowGenerator(seed, 100))[0]):
        from_y, from_x = np.tensordot(matrix, places, 1)
        inside = (from_y >= 0) & (from_y <= 7) & (from_x >= 0) & (from_x <= 7)
        assert inside.sum() > 20
        expected = ndimage.affine_transform(
            old.reshape(8, 8), matrix[:, :2], matrix[:, 2], order=1, mode="constant"
        )
        assert_allclose(image[inside], expected[inside], atol=1e-5)


def test_what_comes_from_outside_has_the_fill():
    X = 2 + draw_images((6, 6, 1))
    away = {"translation": 3.0, "image_shape": (6, 6)}
    assert_array_equal(exactly(fill=-7.5, **away).fit_transform(X), np.full_like(X, -7.5))
    corners = X[:, :1] + np.zeros_like(X)
    assert_array_equal(exactly(fill="nearest", **away).fit_transform(X), corners)
    mirrored = X.reshape(-1, 6, 6)[:, ::-1, ::-1].reshape(X.shape)
    assert_allclose(exactly(fill="reflect", **away).fit_transform(X), mirrored, atol=1e-12)


@pytest.mark.parametrize("name", [*RANGES])
def test_each_parameter_alone_has_an_effect_and_none_of_them_has_not(name):
    assert_array_equal(RandomAffine(**NOTHING).fit_transform(DIGITS[:5]), DIGITS[:5])
    assert not RandomAffine(**NOTHING).__sklearn_tags__().non_deterministic
    alone = RandomAffine(**{**NOTHING, name: 0.5})
    assert alone.__sklearn_tags__().non_deterministic
    assert np.any(alone.fit_transform(DIGITS[:5]) != DIGITS[:5])


@pytest.mark.parametrize("name, value", BAD_PARAMETERS, ids=str)
def test_bad_parameters_are_errors_that_name_them(name, value):
    with pytest.raises(ValueError, match=rf"(?s)\b{re.escape(name)}\b.*{re.escape(repr(value))}"):
        RandomAffine(**{name: value}).fit(DIGITS[:5])

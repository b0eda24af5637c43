"""Warps and smoothing against scipy.ndimage, on whole images of any shape."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from skreg._compiler.jit import DTYPES
from skreg.augmentation._kernels.warping import CONSTANT, FILLS, smooth, warp
from tests import naive_images

SHAPES = [
    (9, 9, 1),
    (6, 13, 3),
    (11, 4, 2),
    (1, 17, 1),
    (1, 8, 3),
    (12, 1, 1),
    (1, 1, 2),
    (2, 2, 1),
]
FILL_VALUES = [*FILLS, 0.0, -1.5]
TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-11}
N = 12

parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)
parametrize_fills = pytest.mark.parametrize("fill", FILL_VALUES)


def draw_images(shape, n=N):
    return np.random.default_rng(0).uniform(size=(n, np.prod(shape)))


def draw_matrices(shape, n=N):
    """Maps that turn, stretch and move by up to a few pixels, or out of the image altogether."""
    rng = np.random.default_rng(1)
    linear = rng.normal(scale=0.7, size=(n, 2, 2))
    return np.concatenate([linear, rng.normal(scale=max(shape) / 2, size=(n, 2, 1))], axis=2)


def identities(n=N):
    return np.tile(np.eye(2, 3), (n, 1, 1))


def shifts(*moves):
    """Matrices of images moved down and right."""
    matrices = identities(len(moves))
    matrices[:, :, 2] = -np.array(moves)
    return matrices


def run_warp(images, matrices, shape, fill, dtype=np.float64, fields=None):
    dtype = np.dtype(dtype)
    fields = np.zeros((len(images), 2, *shape[:2])) if fields is None else fields
    fields = fields.reshape(len(images), 2, -1)
    images, matrices, fields = (part.astype(dtype) for part in (images, matrices, fields))
    out = np.full_like(images, np.nan)
    value = dtype.type(0 if fill in FILLS else fill)
    mode = FILLS.get(fill, CONSTANT)
    before = images.copy()
    warp[dtype](images, out, matrices, fields, shape[0], shape[1], value, mode)
    assert_array_equal(images, before)
    return out


@parametrize_dtypes
@parametrize_fills
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_places_that_are_no_numbers_read_nothing_outside_of_the_image(wrong, fill, dtype):
    images = draw_images((8, 8, 1))
    assert np.isfinite(run_warp(images, np.full((N, 2, 3), wrong), (8, 8, 1), fill, dtype)).all()


@parametrize_dtypes
@parametrize_fills
@parametrize_shapes
def test_affine_maps_are_those_of_scipy(shape, fill, dtype):
    images, matrices = draw_images(shape), draw_matrices(shape)
    expected = naive_images.transform(images, matrices, shape, fill)
    actual = run_warp(images, matrices, shape, fill, dtype)
    assert_allclose(actual, expected, rtol=0, atol=TOLERANCE[dtype] * max(shape))


@parametrize_dtypes
@parametrize_fills
@parametrize_shapes
def test_displacements_are_those_of_scipy(shape, fill, dtype):
    images = draw_images(shape)
    fields = np.random.default_rng(2).normal(scale=3, size=(N, 2, *shape[:2]))
    expected = naive_images.displace(images, fields, shape, fill)
    actual = run_warp(images, identities(), shape, fill, dtype, fields)
    assert_allclose(actual, expected, rtol=0, atol=TOLERANCE[dtype] * max(shape))


@parametrize_fills
def test_displacements_come_on_top_of_the_affine_map(fill):
    shape = (7, 10, 1)
    images, matrices = draw_images(shape), draw_matrices(shape)
    fields = np.random.default_rng(2).normal(size=(N, 2, *shape[:2]))
    here = np.mgrid[: shape[0], : shape[1]]
    moved = np.einsum("nij,jyx->niyx", matrices[:, :, :2], here) + matrices[:, :, 2, None, None]
    expected = naive_images.displace(images, moved - here + fields, shape, fill)
    assert_allclose(run_warp(images, matrices, shape, fill, fields=fields), expected, atol=1e-10)


def test_inside_of_images_a_constant_fill_is_the_constant_mode_of_scipy():
    shape = (16, 12, 1)
    images = draw_images(shape)
    matrices = identities()
    matrices[:, :, :2] += np.random.default_rng(3).normal(scale=0.1, size=(N, 2, 2))
    actual = naive_images.planes(run_warp(images, matrices, shape, 0.0, np.float32), shape)
    y, x = np.mgrid[: shape[0], : shape[1]]
    for plane, image, (to_y, to_x) in zip(actual, images.reshape(N, *shape), matrices):
        expected = ndimage.affine_transform(
            image[:, :, 0], np.array([to_y[:2], to_x[:2]]), order=1, mode="constant"
        )
        inside = (0 <= (v := to_y[0] * y + to_y[1] * x)) & (v <= shape[0] - 1)
        inside &= (0 <= (u := to_x[0] * y + to_x[1] * x)) & (u <= shape[1] - 1)
        assert inside.sum() > 50
        assert_allclose(plane[0][inside], expected[inside], atol=1e-5)


@parametrize_dtypes
@parametrize_fills
@parametrize_shapes
def test_the_identity_is_exact(shape, fill, dtype):
    images = draw_images(shape).astype(dtype)
    assert_array_equal(run_warp(images, identities(), shape, fill, dtype), images)


@parametrize_dtypes
@parametrize_fills
def test_moves_by_whole_pixels_are_exact(fill, dtype):
    shape = (5, 6, 2)
    moves = [(0, 1), (2, 0), (-1, 3), (4, -5), (-4, -1)]
    images = draw_images(shape, len(moves)).astype(dtype)
    expected = naive_images.crop(images, moves, (4, 5), shape, fill)
    assert_array_equal(run_warp(images, shifts(*moves), shape, fill, dtype), expected)


@parametrize_dtypes
@pytest.mark.parametrize("distance", [50.0, 1e4, 1e12, 1e30])
def test_places_far_outside_have_the_fill_or_the_nearest_pixel(distance, dtype):
    shape = (4, 5, 1)
    moves = [(distance, 0), (0, distance), (-distance, -distance), (distance, -distance)]
    images = draw_images(shape, len(moves)).astype(dtype)
    assert_array_equal(run_warp(images, shifts(*moves), shape, 0.25, dtype), 0.25)
    nearest = run_warp(images, shifts(*moves), shape, "nearest", dtype).reshape(4, 4, 5)
    images = images.reshape(4, 4, 5)
    assert_array_equal(nearest[0], np.broadcast_to(images[0][:1], (4, 5)))
    assert_array_equal(nearest[1], np.broadcast_to(images[1][:, :1], (4, 5)))
    assert_array_equal(nearest[2], np.full((4, 5), images[2][-1, -1]))
    assert_array_equal(nearest[3], np.full((4, 5), images[3][0, -1]))


@parametrize_dtypes
@pytest.mark.parametrize("distance", [50.0, 1e4, 1e12, 1e30])
def test_mirror_images_far_outside_have_values_of_the_image(distance, dtype):
    shape = (4, 5, 1)
    images = 1 + draw_images(shape, 2)
    far = run_warp(images, shifts((distance, -distance), (-distance, 0)), shape, "reflect", dtype)
    assert far.min() >= 1
    assert far.max() <= 2


@parametrize_dtypes
def test_mirror_images_repeat_after_twice_the_size(dtype):
    shape = (4, 6, 1)
    images = draw_images(shape, 3).astype(dtype)
    far = run_warp(images, shifts((8, 0), (-16, 24), (80, -120)), shape, "reflect", dtype)
    assert_array_equal(far, images)


@parametrize_dtypes
@parametrize_fills
def test_channels_are_warped_apart_and_alike(fill, dtype):
    shape = (7, 5, 3)
    images, matrices = draw_images(shape).astype(dtype), draw_matrices(shape)
    together = run_warp(images, matrices, shape, fill, dtype)
    for c in range(3):
        alone = run_warp(images[:, c::3], matrices, (7, 5, 1), fill, dtype)
        assert_array_equal(together[:, c::3], alone)


def test_images_are_warped_apart():
    shape = (6, 6, 1)
    images, matrices = draw_images(shape), draw_matrices(shape)
    together = run_warp(images, matrices, shape, "reflect")
    for i in range(N):
        alone = run_warp(images[i : i + 1], matrices[i : i + 1], shape, "reflect")
        assert_array_equal(alone[0], together[i])


def test_affine_maps_are_those_of_scikit_image():
    transform = pytest.importorskip("skimage.transform")
    shape = (10, 7, 1)
    images, matrices = draw_images(shape), draw_matrices(shape)
    actual = run_warp(images, matrices, shape, "reflect").reshape(N, 10, 7)
    for i, matrix in enumerate(matrices):
        of_xy = np.vstack([matrix, [0, 0, 1]])[[1, 0, 2]][:, [1, 0, 2]]
        expected = transform.warp(images[i].reshape(10, 7), of_xy, order=1, mode="symmetric")
        assert_allclose(actual[i], expected, atol=1e-8)


def gaussian(sigma):
    radius = int(4 * sigma + 0.5)
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return taps / taps.sum()


@parametrize_dtypes
@pytest.mark.parametrize("sigma", [0.1, 1.0, 6.0])
@pytest.mark.parametrize("size", [(5, 14), (1, 20), (20, 1)], ids=str)
def test_smoothing_is_the_gaussian_filter_of_scipy(size, sigma, dtype):
    planes = np.random.default_rng(0).uniform(-1, 1, (4, size[0] * size[1])).astype(dtype)
    expected = [
        ndimage.gaussian_filter(plane.astype(np.float64), (sigma, 1.3), mode="constant", truncate=4)
        for plane in planes.reshape(-1, *size)
    ]
    smooth[dtype](planes, gaussian(sigma).astype(dtype), gaussian(1.3).astype(dtype), *size)
    atol = 1e-6 if dtype == np.float32 else 1e-14
    assert_allclose(planes.reshape(-1, *size), expected, rtol=0, atol=atol)


@parametrize_dtypes
def test_smoothing_with_one_weight_per_axis_multiplies_by_both(dtype):
    planes = np.random.default_rng(0).uniform(-1, 1, (3, 20)).astype(dtype)
    before = planes.copy()
    smooth[dtype](planes, np.array([0.5], dtype), np.array([2.0], dtype), 4, 5)
    assert_array_equal(planes, before)
    smooth[dtype](planes, np.array([0.5], dtype), np.array([0.5], dtype), 4, 5)
    assert_array_equal(planes, before / 4)

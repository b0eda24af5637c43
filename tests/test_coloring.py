"""The linear map of colors against matrix products."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg.augmentation._kernels.coloring import recolor

N, PIXELS = 5, 14
TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-13}
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_channels = pytest.mark.parametrize("channels", [1, 2, 3, 4])


def draw(channels, dtype):
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (N, PIXELS * channels)).astype(dtype)
    return images, rng.normal(size=(N, channels, channels + 1)).astype(dtype)


def run_recolor(images, matrices, low, high):
    out, before = np.full_like(images, np.nan), images.copy()
    limits = (images.dtype.type(limit) for limit in (low, high))
    recolor[images.dtype](images, out, matrices, *limits)
    assert_array_equal(images, before)
    return out


def product(images, matrices):
    pixels = images.reshape(N, PIXELS, -1).astype(np.float64)
    linear, offset = matrices[:, :, :-1], matrices[:, :, -1]
    return (pixels @ linear.transpose(0, 2, 1) + offset[:, None]).reshape(N, -1)


@parametrize_dtypes
@parametrize_channels
def test_pixels_are_multiplied_by_the_matrix_of_their_image(channels, dtype):
    images, matrices = draw(channels, dtype)
    actual = run_recolor(images, matrices, -100, 100)
    assert_allclose(actual, product(images, matrices), rtol=0, atol=TOLERANCE[dtype])


@parametrize_dtypes
@parametrize_channels
def test_values_beyond_the_limits_are_clipped_to_them(channels, dtype):
    images, matrices = draw(channels, dtype)
    limits = dtype.type(-0.3), dtype.type(0.7)
    actual = run_recolor(images, matrices, *limits)
    expected = np.clip(product(images, matrices), *limits)
    assert_allclose(actual, expected, rtol=0, atol=TOLERANCE[dtype])
    assert (actual.min(), actual.max()) == limits


@parametrize_dtypes
@parametrize_channels
def test_the_identity_is_exact(channels, dtype):
    images, matrices = draw(channels, dtype)
    matrices[:] = np.eye(channels, channels + 1)
    assert_array_equal(run_recolor(images, matrices, -1, 1), images)

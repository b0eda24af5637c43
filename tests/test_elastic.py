"""ElasticDeformation against noise, a Gaussian filter and an interpolation of scipy."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state

from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation import ElasticDeformation
from skreg.augmentation._kernels.warping import FILLS
from tests import naive_images

DIGITS = load_digits().data
SHAPES = [(8, 8, 1), (6, 11, 3), (9, 4, 2), (1, 20, 1), (20, 1, 1)]
BAD_PARAMETERS = [
    ("alpha", -1.0),
    ("alpha", (1.0, 2.0)),
    ("alpha", None),
    ("alpha", np.nan),
    ("sigma", 0.0),
    ("sigma", -2.0),
    ("sigma", np.inf),
    ("sigma", "wide"),
    ("fill", "mirror"),
    ("fill", -np.inf),
    ("probability", -0.1),
]
parametrize_shapes = pytest.mark.parametrize("shape", SHAPES, ids=str)


def naive_fields(seed, n, shape, alpha, sigma):
    """Displacements (n, 2, height, width) from the first numbers that a generator draws."""
    size = shape[0] * shape[1]
    noise = 2 * RowGenerator(seed, n).random((n, 2 * size), np.float32).astype(np.float64) - 1
    is_long = np.array(shape[:2]) > 1
    fields = [
        ndimage.gaussian_filter(plane, sigma * is_long, mode="constant", truncate=4)
        for plane in noise.reshape(-1, *shape[:2])
    ]
    fields = alpha * np.reshape(fields, (n, 2, *shape[:2]))
    fields[:, ~is_long] = 0
    return fields


def drawn_fields(augmenter, shape, n):
    augmenter = augmenter.set_params(image_shape=shape).fit(np.zeros((1, np.prod(shape))))
    matrices, fields = augmenter._draw(RowGenerator(0, n))
    assert_array_equal(matrices, np.tile(np.eye(2, 3), (n, 1, 1)))
    return fields.reshape(n, 2, *shape[:2])


@pytest.mark.parametrize("alpha, sigma", [(34.0, 4.0), (6.0, 2.0), (1.5, 0.6), (3.0, 0.01)])
@parametrize_shapes
def test_displacements_are_smoothed_noise(shape, alpha, sigma):
    fields = drawn_fields(ElasticDeformation(alpha, sigma), shape, 6)
    assert_allclose(fields, naive_fields(0, 6, shape, alpha, sigma), atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("fill", [*FILLS, 0.0, -1.5])
@parametrize_shapes
def test_images_are_those_of_scipy(shape, fill, dtype):
    X = np.random.default_rng(0).uniform(size=(6, np.prod(shape))).astype(dtype)
    new = ElasticDeformation(8.0, 1.5, fill=fill, image_shape=shape, random_state=4).fit_transform(
        X
    )
    seed = check_random_state(4).randint(np.iinfo(np.int32).max)
    fields = naive_fields(seed, 6, shape, 8.0, 1.5)
    expected = naive_images.displace(X.astype(np.float64), fields, shape, fill)
    assert_allclose(new, expected, atol=2e-5)


@pytest.mark.parametrize("alpha, sigma", [(34.0, 4.0), (6.0, 2.0)])
def test_displacements_have_the_standard_deviation_of_the_docstring(alpha, sigma):
    shape, edge = (160, 160, 1), int(4 * sigma + 1)
    fields = drawn_fields(ElasticDeformation(alpha, sigma), shape, 8)[:, :, edge:-edge, edge:-edge]
    assert fields.std() == pytest.approx(0.163 * alpha / sigma, rel=0.05)
    assert abs(fields.mean()) < 0.1 * fields.std()


@pytest.mark.parametrize("shape", [(1, 3000, 1), (3000, 1, 1)], ids=str)
def test_displacements_of_signals_have_the_standard_deviation_of_the_docstring(shape):
    fields = drawn_fields(ElasticDeformation(6.0, 4.0), shape, 40)
    moves = fields[:, int(shape[0] == 1)].reshape(40, -1)[:, 17:-17]
    assert moves.std() == pytest.approx(0.307 * 6.0 / 2.0, rel=0.05)


def test_alpha_zero_changes_nothing():
    augmenter = ElasticDeformation(alpha=0.0)
    assert_array_equal(augmenter.fit_transform(DIGITS), DIGITS)
    assert not augmenter.__sklearn_tags__().non_deterministic


def test_alpha_is_a_factor_of_the_displacements():
    one, three = (drawn_fields(ElasticDeformation(alpha, 2.0), (8, 8, 1), 5) for alpha in (1, 3))
    assert_allclose(three, 3 * one, rtol=1e-6)


def test_a_wide_gaussian_moves_images_as_a_whole_and_a_narrow_one_crumples_them():
    def roughness(sigma):
        fields = drawn_fields(ElasticDeformation(5.0, sigma), (24, 24, 1), 20)
        return np.abs(np.diff(fields, axis=3)).mean() / np.abs(fields).mean()

    assert roughness(0.3) > 5 * roughness(4.0)


def test_all_channels_are_displaced_alike():
    X = np.repeat(DIGITS[:9], 3, axis=1)
    new = ElasticDeformation(6.0, 2.0, image_shape=(8, 8, 3)).fit_transform(X).reshape(-1, 3)
    assert_array_equal(new, np.repeat(new[:, :1], 3, axis=1))


def test_signals_keep_a_constant_and_move_along_themselves_only():
    fields = drawn_fields(ElasticDeformation(34.0, 2.0), (1, 30, 1), 5)
    assert_array_equal(fields[:, 0], 0)
    assert np.all(fields[:, 1].std(axis=(1, 2)) > 0.1)
    constant = np.full((5, 30), 3.0)
    augmenter = ElasticDeformation(34.0, 2.0, fill="nearest", image_shape=(1, 30))
    assert_allclose(augmenter.fit_transform(constant), constant)


@pytest.mark.parametrize("name, value", BAD_PARAMETERS, ids=str)
def test_bad_parameters_are_errors_that_name_them(name, value):
    with pytest.raises(ValueError, match=rf"(?s)\b{name}\b.*{re.escape(repr(value))}"):
        ElasticDeformation(**{name: value}).fit(DIGITS[:5])


def test_weights_beyond_the_image_are_left_out():
    wide = ElasticDeformation(1.0, 1e4, image_shape=(8, 8)).fit(DIGITS)
    assert wide._weights(8).size == 15
    assert np.isfinite(wide.fit_transform(DIGITS[:9])).all()

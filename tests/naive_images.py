"""The oracle of the image augmenters: random words, warps, colors and boxes, one at a time.

Written from the docstrings, with scipy.ndimage for what it does alike. Of skreg it takes nothing.
Conventions: `images` are rows of numbers, `shape` is (height, width, channels), coordinates are
(y, x).
"""

import numpy as np
from scipy import ndimage

from tests.naive import draw_key, mix

_A, _FULL = np.uint64(0x9E3779B1), np.uint64(0xFFFFFFFF)
# What scipy calls our fills; a number is a constant that pixels at the edge blend into.
MODES = {"nearest": "nearest", "reflect": "reflect"}


def draw_word(key, places):
    return mix(((np.asarray(places, np.uint64) * _A) & _FULL) ^ np.asarray(key, np.uint64))


def draw_words(seed, step, stream, rows, n_columns):
    """The 32 random bits of each row and column, (rows, n_columns)."""
    keys = draw_word(draw_key(seed, step, stream), rows)
    return draw_word(keys[:, None], np.arange(n_columns))


def unmix(x):
    """What `mix` makes x from."""
    for step in (16, 0x846CA68B, 15, 0x7FEB352D, 16):
        if step > 16:
            x = x * pow(step, -1, 2**32) % 2**32
        else:
            x = x ^ (x >> step) ^ (x >> 2 * step)  # a third time is beyond 32 bits
    return x


def row_that_draws(word, seed, step, stream, column):
    """The row to which `draw_words` gives this word in a column."""
    key_of_row = unmix(word) ^ (column * int(_A) % 2**32)
    place = unmix(key_of_row) ^ draw_key(seed, step, stream)
    return place * pow(int(_A), -1, 2**32) % 2**32


def planes(images, shape):
    """Every channel of every image, (n, channels, height, width)."""
    return np.moveaxis(images.reshape(-1, *shape), 3, 1)


def rows(planes):
    """What `planes` has made of images, undone."""
    return np.moveaxis(planes, 1, 3).reshape(len(planes), -1)


def sampling_of(fill):
    """How scipy says what is outside of an image."""
    if fill in MODES:
        return {"mode": MODES[fill], "order": 1}
    return {"mode": "grid-constant", "cval": fill, "order": 1}


def transform(images, matrices, shape, fill):
    """out(p) = image(A·p + b), by scipy's affine_transform."""
    out = [
        [
            ndimage.affine_transform(plane, matrix[:, :2], matrix[:, 2], **sampling_of(fill))
            for plane in channels
        ]
        for channels, matrix in zip(planes(images, shape), matrices)
    ]
    return rows(np.array(out))


def displace(images, fields, shape, fill):
    """out(p) = image(p + field(p)), by scipy's map_coordinates; fields (n, 2, height, width)."""
    here = np.mgrid[: shape[0], : shape[1]]
    out = [
        [ndimage.map_coordinates(plane, here + field, **sampling_of(fill)) for plane in channels]
        for channels, field in zip(planes(images, shape), fields)
    ]
    return rows(np.array(out))


def forward_map(rotation, shear, scale, scale_x, scale_y, translation, shape):
    """The place (y, x, 1) in the new image of a place in the old one, as a matrix (3, 3).

    Composed of steps that are written with x to the right and y upwards, in degrees and pixels.
    """
    angle, lean = np.deg2rad(rotation), np.tan(np.deg2rad(shear))
    center_y, center_x = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    to_center = np.array([[0, 1, -center_x], [-1, 0, center_y], [0, 0, 1]])  # (x, up) of (y, x)
    stretch = np.diag([scale * scale_x, scale * scale_y, 1])
    slant = np.array([[1, -lean, 0], [0, 1, 0], [0, 0, 1]])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    shift = np.array([[1, 0, translation[1]], [0, 1, -translation[0]], [0, 0, 1]])
    return np.linalg.inv(to_center) @ shift @ turn @ slant @ stretch @ to_center


def factors_of(matrix, shape):
    """What `forward_map` has composed, from the matrix [A | b] of its inverse."""
    forward = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    (yy, yx), (xy, xx) = forward[:2, :2]
    rotation = np.arctan2(-yx, xx)
    turn = np.array([[np.cos(rotation), np.sin(rotation)], [-np.sin(rotation), np.cos(rotation)]])
    up = turn @ [-xy, yy]  # where one pixel upwards goes, before the rotation
    center = (np.array(shape[:2]) - 1) / 2
    return {
        "rotation": np.rad2deg(rotation),
        "shear": np.rad2deg(np.arctan2(-up[0], up[1])),
        "width": np.hypot(xx, yx),
        "height": up[1],
        "translation": (forward @ [*center, 1])[:2] - center,
    }


def crop(images, moves, padding, shape, fill):
    """Images padded on all sides, and cut out again `moves` (n, 2) pixels from where they were."""
    height, width, _ = shape
    how = {"nearest": {"mode": "edge"}, "reflect": {"mode": "symmetric"}}.get(
        fill, {"mode": "constant", "constant_values": fill}
    )
    out = []
    for image, (down, right) in zip(images.reshape(-1, *shape), moves):
        padded = np.pad(image, ((padding[0],) * 2, (padding[1],) * 2, (0, 0)), **how)
        top, left = padding[0] - down, padding[1] - right
        out.append(padded[top : top + height, left : left + width])
    return np.reshape(out, images.shape)


LUMA = np.array([0.299, 0.587, 0.114])


def luminance(pixels):
    """Of pixels (..., channels): BT.601 of three channels, else their mean."""
    return pixels @ LUMA if pixels.shape[-1] == 3 else pixels.mean(axis=-1)


def recolor(image, value_range, brightness, contrast, saturation=1.0, hue=0.0):
    """One image (height, width, channels), step after step."""
    low, high = value_range
    image = low + brightness * (image - low)
    mean = luminance(image).mean()
    image = mean + contrast * (image - mean)
    if image.shape[-1] == 3:
        grey = luminance(image)[..., None]
        image = turn_hue(grey + saturation * (image - grey), hue)
    return np.clip(image, low, high)


def turn_hue(image, hue):
    """Turn I and Q as one complex number; the luma stays."""
    y, chroma = image @ LUMA, image @ _CHROMA
    chroma = chroma * np.exp(2j * np.pi * hue)
    equations = np.array([LUMA, _CHROMA.real, _CHROMA.imag])
    return np.linalg.solve(equations, np.stack([y, chroma.real, chroma.imag], -1)[..., None])[
        ..., 0
    ]


_CHROMA = np.array([0.595716 + 0.211456j, -0.274453 - 0.522591j, -0.321263 + 0.311135j])  # I + iQ


def box_of(changed):
    """(top, left, bottom, right) of the pixels (height, width) that have changed, ends included."""
    y, x = np.nonzero(changed)
    return y.min(), x.min(), y.max() + 1, x.max() + 1

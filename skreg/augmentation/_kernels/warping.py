"""Geometry of images: one warp, by a matrix and a displacement field per image, and a smoothing.

Conventions: images are rows (n, height · width · channels) in C order, coordinates are (y, x) in
pixels with (0, 0) the center of the first, as in scipy.ndimage.
"""

import numpy as np

from skreg._compiler.jit import entry, helper, precise_helper

CONSTANT, NEAREST, REFLECT = range(3)
# How the plane goes on beyond an image; a number instead of a name is CONSTANT.
FILLS = {"nearest": NEAREST, "reflect": REFLECT}


@helper
def _into_image(t, size, mode):
    """The coordinate inside of an axis that has the value of what goes on beyond it at t."""
    zero, half, last = type(t)(0), type(t)(0.5), type(t)(size - 1)
    if mode == REFLECT:  # d c b a | a b c d | d c b a
        period = type(t)(2 * size)
        t = t + half
        t = t - period * np.floor(t / period)
        t = min(t, period - t) - half
    return min(max(zero, t), last)  # this order takes what is no number to the edge


@helper
def _cover(t, size):
    """The share of the image at a coordinate: 1 inside, 0 from one pixel outside on."""
    zero, one = type(t)(0), type(t)(1)
    share = min(t + one, type(t)(size) - t)
    return one if share >= one else (share if share > zero else zero)


@helper
def _locate(matrix, field, grid, sizes, mode, places):
    """Where each pixel comes from: the corner of a square of four, and how far inside of it.

    One loop over all pixels, not one per row: rows of small images leave vectors half empty.
    """
    height, width = sizes
    corner, down, right, cover = places
    last_top, last_left = np.int32(max(height - 2, 0)), np.int32(max(width - 2, 0))
    for j in range(corner.size):
        y = matrix[0, 0] * grid[0, j] + matrix[0, 1] * grid[1, j] + matrix[0, 2]
        x = matrix[1, 0] * grid[0, j] + matrix[1, 1] * grid[1, j] + matrix[1, 2]
        if field.size:
            y, x = y + field[0, j], x + field[1, j]
        share = _cover(y, height) * _cover(x, width)
        cover[j] = share if mode == CONSTANT else type(share)(1)
        y, x = _into_image(y, height, mode), _into_image(x, width, mode)
        top, left = min(np.int32(y), last_top), min(np.int32(x), last_left)
        corner[j] = np.uint32(top * np.int32(width) + left)
        down[j], right[j] = y - down.dtype.type(top), x - down.dtype.type(left)


@precise_helper
def _between(a, b, share):
    """a + share · (b − a); exactly a and b at shares of 0 and 1."""
    return (a - share * a) + share * b


@helper
def _interpolate(image, steps, first, channels, places, fill, out):
    """Overwrite a channel of `out` by values inside of the square at each corner."""
    corner, down, right, cover = places
    below, beside = steps
    for j in range(corner.size):
        k = corner[j] * channels + first
        top = _between(image[k], image[k + beside], right[j])
        bottom = _between(image[k + below], image[k + below + beside], right[j])
        inside = _between(top, bottom, down[j])
        out[np.uintp(j) * channels + first] = _between(fill, inside, cover[j])


@entry
def warp(images, out, matrices, fields, height, width, fill, mode):
    """Overwrite each row of `out` by out(p) = image(A·p + b + field(p)), bilinearly interpolated.

    matrices (n, 2, 3) are [A | b]; fields (n, 2, height · width) are displacements, or there are
    none, (0, 2, 0); `fill` is the value of all that is outside with mode CONSTANT.
    """
    size, dtype = height * width, images.dtype
    grid = np.empty((2, size), dtype)
    for j in range(size):
        grid[0, j], grid[1, j] = j // width, j % width
    down, right, cover = np.empty(size, dtype), np.empty(size, dtype), np.empty(size, dtype)
    places = (np.empty(size, np.uint32), down, right, cover)
    nowhere = np.empty((2, 0), dtype)
    channels = np.uintp(images.shape[1] // size)
    below, beside = np.uintp(width if height > 1 else 0), np.uintp(1 if width > 1 else 0)
    steps = (below * channels, beside * channels)
    for n in range(images.shape[0]):
        field = fields[n] if fields.shape[0] else nowhere
        _locate(matrices[n], field, grid, (height, width), mode, places)
        for c in range(channels):
            _interpolate(images[n], steps, np.uintp(c), channels, places, fill, out[n])


@helper
def _overwrite_by_weighted_sum(out, source, weights, step):
    """out[q] = Σₖ weights[k] · source[q + k · step], in loops as long as `out`."""
    out[:] = out.dtype.type(0)
    for k in range(weights.size):
        shifted = source[k * step : k * step + out.size]
        for q in range(out.size):
            out[q] += weights[k] * shifted[q]


@entry
def smooth(planes, taps_y, taps_x, height, width):
    """Overwrite rows (height · width,) of `planes` by their convolution with taps_y ⊗ taps_x.

    Taps (2 · radius + 1,) are symmetric; what is outside of a plane counts as zero. Rows of the
    plane are kept so far apart that no sum reaches from one into the next.
    """
    radius_y, radius_x = taps_y.size // 2, taps_x.size // 2
    stride = width + radius_x
    apart = np.zeros(height * stride + 2 * radius_x, planes.dtype)
    half = np.zeros((height + 2 * radius_y) * stride, planes.dtype)
    middle = half[radius_y * stride : (radius_y + height) * stride]
    whole = np.empty(height * stride, planes.dtype)
    for n in range(planes.shape[0]):
        for i in range(height):
            for j in range(width):
                apart[radius_x + i * stride + j] = planes[n, i * width + j]
        _overwrite_by_weighted_sum(middle, apart, taps_x, 1)
        _overwrite_by_weighted_sum(whole, half, taps_y, stride)
        for i in range(height):
            for j in range(width):
                planes[n, i * width + j] = whole[i * stride + j]

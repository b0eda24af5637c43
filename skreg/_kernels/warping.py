"""Geometry of images: one warp, by a matrix and a displacement field per image, and a smoothing.

Conventions: images are rows (n, height · width · channels) in C order, coordinates are (y, x) in
pixels with (0, 0) the center of the first, as in scipy.ndimage. These are entries that Python
calls; see `entries.py` for what HELPERS is.
"""

import numpy as np

from skreg._kernels.jit import entry, helper

HELPERS = "084385a2c088a2e7"
CONSTANT, NEAREST, REFLECT = range(3)
# How the plane goes on beyond an image; a number instead of a name is CONSTANT.
FILLS = {"nearest": NEAREST, "reflect": REFLECT}


@helper
def _pad(plane, padded, fill, mode):
    """Overwrite `padded` (height + 3, width + 3) by a plane of an image with its next neighbors.

    One row and column before and two after: what interpolation between −1 and the size asks for.
    """
    height, width = padded.shape[0] - 3, padded.shape[1] - 3
    for i in range(height + 3):
        row = min(max(i - 1, 0), height - 1)
        if mode == CONSTANT and row != i - 1:
            padded[i] = fill
        else:
            for j in range(width):
                padded[i, j + 1] = plane[row * width + j]
            padded[i, 0] = fill if mode == CONSTANT else padded[i, 1]
            last = fill if mode == CONSTANT else padded[i, width]
            padded[i, width + 1] = padded[i, width + 2] = last


@helper
def _into_padded(t, size, mode):
    """The place of coordinate t in a padded axis: between 0 and size + 1, wherever t is."""
    zero, half, one = type(t)(0), type(t)(0.5), type(t)(1)
    length = type(t)(size)
    if mode == REFLECT:  # (d c b a | a b c d | d c b a)
        period = length + length
        t = t + half
        t = t - period * np.floor(t / period)
        t = min(t, period - t) - half
    elif mode == NEAREST:
        t = min(max(t, zero), length - one)
    return min(max(t + one, zero), length + one)


@helper
def _locate(matrix, field, height, width, mode, corner, down, right):
    """Where each pixel comes from: a corner in the padded image, and how far beyond it.

    One loop over all pixels, not one per row: rows of small images leave vectors half empty.
    """
    for i in range(height):
        y = down.dtype.type(i)
        for j in range(width):
            x = down.dtype.type(j)
            down[i * width + j] = matrix[0, 0] * y + matrix[0, 1] * x + matrix[0, 2]
            right[i * width + j] = matrix[1, 0] * y + matrix[1, 1] * x + matrix[1, 2]
    for j in range(field.size // 2):
        down[j] += field[0, j]
        right[j] += field[1, j]
    for j in range(corner.size):
        y, x = _into_padded(down[j], height, mode), _into_padded(right[j], width, mode)
        top, left = np.int32(y), np.int32(x)
        corner[j] = np.uint32(top * np.int32(width + 3) + left)
        down[j], right[j] = y - down.dtype.type(top), x - down.dtype.type(left)


@helper
def _interpolate(plane, stride, corner, down, right, out):
    """Overwrite `out` (height · width,) by values between the four neighbors of each corner."""
    for j in range(corner.size):
        above = corner[j]
        below = np.uint32(above + stride)
        top, bottom = plane[above], plane[below]
        top += right[j] * (plane[above + np.uint32(1)] - top)
        bottom += right[j] * (plane[below + np.uint32(1)] - bottom)
        out[j] = top + down[j] * (bottom - top)


@entry
def warp(images, out, matrices, fields, height, width, fill, mode):
    """Overwrite each row of `out` by out(p) = image(A·p + b + field(p)), bilinearly interpolated.

    matrices (n, 2, 3) are [A | b]; fields (n, 2, height · width), or (n, 2, 0) for none, are
    displacements; `fill` is the value of all that is outside with mode CONSTANT.
    """
    size = height * width
    channels = images.shape[1] // size
    padded = np.empty((height + 3, width + 3), images.dtype)
    flat = padded.reshape(padded.size)
    corner = np.empty(size, np.uint32)
    down, right = np.empty(size, images.dtype), np.empty(size, images.dtype)
    for n in range(images.shape[0]):
        _locate(matrices[n], fields[n], height, width, mode, corner, down, right)
        for c in range(channels):
            _pad(images[n, c::channels], padded, fill, mode)
            _interpolate(flat, np.uint32(width + 3), corner, down, right, out[n, c::channels])


@entry
def smooth(planes, taps, height, width):
    """Overwrite rows (height · width,) of `planes` by their convolution with taps ⊗ taps.

    `taps` (2 · radius + 1,) is symmetric; what is outside of a plane counts as zero.
    """
    radius, zero = taps.size // 2, taps.dtype.type(0)
    half = np.zeros((height + 2 * radius, width), planes.dtype)  # smoothed along the width
    padded = np.zeros(width + 2 * radius, planes.dtype)
    for n in range(planes.shape[0]):
        plane = planes[n].reshape((height, width))
        for i in range(height):
            padded[radius : radius + width] = plane[i]
            row = half[radius + i]
            row[:] = zero
            for k in range(taps.size):
                for j in range(width):
                    row[j] += taps[k] * padded[j + k]
        plane[:] = zero
        for i in range(height):
            for k in range(taps.size):
                for j in range(width):
                    plane[i, j] += taps[k] * half[i + k, j]

"""Colors of images: one linear map of the channels of each pixel per image."""

from skreg._compiler.jit import entry


@entry
def recolor(images, out, matrices, low, high):
    """Overwrite each pixel of `out` by A·pixel + b, clipped to [low, high].

    images (n, pixels · channels); matrices (n, channels, channels + 1) are [A | b].
    """
    channels = matrices.shape[1]
    for n in range(images.shape[0]):
        for first in range(0, images.shape[1], channels):
            for c in range(channels):
                value = matrices[n, c, channels]
                for k in range(channels):
                    value += matrices[n, c, k] * images[n, first + k]
                out[n, first + c] = min(max(value, low), high)

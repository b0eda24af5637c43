"""What the segments of theta are told apart by: a table of numbers per kind of segment.

A new kind of segment, or another number for one that exists, is a row in the table. Where a
segment is in theta, `layout.py` says.
"""

from typing import NamedTuple

import numpy as np


class Numbers(NamedTuple):
    """How a segment is moved, in the order in which kernels have it."""

    rate: float = 1.0  # multiplies the learning rate; optimizers leave alone what has none
    l1: float = 0.0
    l2: float = 0.0


def _weights(settings, layer):
    return Numbers(l1=settings.l1[layer], l2=settings.l2[layer])


def _biases(settings, layer):
    return Numbers()


# Functions of the settings and of the layer, which is None for a segment of all layers.
NUMBERS = {"weights": _weights, "biases": _biases}


def numbers_of(segment, settings):
    return NUMBERS[segment.name](settings, segment.layer)


def numbers_per_place(layout, settings, name):
    """One of the numbers for each place of theta, as a vector."""
    values = [getattr(numbers_of(segment, settings), name) for segment in layout.segments]
    return np.repeat(values, [segment.stop - segment.start for segment in layout.segments])

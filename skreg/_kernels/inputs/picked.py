"""Dense rows that are copied when a batch of them is taken."""

from typing import NamedTuple

import numpy as np

from skreg._compiler.copies import copy_rows
from skreg._compiler.jit import helper
from skreg._compiler.views import matrix_at


class Picked(NamedTuple):
    """Rows whose batches are dense."""

    X: np.ndarray  # (n_all, n_features)
    places: np.ndarray  # (n,) int64: which rows of X
    room: np.ndarray  # (batch size, n_features): for their copies


@helper
def count(rows):
    return rows.places.size


@helper
def take(rows, start, stop):
    n = min(stop, rows.places.size) - start
    batch = matrix_at(rows.room, 0, n, rows.X.shape[1])
    copy_rows(batch, rows.X, rows.places, start)
    return batch

"""Tables as numbers for members: as one matrix, or made by blocks where it would be too large."""

import numpy as np

from skreg._training.rows.lazy import LazyRows

_MOST = 1 << 26  # numbers of an encoded table that are kept in memory
_BLOCK = 1 << 22  # numbers of a block to predict for


def encode(encoder, rows):
    """Rows of a table that were read by a TableEncoder, as an array, or LazyRows if too many."""
    n_rows, n_features = len(rows.codes), encoder._n_features_out
    if n_rows * n_features <= _MOST:
        return encoder._encode(rows)

    def write(places, out):
        encoder._write(rows.take(places), out)

    return LazyRows(write, np.arange(n_rows), n_features, encoder.dtype)


def size_of_blocks(encoder):
    """How many rows to encode at once for predictions."""
    return max(1, _BLOCK // encoder._n_features_out)

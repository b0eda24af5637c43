"""Tables as numbers for members: in compact rows, as one matrix, or made by blocks if too large."""

import numpy as np

from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.rows.lazy import LazyRows
from skreg._training.rows.piecewise import PiecewiseRows
from skreg.preprocessing._compact import compress, find_slots

_MOST = 1 << 26  # numbers of an encoded table that are kept in memory
_MOST_COMPACT = 1 << 28  # the same of compact rows
_BLOCK = 1 << 22  # numbers of a block to predict for
_FEWEST = 64  # rows for which to prepare the weights
CHANGING = "solver", "input_dropout", "augmentation"  # what may need the columns themselves
_LEAST_GAIN = 3  # columns for each entry of a compact row, below which a product of them is faster


def encode(encoder, rows, *, compact):
    """Rows of a table that were read by a TableEncoder, as an array, or in place of it.

    With `compact`, they are PiecewiseRows wherever these are faster. They are LazyRows if an array
    would be too large.
    """
    n_rows, n_features = len(rows.codes), encoder._n_features_out
    if compact and n_rows >= _FEWEST and _is_faster_compact(encoder, n_rows):
        return PiecewiseRows(*compress(encoder, rows), n_features)
    if n_rows * n_features <= _MOST:
        return encoder._encode(rows)

    def write(places, out):
        encoder._write(rows.take(places), out)

    return LazyRows(write, np.arange(n_rows), n_features, encoder.dtype)


def _is_faster_compact(encoder, n_rows):
    _, n_bins = find_slots(encoder)
    n_entries, n_numbers = n_bins.size + np.count_nonzero(n_bins), encoder._n_numbers
    is_small = n_rows * (n_numbers + 2 * n_bins.size) <= _MOST_COMPACT
    n_columns = encoder._n_features_out - n_numbers
    return is_small and n_columns >= _LEAST_GAIN * max(1, n_entries)


def can_be_compact(estimator):
    """Whether no member changes encoded columns, by dropout or augmentation, or uses L-BFGS."""
    how = estimator.diversity
    members = how if isinstance(how, list | tuple) else [{}]
    of_members = [
        {name: each.get(name, getattr(estimator, name)) for name in CHANGING} for each in members
    ]
    return all(
        each["solver"] in OPTIMIZERS and not each["input_dropout"] and each["augmentation"] is None
        for each in of_members
    )


def size_of_blocks(encoder):
    """How many rows to encode at once for predictions."""
    return max(1, _BLOCK // encoder._n_features_out)

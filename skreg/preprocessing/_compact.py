"""An encoded table of which only what tells its rows apart is kept, to compute from directly."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skreg.preprocessing._edges import find_bins

_BLOCK = 1 << 20  # numbers of the result that are made at once


class CompactRows(NamedTuple):
    """Encoded rows, of which only what tells numbers and categories apart is kept.

    A slot is a number with bins or, behind these, a category. The columns of a number are 1 before
    its place, the value at it, and 0 behind it; those of a category are 0 but for the value.
    """

    numbers: np.ndarray  # (n_rows, n_numbers): the first columns, as they are
    places: np.ndarray  # (n_rows, n_slots), uint16, counted from the first column of the slot
    values: np.ndarray  # (n_rows, n_slots)
    starts: np.ndarray  # (n_slots,): the first column of each slot
    n_bins: np.ndarray  # (n_slots,): of bins; 0 for categories


def compress(encoder, rows):
    """What a fitted TableEncoder makes of Rows as CompactRows, block by block."""
    starts, n_bins = find_slots(encoder)
    n_rows, n_numbers = len(rows.codes), encoder._n_numbers
    numbers = np.empty((n_rows, n_numbers), encoder.dtype)
    places = np.empty((n_rows, starts.size), np.uint16)
    values = np.empty((n_rows, starts.size), encoder.dtype)
    for block in gen_batches(n_rows, max(1, _BLOCK // (n_numbers + 2 * starts.size))):
        some = rows.take(block)
        bent = encoder._write_numbers(some, numbers[block])
        _write_slots(encoder, bent, some.codes, places[block], values[block])
    return CompactRows(numbers, places, values, starts, n_bins)


def _write_slots(encoder, bent, codes, places, values):
    n_bent = 0
    if encoder.piecewise_encoder_ is not None:
        edges = encoder.piecewise_encoder_.edges_
        n_bent = len(edges)
        for j in range(n_bent):
            places[:, j], values[:, j] = find_bins(edges[j], bent[:, j])
    if encoder.one_hot_encoder_ is not None:
        found = encoder._one_hot.find(codes[:, encoder._nominal])
        places[:, n_bent:], values[:, n_bent:] = found


def find_slots(encoder):
    """The first column of each slot, and its number of bins."""
    n_bins, starts = np.empty(0, np.int64), np.empty(0, np.int64)
    if encoder.piecewise_encoder_ is not None:
        n_bins = encoder.piecewise_encoder_.n_bins_
    ends = encoder._n_numbers + np.cumsum(n_bins)
    if encoder.one_hot_encoder_ is not None:
        starts = encoder._n_numbers + n_bins.sum() + encoder._one_hot.starts
    return np.r_[ends - n_bins, starts], np.r_[n_bins, 0 * starts]

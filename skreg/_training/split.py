"""Training and validation rows out of one data set: a random share, or as a splitter says."""

import copy
import math
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from skreg._training.random import VALIDATION_SPLIT, stream

_LEAST = 2  # rows to validate on: no R² without


class Splitter(Protocol):
    """A cross-validation splitter as scikit-learn has them, such as GroupShuffleSplit."""

    @property
    def split(self) -> Callable[..., Any]:
        """Called with X, y and `groups`, if there are any; yields pairs of row numbers."""

    @property
    def get_n_splits(self) -> Callable[..., int]:
        """What tells a splitter from other objects."""


def is_splitter(value):
    return hasattr(value, "get_n_splits")


def split_rows(data, labels, fraction, seed):
    """Numbers of the rows to train and to validate on; those of weight zero are in neither.

    A plain random share of the rows is validated on, whatever they contain, so that both parts are
    samples of the same distribution. With `labels` (n,), each has about its share in both parts.

    Raises
    ------
    ValueError
        If there are fewer than three rows with a weight.
    """
    rows = np.arange(data.n) if data.weights is None else np.flatnonzero(data.weights)
    if rows.size <= _LEAST:
        raise ValueError(
            f"early_stopping=True needs at least {_LEAST + 1} samples with a positive weight, for "
            f"training and validation, got {rows.size} of {data.n} samples. Pass X_val."
        )
    rows = stream(seed, VALIDATION_SPLIT).permutation(rows)
    if labels is not None:
        rows = rows[np.argsort(_places_in_strata(labels[rows]), kind="stable")]
    share = math.ceil(fraction * rows.size * (1 - 1e-9))  # which 0.07 · 100 exceeds
    n_held_out = min(max(share, _LEAST), rows.size - 1)
    return np.sort(rows[n_held_out:]), np.sort(rows[:n_held_out])


def split_by(splitter, data, y, groups, seed):
    """The same by the last split of a splitter.

    Raises
    ------
    ValueError
        If there is no split, or not one of rows to train on and other rows to validate on.
    """
    for last in deque(_raw_splits(splitter, data, y, groups, seed), maxlen=1):
        return _check_parts(last, data)
    raise ValueError("it yields no split.")


def all_splits_by(splitter, data, y, groups, seed):
    """A list of the same for each split of a splitter.

    Raises
    ------
    ValueError
        If there is no split, or not all are of rows to train on and other rows to validate on.
    """
    splits = [_check_parts(s, data) for s in _raw_splits(splitter, data, y, groups, seed)]
    if not splits:
        raise ValueError("it yields no split.")
    return splits


def _raw_splits(splitter, data, y, groups, seed):
    """What a splitter yields, which is left as it is.

    A `random_state` of None stands for the stream of the seed, so that a fit can be repeated.
    """
    splitter = copy.deepcopy(splitter)
    if getattr(splitter, "random_state", 0) is None:
        splitter.random_state = int(stream(seed, VALIDATION_SPLIT).integers(1 << 31))
    return splitter.split(data.X, y, **({} if groups is None else {"groups": groups}))


def _check_parts(split, data):
    parts = [_check_part(part, data) for part in split]
    if np.intersect1d(*parts).size:
        raise ValueError("it yields a split with rows that are in both parts.")
    return parts


def _check_part(rows, data):
    """Row numbers in ascending order, without those of weight zero."""
    rows = np.asarray(rows)
    if rows.size and (rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= data.n):
        raise ValueError(f"it must split into row numbers from 0 to {data.n - 1}, got {rows!r}.")
    rows = np.sort(rows if data.weights is None else rows[data.weights[rows] > 0])
    if not rows.size:
        raise ValueError(
            "a split must have samples with a positive weight both for training and for "
            "validation, but one of the two parts has none."
        )
    return rows


def _places_in_strata(strata):
    """For each row, the share of its stratum that comes before its middle.

    Rows in the order of these keep the shares of large strata in every beginning; the only row of a
    stratum is in the middle, so it is rather trained on.
    """
    _, codes, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    ranks = np.empty(codes.size)
    ranks[np.argsort(codes, kind="stable")] = np.concatenate([np.arange(size) for size in sizes])
    return (ranks + 0.5) / sizes[codes]

"""Training and validation rows out of one data set."""

import math

import numpy as np

from skreg._training.random import VALIDATION_SPLIT, stream

_LEAST = 2  # rows to validate on: no R² without


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
            f"early_stopping=True needs at least {_LEAST + 1} samples of a weight above zero, to "
            f"train and to validate on, got {rows.size} of {data.n} samples. Pass X_val."
        )
    rows = stream(seed, VALIDATION_SPLIT).permutation(rows)
    if labels is not None:
        rows = rows[np.argsort(_places_in_strata(labels[rows]), kind="stable")]
    share = math.ceil(fraction * rows.size * (1 - 1e-9))  # which 0.07 · 100 exceeds
    n_held_out = min(max(share, _LEAST), rows.size - 1)
    return np.sort(rows[n_held_out:]), np.sort(rows[:n_held_out])


def _places_in_strata(strata):
    """For each row, the share of its stratum that comes before its middle.

    Rows in the order of these keep the shares of large strata in every beginning; the only row of a
    stratum is in the middle, so it is rather trained on.
    """
    _, codes, sizes = np.unique(strata, return_inverse=True, return_counts=True)
    ranks = np.empty(codes.size)
    ranks[np.argsort(codes, kind="stable")] = np.concatenate([np.arange(size) for size in sizes])
    return (ranks + 0.5) / sizes[codes]

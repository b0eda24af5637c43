"""Training and validation rows out of one data set."""

import numpy as np

from skreg._training.distinct import group_rows
from skreg._training.random import VALIDATION_SPLIT, stream

_LEAST = 2  # distinct rows to validate on: no R² without


def split_rows(data, labels, fraction, seed):
    """Numbers of the rows to train and to validate on; those of weight zero are in neither.

    Equal rows stay together, and a row of weight 2 counts like the same row given twice. With
    `labels` (n,), each has about its share in both parts.

    Raises
    ------
    ValueError
        If there are fewer than three distinct rows.
    """
    groups = group_rows(data)
    n_groups = groups.starts.size
    if n_groups <= _LEAST:
        raise ValueError(
            f"early_stopping=True needs at least {_LEAST + 1} distinct samples of a weight above "
            f"zero, to train and to validate on, got {n_groups} of {data.n} samples. Pass X_val."
        )
    order = stream(seed, VALIDATION_SPLIT).permutation(n_groups)
    if labels is not None:
        strata = labels[groups.rows[groups.starts]]
        order = order[np.argsort(_places_in_strata(groups.weights, strata, order), kind="stable")]
    before = np.r_[0.0, np.cumsum(groups.weights[order], dtype=np.float64)]
    n_held_out = np.searchsorted(before[:-1], fraction * before[-1] * (1 - 1e-9))
    n_held_out = min(max(n_held_out, _LEAST), n_groups - 1)
    held_out = np.zeros(n_groups, bool)
    held_out[order[:n_held_out]] = True
    of_rows = held_out[groups.numbers]
    return np.sort(groups.rows[~of_rows]), np.sort(groups.rows[of_rows])


def _places_in_strata(weights, strata, order):
    """For each of `order`, the share of its stratum's weight up to its middle, in that order."""
    places = np.empty(order.size)
    for stratum in np.unique(strata):
        own = strata[order] == stratum
        masses = weights[order[own]].astype(np.float64)
        places[own] = (np.cumsum(masses) - masses / 2) / masses.sum()
    return places

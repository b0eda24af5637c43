"""Tables of a few different rows, each of which stands for all that are equal to it."""

import numpy as np
from sklearn.utils import gen_batches

FEWEST = 16  # different rows, of which fewer are all trained on: none can be spared
_ROWS_AT_ONCE = 1000  # for those that are lazy are made then


def merge_few(table, targets):
    """A Table of few different rows with each of them once, in rising order; any other as it is.

    Their weights are those of all rows that are equal to them. So a weight of 2 is the same as
    repeating the row, to the last digit and with dropout too. Rows of weight zero are left out.

    Parameters
    ----------
    table : Table

    targets : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Numbers for y.
    """
    rows = np.arange(table.n_rows) if table.weights is None else np.flatnonzero(table.weights)
    masses, examples = {}, []
    for part in gen_batches(rows.size, _ROWS_AT_ONCE):
        some = rows[part]
        keys, firsts, numbers = _distinguish(table.Z[some], targets[some])
        weights = None if table.weights is None else table.weights[some]
        sums = np.bincount(numbers, weights)
        if keys.size < FEWEST:
            for key, first, mass in zip(keys, firsts, sums):
                if key.tobytes() not in masses:
                    examples.append(some[first])
                masses[key.tobytes()] = masses.get(key.tobytes(), 0.0) + mass
        if max(keys.size, len(examples)) >= FEWEST:
            return table
    numbers = np.column_stack([targets[examples], table.Z[examples]])
    order = np.lexsort(numbers.T)
    merged = table.take(np.array(examples)[order])
    Z = np.asarray(merged.Z)  # whatever form more rows have: sums of other forms are rounded apart
    return merged._replace(Z=Z, weights=np.array([*masses.values()])[order])


def _distinguish(Z, targets):
    """The bytes of all different rows, the first row of each, and which of them each row is."""
    numbers = np.column_stack([targets, Z])
    bytes_of_rows = numbers.view(np.dtype((np.void, numbers.strides[0]))).ravel()
    return np.unique(bytes_of_rows, return_index=True, return_inverse=True)

"""Tables of a few different rows, each of which stands for all that are equal to it."""

import numpy as np

FEWEST = 16  # different rows, of which fewer are all trained on: none can be spared


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
    for row in rows:
        key = np.asarray(table.Z[row : row + 1]).tobytes(), targets[row].tobytes()
        if key not in masses:
            examples.append(row)
            masses[key] = 0.0
            if len(examples) == FEWEST:
                return table
        masses[key] += 1.0 if table.weights is None else table.weights[row]
    numbers = np.column_stack([targets[examples], table.Z[examples]])
    order = np.lexsort(numbers.T)
    merged = table.take(np.array(examples)[order])
    return merged._replace(weights=np.array([*masses.values()])[order])

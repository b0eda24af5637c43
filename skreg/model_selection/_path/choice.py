"""What the scores of all folds say: a table of the points, and the one to choose."""

import numpy as np

from skreg.model_selection._path.grid import AXES


def collect(fits, grid, n_folds, name, *, otherwise=np.nan):
    """A field of each Fit as an array (n_folds, *grid.shape)."""
    values = np.full((n_folds, *grid.shape), otherwise)
    for (fold, point), fit in fits.items():
        values[fold, *point] = getattr(fit, name)
    return values


def choose(scores, *, one_standard_error):
    """The point with the best mean score, or the strongest that is about as good.

    Parameters
    ----------
    scores : ndarray of shape (n_folds, n_l1s, n_l2s, n_dropouts)

    Raises
    ------
    ValueError
        If no point has finite scores in all folds.
    """
    means = scores.mean(axis=0)
    means[~np.isfinite(means)] = -np.inf
    best = np.unravel_index(means.argmax(), means.shape)  # of several, that with the strongest
    if not np.isfinite(means[best]):
        raise ValueError(
            "No network has a finite score in every fold: X may need scaling, or scoring larger "
            "folds."
        )
    if one_standard_error:
        error = scores[:, *best].std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else 0.0
        best = np.unravel_index((means >= means[best] - error).argmax(), means.shape)
    return tuple(map(int, best))


def tabulate(fits, grid, scores):
    """A dict of columns with a row per point."""
    n_folds = len(scores)
    rows = [grid.params(point) for point in grid.points]
    with np.errstate(invalid="ignore"):
        columns = {"mean_score": scores.mean(axis=0), "std_score": scores.std(axis=0)}
    for name in ("sparsity", "n_iter"):
        columns[name] = collect(fits, grid, n_folds, name).mean(axis=0)
    strengths = {name: as_column([row[name] for row in rows]) for name in AXES}
    return strengths | {name: values.ravel() for name, values in columns.items()}


def as_column(values):
    """Values as an array, of numbers or, where a value has one number per layer, of tuples."""
    if all(np.ndim(value) == 0 for value in values):
        return np.array(values, dtype=float)
    column = np.empty(len(values), dtype=object)
    column[:] = [tuple(value) for value in values]
    return column

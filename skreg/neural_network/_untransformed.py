"""A warning where the validation set seems to be in other units than the training set."""

import numpy as np
from scipy.sparse import csc_array, issparse

from skreg._validation import warn_user

_MOST_ENTRIES, _FEWEST_ROWS, _MOST_ROWS = 1 << 16, 64, 512  # that are looked at
_LEAST = 8  # entries of a column to judge it by
_FAR, _RATIO, _SHARE = 2.0, 4.0, 0.25
_REMEDIES = {
    "X": "A Pipeline transforms X_val only with transform_input=['X_val'] and enabled metadata "
    "routing",
    "y": "TransformedTargetRegressor transforms y but not y_val",
}


class Columns:
    """Quantiles of the columns of a matrix, without zeros, which have the same value in any unit.

    A few hundred rows at equal distances stand for all of them.
    """

    def __init__(self, X):
        per_row = max(1, X.nnz // X.shape[0] if issparse(X) else X.shape[1])
        n_rows = min(max(_MOST_ENTRIES // per_row, _FEWEST_ROWS), _MOST_ROWS)
        some = csc_array(X[:: 1 + X.shape[0] // n_rows], dtype=np.float64)
        some.sum_duplicates()
        some.eliminate_zeros()
        self.counts, self._starts = np.diff(some.indptr), some.indptr[:-1]
        order = np.lexsort((some.data, np.repeat(np.arange(some.shape[1]), self.counts)))
        self._ordered = np.append(some.data[order], np.nan)  # for an empty last column

    def quantile(self, share, n_errors=0):
        """The quantile (n_columns,), moved by so many times two standard errors of a median."""
        shares = share + n_errors / np.sqrt(np.maximum(self.counts, 1))
        last = np.maximum(self.counts - 1, 0)
        return self._ordered[self._starts + np.rint(np.clip(shares, 0, 1) * last).astype(int)]

    def width(self, n_errors=0):
        """The range between the quartiles, which are moved apart."""
        with np.errstate(over="ignore"):
            return self.quantile(0.75, n_errors) - self.quantile(0.25, -n_errors)


def find_unlike(training, validation):
    """Numbers of the columns that seem to be in other units, and how many were judged."""
    # A missing transformation moves many columns by multiples of their spread, more than data
    # drift. Small samples and heavy tails look like that too, so each quantile is taken where
    # sampling may have moved it, two standard errors of its rank to the safe side: that holds for
    # any distribution. Then medians must be far apart, measured by the range between the quartiles
    # of the training set, or these ranges must differ by a factor, in a quarter of the columns.
    a, b = Columns(training), Columns(validation)
    widest = a.width(1)
    unit = np.where(widest > 0, widest, np.abs(a.quantile(0.5)))
    above = b.quantile(0.5, -1) - a.quantile(0.5, 1)
    below = a.quantile(0.5, -1) - b.quantile(0.5, 1)
    is_unlike = np.maximum(above, below) > _FAR * unit
    is_unlike |= (widest > 0) & (b.width(-1) > _RATIO * widest)
    is_unlike |= (b.width(1) > 0) & (a.width(-1) > _RATIO * b.width(1))
    is_judged = np.minimum(a.counts, b.counts) >= _LEAST
    return np.flatnonzero(is_unlike & is_judged), np.count_nonzero(is_judged)


def warn_of_untransformed(training, validation, names):
    """Warn if a validation set seems to have missed a transformation of the training set.

    Parameters
    ----------
    training, validation : Rows

    names : sequence of "X" and "y"
        What to look at.
    """
    for name in names:
        pair = (rows.data.X if name == "X" else rows.y for rows in (training, validation))
        pair = [part if part.ndim == 2 else part[:, np.newaxis] for part in pair]
        unlike, n_judged = find_unlike(*pair)
        if unlike.size and unlike.size >= _SHARE * n_judged:
            of_training, of_validation = (_describe(part[:, unlike[:1]]) for part in pair)
            warn_user(
                f"{name}_val does not seem to be transformed like {name}: {unlike.size} of "
                f"{n_judged} columns differ in range or scale. In column {unlike[0]}, the "
                f"quartiles of {name} are {of_training}, those of {name}_val {of_validation}. "
                f"{_REMEDIES[name]}. Pass {name}_val transformed, or let early_stopping split off "
                "the validation set."
            )


def _describe(column):
    """The quartiles of a column, in words."""
    columns = Columns(column)
    return " and ".join(f"{columns.quantile(share).item():.3g}" for share in (0.25, 0.75))

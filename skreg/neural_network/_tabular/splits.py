"""Which rows each member is trained on, and which are left out to judge it by."""

import warnings

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from skreg._training.data import Data
from skreg._training.random import VALIDATION_SPLIT, stream
from skreg._training.split import all_splits_by, is_splitter, split_rows
from skreg.neural_network._checks import check_groups, naming
from skreg.neural_network._tabular.distinct import FEWEST
from skreg.neural_network._tabular.members import Split

_SHARE = 1 / 8  # of the rows, which all members leave out


def split_table(how, plan, table, labels, groups, seed):
    """Splits of a Table, which members take in turn.

    Parameters
    ----------
    how : float, splitter or "auto"

    labels : ndarray of shape (n_samples,) or None
        Classes to keep the shares of.

    groups : ndarray of shape (n_samples,) or None
        What a splitter is given.

    Returns
    -------
    splits : list of Split
        No rows are left out where there are too few to spare any.

    Raises
    ------
    ValueError
        If groups are missing or of other rows, or a splitter leaves no rows to train on, or none
        out.
    """
    weights = table.weights
    rows = np.arange(table.n_rows) if weights is None else np.flatnonzero(weights)
    if is_splitter(how):
        check_groups(groups, how, table.n_rows)
        with naming("validation_fraction"):
            splits = all_splits_by(how, Data(*table), table.y, groups, seed)
        return [Split(*parts) for parts in splits]
    if rows.size < FEWEST:
        return [Split(rows, rows[:0])]
    if plan.n_folds and isinstance(how, str):
        return _fold(rows, labels, plan.n_folds, seed)
    share = _SHARE if isinstance(how, str) else how
    return [Split(*split_rows(Data(*table._replace(y=labels)), labels, share, seed))]


def _fold(rows, labels, n_folds, seed):
    """Folds that keep the shares of classes; rare ones are in as many folds as they have rows."""
    random_state = int(stream(seed, VALIDATION_SPLIT).integers(1 << 31))
    kind, strata = KFold, None
    if labels is not None and np.unique(labels[rows], return_counts=True)[1].max() >= n_folds:
        kind, strata = StratifiedKFold, labels[rows]
    splitter = kind(n_folds, shuffle=True, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of rare classes
        return [Split(*(rows[p] for p in parts)) for parts in splitter.split(rows, strata)]

"""Edges of the bins of a feature: quantiles that survive heavy values, or the splits of a tree."""

import numpy as np
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor


def quantile_edges(distribution, n_bins):
    """Edges, rising, of at most `n_bins` bins that hold about equally many rows.

    Quantiles of the data alone leave two or three bins where most values are equal, as in counts,
    and the rest of the column is lost. So a value that fills a bin by itself becomes an edge, and
    the other edges are quantiles of the rest. Few distinct values are all edges.
    """
    values, mass = distribution
    if len(values) <= n_bins + 1:
        return values
    edges = np.unique(distribution.quantiles(np.linspace(0, 1, n_bins + 1)))
    if len(edges) == n_bins + 1:
        return edges
    heavy = mass >= mass.sum() / n_bins
    rest = distribution.restrict(~heavy) if (~heavy).sum() > 2 else distribution
    n_edges = n_bins + 1 - heavy.sum()
    return np.unique(np.r_[values[heavy], rest.quantiles(np.linspace(0, 1, n_edges))])


def tree_edges(column, y, weights, n_bins):
    """Edges, rising, at the splits of a tree with `n_bins` leaves at most, which predicts y.

    The tree is one of regression if y (n, ...) holds floating-point numbers. No leaf has less than
    a quarter of an equal share of the weights.
    """
    tree = DecisionTreeRegressor if y.dtype.kind == "f" else DecisionTreeClassifier
    share = 0.25 / n_bins
    tree = tree(max_leaf_nodes=n_bins, min_weight_fraction_leaf=share, random_state=0)
    tree = tree.fit(column[:, None], y, sample_weight=weights).tree_
    low, high = column.min(), column.max()
    splits = tree.threshold[tree.feature >= 0]
    return np.unique(np.r_[low, splits[(splits > low) & (splits < high)], high])


def find_bins(edges, numbers):
    """The bin of each number (n,), and the share of it that the number reaches, in [0, 1].

    No number is missing. Those outside of the edges are as the first or the last edge.
    """
    bins = np.searchsorted(edges[1:-1], numbers, side="right")
    return bins, np.clip((numbers - edges[bins]) / np.diff(edges)[bins], 0, 1)

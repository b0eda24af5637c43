"""Piecewise-linear encoding: how far a number reaches into each bin of its feature."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval, Options
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from skreg._typing import validating_parameters, without_annotations
from skreg._validation import Names, accepted_dtypes, unchanged_on_failure
from skreg.preprocessing._base import BaseEncoder, check_weights
from skreg.preprocessing._distribution import distribution_of
from skreg.preprocessing._edges import quantile_edges, tree_edges

_TILE = 1 << 16  # numbers that are encoded at once, so that they stay in the cache of a core


class PiecewiseLinearEncoder(BaseEncoder):
    """Encode each number by how far it reaches into each bin of its feature.

    A network bends a raw number into a wavy function with difficulty. This encoding [1]_ hands it
    the bends: a feature with edges e₀ < … < e_B becomes B numbers,

        min(max((x - e_j) / (e_{j+1} - e_j), 0), 1)    for j = 0, …, B - 1

    which are 1 for the bins below x, the share of the way for the bin of x, and 0 for those above.
    A linear model of them is a continuous function with a bend at each edge.

    Parameters
    ----------
    n_bins : int, default=16
        Largest number of bins of a feature, at least 2.

    strategy : {"quantile", "tree"}, default="quantile"
        Where the edges are. "quantile": bins hold about equally many rows. A value that fills a bin
        by itself becomes an edge, and the others are quantiles of the rest; up to `n_bins` + 1
        distinct values are all edges. "tree": at the splits of a small decision tree per feature,
        which predicts y.

    passthrough : bool, default=False
        Whether the numbers themselves come before their bins. They are neither scaled nor imputed.

    extrapolation : {"constant", "linear"}, default="constant"
        What happens outside of the range in `fit`. "constant": numbers there are as the minimum or
        the maximum. "linear": the first bin may be negative and the last larger than 1, as in [1]_.

    sparse_output : bool, default=False
        Whether `transform` returns a sparse matrix in CSR format. About half of the values are
        zeros, which is too few to gain from: training on dense matrices is faster.

    dtype : {np.float32, np.float64} or None, default=None
        Type of the result; that of X if None.

    Attributes
    ----------
    edges_ : list of ndarray of shape (n_bins_[j] + 1,)
        Edges of each feature, in rising order. They are fewer where there are few distinct values;
        a constant feature has one and no bin, and one without any value has none.

    n_bins_ : ndarray of int of shape (n_features_in_,)
        Number of bins of each feature.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    SmoothClipScaler : Scale the numbers themselves.
    TableEncoder : Encode all columns of a table.
    sklearn.preprocessing.SplineTransformer : Smoother functions of a number.

    Notes
    -----
    Missing values, NaN, are ignored in `fit` and zero in all bins; with `passthrough`, the number
    itself stays missing. :class:`sklearn.impute.MissingIndicator` tells them from small numbers.

    With `sample_weight`, a weight of 2 is the same as repeating the row.

    References
    ----------
    .. [1] Gorishniy, Rubachev & Babenko (2022). On embeddings for numerical features in tabular
       deep learning.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.preprocessing import PiecewiseLinearEncoder
    >>> X = np.array([[0.0], [1.0], [2.0], [4.0]])
    >>> encoder = PiecewiseLinearEncoder(n_bins=3).fit(X)
    >>> encoder.edges_
    [array([0., 1., 2., 4.])]
    >>> encoder.transform([[0.5], [3.0], [9.0]])
    array([[0.5, 0. , 0. ],
           [1. , 1. , 0.5],
           [1. , 1. , 1. ]])
    """

    edges_: list[np.ndarray]
    n_bins_: np.ndarray

    _parameter_constraints: ClassVar[dict] = {
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "strategy": [Names({"quantile", "tree"})],
        "passthrough": ["boolean"],
        "extrapolation": [Names({"constant", "linear"})],
        "sparse_output": ["boolean"],
        "dtype": [Options(type, {np.float32, np.float64}), None],
    }

    @without_annotations
    def __init__(
        self,
        n_bins: int = 16,
        *,
        strategy: str = "quantile",
        passthrough: bool = False,
        extrapolation: str = "constant",
        sparse_output: bool = False,
        dtype: type[np.floating] | None = None,
    ):
        self.n_bins = n_bins
        self.strategy = strategy
        self.passthrough = passthrough
        self.extrapolation = extrapolation
        self.sparse_output = sparse_output
        self.dtype = dtype

    @validating_parameters
    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Find the edges of each feature.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; NaN where they are missing.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets, which the strategy "tree" needs: those of a regression if they are
            floating-point numbers, else labels. "quantile" ignores them.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, not negative.

        Returns
        -------
        self : object
            The fitted encoder. If `fit` raises, it is as it was before.

        Raises
        ------
        ValueError
            If parameters, X, y or weights are not as they should be.
        """
        with unchanged_on_failure(self):
            X = self._validate(X, reset=True)
            weights = check_weights(sample_weight, X)
            if self.strategy == "tree":
                self.edges_ = _edges_by_trees(X, y, weights, self.n_bins)
            else:
                distributions = (distribution_of(column, weights) for column in X.T)
                self.edges_ = [quantile_edges(each, self.n_bins) for each in distributions]
            self.n_bins_ = np.array([max(len(edges) - 1, 0) for edges in self.edges_])
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Encode numbers by the bins that they reach into.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; NaN where they are missing.

        Returns
        -------
        X : ndarray or sparse matrix of shape (n_samples, n_features_out)
            The numbers, if they are passed through, and then the bins of one feature after the
            other; without a `dtype`, as float32 if X is float32 or uint8, else as float64.

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ValueError
            If X has other features than in `fit`, or infinite values.
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        n_numbers, dtype = X.shape[1] if self.passthrough else 0, self.dtype or X.dtype
        numbers = X[:, :n_numbers]
        if self.sparse_output:
            tiles = (sparse.csr_matrix(tile.astype(dtype)) for _, tile in self._tiles(X))
            bins = sparse.vstack(list(tiles))
            return sparse.hstack([sparse.csr_matrix(numbers, dtype=dtype), bins], format="csr")
        encoded = np.empty((X.shape[0], n_numbers + self.n_bins_.sum()), dtype)
        encoded[:, :n_numbers] = numbers
        self._write(X, encoded[:, n_numbers:])
        return encoded

    def _write(self, X, out):
        """Overwrite `out` (n_samples, n_bins) by the bins of X, which is not checked."""
        for rows, tile in self._tiles(X):
            out[rows] = tile

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Name the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the features; those seen in `fit` if None, or else x0, x1, and so on.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            Such as "age_bin_0"; "age" for the number itself.

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ValueError
            If `input_features` are not the names seen in `fit`.
        """
        check_is_fitted(self)
        features = _check_feature_names_in(self, input_features)
        names = [*features] if self.passthrough else []
        counts = zip(features, self.n_bins_)
        names += [f"{name}_bin_{j}" for name, n_bins in counts for j in range(n_bins)]
        return np.array(names, dtype=object)

    def _bins(self):
        """The feature, lower edge and width of each bin, and the least and largest values."""
        places = np.repeat(np.arange(len(self.edges_)), self.n_bins_)
        lower = np.concatenate([edges[:-1] for edges in self.edges_])
        width = np.concatenate([np.diff(edges) for edges in self.edges_])
        return places, lower, width, *self._limits(places)

    def _tiles(self, X):
        """Yield slices of rows and their bins, as float64: edges may be closer than in float32."""
        (places, lower, width, low, high), has_holes = self._bins(), np.isnan(X).any()
        for rows in gen_batches(X.shape[0], max(1, _TILE // max(1, len(places)))):
            tile = X[rows].astype(np.float64).take(places, axis=1)
            tile -= lower
            tile /= width
            np.clip(tile, low, high, out=tile)
            if has_holes:
                np.copyto(tile, 0, where=np.isnan(tile))
            yield rows, tile

    def _limits(self, places):
        """Least and largest value of all bins, or of each where the outer bins have none."""
        if self.extrapolation == "constant":
            return 0, 1
        is_first, is_last = np.diff(places, prepend=-1) > 0, np.diff(places, append=-1) != 0
        return np.where(is_first, -np.inf, 0), np.where(is_last, np.inf, 1)

    def _validate(self, X, *, reset):
        dtypes = accepted_dtypes(X)
        return validate_data(self, X, dtype=dtypes, ensure_all_finite="allow-nan", reset=reset)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.strategy == "tree"
        if self.dtype is not None:
            tags.transformer_tags.preserves_dtype = [np.dtype(self.dtype).name]
        return tags


def _edges_by_trees(X, y, weights, n_bins):
    if y is None:
        raise ValueError('strategy="tree" requires y to be passed, but the target y is None.')
    y = np.asarray(y)
    check_consistent_length(X, y)
    weights = np.ones(len(y)) if weights is None else weights
    edges = []
    for column in X.T:
        there = ~np.isnan(column) & (weights > 0)
        part = column[there], y[there], weights[there]
        edges.append(tree_edges(*part, n_bins) if there.any() else column[there])
    return edges

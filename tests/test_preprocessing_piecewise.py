"""PiecewiseLinearEncoder: its formula, outside of the range, and missing values."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression

from skreg.preprocessing import PiecewiseLinearEncoder

RNG = np.random.default_rng(0)
X = RNG.standard_normal((300, 3))
X[:, 1] = X[:, 1].round()
X[4, 0] = X[7, 1] = np.nan


def encode_slowly(x, edges, extrapolation):
    """The formula, one number at a time."""
    row = []
    for j, (low, high) in enumerate(zip(edges[:-1], edges[1:])):
        share = (x - low) / (high - low)
        is_open = extrapolation == "linear"
        if share < 0 and not (is_open and j == 0):
            share = 0
        if share > 1 and not (is_open and j == len(edges) - 2):
            share = 1
        row.append(0 if np.isnan(x) else share)
    return row


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("extrapolation", ["constant", "linear"])
def test_bins_are_those_of_the_formula(extrapolation, dtype):
    encoder = PiecewiseLinearEncoder(5, extrapolation=extrapolation).fit(X)
    rows = (2 * X[:50]).astype(dtype)
    encoded = encoder.transform(rows)
    assert encoded.dtype == dtype
    for given, row in zip(rows.astype(float), encoded):
        each = (encode_slowly(x, e, extrapolation) for x, e in zip(given, encoder.edges_))
        assert_allclose(row, np.concatenate(list(each)), rtol=1e-6, atol=1e-6)


def test_edges_that_are_equal_in_float32_are_told_apart():
    column = np.repeat(1 + np.arange(4) * 1e-12, 5)[:, None]
    encoded = PiecewiseLinearEncoder().fit(column).transform(column.astype(np.float32))
    assert np.isfinite(encoded).all()


@pytest.mark.parametrize("passthrough", [False, True])
def test_sparse_output_is_the_same(passthrough):
    dense = PiecewiseLinearEncoder(passthrough=passthrough).fit(X)
    sparse = PiecewiseLinearEncoder(passthrough=passthrough, sparse_output=True).fit(X)
    matrix = sparse.transform(X.astype(np.float32))
    assert (matrix.format, matrix.dtype) == ("csr", np.float32)
    assert_array_equal(matrix.toarray(), dense.transform(X.astype(np.float32)))


def test_numbers_passed_through_come_first_and_stay_as_they_are():
    encoder = PiecewiseLinearEncoder(passthrough=True).fit(X)
    encoded = encoder.transform(X)
    assert_array_equal(encoded[:, :3], X)
    assert_array_equal(encoded[:, 3:], PiecewiseLinearEncoder().fit_transform(X))
    names = encoder.get_feature_names_out(["a", "b", "c"])
    assert names[:4].tolist() == ["a", "b", "c", "a_bin_0"]
    assert len(names) == encoded.shape[1]


def test_constant_and_empty_features_have_no_bins():
    rows = np.column_stack([np.ones(9), np.full(9, np.nan), np.arange(9)])
    encoder = PiecewiseLinearEncoder(4).fit(rows)
    assert_array_equal(encoder.n_bins_, [0, 0, 4])
    assert encoder.transform(rows).shape == (9, 4)
    assert PiecewiseLinearEncoder().fit_transform(rows[:, :2]).shape == (9, 0)


def test_a_linear_model_of_the_bins_bends_at_the_edges():
    x = np.linspace(-1, 1, 400)[:, None]
    line = LinearRegression().fit(x, np.abs(x[:, 0])).score(x, np.abs(x[:, 0]))
    bins = PiecewiseLinearEncoder(2).fit_transform(x)
    assert line < 0.01
    assert LinearRegression().fit(bins, np.abs(x[:, 0])).score(bins, np.abs(x[:, 0])) > 0.999


def test_trees_need_targets_and_ignore_missing_values():
    rows = np.column_stack([X[:, 0], np.full(300, np.nan)])
    encoder = PiecewiseLinearEncoder(2, strategy="tree").fit(rows, X[:, 0] > 1)
    assert_allclose(encoder.edges_[0][1], 1, atol=0.1)
    assert encoder.n_bins_.tolist() == [2, 0]
    with pytest.raises(ValueError, match=r'strategy="tree" requires y'):
        PiecewiseLinearEncoder(strategy="tree").fit(X)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        PiecewiseLinearEncoder(strategy="tree").fit(X, [0, 1])

"""Links against the oracle and scipy.special."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax

from skreg._compiler.jit import DTYPES
from skreg._kernels.entries import predict_layer
from skreg._kernels.links import DOCSTRINGS, LINKS
from skreg._kernels.losses import LOSSES
from skreg._products.blas import address_of_gemm
from tests import naive

N, K = 40, 3
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_links = pytest.mark.parametrize("name", LINKS)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def link(scores, name, bias=None):
    """The jitted link; `scores` stay as they are."""
    outputs, bias = scores.copy(), np.zeros_like(scores[0]) if bias is None else bias
    LINKS[name].by_dtype[scores.dtype](outputs, bias)
    return outputs


def test_every_link_is_described_and_known_to_the_oracle():
    assert set(LINKS) == set(DOCSTRINGS) == set(naive.LINKS)
    assert {name: LOSSES[name].link for name in LOSSES} == naive.LINK_OF_LOSS


@parametrize_dtypes
@parametrize_links
def test_links_are_those_of_the_oracle_for_any_number_of_columns(name, dtype, rng):
    for k in (1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 100):
        scores = rng.normal(scale=4, size=(N, k)).astype(dtype)
        actual = link(scores, name)
        assert actual.dtype == dtype
        expected = naive.LINKS[name](scores.astype(float))
        atol = 32 * np.finfo(dtype).eps if name == "quantiles" else 0  # sums of both signs
        assert_allclose(actual, expected, rtol=32 * np.finfo(dtype).eps, atol=atol)


@parametrize_dtypes
@parametrize_links
def test_what_jitted_code_calls_by_address_is_the_same_function(name, dtype, rng):
    scores, bias = (rng.normal(scale=3, size=size).astype(dtype) for size in [(N, K), K])
    identity, outputs = np.eye(K, dtype=dtype), np.empty_like(scores)
    address, gemm = LINKS[name].address(dtype), (address_of_gemm(dtype), 0)
    predict_layer["dense"][dtype](scores, identity, bias, outputs, address, gemm)
    assert_array_equal(outputs, link(scores, name, bias))


@parametrize_dtypes
@parametrize_links
def test_links_add_the_bias_of_each_column_first(name, dtype, rng):
    scores, bias = (np.round(rng.normal(scale=8, size=size)) / 4 for size in [(N, K), K])
    actual = link(scores.astype(dtype), name, bias.astype(dtype))
    expected = naive.LINKS[name](scores + bias)
    assert_allclose(actual, expected, rtol=16 * np.finfo(dtype).eps)
    assert np.all(np.abs(expected - naive.LINKS[name](scores)).max(axis=0) > 1e-3)


@parametrize_dtypes
def test_softmax_sums_to_one_and_knows_no_shift(dtype, rng):
    scores = np.round(rng.normal(scale=4, size=(N, K)), 1).astype(dtype)
    scores[:3] = [[1000, -1000, 0], [-1000, -1000, -1000], [1000, 1000, 1000]]
    probabilities = link(scores, "softmax")
    tolerance = 4 * np.finfo(dtype).eps
    assert_allclose(probabilities.sum(axis=1), 1, rtol=tolerance)
    assert np.all(probabilities >= 0)
    assert_allclose(link(scores + dtype.type(64), "softmax"), probabilities, rtol=1e-4)
    assert_allclose(probabilities, np.exp(log_softmax(scores, axis=1)), rtol=0, atol=tolerance)


@parametrize_dtypes
def test_logistic_links_of_both_signs_sum_to_one(dtype, rng):
    scores = np.concatenate([rng.normal(scale=9, size=(N, K)), [[-1000, 0, 1000]]]).astype(dtype)
    total = link(scores, "logistic") + link(-scores, "logistic")
    assert_allclose(total, 1, rtol=4 * np.finfo(dtype).eps)


@parametrize_dtypes
def test_probabilities_of_the_logistic_link_are_neither_zero_nor_one(dtype):
    scores = np.array([[-1e30, -1000, -100, 0, 100, 1000, 1e30]], dtype)
    probabilities = link(scores, "logistic")
    assert np.all((probabilities > 0) & (probabilities < 1))


@parametrize_dtypes
def test_means_of_the_exp_link_are_positive_and_finite(dtype):
    scores = np.array([[-1e30, -1000, -100, 0, 100, 1000, 1e30]], dtype)
    means = link(scores, "exp")
    assert np.all((means > 0) & np.isfinite(means))
    assert means[0, 3] == 1
    assert np.all(np.diff(means[0]) >= 0)


@parametrize_links
def test_links_do_not_hide_nan(name):
    assert np.isnan(link(np.array([[0.0, np.nan, 1.0]]), name)).any()
    assert np.isfinite(link(np.array([[0.0, 2.0, 1.0]]), name)).all()

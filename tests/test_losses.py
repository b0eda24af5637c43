"""Losses and links against scipy.special, scikit-learn's metrics and finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import log_loss, mean_squared_error

from skreg._kernels.entries import predict_outputs
from skreg._kernels.jit import DTYPES
from skreg._kernels.losses import LINKS, LOSSES, overwrite_by_delta
from tests import naive

N, K = 40, 3
parametrize_losses = pytest.mark.parametrize("loss", LOSSES)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def draw_targets(loss, rng):
    if loss == "squared_error":
        return rng.normal(size=(N, K))
    if loss == "binary_log_loss":
        return rng.integers(0, 2, (N, K)).astype(float)
    return np.eye(K)[rng.integers(0, K, N)]


def loss_and_delta(loss, scores, Y, weights=None, scale=1.0):
    """The jitted loss; `scores` stay as they are."""
    dtype, delta = scores.dtype, scores.copy()
    weights = np.ones(scores.shape[0]) if weights is None else weights
    arguments = (Y.astype(dtype), weights.astype(dtype), dtype.type(scale), LOSSES[loss])
    return overwrite_by_delta(delta, *arguments), delta


def link(scores, name):
    """The jitted link, through a layer whose weights are the identity."""
    k = scores.shape[1]
    outputs = np.empty_like(scores)
    identity, bias = np.eye(k, dtype=scores.dtype), np.zeros(k, scores.dtype)
    predict_outputs[scores.dtype](scores.copy(), identity, bias, outputs, LINKS[name])
    return outputs


@parametrize_dtypes
@parametrize_losses
def test_losses_and_deltas_are_those_of_the_oracle(loss, dtype, rng):
    scores = rng.normal(scale=5, size=(N, K)).astype(dtype)
    Y, weights = draw_targets(loss, rng).astype(dtype), rng.uniform(size=N).astype(dtype)
    values, slopes = naive.LOSSES[loss](scores.astype(float), Y.astype(float))
    value, delta = loss_and_delta(loss, scores, Y, weights, scale=0.125)
    tolerance = 16 * np.finfo(dtype).eps
    assert_allclose(value, 0.125 * np.sum(weights * values), rtol=tolerance)
    assert_allclose(delta, 0.125 * weights[:, None] * slopes, rtol=0, atol=tolerance)


@parametrize_losses
def test_deltas_are_those_of_finite_differences(loss, rng):
    scores, Y = rng.normal(scale=2, size=(N, K)), draw_targets(loss, rng)
    weights, width = rng.uniform(size=N), 1e-6
    _, delta = loss_and_delta(loss, scores, Y, weights, scale=0.3)
    for i, j in np.ndindex(4, K):
        step = np.zeros_like(scores)
        step[i, j] = width
        ahead, _ = loss_and_delta(loss, scores + step, Y, weights, scale=0.3)
        behind, _ = loss_and_delta(loss, scores - step, Y, weights, scale=0.3)
        assert_allclose(delta[i, j], (ahead - behind) / (2 * width), rtol=1e-6, atol=1e-8)


def test_squared_error_is_half_of_the_metric(rng):
    scores, Y = rng.normal(size=(N, K)), draw_targets("squared_error", rng)
    weights = rng.uniform(size=N)
    value, _ = loss_and_delta("squared_error", scores, Y, weights, 1 / weights.sum())
    assert_allclose(value, mean_squared_error(Y, scores, sample_weight=weights) / 2, rtol=1e-12)


def test_log_loss_is_the_metric(rng):
    scores, Y = rng.normal(size=(N, K)), draw_targets("log_loss", rng)
    weights = rng.uniform(size=N)
    value, _ = loss_and_delta("log_loss", scores, Y, weights, 1 / weights.sum())
    expected = log_loss(Y, softmax(scores, axis=1), sample_weight=weights)
    assert_allclose(value, expected, rtol=1e-12)


def test_binary_log_loss_is_the_metric_summed_over_labels(rng):
    scores, Y = rng.normal(size=(N, K)), draw_targets("binary_log_loss", rng)
    weights = rng.uniform(size=N)
    value, _ = loss_and_delta("binary_log_loss", scores, Y, weights, 1 / weights.sum())
    per_label = [log_loss(Y[:, j], expit(scores[:, j]), sample_weight=weights) for j in range(K)]
    assert_allclose(value, np.sum(per_label), rtol=1e-12)


def test_log_loss_of_two_classes_is_binary_log_loss_of_the_difference(rng):
    scores, y = rng.normal(scale=3, size=(N, 2)), rng.integers(0, 2, N)
    value, delta = loss_and_delta("log_loss", scores, np.eye(2)[y])
    same, same_delta = loss_and_delta(
        "binary_log_loss", scores[:, [1]] - scores[:, [0]], y[:, None].astype(float)
    )
    assert_allclose(value, same, rtol=1e-12)
    assert_allclose(delta, np.hstack([-same_delta, same_delta]), rtol=1e-10, atol=1e-15)


@parametrize_dtypes
@parametrize_losses
def test_extreme_scores_give_finite_losses_and_deltas(loss, dtype):
    scores = np.array([[1000, -1000, 0], [-1000, 1000, 1000], [-1000, -1000, -1000]], dtype)
    Y = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype)
    values, slopes = naive.LOSSES[loss](scores.astype(float), Y.astype(float))
    value, delta = loss_and_delta(loss, scores, Y)
    assert_allclose(value, values.sum(), rtol=1e-6)
    assert_allclose(delta, slopes, atol=1e-6)


@parametrize_dtypes
@parametrize_losses
def test_rows_with_weight_zero_count_for_nothing(loss, dtype, rng):
    scores = rng.normal(size=(N, K)).astype(dtype)
    Y, weights = draw_targets(loss, rng), (np.arange(N) % 3 > 0).astype(dtype)
    value, delta = loss_and_delta(loss, scores, Y, weights)
    kept = weights > 0
    kept_value, kept_delta = loss_and_delta(loss, scores[kept], Y[kept])
    assert_allclose(value, kept_value, rtol=1e-5 if dtype == np.float32 else 1e-13)
    assert_array_equal(delta[~kept], 0)
    assert_array_equal(delta[kept], kept_delta)


@parametrize_losses
def test_losses_of_nan_are_not_finite(loss, rng):
    scores, Y = rng.normal(size=(N, K)), draw_targets(loss, rng)
    scores[3, 1] = np.nan
    assert not np.isfinite(loss_and_delta(loss, scores, Y)[0])


@pytest.mark.parametrize("loss", ["binary_log_loss", "log_loss"])
def test_losses_are_never_negative(loss, rng):
    Y = draw_targets(loss, rng)
    assert 0 <= loss_and_delta(loss, 60 * (2 * Y - 1), Y)[0] < 1e-20 + 1e-15 * N
    assert loss_and_delta(loss, 60 * (1 - 2 * Y), Y)[0] > 60 * N


@parametrize_dtypes
@pytest.mark.parametrize("name", LINKS)
def test_links_are_those_of_the_oracle(name, dtype, rng):
    scores = rng.normal(scale=4, size=(N, K)).astype(dtype)
    actual = link(scores, name)
    assert actual.dtype == dtype
    expected = naive.LINKS[name](scores.astype(float))
    assert_allclose(actual, expected, rtol=16 * np.finfo(dtype).eps)


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


@pytest.mark.parametrize("name", LINKS)
def test_links_do_not_hide_nan(name):
    assert np.isnan(link(np.array([[0.0, np.nan, 1.0]]), name)).any()
    assert np.isfinite(link(np.array([[0.0, 2.0, 1.0]]), name)).all()

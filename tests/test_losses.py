"""Losses against the oracle, scikit-learn's losses and metrics, and finite differences."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, softmax
from scipy.stats import norm
from sklearn._loss import loss as sklearn_losses
from sklearn.metrics import (
    log_loss,
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)

from skreg._compiler.jit import DTYPES
from skreg._kernels.losses import CLASSIFICATION_LOSSES, LOSSES
from tests import naive

N, K = 40, 3
PARAMETERS = {**dict.fromkeys(LOSSES, 0.0), "huber": 0.7, "quantile": 0.2}
PARAMETERS["quantiles"] = [0.1, 0.3, 0.6, 0.95]
OF_NUMBERS = [name for name in LOSSES if LOSSES[name].scores_of_normal is None]
parametrize_losses = pytest.mark.parametrize("loss", LOSSES)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def draw(loss, rng, scale=2.0):
    """Random scores and targets."""
    scale, n_scores = scale / 4 if LOSSES[loss].link == "exp" else scale, K * count_scores(loss)
    return rng.normal(scale=scale, size=(N, n_scores)), naive.draw_targets(loss, N, K, rng)


def count_scores(loss):
    return naive.count_scores(loss, PARAMETERS[loss])


def oracle(loss, scores, Y):
    parameter = PARAMETERS[loss]
    return naive.LOSSES[loss](scores.astype(float), Y.astype(float), parameter)


def loss_and_delta(loss, scores, Y, weights=None, scale=1.0, parameter=None):
    """The jitted loss; `scores` stay as they are."""
    dtype, delta = scores.dtype, scores.copy()
    weights = np.ones(scores.shape[0]) if weights is None else weights
    parameters = np.array(PARAMETERS[loss] if parameter is None else parameter, dtype, ndmin=1)
    vectors = weights.astype(dtype), np.full(len(weights), np.nan, dtype)
    arguments = Y.astype(dtype), *vectors, dtype.type(scale), parameters
    return LOSSES[loss].option.by_dtype[dtype](delta, *arguments), delta


def test_oracle_calls_losses_with_the_same_parameters():
    with_one = {name: loss.parameter for name, loss in LOSSES.items() if loss.parameter}
    assert with_one == naive.PARAMETER_OF_LOSS


@parametrize_dtypes
@parametrize_losses
def test_losses_and_deltas_are_those_of_the_oracle(loss, dtype, rng):
    scores, Y = (part.astype(dtype) for part in draw(loss, rng, scale=5.0))
    weights = rng.uniform(size=N).astype(dtype)
    values, slopes = oracle(loss, scores, Y)
    value, delta = loss_and_delta(loss, scores, Y, weights, scale=0.125)
    tolerance = 32 * np.finfo(dtype).eps
    assert isinstance(value, float | np.floating)
    assert_allclose(value, 0.125 * np.sum(weights * values), rtol=tolerance)
    assert_allclose(delta, 0.125 * weights[:, None] * slopes, rtol=tolerance, atol=tolerance)


@parametrize_losses
def test_deltas_are_those_of_finite_differences(loss, rng):
    scores, Y = draw(loss, rng)
    weights, width = rng.uniform(size=N), 1e-6
    _, delta = loss_and_delta(loss, scores, Y, weights, scale=0.3)
    for i, j in np.ndindex(8, scores.shape[1]):
        step = np.zeros_like(scores)
        step[i, j] = width
        ahead, _ = loss_and_delta(loss, scores + step, Y, weights, scale=0.3)
        behind, _ = loss_and_delta(loss, scores - step, Y, weights, scale=0.3)
        assert_allclose(delta[i, j], (ahead - behind) / (2 * width), rtol=1e-6, atol=1e-8)


METRICS = {  # of targets, predictions and weights: what the loss is of one output
    "squared_error": lambda y, p, w: mean_squared_error(y, p, sample_weight=w) / 2,
    "absolute_error": lambda y, p, w: mean_absolute_error(y, p, sample_weight=w),
    "quantile": lambda y, p, w: mean_pinball_loss(y, p, sample_weight=w, alpha=0.2),
    "poisson": lambda y, p, w: mean_poisson_deviance(y, p, sample_weight=w) / 2,
    "gamma": lambda y, p, w: mean_gamma_deviance(y, p, sample_weight=w) / 2,
}
SAME_LOSSES = {  # of scikit-learn
    "squared_error": sklearn_losses.HalfSquaredError(),
    "absolute_error": sklearn_losses.AbsoluteError(),
    "huber": sklearn_losses.HuberLoss(delta=0.7),
    "quantile": sklearn_losses.PinballLoss(quantile=0.2),
    "poisson": sklearn_losses.HalfPoissonLoss(),
    "gamma": sklearn_losses.HalfGammaLoss(),
    "binary_log_loss": sklearn_losses.HalfBinomialLoss(),
}


@pytest.mark.parametrize("loss", METRICS)
def test_regression_losses_are_the_metrics_averaged_over_outputs(loss, rng):
    scores, Y = draw(loss, rng)
    weights, predictions = rng.uniform(size=N), naive.LINKS[LOSSES[loss].link](scores)
    value, _ = loss_and_delta(loss, scores, Y, weights, 1 / weights.sum())
    per_output = [METRICS[loss](Y[:, j], predictions[:, j], weights) for j in range(K)]
    assert_allclose(value, np.mean(per_output), rtol=1e-12)


@pytest.mark.parametrize("loss", SAME_LOSSES)
def test_losses_of_numbers_are_those_of_scikit_learn(loss, rng):
    scores, Y = (part.reshape(-1, 1) for part in draw(loss, rng))
    weights = rng.uniform(size=Y.size)
    same = SAME_LOSSES[loss]
    values, slopes = same.loss_gradient(Y[:, 0], scores[:, 0], sample_weight=weights)
    constants = weights * same.constant_to_optimal_zero(Y[:, 0])
    if loss in CLASSIFICATION_LOSSES:
        constants = np.zeros(Y.size)
    value, delta = loss_and_delta(loss, scores, Y, weights)
    assert_allclose(value, np.sum(values + constants), rtol=1e-12)
    assert_allclose(delta[:, 0], slopes, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("loss", sorted(set(OF_NUMBERS) - set(CLASSIFICATION_LOSSES)))
def test_regression_losses_are_zero_and_flat_at_the_target(loss, rng):
    Y = naive.draw_targets("gamma", N, K, rng)
    scores = np.log(Y) if LOSSES[loss].link == "exp" else Y.copy()
    value, delta = loss_and_delta(loss, scores, Y)
    assert_allclose(value, 0, atol=1e-13)
    assert_allclose(delta, 0, atol=1e-14)
    for step in (-0.1, 0.1):
        assert loss_and_delta(loss, scores + step, Y)[0] > 1e-3


@parametrize_dtypes
def test_poisson_loss_of_a_target_of_zero_is_the_mean(dtype):
    scores = np.array([[-2.0, 0.0, 1.5]], dtype)
    value, delta = loss_and_delta("poisson", scores, np.zeros((1, 3), dtype))
    assert_allclose(value, np.exp(scores).mean(), rtol=1e-6)
    assert_allclose(delta, np.exp(scores) / 3, rtol=1e-6)


@pytest.mark.parametrize("delta", [1e-3, 1e3])
def test_huber_is_the_squared_or_the_absolute_error_at_its_ends(delta, rng):
    scores, Y = draw("huber", rng)
    value, slopes = loss_and_delta("huber", scores, Y, parameter=delta)
    if delta > 1:
        expected, expected_slopes = loss_and_delta("squared_error", scores, Y)
    else:
        expected, expected_slopes = (delta * p for p in loss_and_delta("absolute_error", scores, Y))
    assert_allclose(value, expected, rtol=1e-3)
    assert_allclose(slopes, expected_slopes, rtol=1e-12)


def test_the_quantile_of_one_half_is_half_of_the_absolute_error(rng):
    scores, Y = draw("quantile", rng)
    value, delta = loss_and_delta("quantile", scores, Y, parameter=0.5)
    expected, expected_delta = loss_and_delta("absolute_error", scores, Y)
    assert_allclose(value, expected / 2, rtol=1e-13)
    assert_allclose(delta, expected_delta / 2, rtol=1e-13)


def test_log_loss_is_the_metric(rng):
    scores, Y = draw("log_loss", rng)
    weights = rng.uniform(size=N)
    value, _ = loss_and_delta("log_loss", scores, Y, weights, 1 / weights.sum())
    expected = log_loss(Y, softmax(scores, axis=1), sample_weight=weights)
    assert_allclose(value, expected, rtol=1e-12)


def test_binary_log_loss_is_the_metric_summed_over_labels(rng):
    scores, Y = draw("binary_log_loss", rng)
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
    far = 80 if LOSSES[loss].link == "exp" else 1000
    scores = np.array([[far, -far, 0], [-far, far, far], [-far, -far, -far]], dtype)
    scores = np.repeat(scores, count_scores(loss), axis=1)
    Y = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype)
    if LOSSES[loss].targets == "positive":
        Y += dtype.type(0.5)
    values, slopes = oracle(loss, scores, Y)
    value, delta = loss_and_delta(loss, scores, Y)
    assert_allclose(value, values.sum(), rtol=1e-5)
    assert_allclose(delta, slopes, rtol=1e-5, atol=1e-6)


@parametrize_dtypes
@pytest.mark.parametrize("loss", [name for name in LOSSES if LOSSES[name].link == "exp"])
def test_scores_whose_exponential_overflows_do_not_make_losses_negative_or_nan(loss, dtype):
    scores, Y = np.array([[-1e4], [1e4]], dtype), np.array([[2.0], [2.0]], dtype)
    for i in range(2):
        value, delta = loss_and_delta(loss, scores[[i]], Y[[i]])
        assert value > 1e3
        assert np.sign(delta[0, 0]) == np.sign(scores[i, 0])


@parametrize_dtypes
@parametrize_losses
def test_rows_with_weight_zero_count_for_nothing(loss, dtype, rng):
    scores, Y = (part.astype(dtype) for part in draw(loss, rng))
    weights = (np.arange(N) % 3 > 0).astype(dtype)
    value, delta = loss_and_delta(loss, scores, Y, weights)
    kept = weights > 0
    kept_value, kept_delta = loss_and_delta(loss, scores[kept], Y[kept])
    assert_allclose(value, kept_value, rtol=1e-5 if dtype == np.float32 else 1e-13)
    assert_array_equal(delta[~kept], 0)
    assert_array_equal(delta[kept], kept_delta)


@parametrize_losses
def test_losses_of_nan_are_not_finite(loss, rng):
    scores, Y = draw(loss, rng)
    scores[3, 1] = np.nan
    assert not np.isfinite(loss_and_delta(loss, scores, Y)[0])


@pytest.mark.parametrize("loss", CLASSIFICATION_LOSSES)
def test_losses_of_classes_are_never_negative(loss, rng):
    Y = naive.draw_targets(loss, N, K, rng)
    assert 0 <= loss_and_delta(loss, 60 * (2 * Y - 1), Y)[0] < 1e-20 + 1e-15 * N
    assert loss_and_delta(loss, 60 * (1 - 2 * Y), Y)[0] > 60 * N


@parametrize_dtypes
@pytest.mark.parametrize("k", [1, 2, 4, 5, 7, 8, 9, 10, 16, 17, 100])
@pytest.mark.parametrize("loss", CLASSIFICATION_LOSSES)
def test_losses_of_labels_and_classes_are_those_of_the_oracle_for_any_number(loss, k, dtype, rng):
    scores = rng.normal(scale=5, size=(N, k)).astype(dtype)
    Y = naive.draw_targets(loss, N, k, rng)
    value, delta = loss_and_delta(loss, scores, Y)
    expected, slope = oracle(loss, scores, Y)[:2]
    assert_allclose(value, expected.sum(), rtol=300 * np.finfo(dtype).eps)
    assert_allclose(delta, slope, atol=20 * np.finfo(dtype).eps)
    for j in (0, k // 2, k - 1):
        broken = scores.copy()
        broken[5, j] = np.nan
        assert np.isnan(loss_and_delta(loss, broken, Y)[0])


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - set(OF_NUMBERS)))
def test_scores_of_a_normal_distribution_are_its_own(loss):
    scores = LOSSES[loss].scores_of_normal(3.0, 0.7, PARAMETERS[loss])
    expected = {"gaussian": [3, 0.49], "quantiles": norm.ppf(PARAMETERS["quantiles"], 3, 0.7)}
    assert_allclose(
        naive.LINKS[LOSSES[loss].link](np.array([scores]))[0], expected[loss], rtol=1e-5
    )
    assert np.isfinite(LOSSES[loss].scores_of_normal(0.0, 1e-200, PARAMETERS[loss])).all()


def test_the_slope_of_a_variance_is_bounded_by_the_squared_error_in_deviations():
    scores = np.array([[10.0**i, z] for i in range(-6, 7) for z in (-1e3, -20.0, -5.0, 0.0, 5.0)])
    variances = naive.LINKS["gaussian"](scores)[:, 1]
    _, delta = loss_and_delta("gaussian", scores, np.zeros((len(scores), 1)))
    assert np.all(np.abs(delta[:, 1]) <= 0.5 * (1 + scores[:, 0] ** 2 / variances))


def test_one_quantile_of_a_list_is_the_quantile(rng):
    scores, Y = draw("quantile", rng)
    Y[:5] = scores[:5]  # where both are flat
    of_list, alone = (
        loss_and_delta(loss, scores, Y, parameter=level)
        for loss, level in [("quantiles", [0.2]), ("quantile", 0.2)]
    )
    assert_allclose(of_list[0], alone[0], rtol=1e-14)
    assert_array_equal(of_list[1], alone[1])


def test_several_quantiles_have_the_mean_pinball_loss(rng):
    scores, Y = draw("quantiles", rng)
    weights, levels = rng.uniform(size=N), PARAMETERS["quantiles"]
    value, _ = loss_and_delta("quantiles", scores, Y, weights, 1 / weights.sum())
    each = [
        mean_pinball_loss(y, quantiles, alpha=level, sample_weight=weights)
        for y, part in zip(Y.T, np.hsplit(scores, K))
        for level, quantiles in zip(levels, naive.LINKS["quantiles"](part).T)
    ]
    assert_allclose(value, np.mean(each), rtol=1e-12)

"""Votes by greedy selection and calibration by one temperature, on known cases."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import log_softmax, softmax

from skreg.neural_network._tabular.voting import select_votes
from skreg.neural_network._temperature import (
    admit_doubt,
    apply_temperature,
    find_temperature,
    temperature_of_mean,
)

RNG = np.random.default_rng(0)


def draw_calibrated(n=20_000, k=3):
    log_proba = log_softmax(2 * RNG.normal(size=(n, k)), axis=1)
    uniform = RNG.random((n, 1))
    codes = (np.exp(log_proba).cumsum(axis=1) < uniform).sum(axis=1)
    return log_proba, codes


@pytest.mark.parametrize("factor", [1.5, 3.0])
def test_the_temperature_undoes_a_factor(factor):
    log_proba, codes = draw_calibrated()
    proba = softmax(factor * log_proba, axis=1)
    assert find_temperature(np.log(proba), codes) == pytest.approx(factor, rel=0.05)


def test_rows_that_are_all_right_make_nobody_surer():
    proba = np.tile([0.7, 0.3], (20, 1))
    assert find_temperature(proba, np.zeros(20, int)) == pytest.approx(1, abs=1e-3)


def test_the_temperature_beats_a_grid():
    log_proba, codes = draw_calibrated(300)
    too_sure, rows = softmax(2 * log_proba, axis=1), np.arange(300)

    def loss(temperature):
        return -np.log(apply_temperature(too_sure, temperature)[rows, codes]).mean()

    grid = np.geomspace(1, 10, 200)
    assert loss(find_temperature(np.log(too_sure), codes)) <= min(map(loss, grid)) + 1e-7


def test_a_weight_of_two_is_the_same_as_repeating_the_row():
    log_proba, codes = draw_calibrated(200)
    proba = softmax(2 * log_proba, axis=1)
    counts = RNG.integers(0, 3, 200)
    repeated = find_temperature(np.repeat(np.log(proba), counts, axis=0), np.repeat(codes, counts))
    assert find_temperature(np.log(proba), codes, counts) == pytest.approx(repeated, rel=1e-5)


def test_a_temperature_of_one_changes_no_more_than_the_last_digits():
    proba = np.exp(draw_calibrated(50)[0]).astype(np.float32).astype(float)
    assert_allclose(apply_temperature(proba, 1.0), proba, rtol=1e-6)
    assert_allclose(apply_temperature(proba, 1.0).sum(axis=1), 1, rtol=1e-15)


def naive_votes(predictions, loss):
    chosen = list(predictions)
    for _ in range(3 * len(predictions)):
        chosen.append(min(predictions, key=lambda p: loss(np.mean([*chosen, p], axis=0))))
    return [sum(p is q for q in chosen) / len(chosen) for p in predictions]


def test_votes_are_those_of_a_naive_selection_and_lower_the_loss():
    y = RNG.normal(size=100)
    predictions = [y + s * RNG.normal(size=100) for s in (0.5, 0.6, 3.0)]

    def loss(prediction):
        return np.mean((prediction - y) ** 2)

    votes = select_votes(predictions, loss)
    assert_allclose(votes, naive_votes(predictions, loss))
    assert votes[2] == pytest.approx(1 / 12)
    assert loss(np.tensordot(votes, predictions, axes=1)) < loss(np.mean(predictions, axis=0))


def test_a_mean_is_softened_less_than_its_members():
    assert temperature_of_mean(4.0, 1) == pytest.approx(4)
    assert temperature_of_mean(1.0, 8) == 1
    assert 2 < temperature_of_mean(4.0, 8) < temperature_of_mean(4.0, 2) < 4


def test_doubt_is_a_share_of_even_chances():
    proba = np.array([[1.0, 0.0], [0.3, 0.7]])
    assert_allclose(admit_doubt(proba, 0.1), 0.9 * proba + 0.05)
    assert admit_doubt(proba, 0.0) is proba

"""When training stops, and which weights are the best."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg._training.monitor import Monitor
from skreg._training.state import TrainingState


def make_settings(**changes):
    settings = {
        "tol": 0.1,
        "n_iter_no_change": 2,
        "learning_rate": "constant",
        "learning_rate_init": 0.1,
        "verbose": False,
        "nesterovs_momentum": False,
    }
    return SimpleNamespace(**{**settings, **changes})


def run(losses, *, scores=None, **changes):
    """The state after the epochs, and whether training was to stop after each."""
    state = TrainingState.start(np.zeros(2), 0, "sgd")
    given = iter(scores or ())
    score = None if scores is None else lambda theta: next(given)
    monitor, stops = Monitor(make_settings(**changes), score), []
    for epoch, loss in enumerate(losses, 1):
        state.theta[:] = epoch
        stops.append(monitor.end_epoch(state, loss))
    return state, stops


@pytest.mark.parametrize("n_iter_no_change", [1, 2, 5])
def test_training_stops_after_more_than_n_iter_no_change_epochs_without_improvement(
    n_iter_no_change,
):
    _, stops = run([1.0] * (n_iter_no_change + 2), n_iter_no_change=n_iter_no_change)
    assert stops == [False] * (n_iter_no_change + 1) + [True]


def test_training_never_stops_with_infinite_patience():
    _, stops = run([1.0] * 50, n_iter_no_change=np.inf)
    assert not any(stops)


def test_improvements_of_less_than_tol_count_for_nothing():
    small, _ = run([1.0, 0.95, 0.9, 0.85])
    large, _ = run([1.0, 0.85, 0.7, 0.55])
    assert small.n_without_improvement == 3
    assert large.n_without_improvement == 0


def test_an_improvement_of_exactly_tol_counts():
    state, _ = run([1.0, 0.75, 0.5], tol=0.25)
    assert state.n_without_improvement == 0


def test_an_improvement_begins_the_count_anew():
    _, stops = run([1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5])
    assert stops == [False] * 6 + [True]


def test_best_loss_is_the_least_and_comes_with_its_weights():
    state, _ = run([1.0, 0.99, 2.0, 0.995])
    assert state.best_loss == 0.99
    assert_array_equal(state.best_theta, 2)
    assert_array_equal(state.theta, 4)
    assert state.loss_curve == [1.0, 0.99, 2.0, 0.995]


def test_best_score_is_the_highest_whatever_the_loss_and_comes_with_its_weights():
    state, stops = run([4, 3, 2, 1, 0.5], scores=[0.5, 0.7, 0.6, 0.7, 0.65])
    assert state.best_score == 0.7
    assert_array_equal(state.best_theta, 2)
    assert state.validation_scores == [0.5, 0.7, 0.6, 0.7, 0.65]
    assert state.loss_curve == [4, 3, 2, 1, 0.5]
    assert stops == [False] * 4 + [True]


def test_scores_that_improve_by_less_than_tol_count_for_nothing():
    small, _ = run([1.0] * 3, scores=[0.5, 0.55, 0.6])
    large, _ = run([1.0] * 3, scores=[0.25, 0.5, 0.75], tol=0.25)
    assert small.n_without_improvement == 2
    assert large.n_without_improvement == 0


def test_adaptive_rates_are_reduced_instead_of_stopping_until_they_are_small():
    state, stops = run([1.0] * 100, learning_rate="adaptive", n_iter_no_change=1)
    n_reductions = 8  # the first n with 0.1 / 5ⁿ ≤ 1e-6
    assert state.n_reductions == n_reductions
    assert stops.index(True) == 3 + 2 * (n_reductions - 1) + 2 - 1


def test_best_weights_are_a_copy():
    state, _ = run([1.0])
    state.theta[:] = 99
    assert_array_equal(state.best_theta, 1)


def test_verbose_reports_each_epoch(capsys):
    run([1.0, 0.5], verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "0.500000" in lines[1]
    run([1.0], scores=[0.25], verbose=True)
    assert "0.2500" in capsys.readouterr().out

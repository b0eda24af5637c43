"""Learning rates as functions of what has been trained."""

from types import SimpleNamespace

import pytest
from numpy.testing import assert_allclose

from skreg._training.schedules import SCHEDULES, SMALLEST_RATE, learning_rate, reduce_rate
from tests import naive


def make_settings(schedule):
    return SimpleNamespace(learning_rate=schedule, learning_rate_init=0.2, power_t=0.4)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_are_those_of_the_oracle(schedule):
    settings = make_settings(schedule)
    for t in [0, 1, 100, 10**7]:
        for n_reductions in [0, 1, 5]:
            state = SimpleNamespace(t=t, n_reductions=n_reductions)
            expected = naive.SCHEDULES[schedule](settings, t, n_reductions)
            assert_allclose(learning_rate(settings, state), expected, rtol=1e-14)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_begin_at_the_initial_rate_and_never_rise(schedule):
    settings = make_settings(schedule)
    states = [SimpleNamespace(t=50 * i, n_reductions=i) for i in range(20)]
    rates = [learning_rate(settings, state) for state in states]
    assert rates[0] == 0.2
    assert all(later <= earlier for earlier, later in zip(rates, rates[1:]))
    assert rates[-1] > 0


@pytest.mark.parametrize("schedule", sorted(set(SCHEDULES) - {"adaptive"}))
def test_only_adaptive_rates_are_reduced(schedule):
    state = SimpleNamespace(t=0, n_reductions=0)
    assert not reduce_rate(make_settings(schedule), state)
    assert state.n_reductions == 0


def test_adaptive_rates_are_divided_by_five_until_they_are_small():
    settings, state = make_settings("adaptive"), SimpleNamespace(t=0, n_reductions=0)
    rates = [learning_rate(settings, state)]
    while reduce_rate(settings, state):
        rates.append(learning_rate(settings, state))
    assert_allclose(rates, [0.2 / 5**i for i in range(len(rates))])
    assert rates[-1] <= SMALLEST_RATE < rates[-2]

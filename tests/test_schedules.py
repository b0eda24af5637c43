"""Learning rates as functions of what has been trained."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skreg._training.schedules import PLANNED, SCHEDULES, SMALLEST_RATE, learning_rate, reduce_rate
from tests import naive

N_EPOCHS = 30
parametrize_schedules = pytest.mark.parametrize("schedule", SCHEDULES)


def make_settings(schedule, *, warmup=0, n_restarts=0, max_iter=N_EPOCHS):
    return SimpleNamespace(
        learning_rate=schedule,
        learning_rate_init=0.2,
        power_t=0.4,
        warmup=warmup,
        n_restarts=n_restarts,
        max_iter=max_iter,
    )


def rates_of(settings, n_epochs=N_EPOCHS, n_reductions=0, mass_of_epoch=50.0):
    """The rate of each epoch."""
    states = (
        SimpleNamespace(
            epoch=epoch,
            mass=max(epoch - settings.warmup, 0) * mass_of_epoch,
            n_reductions=n_reductions,
        )
        for epoch in range(n_epochs)
    )
    return np.array([learning_rate(settings, state) for state in states])


@pytest.mark.parametrize("warmup", [0, 4])
@pytest.mark.parametrize("n_restarts", [0, 1, 4])
@parametrize_schedules
def test_schedules_are_those_of_the_oracle(schedule, n_restarts, warmup):
    settings = make_settings(schedule, n_restarts=n_restarts, warmup=warmup)
    for mass in [0.0, 1.5, 100.0, 1e7]:
        for n_reductions in [0, 1, 5]:
            for epoch in [0, 1, 3, 4, 5, 17, N_EPOCHS - 1]:
                state = SimpleNamespace(epoch=epoch, mass=mass, n_reductions=n_reductions)
                expected = naive.learning_rate(settings, epoch, mass, n_reductions)
                assert_allclose(learning_rate(settings, state), expected, rtol=1e-9)


@pytest.mark.parametrize("max_iter", [1, 2, 5, 30, 200])
@pytest.mark.parametrize("warmup", [0, 1, 7, 300])
@pytest.mark.parametrize("n_restarts", [0, 1, 2, 8])
@parametrize_schedules
def test_rates_stay_above_zero_and_at_most_the_initial_rate(schedule, n_restarts, warmup, max_iter):
    settings = make_settings(schedule, n_restarts=n_restarts, warmup=warmup, max_iter=max_iter)
    rates = rates_of(settings, 2 * max_iter + 20)
    assert np.all(rates > 0)
    assert np.all(rates <= 0.2 * (1 + 1e-12))


@pytest.mark.parametrize("schedule", sorted(set(SCHEDULES) - {"one_cycle"}))
def test_rates_without_restarts_begin_near_the_initial_rate_and_never_rise(schedule):
    rates = rates_of(make_settings(schedule))
    assert_allclose(rates[0], 0.2, rtol=1 / N_EPOCHS)
    assert np.all(np.diff(rates) <= 0)


def test_invscaling_counts_the_weight_of_rows():
    rates = rates_of(make_settings("invscaling"), 4, mass_of_epoch=12.5)
    assert_allclose(rates, 0.2 / (1 + 12.5 * np.arange(4)) ** 0.4)


def test_cosine_falls_along_half_a_cosine_from_the_initial_rate_to_nearly_zero():
    middles = (np.arange(N_EPOCHS) + 0.5) / N_EPOCHS
    rates = rates_of(make_settings("cosine"))
    assert_allclose(rates, 0.1 * (1 + np.cos(np.pi * middles)), rtol=1e-12)
    assert_allclose(rates.mean(), 0.1, rtol=1e-12)


@pytest.mark.parametrize("n_restarts", [1, 2, 4])
def test_cosine_with_restarts_repeats_a_shorter_cycle(n_restarts):
    length = N_EPOCHS // (n_restarts + 1)
    rates = rates_of(make_settings("cosine", n_restarts=n_restarts))
    cycle = rates_of(make_settings("cosine", max_iter=length), length)
    assert_allclose(rates, np.tile(cycle, n_restarts + 1), rtol=1e-9)
    assert np.sum(np.diff(rates) > 0) == n_restarts


def test_one_cycle_rises_for_three_tenths_and_falls_to_nearly_zero():
    rates = rates_of(make_settings("one_cycle", max_iter=1000), 1000)
    top = int(rates.argmax())
    assert top in (299, 300)
    assert np.all(np.diff(rates[: top + 1]) > 0)
    assert np.all(np.diff(rates[top:]) < 0)
    assert_allclose(rates[[0, top]], [0.2 / 25, 0.2], rtol=1e-3)
    assert 0 < rates[-1] < 0.2 * 2e-5


@parametrize_schedules
def test_epochs_beyond_max_iter_go_on_with_the_next_cycle(schedule):
    settings = make_settings(schedule)
    rates = rates_of(settings, 2 * N_EPOCHS)
    if schedule in PLANNED:
        assert_allclose(rates[N_EPOCHS:], rates[:N_EPOCHS], rtol=1e-9)
    else:
        assert rates[N_EPOCHS] <= rates[N_EPOCHS - 1]


@pytest.mark.parametrize("warmup", [1, 3, 10])
@parametrize_schedules
def test_the_warmup_rises_in_equal_steps_to_the_schedule_that_begins_after_it(schedule, warmup):
    warm = rates_of(make_settings(schedule, warmup=warmup, max_iter=N_EPOCHS + warmup), 40)
    plain = rates_of(make_settings(schedule), 40 - warmup)
    assert_allclose(warm[warmup:], plain, rtol=1e-12)
    shares = np.arange(1, warmup + 1) / (warmup + 1)
    assert_allclose(warm[:warmup], plain[0] * shares, rtol=1e-12)


@pytest.mark.parametrize("schedule", sorted(set(SCHEDULES) - {"adaptive"}))
def test_only_adaptive_rates_are_reduced(schedule):
    state = SimpleNamespace(epoch=0, mass=0.0, n_reductions=0)
    assert not reduce_rate(make_settings(schedule), state)
    assert state.n_reductions == 0


def test_adaptive_rates_are_divided_by_five_until_they_are_small():
    settings = make_settings("adaptive")
    state = SimpleNamespace(epoch=0, mass=0.0, n_reductions=0)
    rates = [learning_rate(settings, state)]
    while reduce_rate(settings, state):
        rates.append(learning_rate(settings, state))
    assert_allclose(rates, [0.2 / 5**i for i in range(len(rates))])
    assert rates[-1] <= SMALLEST_RATE < rates[-2]

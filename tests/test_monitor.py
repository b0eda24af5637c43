"""When training stops, which weights are the best, and what is told of each epoch."""

import re
import time
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification

from skreg import MLPClassifier
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training import stochastic
from skreg._training.curves import values_of
from skreg._training.monitor import Hooks, Monitor, until
from skreg._training.schedules import SCHEDULES
from skreg._training.state import TrainingState
from skreg.neural_network import _base
from tests.switched_off import OFF

X, Y = make_classification(120, 6, random_state=0)


def make_settings(**changes):
    settings = {
        "tol": 0.1,
        "n_iter_no_change": 2,
        "learning_rate": "constant",
        "learning_rate_init": 0.1,
        "warmup": 0,
        "verbose": False,
        "early_stopping": False,
        "is_stochastic": True,
        **OFF,
        "nesterovs_momentum": False,
    }
    return SimpleNamespace(**{**settings, **changes})


def run(losses, *, scores=None, of_validation=None, hooks=None, **changes):
    """The state after the epochs, and whether training was to stop after each.

    With `scores` there are validation rows, whose losses are 0 unless given.
    """
    state, validated = TrainingState.start(np.zeros(2), 0, "sgd"), scores is not None
    given = iter(zip(of_validation or [0.0] * len(losses), scores or [], strict=validated))

    def validate(theta):
        return next(given)

    settings = make_settings(**{"early_stopping": validated, **changes})
    monitor, stops = Monitor(settings, validate if validated else None, hooks), []
    for epoch, loss in enumerate(losses, 1):
        monitor.begin_epoch(state)
        state.theta[:] = epoch
        state.epoch += 1
        monitor.record(state, loss)
        stops.append(monitor.is_over(state))
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
    assert values_of(state.loss_curve) == [1.0, 0.99, 2.0, 0.995]


def test_best_score_is_the_highest_whatever_the_loss_and_comes_with_its_weights():
    state, stops = run([4, 3, 2, 1, 0.5], scores=[0.5, 0.7, 0.6, 0.7, 0.65])
    assert state.best_score == 0.7
    assert_array_equal(state.best_theta, 2)
    assert values_of(state.validation_scores) == [0.5, 0.7, 0.6, 0.7, 0.65]
    assert values_of(state.loss_curve) == [4, 3, 2, 1, 0.5]
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


def test_of_equal_scores_the_smaller_validation_loss_is_the_best():
    scores, losses = [0.5, 0.7, 0.7, 0.7, 0.6], [0.1, 0.5, 0.3, 0.4, 0.2]
    state, _ = run([1.0] * 5, scores=scores, of_validation=losses)
    assert (state.best_score, state.best_validation_loss) == (0.7, 0.3)
    assert_array_equal(state.best_theta, 3)
    assert values_of(state.validation_loss_curve) == losses


def test_a_smaller_validation_loss_alone_is_no_improvement_to_wait_for():
    _, stops = run([1.0] * 4, scores=[0.5, 0.3, 0.3, 0.3], of_validation=[4, 3, 2, 1])
    assert stops == [False] * 3 + [True]


def test_validation_without_early_stopping_only_watches():
    losses = [1.0, 0.99, 2.0, 0.995]
    watched, stops = run(losses, scores=[0.1, 0.2, 0.9, 0.3], early_stopping=False)
    alone, stops_alone = run(losses)
    assert stops == stops_alone
    assert values_of(watched.validation_scores) == [0.1, 0.2, 0.9, 0.3]
    assert watched.best_loss == alone.best_loss == 0.99
    assert_array_equal(watched.best_theta, alone.best_theta)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_solver_with_a_test_of_its_own_waits_only_for_validation_scores(early_stopping):
    scores = [0.5] * 4 if early_stopping else None
    _, stops = run([1.0] * 4, scores=scores, is_stochastic=False)
    assert stops == [False] * 3 + [early_stopping]


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_scores_that_are_not_finite_are_never_the_best(bad):
    state, _ = run([1.0] * 3, scores=[0.5, bad, 0.4])
    assert state.best_score == 0.5
    assert_array_equal(state.best_theta, 1)


class Recorder(Hooks):
    """Keeps what it is told, and stops training after some epochs."""

    def __init__(self, stop_after=np.inf):
        self.told, self.stop_after = [], stop_after

    def begin_epoch(self, state):
        self.told.append(("begin", float(np.sum(state.theta))))

    def end_epoch(self, state):
        self.told.append(("end", float(np.sum(state.theta))))
        return len(self.told) >= 2 * self.stop_after


def test_hooks_are_told_the_state_before_and_after_each_epoch():
    hooks = Recorder()
    run([3.0, 2.0], hooks=hooks)
    assert hooks.told == [("begin", 0), ("end", 2), ("begin", 2), ("end", 4)]


def test_hooks_can_stop_training():
    _, stops = run([3.0, 2.0, 1.0], hooks=Recorder(stop_after=2))
    assert stops == [False, True, True]


@pytest.mark.parametrize("solver", [*OPTIMIZERS, "lbfgs"])
def test_every_solver_calls_hooks_around_each_epoch_and_stops_when_told(solver, monkeypatch):
    hooks = Recorder(stop_after=3)

    def monitor_with_hooks(settings, validate, callbacks):
        return Monitor(settings, validate, hooks)

    params = {"solver": solver, "tol": 1e-8, "n_iter_no_change": 99, "random_state": 0}
    stopped = MLPClassifier((4,), max_iter=3, **params).fit(X, Y)
    monkeypatch.setattr(_base, "Monitor", monitor_with_hooks)
    mlp = MLPClassifier((4,), max_iter=50, **params).fit(X, Y)
    assert mlp.n_iter_ == len(mlp.loss_curve_) == 3
    assert [name for name, _ in hooks.told] == ["begin", "end"] * 3
    sums = [total for _, total in hooks.told]
    assert len(set(sums)) == 4
    assert sums[1::2][:-1] == sums[2::2]
    for mine, other in zip(mlp.coefs_, stopped.coefs_):
        assert_array_equal(mine, other)


LINE = (
    r"Epoch +(?P<epoch>\d+)  loss (?P<loss>\d\.\d{6})"
    r"(  validation loss (?P<val>\d\.\d{6})  score (?P<score>\d\.\d{4}))?"
    r"  rate (?P<rate>\d\.\d\de[+-]\d\d)  \d+\.\d s"
)


@pytest.mark.parametrize("validated", [False, True])
def test_verbose_tells_of_each_epoch(validated, capsys):
    given = {"scores": [0.25, 0.5], "of_validation": [2.0, 3.0]} if validated else {}
    run([1.0, 0.5], verbose=True, **given)
    lines = [re.fullmatch(LINE, line) for line in capsys.readouterr().out.splitlines()]
    assert [line["epoch"] for line in lines] == ["1", "2"]
    assert [line["loss"] for line in lines] == ["1.000000", "0.500000"]
    assert [line["rate"] for line in lines] == ["1.00e-01"] * 2
    assert [line["val"] for line in lines] == (
        ["2.000000", "3.000000"] if validated else [None] * 2
    )
    assert [line["score"] for line in lines] == (["0.2500", "0.5000"] if validated else [None] * 2)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_verbose_tells_the_rate_with_which_the_epoch_was_trained(schedule, capsys, monkeypatch):
    rates, real = [], stochastic.learning_rate

    def record(settings, state):
        rates.append(real(settings, state))
        return rates[-1]

    monkeypatch.setattr(stochastic, "learning_rate", record)
    params = {"solver": "sgd", "tol": 10.0, "n_iter_no_change": 1, "warmup": 2, "verbose": True}
    MLPClassifier((4,), learning_rate=schedule, max_iter=6, **params).fit(X, Y)
    told = re.findall(r"rate (\S+)", capsys.readouterr().out)
    assert told == [f"{rate:.2e}" for rate in rates]
    assert len(set(told)) > 2


def test_verbose_tells_of_iterations_without_a_rate_where_there_is_none(capsys):
    MLPClassifier((4,), solver="lbfgs", max_iter=2, verbose=True).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [["Iteration", n, "loss"] for n in "12"]
    assert "rate" not in "".join(lines)


@pytest.mark.parametrize("solver", [*OPTIMIZERS, "lbfgs"])
def test_fits_end_with_the_first_epoch_behind_a_deadline(solver):
    mlp = MLPClassifier((3,), solver=solver, max_iter=5, tol=0, random_state=0)
    with until(time.perf_counter()):
        assert mlp.fit(X, Y).n_iter_ == 1
        with until(np.inf):
            assert mlp.fit(X, Y).n_iter_ == 5
    assert mlp.fit(X, Y).n_iter_ == 5

"""Ctrl-C that waits until nothing is half done, and is never lost."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from threading import Thread

import numpy as np
import pytest

from skreg import MLPClassifier
from skreg._interrupts import answer, answered, deferred, following, watch
from skreg._training import predict as prediction


def press():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def handler():
    """The handler of Ctrl-C, which stays; a shell has another one for what is in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("raised", [None, ValueError])
def test_ctrl_c_acts_when_the_outermost_ends_however_it_does(raised):
    steps = []
    with pytest.raises(KeyboardInterrupt), deferred():
        with deferred():
            press()
            steps.append("inner")
        steps.append("outer")
        if raised:
            raise raised
    assert steps == ["inner", "outer"]


def test_ctrl_c_acts_where_it_is_answered_and_only_there():
    answer()
    with deferred():
        press()
        with pytest.raises(KeyboardInterrupt):
            answer()
        answer()
        press()
        with pytest.raises(KeyboardInterrupt), answered:
            pass
        with pytest.raises(KeyboardInterrupt), answered:
            press()
            pytest.fail("it did not act at once")
    with pytest.raises(KeyboardInterrupt):
        press()


def test_what_cleans_up_after_ctrl_c_is_not_interrupted_again():
    steps = []
    with pytest.raises(KeyboardInterrupt), deferred():
        with pytest.raises(KeyboardInterrupt), answered:
            try:
                press()
            finally:
                press()
                steps.append("cleaned up")
        steps.append("went on")
    assert steps == ["cleaned up", "went on"]


def test_within_what_is_answered_ctrl_c_is_deferred_again():
    steps = []
    with deferred(), pytest.raises(KeyboardInterrupt), answered:
        with deferred():
            press()
            steps.append("inner")
        steps.append("never")
    assert steps == ["inner"]


def test_threads_other_than_the_main_one_change_nothing(handler):
    seen = []

    def look():
        with deferred(), answered:
            seen.append(signal.getsignal(signal.SIGINT))
        answer()  # what the main thread noted is no concern of this one
        seen.append(watch()())

    with pytest.raises(KeyboardInterrupt), deferred():
        press()
        assert watch()()
        thread = Thread(target=look)
        thread.start()
        thread.join()
    assert seen[0] is not handler and seen[1] is False
    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen[2] is handler


def test_a_thread_that_follows_the_main_one_is_interrupted_with_it():
    seen = []

    def look(is_interrupted):
        with following(is_interrupted):
            for _ in range(2):
                try:
                    answer()
                except KeyboardInterrupt:
                    seen.append("interrupted")
        answer()  # as it follows no longer

    def look_in_a_thread():
        thread = Thread(target=look, args=(watch(),))
        thread.start()
        thread.join()

    with pytest.raises(KeyboardInterrupt), deferred():
        look_in_a_thread()
        assert not seen
        press()
        look_in_a_thread()
    assert seen == ["interrupted"] * 2


@pytest.mark.parametrize("other", [signal.SIG_IGN, signal.SIG_DFL])
def test_what_is_no_handler_of_python_stays(other, handler):
    signal.signal(signal.SIGINT, other)
    try:
        with deferred():
            assert signal.getsignal(signal.SIGINT) is other
    finally:
        signal.signal(signal.SIGINT, handler)


def test_a_handler_of_the_user_is_called_each_time_and_need_not_raise(handler):
    calls = []
    signal.signal(signal.SIGINT, lambda number, frame: calls.append(number))
    try:
        with deferred():
            with answered:
                press()
                press()
                assert len(calls) == 2
            press()
            assert len(calls) == 2
            answer()
            press()
        assert calls == [signal.SIGINT] * 4
    finally:
        signal.signal(signal.SIGINT, handler)


def test_a_handler_that_was_set_meanwhile_stays(handler):
    def mine(number, frame):
        """Nothing."""

    try:
        with deferred():
            signal.signal(signal.SIGINT, mine)
        assert signal.getsignal(signal.SIGINT) is mine
    finally:
        signal.signal(signal.SIGINT, handler)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("forks_in_thread", [False, True])
def test_in_a_forked_process_ctrl_c_acts_as_before(forks_in_thread, handler):
    codes = []

    def fork():
        child = os.fork()
        if child == 0:
            os._exit(signal.getsignal(signal.SIGINT) is handler)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    with deferred():
        if forks_in_thread:
            thread = Thread(target=fork)
            thread.start()
            thread.join()
        else:
            fork()
    assert codes == [True]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_a_long_prediction_ends_soon_after_ctrl_c(n_threads, monkeypatch):
    tiles = []

    @contextmanager
    def on_so_many_cores():
        with deferred():
            yield n_threads

    def press_in_each_tile(*arguments):
        tiles.append(1)
        press()
        time.sleep(1e-3)

    monkeypatch.setattr(prediction, "single_blas_thread", on_so_many_cores)
    monkeypatch.setattr(prediction, "_predict_tile", press_in_each_tile)
    monkeypatch.setattr(prediction, "_LARGE_WORK", 0)
    monkeypatch.setattr(prediction, "_TILE_BYTES", 1)  # a row
    with pytest.raises(KeyboardInterrupt):
        prediction.predict(
            np.zeros((400, 30)), [np.zeros((30, 30))], [np.zeros(30)], (), "identity"
        )
    assert 1 <= len(tiles) < 50


def test_a_prediction_is_whole_where_the_handler_of_the_user_does_not_raise(monkeypatch, handler):
    X, real, calls = np.arange(40.0).reshape(40, 1), prediction._predict_tile, []

    def press_in_each_tile(*arguments):
        press()
        real(*arguments)

    monkeypatch.setattr(prediction, "_predict_tile", press_in_each_tile)
    monkeypatch.setattr(prediction, "_SMALL_PRODUCT", 0)
    monkeypatch.setattr(prediction, "_TILE_BYTES", 1)
    signal.signal(signal.SIGINT, lambda *_: calls.append(1))
    try:
        outputs = prediction.predict(X, [np.ones((1, 1))], [np.zeros(1)], (), "identity")
    finally:
        signal.signal(signal.SIGINT, handler)
    np.testing.assert_array_equal(outputs, X)
    assert calls


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_scorer_that_takes_long_is_interrupted_within(solver):
    steps = []

    def score(*arguments):
        press()
        steps.append("never")

    mlp = MLPClassifier(
        (3,), solver=solver, early_stopping=True, scoring=score, max_iter=2, random_state=0
    )
    with pytest.raises(KeyboardInterrupt):
        mlp.fit(np.arange(40.0)[:, None], np.arange(40) % 2)
    assert steps == [] and not hasattr(mlp, "coefs_")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer on this system")
def test_many_signals_at_random_moments_leave_nothing_behind():
    """Always KeyboardInterrupt or a fit that returned: no limit, helper or handler is left."""
    code = [sys.executable, "-m", "tests.stress_of_interrupts", "200"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(code, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for name, ends in json.loads(done.stdout).items():
        assert ends.pop("slower") < 5, name
        left = {what: ends.pop(f"{what} left") for what in ("helpers", "handlers")}
        assert {**left, "torn": ends.pop("torn estimators")} == dict.fromkeys([*left, "torn"], 0), (
            name
        )
        assert set(ends) <= {"KeyboardInterrupt", "returned"}, (name, ends)
        assert ends["KeyboardInterrupt"] > 0, name

"""One BLAS thread inside, and afterwards as many as before."""

import os
from contextlib import ExitStack, contextmanager
from threading import Barrier, Event, Thread

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from skreg import MLPClassifier
from skreg._products import threads
from skreg._products.threads import single_blas_thread

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")


def blas_threads():
    """The numbers of threads of all BLAS libraries, as a set."""
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


def run_all(workers):
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()


@pytest.fixture(autouse=True)
def two_threads():
    """Two BLAS threads, set and reset by threads that end: a living one would keep the others out.

    (threadpoolctl lets only one thread at a time change the limits of OpenBLAS.)
    """
    controller, limiters = ThreadpoolController(), []

    def limit():
        limiters.append(controller.limit(limits=2, user_api="blas"))

    run_all([Thread(target=limit)])
    try:
        assert blas_threads() == {2}
        yield
        assert threads._inside == []
    finally:
        run_all([Thread(target=limiters[0].restore_original_limits)])


def test_one_thread_inside_and_as_many_as_before_outside():
    with single_blas_thread():
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_the_first_may_use_as_many_threads_as_blas_had_and_all_others_one():
    for _ in range(2):
        with single_blas_thread() as first, single_blas_thread() as second:
            with single_blas_thread() as third:
                assert (first, second, third) == (2, 1, 1)


def test_limits_return_with_the_outermost_of_nested_uses():
    with single_blas_thread():
        with single_blas_thread():
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_limits_return_after_an_error():
    with pytest.raises(KeyError), single_blas_thread(), single_blas_thread():
        raise KeyError
    assert blas_threads() == {2}


def test_limits_hold_in_every_thread_after_one_that_lives_on_was_inside():
    seen = []

    def look():
        with single_blas_thread():
            seen.append(blas_threads())

    look()
    run_all([Thread(target=look)])
    assert seen == [{1}, {1}]
    assert blas_threads() == {2}


def test_limits_return_with_the_last_to_leave_even_if_the_first_left_before():
    first_in, second_in, first_out = Event(), Event(), Event()
    seen = []

    def first():
        with single_blas_thread():
            first_in.set()
            second_in.wait(10)
        seen.append(blas_threads())
        first_out.set()

    def second():
        first_in.wait(10)
        with single_blas_thread():
            second_in.set()
            first_out.wait(10)
            seen.append(blas_threads())

    run_all([Thread(target=first), Thread(target=second)])
    assert seen == [{1}, {1}]
    assert blas_threads() == {2}


def test_limits_return_after_many_threads_came_and_went():
    barrier, seen = Barrier(8), []

    def come_and_go(pauses):
        barrier.wait(10)
        for pause in pauses:
            with single_blas_thread():
                Event().wait(pause)
                seen.append(blas_threads())

    pauses = np.random.default_rng(0).uniform(0, 1e-3, (8, 10))
    run_all([Thread(target=come_and_go, args=(row,)) for row in pauses])
    assert len(seen) == 80
    assert all(inside == {1} for inside in seen)
    assert blas_threads() == {2}


@pytest.fixture
def touched(monkeypatch):
    """The numbers of BLAS threads whenever buffers are touched, as if none had been before."""
    seen = []
    monkeypatch.setattr(threads, "_most_inside", 0)
    monkeypatch.setattr(threads, "_touched_at", threads.time.monotonic())
    monkeypatch.setattr(threads, "touch_buffers", lambda: seen.append(blas_threads()))
    return seen


def test_buffers_are_touched_whenever_more_are_inside_than_ever_before(touched):
    for height, n_touched in [(1, 1), (1, 1), (2, 2), (1, 2), (2, 2), (5, 5), (3, 5), (5, 5)]:
        with ExitStack() as stack:
            for _ in range(height):
                stack.enter_context(single_blas_thread())
        assert touched == [{1}] * n_touched
    assert blas_threads() == {2}


def test_buffers_are_touched_once_for_each_of_many_threads_at_once(touched):
    barrier = Barrier(6)

    def come_and_go():
        for _ in range(3):
            with single_blas_thread():
                barrier.wait(10)
            barrier.wait(10)

    run_all([Thread(target=come_and_go) for _ in range(6)])
    assert touched == [{1}] * 6


def test_buffers_are_touched_again_after_a_while(touched, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(threads.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(threads, "_touched_at", clock[0])
    for seconds, n_touched in [(0, 0), (9, 0), (2, 1), (9, 1), (11, 2)]:
        clock[0] += seconds
        threads.keep_buffers_touched()
        assert len(touched) == n_touched


def test_limits_return_when_buffers_cannot_be_touched(touched, monkeypatch):
    def fail():
        raise MemoryError

    monkeypatch.setattr(threads, "touch_buffers", fail)
    with pytest.raises(MemoryError), single_blas_thread():
        pass
    assert blas_threads() == {2}


@needs_fork
def test_a_forked_process_touches_buffers_of_its_own(touched):
    with single_blas_thread(), single_blas_thread():
        child = os.fork()
        if child == 0:
            with single_blas_thread():
                os._exit(len(touched))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2 + 1
    assert len(touched) == 2


def test_fits_at_once_are_those_one_after_the_other():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 20)), rng.integers(0, 3, 300)
    fitted = {}

    def fit(seed, concurrent):
        mlp = MLPClassifier((30,), dropout=0.3, max_iter=20, random_state=seed)
        fitted[seed, concurrent] = mlp.fit(X, y).coefs_

    for seed in range(4):
        fit(seed, concurrent=False)
    run_all([Thread(target=fit, args=(seed, True)) for seed in range(4)])
    for seed in range(4):
        for alone, together in zip(fitted[seed, False], fitted[seed, True], strict=True):
            np.testing.assert_array_equal(alone, together)


def code_of_child(look):
    """What `look` returns in a process that is forked now."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = look()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def another_thread_inside():
    is_in, may_leave = Event(), Event()

    def stay():
        with single_blas_thread():
            is_in.set()
            may_leave.wait(30)

    thread = Thread(target=stay)
    thread.start()
    assert is_in.wait(10)
    try:
        yield
    finally:
        may_leave.set()
        thread.join()


@needs_fork
def test_in_a_process_forked_while_another_thread_is_inside_limits_return():
    def look():
        (before,) = blas_threads()
        with single_blas_thread() as n_threads:
            assert blas_threads() == {1} and n_threads == before
        assert blas_threads() == {before}
        return before

    with another_thread_inside():
        assert code_of_child(look) == 2
        assert blas_threads() == {1}


@needs_fork
def test_a_forked_process_leaves_what_it_was_inside():
    child, code = None, 99
    with another_thread_inside():
        try:
            with single_blas_thread():
                with single_blas_thread():
                    child = os.fork()
                inner = blas_threads()
            code = inner == {1} and blas_threads() == {2}
        finally:
            if child == 0:
                os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


@needs_fork
def test_a_fork_waits_until_no_thread_is_on_its_way_in_or_out(monkeypatch):
    is_half_done, real = Event(), threads._set_limit

    def set_slowly():
        real()
        is_half_done.set()
        Event().wait(0.2)

    def go_in_and_out():
        with single_blas_thread():
            Event().wait(0.5)

    monkeypatch.setattr(threads, "_set_limit", set_slowly)
    thread = Thread(target=go_in_and_out)
    thread.start()
    assert is_half_done.wait(10)
    assert code_of_child(lambda: max(blas_threads())) == 2
    thread.join()


@needs_fork
def test_a_forked_process_can_go_on_with_the_fit():
    def fork_and_score(mlp, X, y):
        if not children:
            children.append(os.fork())
        return -1.0

    children, (X, y) = [], (np.arange(40.0)[:, None], np.arange(40) % 2)
    mlp = MLPClassifier((3,), early_stopping=True, scoring=fork_and_score, max_iter=3)
    code = 99
    try:
        mlp.fit(X, y)
        code = blas_threads() == {2} and mlp.n_iter_ == 3
    finally:
        if children[0] == 0:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 1


@needs_fork
def test_a_process_forked_inside_can_train():
    with single_blas_thread(), threads._lock:
        child = os.fork()
        if child == 0:
            with single_blas_thread():
                os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

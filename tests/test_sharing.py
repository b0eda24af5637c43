"""Products that two threads share: cut at the same place, whoever computes the second half."""

import os
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg import MLPClassifier
from skreg._compiler.jit import DTYPES, entry
from skreg._products import sharing
from skreg._products import team as module
from skreg._products.blas import address_of_gemm
from skreg._products.products import multiply_matrices
from skreg._products.team import Pace, Team, has_large_products
from skreg._products.threads import single_blas_thread
from skreg._training.layout import Layout

SIZES = [(128, 512, 520), (300, 400, 300), (256, 512, 256), (5, 7, 3), (2, 4096, 4096)]


@entry
def multiply(gemm, a, b, out):
    multiply_matrices(gemm, a, b, out)


def make_matrices(size, dtype, order):
    m, k, n = size
    rng = np.random.default_rng(0)
    a = np.require(rng.standard_normal((m, k)), dtype, order[0])
    return a, np.require(rng.standard_normal((k, n)), dtype, order[1]), np.empty((m, n), dtype)


def multiply_by(team, a, b, out, way):
    """With a helper or without."""
    team._pace.choose = lambda: way
    with team, team.timing(1):
        assert (team._helper is not None) == way
        multiply[out.dtype](team.gemm, a, b, out)
        is_shared = way and a.size * b.shape[1] >= sharing.LARGE
        assert team._mail[sharing.POSTED] == is_shared
    return out.copy()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("order", ["CC", "FC", "CF", "FF"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_products_are_the_same_with_a_helper_and_without(size, order, dtype):
    assert size == (5, 7, 3) or np.prod(size) >= sharing.LARGE
    a, b, out = make_matrices(size, dtype, order)
    team = Team(dtype, 2)
    alone, together = (multiply_by(team, a, b, out, way) for way in (False, True))
    assert_array_equal(alone, together)
    tolerance = 1e-3 if dtype == np.float32 else 1e-10
    assert_allclose(alone, a.astype(float) @ b.astype(float), rtol=0, atol=tolerance)


def test_small_products_are_those_of_blas():
    a, b, out = make_matrices((20, 30, 40), np.dtype(np.float32), "CC")
    plain = np.empty_like(out)
    multiply[out.dtype]((address_of_gemm(out.dtype), 0), a, b, plain)
    assert_array_equal(multiply_by(Team(out.dtype, 2), a, b, out, True), plain)


def test_a_helper_ends_when_an_epoch_does():
    before = threading.active_count()
    team = Team(np.dtype(np.float32), 2)
    team._pace.choose = lambda: True
    with pytest.raises(KeyboardInterrupt), team, team.timing(1):
        assert threading.active_count() == before + 1
        raise KeyboardInterrupt
    assert threading.active_count() == before


def product_of(team):
    """A large product, as a block of training has it."""
    a, b, out = make_matrices(SIZES[0], np.dtype(np.float32), "CC")
    with team, team.timing(1):
        multiply[out.dtype](team.gemm, a, b, out)
    return out


@pytest.fixture
def team():
    team = Team(np.dtype(np.float32), 2)
    team._pace.choose = lambda: True
    return team


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()], ids=repr)
def test_where_no_thread_can_be_started_the_fit_goes_on_alone(team, monkeypatch, error):
    starts, expected = [], product_of(Team(np.dtype(np.float32), 1))

    def fail(self):
        starts.append(self)
        raise error

    monkeypatch.setattr(threading.Thread, "start", fail)
    for _ in range(3):
        assert_array_equal(product_of(team), expected)
    assert len(starts) == 1 and team._helper is None


def die(*_):
    raise MemoryError


@pytest.mark.parametrize("when", ["at once", "while it is waited for"])
def test_a_helper_that_dies_is_not_waited_for(team, monkeypatch, when):
    expected, real = product_of(Team(np.dtype(np.float32), 1)), module.touch_buffers_together
    of_caller, others = threading.current_thread(), threading.active_count()

    def touch():
        if threading.current_thread() is not of_caller:
            raise MemoryError
        real()

    if when == "at once":
        monkeypatch.setattr(module, "touch_buffers_together", touch)
    else:
        monkeypatch.setattr(sharing, "serve", die)
    for _ in range(3):
        assert_array_equal(product_of(team), expected)
    assert threading.active_count() == others


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_process_goes_on_without_the_helper(team):
    with single_blas_thread():
        expected = product_of(Team(np.dtype(np.float32), 1))
    a, b, out = make_matrices(SIZES[0], np.dtype(np.float32), "CC")
    child, code = None, 99
    try:
        with single_blas_thread(), team:  # OpenBLAS waits for its own threads in a fork
            with team.timing(1):
                child = os.fork()
                multiply[out.dtype](team.gemm, a, b, out)
            with team.timing(1):
                multiply[out.dtype](team.gemm, a, b, out)
        code = np.array_equal(out, expected) and team._helper is None
    finally:
        if child == 0:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert_array_equal(out, expected)


def test_a_single_thread_never_calls_a_helper():
    team = Team(np.dtype(np.float32), 1)
    with team, team.timing(1):
        assert team._helper is None


@pytest.mark.parametrize(
    "units, batch_size, is_large",
    [((784, 512, 10), 128, True), ((20, 64, 10), 32, False), ((8192, 4096), 1, True)],
)
def test_products_are_large_by_their_number_of_multiplications(units, batch_size, is_large):
    assert has_large_products(Layout(units).shapes, batch_size) == is_large


def drive(pace, seconds_of, n_blocks):
    """The ways of so many blocks, which take the given seconds."""
    ways = []
    for _ in range(n_blocks):
        way = pace.choose()
        pace.record(way, seconds_of[way])
        ways.append(way)
    return ways


@pytest.mark.parametrize("better", [False, True])
def test_the_faster_way_wins_and_trials_become_rare(better):
    ways = drive(Pace(), {better: 1.0, not better: 2.0}, 400)
    trials = [i for i, way in enumerate(ways) if way != better]
    assert 3 <= len(trials) <= 6
    assert np.all(np.diff(np.diff(trials)) > 0)


def test_a_way_that_becomes_slower_is_left():
    pace = Pace()
    drive(pace, {False: 2.0, True: 1.0}, 50)
    ways = drive(pace, {False: 2.0, True: 5.0}, 20)
    assert sum(ways) <= 4


def test_a_way_that_was_held_up_once_is_not_judged_by_that():
    pace = Pace()
    pace.record(False, 100.0)  # while it was compiled
    pace.record(True, 2.0)
    ways = drive(pace, {False: 1.0, True: 2.0}, 40)
    assert sum(ways[18:]) <= 1


def test_a_shorter_block_at_the_end_of_an_epoch_is_not_timed():
    team, rows = Team(np.dtype(np.float32), 2), []
    team._pace.record = lambda way, seconds: rows.append(seconds)
    with team:
        for n_rows in (256, 256, 16, 256):
            with team.timing(n_rows):
                pass
    assert len(rows) == 3


def fit(dtype, n_threads, monkeypatch):
    """The theta of a network with large products, trained while a helper comes and goes."""
    chosen = []

    class Busy(Team):
        def __init__(self, dtype, _):
            super().__init__(dtype, n_threads)
            self._pace.choose = lambda: chosen.append(len(chosen) % 2 == 1) or chosen[-1]

    monkeypatch.setattr("skreg._training.stochastic.Team", Busy)
    rng = np.random.default_rng(0)
    X = rng.standard_normal((960, 500)).astype(dtype)
    y = rng.integers(0, 3, 960)
    mlp = MLPClassifier((300,), batch_size=240, max_iter=2, dropout=0.2, random_state=0).fit(X, y)
    assert len(chosen) == (8 if n_threads > 1 else 0)  # of as many blocks
    return np.concatenate([coef.ravel() for coef in mlp.coefs_])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_training_is_bitwise_the_same_with_a_helper_and_without(dtype, monkeypatch):
    monkeypatch.setattr("skreg._training.data._BLOCK_BYTES", 240 * 3 * dtype.itemsize)
    assert_array_equal(fit(dtype, 1, monkeypatch), fit(dtype, 2, monkeypatch))


def test_the_function_that_lets_other_threads_run_can_be_called():
    import ctypes

    assert ctypes.CFUNCTYPE(ctypes.c_int)(module._address_of_yield())() in (0, 1)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no way to ask for the cores")
def test_a_user_may_forbid_a_helper_by_the_threads_of_blas(monkeypatch):
    from threadpoolctl import threadpool_limits

    seen = []

    class Spy(Team):
        def __init__(self, dtype, n_threads):
            seen.append(n_threads)
            super().__init__(dtype, n_threads)

    monkeypatch.setattr("skreg._training.stochastic.Team", Spy)
    X, y = np.zeros((200, 600), np.float32), np.arange(200) % 2
    with threadpool_limits(1):
        MLPClassifier((300,), batch_size=200, max_iter=1, random_state=0).fit(X, y)
    assert seen == [1]
    assert sharing.LARGE <= 200 * 600 * 300

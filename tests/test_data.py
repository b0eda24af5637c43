"""Blocks: each row once per epoch, in the order asked for, and data stay as they are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.jit import DTYPES
from skreg._training import data as data_module
from skreg._training.data import Blocks, Data, gather
from tests import naive

N = 103


def make_data(*, weighted=True, order="C", dtype=np.float64):
    X = np.arange(3.0 * N, dtype=dtype).reshape(N, 3)
    Y = np.arange(2.0 * N, dtype=dtype).reshape(N, 2)
    weights = np.arange(1, N + 1, dtype=dtype) if weighted else None
    return Data(np.asarray(X, order=order), Y, weights)


def read_epoch(blocks, epoch):
    """Copies of what an epoch hands out."""
    parts = zip(*[[part.copy() for part in block] for block in blocks.of_epoch(epoch)])
    return [np.concatenate(part) for part in parts]


@pytest.fixture(params=[1, 3 * 8 * 20, 1 << 20], ids=["small", "medium", "one"])
def size_of_blocks(request, monkeypatch):
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", request.param)


@pytest.mark.usefixtures("size_of_blocks")
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_epoch_visits_each_row_once_with_its_target_and_weight(order, weighted, shuffle):
    data = make_data(weighted=weighted, order=order)
    blocks = Blocks(data, 7, shuffle, seed=5, n_weights=1)
    for epoch in (0, 1, 7):
        X, Y, weights = read_epoch(blocks, epoch)
        rows = (X[:, 0] / 3).astype(int)
        assert_array_equal(np.sort(rows), np.arange(N))
        assert_array_equal(X, data.X[rows])
        assert_array_equal(Y, data.Y[rows])
        assert_array_equal(weights, data.weights[rows] if weighted else np.ones(N))


@pytest.mark.usefixtures("size_of_blocks")
def test_rows_stay_in_order_without_shuffle():
    X, _, _ = read_epoch(Blocks(make_data(), 7, False, seed=5, n_weights=1), 3)
    assert_array_equal(X, make_data().X)


@pytest.mark.usefixtures("size_of_blocks")
def test_order_of_rows_is_that_of_the_oracle():
    X, _, _ = read_epoch(Blocks(make_data(), 7, True, seed=5, n_weights=1), 3)
    assert_array_equal(X[:, 0] / 3, naive.draw_order(N, 5, 3))


def test_order_of_rows_depends_on_the_epoch_and_the_seed():
    orders = [
        read_epoch(Blocks(make_data(), 7, True, seed, n_weights=1), epoch)[0][:, 0]
        for seed, epoch in [(0, 0), (0, 1), (1, 0)]
    ]
    again = read_epoch(Blocks(make_data(), 7, True, 0, n_weights=1), 0)[0][:, 0]
    assert_array_equal(orders[0], again)
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])


@pytest.mark.usefixtures("size_of_blocks")
@pytest.mark.parametrize("batch_size", [1, 7, 40, N])
def test_only_the_last_batch_of_an_epoch_may_be_short(batch_size):
    sizes = [
        len(X) for X, _, _ in Blocks(make_data(), batch_size, True, 0, n_weights=1).of_epoch(0)
    ]
    assert sum(sizes) == N
    assert all(size % batch_size == 0 for size in sizes[:-1])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("order", ["C", "F"])
def test_blocks_are_contiguous_memory_of_their_own(order, weighted, dtype):
    data = make_data(weighted=weighted, order=order, dtype=dtype)
    for block in Blocks(data, 10, False, 0, n_weights=1).of_epoch(0):
        for part, source in zip(block, data):
            assert part.flags.c_contiguous
            assert part.flags.writeable
            assert part.dtype == dtype
            assert source is None or not np.shares_memory(part, source)


@pytest.mark.parametrize("rows", [slice(2, 6), np.array([5, 0, 5])], ids=["slice", "index"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_gather_copies_rows_to_the_head(order, rows):
    array = np.asarray(np.arange(24.0).reshape(8, 3), order=order)
    array.setflags(write=False)
    out = np.full((6, 3), -1.0)
    head = gather(array, rows, out)
    assert_array_equal(head, array[rows])
    assert np.shares_memory(head, out)
    assert_array_equal(out[len(head) :], -1)


def test_scale_makes_weights_one_on_average():
    data = make_data()
    assert_allclose(np.mean(data.weights * data.scale), 1)
    assert make_data(weighted=False).scale == 1


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_fit_writes_to_nothing_it_was_given(estimator, order, solver):
    rng = np.random.default_rng(0)
    X = np.asarray(rng.normal(size=(N, 3)), order=order)
    y, weights = rng.integers(0, 2, N).astype(float), rng.uniform(size=N)
    given = (X, y, weights)
    before = [part.copy() for part in given]
    for part in given:
        part.setflags(write=False)
    dropout = {} if solver == "lbfgs" else {"dropout": 0.3, "input_dropout": 0.3}
    mlp = estimator((4,), solver=solver, max_iter=3, shuffle=False, random_state=0, **dropout)
    mlp.fit(X, y, sample_weight=weights)
    mlp.predict(X)
    read_only = mlp.coefs_
    mlp.fit(*[part.copy() for part in before[:2]], sample_weight=before[2].copy())
    for part, copy in zip(given, before):
        assert_array_equal(part, copy)
    for coef, same in zip(read_only, mlp.coefs_, strict=True):
        assert_array_equal(coef, same)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_writeable_data_are_not_dropped_from(solver):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 3)), rng.normal(size=N)
    before = X.copy()
    MLPRegressor((4,), solver=solver, input_dropout=0.5, shuffle=False, max_iter=2).fit(X, y)
    assert_array_equal(X, before)

"""Blocks: each row once per epoch, in the order asked for, and data stay as they are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skreg import MLPClassifier, MLPRegressor
from skreg._compiler.jit import DTYPES
from skreg._kernels.inputs.picked import Picked
from skreg._training import data as data_module
from skreg._training.data import Blocks, Data
from skreg._training.rows.lazy import LazyRows
from tests import naive

N = 103


def make_lazy(X):
    """Rows that are made when they are wanted, out of X in another order."""
    reversed_X = X[::-1]

    def write(places, out):
        out[...] = reversed_X[places]

    return LazyRows(write, np.arange(len(X))[::-1], X.shape[1], X.dtype)


FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "sparse": csr_array,
    "lazy": make_lazy,
}


def make_data(*, weighted=True, form="C", dtype=np.float64):
    X = np.arange(3.0 * N, dtype=dtype).reshape(N, 3)
    Y = np.arange(2.0 * N, dtype=dtype).reshape(N, 2)
    weights = np.arange(1, N + 1, dtype=dtype) if weighted else None
    return Data(FORMS[form](X), Y, weights)


def as_array(X):
    """Rows as blocks hand them out, in an array that is a copy."""
    if isinstance(X, np.ndarray):
        return X.copy()
    if isinstance(X, Picked):
        return X.X[X.places]
    return csr_array((X.data, X.indices, X.indptr), (X.indptr.size - 1, 3)).toarray()


def read_epoch(blocks, epoch):
    """Copies of what an epoch hands out."""
    parts = zip(*[(as_array(X), Y.copy(), w.copy()) for X, Y, w in blocks.of_epoch(epoch)])
    return [np.concatenate(part) for part in parts]


@pytest.fixture(params=[1, 3 * 8 * 20, 1 << 20], ids=["small", "medium", "one"])
def size_of_blocks(request, monkeypatch):
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", request.param)


@pytest.mark.usefixtures("size_of_blocks")
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_an_epoch_visits_each_row_once_with_its_target_and_weight(form, weighted, shuffle):
    data = make_data(weighted=weighted, form=form)
    blocks = Blocks(data, 7, shuffle, seed=5, n_weights=1)
    for epoch in (0, 1, 7):
        X, Y, weights = read_epoch(blocks, epoch)
        rows = (X[:, 0] / 3).astype(int)
        assert_array_equal(np.sort(rows), np.arange(N))
        assert_array_equal(X, make_data().X[rows])
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
        len(Y) for _, Y, _ in Blocks(make_data(), batch_size, True, 0, n_weights=1).of_epoch(0)
    ]
    assert sum(sizes) == N
    assert all(size % batch_size == 0 for size in sizes[:-1])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", ["C", "F"])
def test_blocks_are_contiguous_memory_of_their_own(form, weighted, dtype):
    data = make_data(weighted=weighted, form=form, dtype=dtype)
    for block in Blocks(data, 10, False, 0, n_weights=1).of_epoch(0):
        for part, source in zip(block, data):
            assert part.flags.c_contiguous
            assert part.flags.writeable
            assert part.dtype == dtype
            assert source is None or not np.shares_memory(part, source)


@pytest.mark.usefixtures("size_of_blocks")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
def test_blocks_of_sparse_rows_are_those_of_dense_rows(shuffle, weighted):
    epochs = {"C": [], "sparse": []}
    for form in epochs:
        data = make_data(form=form, weighted=weighted)
        for epoch in (0, 3):
            blocks = Blocks(data, 7, shuffle, 5, n_weights=1)
            epochs[form].append(read_epoch(blocks, epoch))
    for dense, sparse in zip(*epochs.values(), strict=True):
        for part, other in zip(dense, sparse):
            assert_array_equal(part, other)


def test_scale_makes_weights_one_on_average():
    data = make_data()
    assert_allclose(np.mean(data.weights * data.scale), 1)
    assert make_data(weighted=False).scale == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rows", [slice(2, 6), np.array([5, 0, 5]), np.arange(N) % 2 == 0])
def test_data_of_some_rows_are_their_features_targets_and_weights(form, rows):
    whole, some = make_data(), make_data(form=form).take(rows)
    X = some.X.toarray() if form == "sparse" else some.X
    assert_array_equal(X, whole.X[rows])
    assert_array_equal(some.Y, whole.Y[rows])
    assert_array_equal(some.weights, whole.weights[rows])
    assert make_data(weighted=False).take(rows).weights is None


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_fingerprints_tell_data_apart_by_features_targets_and_weights(form, weighted):
    data = make_data(form=form, weighted=weighted)
    assert data.fingerprint == make_data(form=form, weighted=weighted).fingerprint
    others = [
        make_data(form=form, weighted=not weighted),
        data._replace(X=FORMS[form](2 * make_data().X)),
        data._replace(Y=-data.Y),
        data.take(np.arange(N - 1)),
        data.take(np.arange(N)[::-1]),
    ]
    if weighted:
        others.append(data._replace(weights=data.weights / 2))
    fingerprints = [data.fingerprint, *(other.fingerprint for other in others)]
    assert len(set(fingerprints)) == len(fingerprints)


def test_the_mass_of_rows_is_the_sum_of_their_weights():
    assert make_data().mass == N * (N + 1) / 2
    assert make_data(weighted=False).mass == N


@pytest.mark.parametrize("form", FORMS)
def test_rows_with_weight_are_those_whose_weight_is_not_zero(form):
    data = make_data(form=form)
    assert data.rows_with_weight is data.X
    weights = data.weights * (np.arange(N) % 2)
    rows = data._replace(weights=weights).rows_with_weight
    rows = rows.toarray() if form == "sparse" else rows
    assert_array_equal(rows, make_data().X[1::2])


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


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_writeable_data_are_not_dropped_from(solver, shuffle):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 3)), rng.normal(size=N)
    before = X.copy()
    MLPRegressor((4,), solver=solver, input_dropout=0.5, shuffle=shuffle, max_iter=2).fit(X, y)
    assert_array_equal(X, before)

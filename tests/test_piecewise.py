"""Rows of bins and shares are trained on and predicted for as their encoding is."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg._compiler.jit import DTYPES
from skreg._kernels.entries import add_loss_and_gradient
from skreg._kernels.inputs import (
    count_rows,
    multiply_inputs,
    multiply_transposed_inputs,
    prepare_weights,
    take_rows,
)
from skreg._products.blas import address_of_gemm
from skreg._training.arguments import make_net, make_scratch, make_work
from skreg._training.layout import Layout
from skreg._training.rows import rows_of
from skreg._training.rows.piecewise import PiecewiseRows
from skreg.preprocessing import TableEncoder
from skreg.preprocessing._compact import compress
from tests.compiled import callable_from_python

count_rows = callable_from_python(count_rows)
multiply_inputs = callable_from_python(multiply_inputs)
multiply_transposed_inputs = callable_from_python(multiply_transposed_inputs)
prepare_weights = callable_from_python(prepare_weights, 3)
take_rows = callable_from_python(take_rows, 3)

N = 60
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def make_frames():
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame(rng.normal(size=(N, 3)), columns=["a", "b", "c"])
    holes = numbers.mask(rng.random((N, 3)) < 0.2)
    counts = pd.DataFrame({"n": rng.integers(0, 4, N), "m": np.where(rng.random(N) < 0.8, 0, 7.5)})
    kinds = pd.DataFrame(
        {
            "pair": rng.choice(["x", "y"], N),
            "kind": rng.choice(["u", "v", "w"], N),
            "many": rng.choice([f"t{i}" for i in range(30)], N),
        }
    )
    return {
        "numbers": numbers,
        "missing numbers": holes,
        "few values": counts,
        "categories": kinds,
        "all": pd.concat([holes, counts, kinds], axis=1),
    }


FRAMES = make_frames()
parametrize_frames = pytest.mark.parametrize("name", FRAMES)


def encode(name, dtype, n_bins=5):
    """The encoded rows of a table, as compact rows and as an array, with rows unlike those of fit.

    Those have numbers outside of the range, and levels that are unknown.
    """
    frame = FRAMES[name]
    y = np.random.default_rng(1).normal(size=N)
    encoder = TableEncoder(n_bins, dtype=dtype.type, max_categories=8, random_state=0).fit(frame, y)
    strange = frame.copy()
    for column in frame:
        strange[column] = frame[column] * 3 if frame[column].dtype.kind in "if" else "new"
    frame = pd.concat([frame, strange])
    compact = compress(encoder, encoder._read(frame))
    encoded = encoder.transform(frame)
    return PiecewiseRows(*compact, encoded.shape[1]), encoded


@parametrize_dtypes
@parametrize_frames
def test_compact_rows_are_those_of_the_transformer_to_the_last_bit(name, dtype):
    rows, encoded = encode(name, dtype)
    assert (rows.shape, rows.dtype) == (encoded.shape, dtype)
    assert_array_equal(rows, encoded)
    assert_array_equal(rows[5:9], encoded[5:9])
    assert_array_equal(rows[[7, 0, 7]][1:], encoded[[0, 7]])
    assert_array_equal(rows[encoded[:, 0] > 0], encoded[encoded[:, 0] > 0])
    assert np.shares_memory(rows[5:9]._arrays[0], rows._arrays[0]) or not rows._arrays[0].size


@parametrize_dtypes
@pytest.mark.parametrize("n_out", [1, 5])
@parametrize_frames
def test_products_are_those_of_the_encoded_rows(name, n_out, dtype):
    rows, encoded = encode(name, dtype)
    rng, picked = np.random.default_rng(2), np.array([3, 80, 3, 0, 9, 119, 50])
    weights = rng.normal(size=(encoded.shape[1], n_out)).astype(dtype)
    delta, gemm = rng.normal(size=(4, n_out)).astype(dtype), (address_of_gemm(dtype), 0)
    settings, layout = SimpleNamespace(dropout=(0.0,)), Layout((encoded.shape[1], n_out))
    scratch = make_scratch(layout, settings, rows, 4)
    batch = take_rows(rows.picker(4)(picked), 2, 6)
    dense, tolerance = encoded[picked[2:6]], 100 * np.finfo(dtype).eps
    room, scores = np.full_like(weights, 9), np.full((4, n_out), 9, dtype)
    prepared = prepare_weights(batch, weights, room)
    assert_allclose(prepared, rows.prepare(weights), atol=tolerance)
    multiply_inputs(batch, prepared, scores, gemm)
    assert_allclose(scores, dense @ weights, atol=tolerance)
    multiply_transposed_inputs(batch, delta, room, scratch, gemm)
    assert_allclose(room, dense.T @ delta, atol=tolerance)
    assert count_rows(batch) == 4
    assert count_rows(take_rows(rows.picker(4)(picked), 4, 8)) == 3


def test_gradients_are_those_of_finite_differences():
    rows, encoded = encode("all", DTYPES[1])
    rng, layout = np.random.default_rng(3), Layout((encoded.shape[1], 4, 2))
    settings = SimpleNamespace(
        activations=("tanh",),
        normalization=None,
        loss="squared_error",
        dropout=(0.0, 0.0),
        l1=(0.0,) * 2,
    )
    net, scale = make_net(layout, settings, 0, DTYPES[1]), np.float64(1 / 6)
    work, scratch = (
        make_work(layout, settings, 4, DTYPES[1]),
        make_scratch(layout, settings, rows, 4),
    )
    Y, weights = rng.normal(size=(6, 2)), np.ones(6)
    entry = add_loss_and_gradient["piecewise"][DTYPES[1]]

    def evaluate(theta):
        gradient = np.zeros(layout.size)
        block = rows.tile(57, 63, DTYPES[1]), Y, weights
        return entry(theta, gradient, net, work, scratch, *block, scale, 4), gradient

    theta = rng.normal(size=layout.size)
    _, gradient = evaluate(theta)
    for j in range(layout.size):
        step = 1e-6 * (np.arange(layout.size) == j)
        difference = evaluate(theta + step)[0] - evaluate(theta - step)[0]
        assert_allclose(difference / 2e-6, gradient[j], rtol=1e-6, atol=1e-8)


def test_rows_in_another_dtype_are_cast_for_a_tile():
    rows, encoded = encode("all", DTYPES[1])
    tile = take_rows(rows_of(rows[20:]).tile(3, 8, DTYPES[0]), 0, 5)
    weights, scores = np.eye(encoded.shape[1], dtype=np.float32), np.empty((5, encoded.shape[1]))
    scores = scores.astype(np.float32)
    multiply_inputs(tile, rows.prepare(weights), scores, (address_of_gemm(DTYPES[0]), 0))
    assert_allclose(scores, encoded[23:28], rtol=1e-6)


def test_entries_are_few_and_zeros_left_out():
    rows, _ = encode("all", DTYPES[1])
    batch = take_rows(rows.picker(N)(np.arange(N)), 0, N)
    entries = batch.room.data[: batch.room.indptr[N]]
    assert (entries != 0).all()
    assert entries.size < 2 * N * rows._columns[0].size

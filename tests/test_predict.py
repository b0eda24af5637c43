"""Predictions against the oracle, whatever the tiles, the order and the dtype of X."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skreg._compiler.jit import DTYPES
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.links import LINKS
from skreg._training import predict as predict_module
from skreg._training.predict import predict
from tests import naive

N = 50
UNITS = [(4, 3), (4, 6, 3), (4, 6, 2, 1)]
WIDEST = 6 * 8  # bytes of a row of the widest layer in float64
FORMS = {"C": np.asarray, "F": np.asfortranarray, "sparse": csr_array}


def draw_net(units, dtype=np.float64):
    rng = np.random.default_rng(0)
    coefs = [rng.normal(size=shape).astype(dtype) for shape in zip(units, units[1:])]
    intercepts = [rng.normal(size=n).astype(dtype) for n in units[1:]]
    return rng.normal(size=(N, units[0])).astype(dtype), coefs, intercepts


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("units", UNITS, ids=str)
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_predictions_are_those_of_the_oracle(activation, link, units, dtype, form):
    X, coefs, intercepts = draw_net(units, dtype)
    actual = predict(FORMS[form](X), coefs, intercepts, [activation] * (len(units) - 2), link)
    expected = naive.predict(*(draw_net(units)[1:]), draw_net(units)[0], activation, link)
    assert actual.shape == (N, units[-1])
    assert actual.dtype == dtype
    tolerance = 1e-12 if dtype == np.float64 else 1e-4
    assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def test_hidden_layers_may_have_activations_of_their_own():
    X, coefs, intercepts = draw_net((4, 6, 2, 1))
    hidden = np.tanh(np.maximum(X @ coefs[0] + intercepts[0], 0) @ coefs[1] + intercepts[1])
    actual = predict(X, coefs, intercepts, ["relu", "tanh"], "identity")
    assert_allclose(actual, hidden @ coefs[2] + intercepts[2], rtol=1e-12)


@pytest.mark.parametrize("rows", [0, 1, 7, 10, N - 1, N, N + 1])
@pytest.mark.parametrize("form", FORMS)
def test_tiles_do_not_matter(form, rows, monkeypatch):
    X, coefs, intercepts = draw_net((4, 6, 2, 1))
    expected = predict(X, coefs, intercepts, ["tanh", "tanh"], "logistic")
    monkeypatch.setattr(predict_module, "_TILE_BYTES", rows * WIDEST)
    actual = predict(FORMS[form](X), coefs, intercepts, ["tanh", "tanh"], "logistic")
    assert_allclose(actual, expected, rtol=1e-13)


@pytest.mark.parametrize("bytes_of_tile", [1, 1 << 19])
@pytest.mark.parametrize("order", ["C", "F"])
def test_read_only_arrays_of_any_order_are_accepted_and_left_alone(
    order, bytes_of_tile, monkeypatch
):
    monkeypatch.setattr(predict_module, "_TILE_BYTES", bytes_of_tile)
    X, coefs, intercepts = draw_net((4, 6, 3))
    expected = naive.predict(coefs, intercepts, X, "relu", "softmax")
    given = [np.array(part, order=order) for part in (X, *coefs, *intercepts)]
    before = [part.copy() for part in given]
    for part in given:
        part.setflags(write=False)
    actual = predict(given[0], given[1:3], given[3:], ["relu"], "softmax")
    assert_allclose(actual, expected, rtol=1e-12)
    for part, copy in zip(given, before):
        assert_array_equal(part, copy)


def test_writeable_arrays_are_left_alone():
    X, coefs, intercepts = draw_net((4, 4, 3))
    before = [part.copy() for part in (X, *coefs, *intercepts)]
    predict(X, coefs, intercepts, ["relu"], "softmax")
    for part, copy in zip((X, *coefs, *intercepts), before):
        assert_array_equal(part, copy)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_predictions_have_the_dtype_of_the_weights(form, dtype):
    X, coefs, intercepts = draw_net((4, 6, 3), dtype)
    for other in (np.float32, np.float64):
        actual = predict(FORMS[form](X.astype(other)), coefs, intercepts, ["tanh"], "identity")
        assert actual.dtype == dtype
        assert_allclose(actual, predict(X, coefs, intercepts, ["tanh"], "identity"), atol=1e-5)


def test_a_row_is_predicted_alone_as_among_others():
    X, coefs, intercepts = draw_net((4, 6, 3))
    together = predict(X, coefs, intercepts, ["tanh"], "softmax")
    alone = [predict(X[[i]], coefs, intercepts, ["tanh"], "softmax") for i in range(N)]
    assert_allclose(np.concatenate(alone), together, rtol=1e-12)


def test_rows_without_entries_are_predicted_by_the_biases():
    _, coefs, intercepts = draw_net((4, 6, 3))
    empty = csr_array((N, 4))
    expected = predict(np.zeros((N, 4)), coefs, intercepts, ["tanh"], "softmax")
    assert_allclose(predict(empty, coefs, intercepts, ["tanh"], "softmax"), expected, rtol=1e-13)


def test_no_rows_are_predicted_by_no_outputs():
    X, coefs, intercepts = draw_net((4, 6, 3))
    for given in (X[:0], csr_array(X)[:0]):
        assert predict(given, coefs, intercepts, ["tanh"], "softmax").shape == (0, 3)

"""Where parameters are in theta."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg._training.layout import Layout

UNITS = [(3, 1), (4, 5, 2), (2, 3, 1, 4), (1, 1, 1)]
parametrize_units = pytest.mark.parametrize("units", UNITS, ids=str)


@parametrize_units
def test_views_and_pack_are_inverse(units):
    layout = Layout(units)
    theta = np.random.default_rng(0).normal(size=layout.size)
    coefs, intercepts = layout.coefs(theta), layout.intercepts(theta)
    packed = layout.pack(coefs, intercepts, np.float64)
    assert_array_equal(packed, theta)
    assert not np.shares_memory(packed, theta)
    assert layout.pack(coefs, intercepts, np.float32).dtype == np.float32


@parametrize_units
def test_views_have_the_shapes_of_layers_and_write_through(units):
    layout = Layout(units)
    theta = np.zeros(layout.size)
    coefs, intercepts = layout.coefs(theta), layout.intercepts(theta)
    assert [coef.shape for coef in coefs] == list(zip(units, units[1:]))
    assert [intercept.shape for intercept in intercepts] == [(n,) for n in units[1:]]
    for part in (*coefs, *intercepts):
        part += 1
    assert_array_equal(theta, 1)


@parametrize_units
def test_layout_of_coefs_is_the_layout_they_came_from(units):
    layout = Layout(units)
    assert Layout.of(layout.coefs(np.zeros(layout.size))) == layout


@parametrize_units
def test_segments_are_the_weights_of_each_layer_and_then_all_biases(units):
    layout = Layout(units)
    theta = np.zeros(layout.size)
    for k, coef in enumerate(layout.coefs(theta)):
        coef[:] = k
    for intercept in layout.intercepts(theta):
        intercept[:] = len(units) - 1
    segments = layout.segments
    assert segments.dtype == np.int64
    assert len(segments) == len(units)
    for k, (first, last) in enumerate(segments):
        assert_array_equal(theta[first:last], k)
    assert_array_equal(segments[1:, 0], segments[:-1, 1])
    assert (segments[0, 0], segments[-1, 1]) == (0, layout.size)
    assert segments[-1, 0] == layout.n_weights


@parametrize_units
def test_layers_say_where_the_views_begin(units):
    layout = Layout(units)
    theta = np.arange(layout.size)
    rows = zip(layout.layers, layout.coefs(theta), layout.intercepts(theta), strict=True)
    for (n_in, n_out, weight, bias), coef, intercept in rows:
        assert coef.shape == (n_in, n_out)
        assert coef[0, 0] == weight
        assert intercept[0] == bias

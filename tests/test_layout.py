"""Where parameters are in theta."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg._training.layout import Extra, Layout
from skreg._training.random import draw_initial_theta

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
    names, layers, starts, stops = zip(*layout.segments)
    assert names == ("weights",) * (len(units) - 1) + ("biases",)
    assert layers == (*range(len(units) - 1), None)
    for k, (start, stop) in enumerate(zip(starts, stops)):
        assert_array_equal(theta[start:stop], k)
    assert starts == (0, *stops[:-1])
    assert stops[-2:] == (layout.n_weights, layout.size)


@parametrize_units
def test_extras_follow_the_biases_and_leave_the_rest_in_place(units):
    extras = Extra("scales", 0, units[1], 1.0), Extra("statistics", 0, 2, -0.5)
    plain, layout = Layout(units), Layout(units, extras)
    assert layout.size == plain.size + units[1] + 2
    assert layout.segments[:-2] == plain.segments
    assert [segment[:2] for segment in layout.segments[-2:]] == [("scales", 0), ("statistics", 0)]
    theta = np.arange(layout.size)
    coefs, intercepts, own = layout.coefs(theta), layout.intercepts(theta), layout.extras_of(theta)
    assert_array_equal(np.concatenate(own), theta[plain.size :])
    for mine, other in zip(coefs + intercepts, plain.coefs(theta) + plain.intercepts(theta)):
        assert_array_equal(mine, other)
    assert_array_equal(layout.pack(coefs, intercepts, np.float64, own), theta)
    initial = layout.pack(coefs, intercepts, np.float64)[plain.size :]
    assert_array_equal(initial, [*[1.0] * units[1], -0.5, -0.5])


def test_initial_theta_has_initial_extras_and_the_weights_that_it_has_without():
    layout = Layout((4, 5, 2), (Extra("scales", 0, 5, 1.0),))
    of_seed = ["tanh"], 3, np.float32
    theta = draw_initial_theta(layout, *of_seed)
    assert_array_equal(theta[:-5], draw_initial_theta(Layout(layout.units), *of_seed))
    assert_array_equal(theta[-5:], 1)


@parametrize_units
def test_layers_say_where_the_views_begin(units):
    layout = Layout(units)
    theta = np.arange(layout.size)
    rows = zip(layout.layers, layout.coefs(theta), layout.intercepts(theta), strict=True)
    for (n_in, n_out, weight, bias), coef, intercept in rows:
        assert coef.shape == (n_in, n_out)
        assert coef[0, 0] == weight
        assert intercept[0] == bias

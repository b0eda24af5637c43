"""The numbers of each kind of segment, and what training makes of them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg import MLPClassifier
from skreg._kernels.penalties import Numbers
from skreg._training import segments
from skreg._training.arguments import make_segments
from skreg._training.layout import Extra, Layout
from skreg._training.segments import NUMBERS, numbers_per_place
from skreg.neural_network._settings import resolve_settings

FLOAT64 = np.dtype(np.float64)
LAYOUT = Layout((4, 5, 2), (Extra("scales", 0, 5, 1.0), Extra("statistics", 0, 3, 0.0)))


@pytest.fixture
def with_extras(monkeypatch):
    monkeypatch.setitem(NUMBERS, "scales", lambda settings, layer: Numbers(0.1))
    monkeypatch.setitem(NUMBERS, "statistics", lambda settings, layer: Numbers(0.0))


@pytest.fixture
def settings():
    return resolve_settings(MLPClassifier(5, l1=[0.1, 0.2], l2=0.3))


@pytest.mark.usefixtures("with_extras")
def test_kernels_get_the_numbers_of_each_segment_that_has_a_rate(settings):
    ends, numbers, *maps = make_segments(LAYOUT, settings, FLOAT64)
    assert_array_equal(ends, [[0, 20], [20, 30], [30, 37], [37, 42]])
    expected = [Numbers(1, 0.1, 0.3), Numbers(1, 0.2, 0.3), Numbers(), Numbers(0.1)]
    assert_array_equal(numbers, expected)
    assert [len(part) for part in maps] == [0, 0]


@pytest.mark.usefixtures("with_extras")
def test_numbers_per_place_are_those_of_the_segment_of_a_place(settings):
    expected = [0.1] * 20 + [0.2] * 10 + [0.0] * 15
    assert_array_equal(numbers_per_place(LAYOUT, settings, "l1"), expected)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_rate_of_a_kind_of_segment_is_one_number_in_the_table(solver, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), np.arange(30) % 2

    def fit():
        return MLPClassifier(3, solver=solver, max_iter=1, random_state=0).fit(X, y)

    start = MLPClassifier(3, solver=solver, max_iter=1, random_state=0, learning_rate_init=1e-300)
    whole, start = fit(), start.fit(X, y)
    monkeypatch.setitem(segments.NUMBERS, "biases", lambda settings, layer: Numbers(rate=0.5))
    half = fit()
    assert_array_equal(half.coefs_[0], whole.coefs_[0])
    moved, expected = (mlp.intercepts_[0] - start.intercepts_[0] for mlp in (half, whole))
    np.testing.assert_allclose(moved, expected / 2, rtol=1e-9, atol=1e-15)

"""Points of a path: from strong to weak, each but the weakest with one that it begins at."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import Lasso
from sklearn.utils._param_validation import InvalidParameterError

from skreg import MLPClassifier, MLPRegressor
from skreg.model_selection._path.grid import Grid, check_values, make_grid
from skreg.neural_network._checks import Given
from skreg.neural_network._rows import check_rows
from skreg.neural_network._settings import resolve_settings

NONE = {"l1": None, "l2": None, "dropout": None}


def make(**values):
    checked = check_values({**NONE, **values}, "adam")
    return make_grid(MLPClassifier(l1=0.5), checked, rows=None)


def test_lists_are_sorted_from_strong_to_weak_without_repetition():
    grid = make(l1=[0.0, 1, 0.1, 1.0], l2=np.array([1e-3]))
    assert grid.axes == ((1.0, 0.1, 0.0), (1e-3,), (0.0,))
    assert grid.shape == (3, 1, 1) and grid.varied == ["l1"]


def test_what_is_not_varied_is_that_of_the_network():
    assert make(dropout=3).axes == ((0.5,), (1e-4,), (0.5, 0.25, 0.0))


def test_every_point_begins_at_a_neighbor_and_all_in_the_end_at_the_weakest():
    grid = Grid(((3, 2, 1), (2, 1), (0.2, 0.0)), is_connected=True)
    for point in grid.points:
        way = grid.way_to(point)
        assert way[0] == (2, 1, 1) and way[-1] == point
        for weaker, stronger in zip(way, way[1:]):
            assert np.sum(np.subtract(weaker, stronger)) == 1
            assert grid.weaker(stronger) == weaker


def test_points_that_are_not_connected_begin_anew():
    grid = Grid(((3, 2, 1), (2, 1), (0,)), is_connected=False)
    assert all(
        grid.weaker(point) is None and grid.way_to(point) == [point] for point in grid.points
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("l1", []),
        ("l1", [-1.0]),
        ("l2", [np.inf]),
        ("l2", [np.nan]),
        ("l2", ["a"]),
        ("dropout", [1.0]),
        ("l1", [[1.0, 2.0]]),
    ],
)
def test_lists_without_sound_strengths_are_refused(name, values):
    with pytest.raises(InvalidParameterError, match=rf"{name}s must be None, a count .* got"):
        make(**{name: values})


def test_dropout_is_not_varied_where_the_solver_ignores_it():
    with pytest.raises(InvalidParameterError, match="dropouts=3 has no effect with solver='lbfgs'"):
        check_values({**NONE, "dropout": 3}, "lbfgs")


def test_the_strongest_l1_of_a_count_is_that_of_the_lasso_down_to_a_10_000th():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 4))
    y = X @ [3.0, -2.0, 0.0, 1.0]
    mlp = MLPRegressor((), target_scaling=False)
    rows = check_rows(mlp, Given(X, y), resolve_settings(mlp), None, incremental=False)
    values = make_grid(mlp, {**NONE, "l1": 5}, rows).axes[0]
    assert np.any(Lasso(values[0] * 0.9).fit(X, y).coef_)
    assert not np.any(Lasso(values[0] * 1.01).fit(X, y).coef_)
    assert_allclose(np.diff(np.log10(values)), -1, atol=1e-3)

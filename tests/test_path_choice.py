"""The point to choose: the best mean, or the strongest that is about as good."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg.model_selection._path.choice import as_column, choose, collect, tabulate
from skreg.model_selection._path.fitting import Fit
from skreg.model_selection._path.grid import Grid


def scores_of(means, spread):
    """Three folds (3, n_l1s, n_l2s, 1) with these means."""
    return (
        np.asarray(means, float)[None, ..., None]
        + spread * np.array([-1, 0, 1])[:, None, None, None]
    )


def test_the_best_mean_is_chosen_and_of_equals_the_strongest():
    assert choose(scores_of([[0.1, 0.5], [0.5, 0.2]], 0), one_standard_error=False) == (0, 1, 0)


@pytest.mark.parametrize(("spread", "chosen"), [(0.0, 2), (0.09, 2), (0.18, 1), (9.0, 0)])
def test_one_standard_error_below_is_good_enough(spread, chosen):
    scores = scores_of([[0.1], [0.5], [0.6], [0.55]], spread)  # with an error of spread / √3
    assert choose(scores, one_standard_error=True) == (chosen, 0, 0)


def test_the_strongest_l1_counts_before_the_strongest_l2():
    scores = scores_of([[0.0, 1.0], [1.0, 1.0]], 0.01)
    assert choose(scores, one_standard_error=True) == (0, 1, 0)


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_points_without_a_finite_score_in_every_fold_are_not_chosen(bad):
    scores = scores_of([[0.9], [0.5]], 0)
    scores[1, 0] = bad
    assert choose(scores, one_standard_error=True) == (1, 0, 0)
    scores[2, 1] = bad
    with pytest.raises(ValueError, match="No network has a finite score in every fold"):
        choose(scores, one_standard_error=False)


def test_a_single_fold_has_no_error():
    assert choose(scores_of([[0.1], [0.6]], 0)[:1], one_standard_error=True) == (1, 0, 0)


def test_the_table_has_a_row_per_point_in_the_order_of_the_scores():
    grid = Grid(((0.1, 0.0), (1.0,), (0.5, 0.0)), is_connected=True)
    fits = {
        (fold, point): Fit(10 * fold + 4 * point[0] + point[2], point[0], 5 + fold, None)
        for fold in range(2)
        for point in grid.points
    }
    scores = collect(fits, grid, 2, "score")
    assert_array_equal(scores[:, :, 0], [[[0, 1], [4, 5]], [[10, 11], [14, 15]]])
    table = tabulate(fits, grid, scores)
    assert {name: column.tolist() for name, column in table.items()} == {
        "l1": [0.1, 0.1, 0.0, 0.0],
        "l2": [1.0] * 4,
        "dropout": [0.5, 0.0, 0.5, 0.0],
        "mean_score": [5, 6, 9, 10],
        "std_score": [5.0] * 4,
        "sparsity": [0, 0, 1, 1],
        "n_iter": [5.5] * 4,
    }


def test_strengths_with_a_number_per_layer_are_objects():
    assert as_column([[0.1, 0.2], [0.1, 0.2]]).tolist() == [(0.1, 0.2)] * 2
    assert as_column([1, 2]).dtype == np.float64

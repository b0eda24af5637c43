"""In tables of a few different rows, a weight of 2 is the same as repeating the row."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skreg import TabularMLPClassifier, TabularMLPRegressor
from skreg._training.rows.lazy import LazyRows
from skreg.neural_network._tabular.distinct import FEWEST, merge_few
from skreg.neural_network._tabular.members import Table

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(FEWEST - 1, 3))
Y = RNG.integers(0, 3, FEWEST - 1)
WEIGHTS = RNG.integers(0, 30, FEWEST - 1)
ESTIMATORS = [TabularMLPClassifier, TabularMLPRegressor]


@pytest.mark.parametrize("outputs", [1, 2])
def test_equal_rows_become_one_of_the_sum_of_their_weights(outputs):
    y = np.column_stack([Y, -Y])[:, :outputs]
    rows = RNG.permutation(np.repeat(np.arange(FEWEST - 1), WEIGHTS))
    merged = merge_few(Table(Z[rows], y[rows], None), y[rows])
    other = merge_few(Table(Z, y, 2.0 * WEIGHTS), y)
    assert_array_equal(merged.Z, other.Z)
    assert_array_equal(merged.y, other.y)
    assert_array_equal(2 * merged.weights, other.weights)
    assert merged.n_rows == np.count_nonzero(WEIGHTS)
    assert merged.weights.sum() == WEIGHTS.sum()


def test_rows_that_differ_in_their_target_alone_are_different():
    table = Table(np.zeros((4, 1)), np.array(["a", "b", "a", "b"], object), None)
    merged = merge_few(table, np.array([0, 1, 0, 1]))
    assert merged.y.tolist() == ["a", "b"]
    assert merged.weights.tolist() == [2.0, 2.0]


def test_lazy_rows_are_made_many_at_once():
    calls = []

    def write(places, out):
        calls.append(places.size)
        out[:] = Z[places % len(Z)]

    n = 3000
    rows = LazyRows(write, np.arange(n), Z.shape[1], Z.dtype)
    merged = merge_few(Table(rows, Y[np.arange(n) % len(Z)], None), Y[np.arange(n) % len(Z)])
    assert merged.weights.tolist() == [n / len(Z)] * len(Z)
    assert len(calls) < 10


def test_tables_of_enough_different_rows_stay_as_they_are():
    table = Table(np.arange(FEWEST)[:, np.newaxis], np.zeros(FEWEST), np.arange(FEWEST) + 1.0)
    assert merge_few(table, table.y) is table
    assert merge_few(table.take(np.arange(1, FEWEST)), table.y[1:]).n_rows == FEWEST - 1


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weights_equal_repetition_to_the_last_digit_by_default(estimator):
    mlp = estimator("16", n_members=2, max_iter=20, random_state=0)
    repeated = mlp.fit(Z.repeat(WEIGHTS, axis=0), Y.repeat(WEIGHTS)).predict(Z)
    order = RNG.permutation(FEWEST - 1)
    weighted = mlp.fit(Z[order], Y[order], sample_weight=WEIGHTS[order]).predict(Z)
    assert_array_equal(weighted, repeated)
    assert mlp.oof_predictions_ is None


def test_rows_are_left_out_of_any_table_if_asked_for():
    mlp = TabularMLPRegressor("8", n_members=2, max_iter=2, validation_fraction=0.2)
    X, y = np.tile(Z, (4, 1)), np.tile(Y, 4)
    assert mlp.fit(X, y).estimators_[0].t_ == 2 * (len(y) - len(y) // 5)

"""The validation split: a plain random share of the rows, with labels in proportion."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skreg import MLPClassifier, MLPRegressor
from skreg._training.data import Data
from skreg._training.split import split_rows

N = 200
FRACTIONS = [0.01, 0.1, 0.25, 0.5, 0.9, 0.99]
parametrize_seeds = pytest.mark.parametrize("seed", range(3))
parametrize_fractions = pytest.mark.parametrize("fraction", FRACTIONS)


def make_data(n=N, *, weights=None):
    return Data(np.ones((n, 2)), np.zeros((n, 1)), weights)


@pytest.mark.parametrize("stratified", [False, True])
@parametrize_fractions
@parametrize_seeds
def test_the_share_is_exact_and_each_row_is_in_one_part(seed, fraction, stratified):
    labels = np.arange(N) % 7 if stratified else None
    training, validation = split_rows(make_data(), labels, fraction, seed)
    assert len(validation) == round(fraction * N)
    assert_array_equal(np.sort(np.r_[training, validation]), np.arange(N))
    assert_array_equal(training, np.sort(training))
    assert_array_equal(validation, np.sort(validation))


@pytest.mark.parametrize("fraction", [0.07, 0.14, 0.28, 0.56])  # times 100, these exceed integers
def test_the_share_has_no_rounding_errors(fraction):
    assert len(split_rows(make_data(100), None, fraction, 0)[1]) == round(100 * fraction)


@parametrize_fractions
def test_rows_of_weight_zero_are_in_neither_part(fraction):
    weights = (np.arange(N) % 3 > 0).astype(float)
    kept = np.flatnonzero(weights)
    labels = np.arange(N) % 5
    for own, others in [(None, None), (labels, labels[kept])]:
        parts = split_rows(make_data(weights=weights), own, fraction, 0)
        others = split_rows(make_data(kept.size), others, fraction, 0)
        for part, other in zip(parts, others):
            assert_array_equal(part, kept[other])


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
@parametrize_seeds
def test_each_label_has_its_share_in_both_parts(seed, fraction):
    labels = np.random.default_rng(seed).choice(4, N, p=[0.5, 0.3, 0.15, 0.05])
    _, validation = split_rows(make_data(), labels, fraction, seed)
    found = np.bincount(labels[validation], minlength=4)
    assert np.all(np.abs(found - fraction * np.bincount(labels)) <= 1)


@parametrize_seeds
def test_a_rare_label_is_rather_trained_on_than_validated_on(seed):
    labels = np.r_[np.zeros(N - 3), 1, 2, 2].astype(int)
    training, _ = split_rows(make_data(), labels, 0.1, seed)
    assert set(labels[training]) == {0, 1, 2}


def test_every_row_is_as_likely_as_any_other_to_be_held_out():
    labels = np.sort(np.arange(40) % 4)
    for strata in (None, labels):
        times = np.zeros(40)
        for seed in range(400):
            times[split_rows(make_data(40), strata, 0.25, seed)[1]] += 1
        assert_allclose(times, 100, atol=45)  # five standard deviations


@pytest.mark.parametrize("n", [3, 4, 7])
@parametrize_fractions
def test_two_rows_at_least_are_validated_on_and_one_is_trained_on(fraction, n):
    training, validation = split_rows(make_data(n), None, fraction, 0)
    assert len(validation) >= 2
    assert len(training) >= 1


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_rows_with_a_weight_are_refused(n):
    weights = np.r_[np.ones(n), np.zeros(5)]
    message = f"at least 3 samples of a weight above zero.*got {n} of {n + 5} samples. Pass X_val"
    with pytest.raises(ValueError, match=message):
        split_rows(make_data(n + 5, weights=weights), None, 0.5, 0)


def test_the_split_is_determined_by_the_seed():
    parts = [split_rows(make_data(), None, 0.3, seed)[1] for seed in (0, 1, 0)]
    assert_array_equal(parts[0], parts[2])
    assert len(np.intersect1d(parts[0], parts[1])) < 40


@pytest.mark.parametrize("seed", range(4))
def test_both_parts_have_the_distribution_of_all_where_rows_repeat(seed):
    """One binary feature: what early stopping learns is the share of each of its two values."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (10_000, 1)).astype(np.float32)
    y = (rng.uniform(size=10_000) < np.where(X[:, 0] > 0, 0.7, 0.2)).astype(int)
    mlp = MLPClassifier((8,), early_stopping=True, learning_rate_init=0.01, random_state=seed)
    mlp.set_params(max_iter=15, n_iter_no_change=20, scoring="loss").fit(X, y)
    assert mlp.t_ == 15 * 9000
    assert_allclose(mlp.predict_proba([[0.0], [1.0]])[:, 1], [0.2, 0.7], atol=0.03)


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.repeat([[0.0], [1.0]], 25, axis=0), np.repeat([0, 1], 25)),
        (np.eye(50)[np.arange(50) % 5], np.sort(np.arange(50) % 5)),
        (np.arange(50.0)[:, None], np.arange(50) // 25),
    ],
    ids=["two distinct rows", "one-hot cells", "sorted rows"],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_any_data_are_split_in_the_given_share(estimator, X, y):
    mlp = estimator((2,), early_stopping=True, validation_fraction=0.2, max_iter=1).fit(X, y)
    assert mlp.t_ == 40


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_fit_holds_rows_out_by_this_split(estimator, solver):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 3)), np.arange(N) % 3
    mlp = estimator((4,), solver=solver, early_stopping=True, random_state=0, max_iter=5)
    mlp.set_params(validation_fraction=0.25, scoring="loss").fit(X, y)
    labels = y if estimator is MLPClassifier else None
    seed = mlp._training_state["seed"]
    training, validation = split_rows(make_data(), labels, 0.25, seed)
    given = {"X_val": X[validation], "y_val": y[validation]}
    same = estimator(**mlp.get_params()).fit(X[training], y[training], **given)
    assert same.validation_scores_ == mlp.validation_scores_
    for mine, other in zip(same.coefs_, mlp.coefs_):
        assert_allclose(mine, other, rtol=1e-12)

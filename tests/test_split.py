"""The validation split: equal rows together, weights as repetitions, labels in proportion."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skreg import MLPClassifier, MLPRegressor
from skreg._training.data import Data
from skreg._training.split import split_rows

N = 200
SEEDS = range(5)
FRACTIONS = [0.01, 0.1, 0.25, 0.5, 0.9, 0.99]
FORMS = {"dense": np.asarray, "sparse": csr_array}
parametrize_seeds = pytest.mark.parametrize("seed", SEEDS)
parametrize_fractions = pytest.mark.parametrize("fraction", FRACTIONS)


def make_data(n_distinct, *, n=N, form="dense", weights=None):
    """Rows with numbers 0, …, n_distinct − 1 again and again, told by their features or target."""
    numbers = np.arange(n) % n_distinct
    X = np.stack([numbers // 2, np.ones(n)], axis=1)
    return Data(FORMS[form](X), (numbers % 2)[:, None].astype(float), weights)


def numbers_of(data, rows):
    dense = data.X.toarray() if hasattr(data.X, "toarray") else data.X
    return (2 * dense[rows, 0] + data.Y[rows, 0]).astype(int)


def mass(data, rows):
    return len(rows) if data.weights is None else data.weights[rows].sum()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n_distinct", [3, 4, 50, N])
@parametrize_fractions
@parametrize_seeds
def test_equal_rows_stay_together_and_each_is_in_one_part(seed, fraction, n_distinct, form):
    data = make_data(n_distinct, form=form)
    training, validation = split_rows(data, None, fraction, seed)
    assert_array_equal(np.sort(np.r_[training, validation]), np.arange(N))
    assert_array_equal(training, np.sort(training))
    assert_array_equal(validation, np.sort(validation))
    assert not set(numbers_of(data, training)) & set(numbers_of(data, validation))


@pytest.mark.parametrize("n_distinct", [3, 50, N])
@parametrize_fractions
@parametrize_seeds
def test_the_share_of_weight_held_out_is_the_fraction_but_for_one_group(seed, fraction, n_distinct):
    weights = np.random.default_rng(seed).uniform(0.1, 3, N)
    data = make_data(n_distinct, weights=weights)
    training, validation = split_rows(data, None, fraction, seed)
    per_group = np.bincount(np.arange(N) % n_distinct, weights)
    held_out = np.unique(numbers_of(data, validation))
    assert held_out.size >= 2
    assert np.unique(numbers_of(data, training)).size >= 1
    missing = mass(data, validation) - fraction * weights.sum()
    if 2 < held_out.size < n_distinct - 1:
        assert -1e-9 <= missing <= per_group[held_out].max()


@pytest.mark.parametrize(("fraction", "expected"), [(0.1, 20), (0.25, 50), (0.35, 70), (0.7, 140)])
@parametrize_seeds
def test_of_distinct_rows_as_many_are_held_out_as_the_fraction_says(seed, fraction, expected):
    assert len(split_rows(make_data(N), None, fraction, seed)[1]) == expected


@pytest.mark.parametrize("form", FORMS)
@parametrize_fractions
@parametrize_seeds
def test_weights_count_as_repetitions(seed, fraction, form):
    repeats = np.random.default_rng(seed).integers(0, 4, 60)
    once = make_data(60, n=60, form=form, weights=repeats.astype(float))
    rows = np.repeat(np.arange(60), repeats)
    repeated = Data(once.X[rows], once.Y[rows], None)
    labels = np.arange(60) % 3
    for own, others in [(None, None), (labels, labels[rows])]:
        parts = split_rows(once, own, fraction, seed)
        others = split_rows(repeated, others, fraction, seed)
        for part, other in zip(parts, others):
            assert set(numbers_of(once, part)) == set(numbers_of(repeated, other))


@parametrize_fractions
def test_rows_of_weight_zero_are_in_neither_part(fraction):
    weights = (np.arange(N) % 3 > 0).astype(float)
    training, validation = split_rows(make_data(N, weights=weights), None, fraction, 0)
    assert_array_equal(np.sort(np.r_[training, validation]), np.flatnonzero(weights))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.9])
@parametrize_seeds
def test_each_label_has_its_share_in_both_parts(seed, fraction, weighted):
    rng = np.random.default_rng(seed)
    labels = rng.choice(4, N, p=[0.5, 0.3, 0.15, 0.05])
    weights = rng.uniform(0.5, 1.5, N) if weighted else None
    data = make_data(N, weights=weights)
    _, validation = split_rows(data, labels, fraction, seed)
    for label in range(4):
        own = np.flatnonzero(labels == label)
        held_out = np.intersect1d(own, validation)
        largest = 1.0 if weights is None else weights.max()
        assert abs(mass(data, held_out) - fraction * mass(data, own)) <= largest + 1e-9


@parametrize_seeds
def test_a_rare_label_is_rather_trained_on_than_validated_on(seed):
    labels = np.r_[np.zeros(N - 3), 1, 2, 2].astype(int)
    training, _ = split_rows(make_data(N), labels, 0.1, seed)
    assert set(labels[training]) == {0, 1, 2}


@parametrize_seeds
def test_labels_that_are_all_of_their_own_are_split_as_none(seed):
    training, validation = split_rows(make_data(N), np.arange(N), 0.25, seed)
    assert (len(training), len(validation)) == (150, 50)


@pytest.mark.parametrize("n_distinct", [3, 4, 7])
@parametrize_fractions
@parametrize_seeds
def test_two_distinct_rows_at_least_are_validated_on_and_one_is_trained_on(
    seed, fraction, n_distinct
):
    data = make_data(n_distinct)
    training, validation = split_rows(data, None, fraction, seed)
    assert np.unique(numbers_of(data, validation)).size >= 2
    assert np.unique(numbers_of(data, training)).size >= 1


@pytest.mark.parametrize("n_distinct", [1, 2])
def test_fewer_than_three_distinct_rows_are_refused(n_distinct):
    message = f"at least 3 distinct samples.*got {n_distinct} of {N} samples. Pass X_val"
    with pytest.raises(ValueError, match=message):
        split_rows(make_data(n_distinct), None, 0.5, 0)


def test_distinct_rows_of_weight_zero_do_not_count():
    weights = np.r_[1.0, 1.0, np.zeros(N - 2)]
    with pytest.raises(ValueError, match="got 2 of"):
        split_rows(make_data(N, weights=weights), None, 0.5, 0)


def test_the_split_is_determined_by_the_seed():
    data = make_data(N)
    parts = [split_rows(data, None, 0.3, seed)[1] for seed in (0, 1, 0)]
    assert_array_equal(parts[0], parts[2])
    assert len(np.intersect1d(parts[0], parts[1])) < 40


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n_distinct", [9, N])
@parametrize_seeds
def test_the_order_of_rows_does_not_matter(seed, n_distinct, form):
    data, labels = make_data(n_distinct, form=form), np.arange(N) % n_distinct % 3
    order = np.random.default_rng(seed).permutation(N)
    shuffled = Data(data.X[order], data.Y[order], None)
    for own, others in [(None, None), (labels, labels[order])]:
        parts = split_rows(data, own, 0.3, seed), split_rows(shuffled, others, 0.3, seed)
        for part, other in zip(*parts):
            assert_array_equal(part, np.sort(order[other]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@parametrize_seeds
def test_sparse_rows_are_split_as_dense_ones(seed, dtype):
    rng = np.random.default_rng(seed)
    X = (rng.integers(0, 2, (N, 5)) * rng.integers(1, 3, (N, 5))).astype(dtype)
    Y = rng.integers(0, 2, (N, 1)).astype(dtype)
    explicit = csr_array(np.where(X == 0, 9, X))
    explicit.data[explicit.data == 9] = 0
    weights = rng.integers(0, 3, N).astype(dtype)
    expected = split_rows(Data(X, Y, weights), Y[:, 0], 0.3, seed)
    for given in (csr_array(X), explicit):
        for part, other in zip(split_rows(Data(given, Y, weights), Y[:, 0], 0.3, seed), expected):
            assert_array_equal(part, other)


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_fit_holds_rows_out_by_this_split(estimator, solver):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, 3)), np.arange(N) % 3
    mlp = estimator((4,), solver=solver, early_stopping=True, random_state=0, max_iter=5)
    mlp.set_params(validation_fraction=0.25, scoring="loss").fit(X, y)
    is_classifier = estimator is MLPClassifier
    Y = np.eye(3)[y] if is_classifier else y[:, None].astype(float)
    seed = mlp._training_state["seed"]
    labels = y if is_classifier else None
    training, validation = split_rows(Data(X, Y, None), labels, 0.25, seed)
    given = {"X_val": X[validation], "y_val": y[validation]}
    same = estimator(**mlp.get_params()).fit(X[training], y[training], **given)
    assert same.validation_scores_ == mlp.validation_scores_
    for mine, other in zip(same.coefs_, mlp.coefs_):
        assert_allclose(mine, other, rtol=1e-12)

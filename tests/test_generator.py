"""RowGenerator: numbers that belong to rows, with the methods of a NumPy generator."""

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import stats

from skreg._arithmetic.generator import RowGenerator
from tests import naive_images

N = 60
METHODS = {
    "random": lambda rng, size: rng.random(size),
    "random float32": lambda rng, size: rng.random(size, np.float32),
    "uniform": lambda rng, size: rng.uniform(-2.0, 5.0, size),
    "integers": lambda rng, size: rng.integers(-3, 1000, size),
    "standard_normal": lambda rng, size: rng.standard_normal(size),
    "standard_normal float32": lambda rng, size: rng.standard_normal(size, np.float32),
    "normal": lambda rng, size: rng.normal(3.0, 2.0, size),
}
PARTNERS = {
    "partners": lambda rng, size: rng.partners(size),
    "partners of the same label": lambda rng, size: rng.partners(size, keep_labels=True),
}
parametrize_methods = pytest.mark.parametrize("draw", METHODS.values(), ids=METHODS.keys())
parametrize_all = pytest.mark.parametrize(
    "draw", [*METHODS.values(), *PARTNERS.values()], ids=[*METHODS, *PARTNERS]
)


@pytest.mark.parametrize("pieces", [[60], [20, 40], [7] * 8 + [4], [1] * 60], ids=len)
@parametrize_methods
def test_rows_are_the_same_in_blocks_of_any_size(draw, pieces):
    expected = [draw(rng := RowGenerator(3, N, step=2), (N, 2)), draw(rng, None)]
    firsts = np.cumsum([0, *pieces[:-1]])
    blocks = [RowGenerator(3, n, step=2, first=first) for n, first in zip(pieces, firsts)]
    parts = [(draw(rng, (rng.n_rows, 2)), draw(rng, None)) for rng in blocks]
    for whole, part in zip(expected, zip(*parts)):
        assert_array_equal(np.concatenate(part), whole)


@pytest.mark.parametrize("changed", [{"seed": 4}, {"step": 3}, {"first": N}], ids=str)
@parametrize_all
def test_another_seed_step_or_block_draws_other_numbers(draw, changed):
    arguments = {"seed": 3, "n_rows": N, "step": 2}
    one = draw(RowGenerator(**arguments), (N, 20))
    other = draw(RowGenerator(**{**arguments, **changed}), (N, 20))
    assert np.mean(one == other) < 0.1


@parametrize_all
def test_each_call_draws_other_numbers_and_the_same_again_from_the_start(draw):
    calls = [draw(rng := RowGenerator(0, N), (N, 20)), draw(rng, (N, 20)), draw(rng, (N, 20))]
    for i, one in enumerate(calls):
        for other in calls[:i]:
            assert np.mean(one == other) < 0.1
    assert_array_equal(draw(RowGenerator(0, N), (N, 20)), calls[0])


def test_the_first_call_draws_the_first_stream_above_those_of_layers():
    rng, rows = RowGenerator(5, 4, step=9, first=30), np.arange(30, 34)
    for stream in (2**31 + 1, 2**31 + 2):
        words = naive_images.draw_words(5, 9, stream, rows, 3)
        assert_array_equal(rng.random((4, 3)), words / 2.0**32)


@parametrize_all
@pytest.mark.parametrize("size", [None, N, (N,), (N, 1), (N, 2, 3), [N, 4], (N, 0)], ids=str)
def test_arrays_have_the_size_that_was_asked_for(draw, size):
    expected = (N,) if size is None else tuple(np.atleast_1d(size))
    assert draw(RowGenerator(0, N), size).shape == expected


@parametrize_all
@pytest.mark.parametrize("size", [N - 1, (N + 1,), (2, N), 1], ids=str)
def test_a_size_that_does_not_start_with_the_number_of_rows_is_an_error(draw, size):
    message = f"size must be None or start with the number of rows, {N}, got {size}"
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(RowGenerator(0, N), size)


def test_dtypes_are_those_asked_for():
    rng = RowGenerator(0, N)
    for dtype in (np.float32, np.float64):
        assert rng.random(None, dtype).dtype == dtype
        assert rng.standard_normal(None, dtype).dtype == dtype
    assert rng.random().dtype == rng.uniform().dtype == rng.normal().dtype == np.float64
    assert rng.integers(4).dtype == rng.partners().dtype == np.int64


def test_uniform_and_normal_are_scaled_and_shifted():
    assert_array_equal(RowGenerator(1, N).uniform(-2, 5), -2 + 7 * RowGenerator(1, N).random())
    assert_array_equal(
        RowGenerator(1, N).normal(3, 2), 3 + 2 * RowGenerator(1, N).standard_normal()
    )


@pytest.mark.parametrize("ends, expected", [((5,), range(5)), ((-3, 4), range(-3, 4))], ids=str)
def test_integers_cover_their_range_evenly(ends, expected):
    values, counts = np.unique(
        RowGenerator(0, 500).integers(*ends, size=(500, 20)), return_counts=True
    )
    assert_array_equal(values, expected)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_range_of_one_integer_has_no_other():
    assert_array_equal(RowGenerator(0, N).integers(7, 8), np.full(N, 7))


@pytest.mark.parametrize("batch_size", [1, 7, 20, N, 1000])
def test_partners_are_of_the_same_mini_batch_and_reach_all_of_it(batch_size):
    partners = RowGenerator(0, N, batch_size=batch_size).partners((N, 1500))
    for i, drawn in enumerate(partners):
        start = i // batch_size * batch_size
        assert_array_equal(np.unique(drawn), np.arange(start, min(start + batch_size, N)))


@pytest.mark.parametrize("labels", [np.arange(N) * 7 % 4, np.arange(N) // 50, np.zeros(N)])
def test_partners_that_keep_labels_have_the_same_label_in_any_batch(labels):
    partners = RowGenerator(0, N, batch_size=7, labels=labels).partners((N, 800), keep_labels=True)
    for i, drawn in enumerate(partners):
        assert_array_equal(np.unique(drawn), np.flatnonzero(labels == labels[i]))


def test_labels_that_need_not_be_kept_change_nothing():
    plain = RowGenerator(0, N, batch_size=7).partners((N, 9))
    labels = np.arange(N) % 3
    assert_array_equal(RowGenerator(0, N, batch_size=7, labels=labels).partners((N, 9)), plain)
    kept = RowGenerator(0, N, batch_size=7).partners((N, 9), keep_labels=True)
    assert_array_equal(kept, plain)


def test_partners_are_drawn_in_proportion_to_the_weights_of_their_batch():
    weights = np.tile([0, 1, 2, 3], 2).astype(np.float32)
    weights[4:] = [0, 9, 0, 3]
    partners = RowGenerator(0, 8, batch_size=4, weights=weights).partners((8, 4000))
    for batch in (slice(0, 4), slice(4, 8)):
        counts = np.bincount(partners[batch].ravel(), minlength=8)[batch]
        drawn = weights[batch] > 0
        assert_array_equal(counts[~drawn], 0)
        shares = weights[batch][drawn] / weights[batch].sum()
        assert stats.chisquare(counts[drawn], shares * counts.sum()).pvalue > 1e-3


def test_weights_are_those_of_rows_also_where_labels_are_kept():
    labels, weights = np.array([1, 0, 1, 0, 2, 1]), np.array([1, 0, 0, 0, 5, 3])
    rng = RowGenerator(0, 6, labels=labels, weights=weights)
    partners = rng.partners((6, 400), keep_labels=True)
    for i in (0, 2, 5):
        assert_array_equal(np.unique(partners[i]), [0, 5])
    assert_array_equal(partners[[1, 3, 4]], np.repeat([[1], [3], [4]], 400, axis=1))


def test_batches_without_weight_keep_their_own_rows():
    weights = np.where(np.arange(N) < 20, 0.0, 1.0)
    partners = RowGenerator(0, N, batch_size=20, weights=weights).partners((N, 50))
    assert_array_equal(partners[:20], np.arange(20)[:, None].repeat(50, axis=1))
    assert np.mean(partners[20:] == np.arange(20, N)[:, None]) < 0.1


def test_equal_weights_give_exactly_what_no_weights_give():
    plain = RowGenerator(0, N, batch_size=7).partners((N, 50))
    equal = RowGenerator(0, N, batch_size=7, weights=np.full(N, 0.7)).partners((N, 50))
    assert_array_equal(equal, plain)


def test_probability_zero_keeps_all_rows():
    partners = RowGenerator(0, N).partners((N, 20), probability=0)
    assert_array_equal(partners, np.arange(N)[:, None].repeat(20, axis=1))


def test_rows_are_replaced_with_the_probability_given():
    partners = RowGenerator(0, 500).partners((500, 40), probability=0.3)
    replaced = np.count_nonzero(partners != np.arange(500)[:, None])
    assert stats.binomtest(replaced, partners.size, 0.3 * (1 - 1 / 500)).pvalue > 1e-3


def test_numbers_of_numpy_are_seeds_like_any_other():
    expected = RowGenerator(3, 4, step=1, first=2).random()
    numbers = [convert(n) for convert in (np.uint32, np.int64) for n in (3, 4, 1, 2)]
    for seed, n_rows, step, first in (numbers[:4], numbers[4:]):
        assert_array_equal(RowGenerator(seed, n_rows, step=step, first=first).random(), expected)


def test_weights_may_have_any_layout():
    weights = np.arange(12.0)[::3]
    weights.flags.writeable = False
    drawn = RowGenerator(0, 4, weights=weights).partners()
    assert_array_equal(drawn, RowGenerator(0, 4, weights=list(weights)).partners())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RowGenerator(-1, 4), "seed must be at least 0, got -1"),
        (lambda: RowGenerator(0, 4).random(dtype=np.float16), "dtype must be float32 or float64"),
        (lambda: RowGenerator(0, 4).random(()), "size must be None or start with"),
        (lambda: RowGenerator(0, 4).integers(0), "low must be less than high, got 0 and 0"),
        (lambda: RowGenerator(0, 4).integers(2, 1), "low must be less than high, got 2 and 1"),
    ],
    ids=["seed", "dtype", "size", "zero", "reversed"],
)
def test_what_cannot_be_drawn_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

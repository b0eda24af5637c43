"""The parts of a search for tables: which candidates go on, what fits, what is drawn, who votes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import uniform
from sklearn.metrics import accuracy_score, get_scorer, log_loss

from skreg import MLPClassifier, TabularMLPClassifierCV, TabularMLPRegressorCV
from skreg.model_selection._tabular.candidates import (
    Candidate,
    Entry,
    EpochRungs,
    FoldRungs,
    choose_to_promote,
)
from skreg.model_selection._tabular.judge import Judge
from skreg.model_selection._tabular.pace import Pace, work_of
from skreg.model_selection._tabular.results import results_of
from skreg.model_selection._tabular.space import SPACE, draw, make_space, params_of_network
from skreg.model_selection._tabular.votes import choose_votes
from skreg.neural_network._tabular.members import Split, Table
from skreg.neural_network._tabular.plan import LARGE, make_plan
from skreg.neural_network._temperature import apply_temperature, find_temperature

RNG = np.random.default_rng(0)
ESTIMATORS = [TabularMLPClassifierCV, TabularMLPRegressorCV]


def candidate(number=0, history=(), n_splits=1, **known):
    empty = {name: [None] * n_splits for name in ("networks", "predictions", "scores")}
    network = {"max_iter": 4, "hidden_layer_sizes": "3"}
    seeds = list(range(n_splits))
    return Candidate(number, {}, network, 16, seeds, **{**empty, **known}, history=[*history])


def numbers(candidates):
    return [each.number for each in candidates]


def test_the_best_third_of_a_rung_goes_on_and_the_highest_rung_first():
    some = [candidate(i, [score]) for i, score in enumerate([3, 1, 4, 2, 5, 0, 6, 7, 8])]
    assert numbers(choose_to_promote(some, 3)) == [8, 7, 6]
    some[6].history.append(9)
    assert numbers(choose_to_promote(some, 3)) == [8, 7]
    for each in some[7:]:
        each.history.append(8)
    assert numbers(choose_to_promote(some, 3)) == [6]
    assert choose_to_promote(some, 2) == [] == choose_to_promote([candidate()], 3)


def test_candidates_that_failed_do_not_go_on():
    some = [candidate(i, [score]) for i, score in enumerate([-np.inf, -np.inf, -1.0] * 2)]
    assert numbers(choose_to_promote(some, 2)) == [2, 5]
    assert choose_to_promote(some[:2] * 3, 2) == []


def test_a_rung_of_epochs_begins_where_the_last_one_ended_and_is_longer():
    rungs, one = EpochRungs(), candidate()
    X, y = RNG.normal(size=(20, 2)), np.arange(20) % 2
    ((_, split, network),) = rungs.tasks(one, MLPClassifier)
    assert (split, network.max_iter, network.random_state) == (0, 4, 0)
    one.networks, one.history = [network.fit(X, y)], [0.0]
    ((_, _, longer),) = rungs.tasks(one, MLPClassifier)
    assert longer.max_iter == 8 and longer.learning_rate_init == network.learning_rate_init
    assert_array_equal(longer.coefs_[0], network.coefs_[0])


def test_rungs_of_folds_train_what_is_missing():
    rungs, one = FoldRungs(5), candidate(n_splits=5)
    one.networks[1] = "known"
    tasks = rungs.tasks(one, MLPClassifier)
    assert [(task.split, task.network.random_state) for task in tasks] == [(0, 0)]
    one.history = [0.0]
    assert [task.split for task in rungs.tasks(one, MLPClassifier)] == [2, 3, 4]


def test_the_pace_tells_what_fits():
    pace = Pace(n_threads=2)
    pace.learn(seconds=3.0, work=6.0)
    assert pace.predict([2.0, 4.0, 2.0]) == 2.0  # 1 and 1 in one thread, 2 in the other
    assert pace.predict([]) == 0.0
    pieces = [[2.0], [4.0, 4.0], [2.0]]
    chosen = [pace.choose_fitting(pieces, seconds) for seconds in (0.5, 1.0, 3.0)]
    assert chosen == [[], [0, 2], [0, 1, 2]]


def test_work_grows_with_epochs_rows_and_units():
    small, large = MLPClassifier("8-8"), MLPClassifier("512-512")
    assert work_of(small, 2, 10) < work_of(large, 2, 10)
    assert work_of(small, 2, 20) == work_of(small, 4, 10) == 2 * work_of(small, 2, 10)


def test_those_that_lower_the_loss_of_the_mean_have_the_votes():
    y, offsets = RNG.normal(size=9), [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, -5.0]
    entries = [Entry(i, [], 16, [y + offset], -i) for i, offset in enumerate(offsets)]
    judge = Judge(TabularMLPRegressorCV(), Table(None, y, None), [Split(None, np.arange(9))])
    votes = choose_votes(entries, judge, seed=0)
    assert votes.sum() == 10 * 13 and votes[6] > 10
    assert abs(np.average(offsets, weights=votes)) < 0.3


def test_what_the_defaults_leave_open_is_searched():
    plan = make_plan(TabularMLPClassifierCV(), 5000)
    space = make_space(TabularMLPClassifierCV(), plan, 5000)
    assert space.keys() == SPACE.keys() and space["batch_size"] == [64, 128, 128, 256]
    fixed = make_space(TabularMLPClassifierCV(n_bins=8, dropout=[0.1, 0.2]), plan, 5000)
    assert fixed.keys() == SPACE.keys() - {"n_bins", "dropout", "hidden_layer_sizes"}
    assert "label_smoothing" not in make_space(TabularMLPRegressorCV(), plan, 5000)
    assert "n_bins" not in make_space(TabularMLPClassifierCV(), plan, LARGE)
    small = make_plan(TabularMLPClassifierCV(), 500)
    sizes = make_space(TabularMLPClassifierCV(), small, 500)["hidden_layer_sizes"]
    assert "128-128-128" in sizes and "256-256" in sizes and "512-512" not in sizes
    tiny = plan._replace(batch_size="auto")
    assert "batch_size" not in make_space(TabularMLPClassifierCV(), tiny, 50)
    own = {"dropout": [0.1]}
    assert make_space(TabularMLPClassifierCV(param_distributions=own), plan, 5000) == own


def test_what_is_drawn_is_for_networks_of_every_depth():
    rng = np.random.RandomState(0)
    shared = {"hidden_layer_sizes": "4-4", "l2": [1.0, 0.1, 0.1], "dropout": 0.2}
    for _ in range(5):
        drawn = draw({**SPACE, "dropout": uniform(0, 0.5)}, rng)
        params = params_of_network(shared, 1.0, drawn)
        assert len(params["l2"]) == len(drawn["hidden_layer_sizes"].split("-")) + 1
        assert params["l2"][0] == drawn["l2"] and "n_bins" not in params
    assert params_of_network(shared, 1.0, {})["l2"] == [1.0, 0.1, 0.1]


@pytest.mark.parametrize("weights", [None, np.arange(30.0)])
def test_candidates_are_judged_by_the_loss_at_the_temperature_that_suits_them(weights):
    y, splits = (
        np.arange(30) % 2,
        [Split(np.arange(0), part) for part in np.split(np.arange(30), 2)],
    )
    estimator = TabularMLPClassifierCV()
    estimator.classes_ = np.arange(2)
    proba = RNG.dirichlet([0.3, 0.3], 30)
    judge = Judge(estimator, Table(None, y, weights), splits)
    softened = apply_temperature(proba, find_temperature(np.log(proba), y, weights))
    scores = judge.score(np.split(proba, 2))
    for score, (_, rows) in zip(scores, splits):
        of_rows = None if weights is None else weights[rows]
        expected = -log_loss(y[rows], softened[rows], sample_weight=of_rows)
        assert_allclose(score, expected, rtol=1e-4)
    assert judge.score([proba[:15], None])[1] is None
    rows = np.arange(5, 20)
    of_rows = None if weights is None else weights[rows]
    expected = log_loss(y[rows], proba[rows], sample_weight=of_rows)
    assert_allclose(judge.loss_on(rows)(proba[rows]), expected, rtol=1e-5)
    halves = list(judge.halve(RNG, 3, 8))
    assert [half.size for half in halves] == [8] * 3 and len(np.unique(halves)) > 8


@pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss", get_scorer("roc_auc")])
def test_candidates_are_judged_by_any_scorer(scoring):
    y, weights = np.array(["a", "b"] * 15), np.arange(30.0)
    estimator = TabularMLPClassifierCV(scoring=scoring, calibration=None)
    estimator.classes_ = np.unique(y)
    proba, split = RNG.dirichlet([1, 1], 30), Split(np.arange(0), np.arange(30))
    (score,) = Judge(estimator, Table(None, y, weights), [split]).score([proba])
    assert 0 < abs(score) < 2
    if scoring == "accuracy":
        predicted = estimator.classes_[proba.argmax(axis=1)]
        assert score == accuracy_score(y, predicted, sample_weight=weights)


def test_results_have_a_row_for_each_candidate():
    one = candidate(0, [-2.0], 2, scores=[-1.0, -3.0], n_epochs=3)
    two = candidate(1, [-1.0], 2, scores=[-1.0, None])
    results = results_of([replace(one, params={"dropout": 0.1}), two], {0: 0.25})
    assert results["params"] == [{"dropout": 0.1}, {}]
    assert results["param_dropout"].tolist() == [0.1, None]
    assert_array_equal(results["mean_test_score"], [-2.0, -1.0])
    assert_array_equal(results["split1_test_score"], [-3.0, np.nan])
    assert_array_equal(results["rank_test_score"], [2, 1])
    assert_array_equal(results["vote"], [0.25, 0.0])
    assert_array_equal(results["n_epochs"], [3, 0])

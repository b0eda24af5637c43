"""The searches for tables: defaults, further candidates, halving, votes, and limits of time."""

import pickle
import signal
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg import (
    TabularMLPClassifier,
    TabularMLPClassifierCV,
    TabularMLPRegressor,
    TabularMLPRegressorCV,
)
from skreg.model_selection._tabular import base, search

RNG = np.random.default_rng(0)
N = 160
FRAME = pd.DataFrame(
    {
        "size": np.where(RNG.random(N) < 0.1, np.nan, RNG.lognormal(10, 2, N)),
        "rooms": RNG.integers(1, 6, N),
        "kind": pd.Categorical(RNG.choice(["flat", "house", None], N)),
        "lift": RNG.random(N) < 0.5,
    }
)
PRICE = 1e5 * (FRAME["rooms"] + 2 * FRAME["lift"]).to_numpy(float)
SOLD = np.where(FRAME["lift"] & (FRAME["rooms"] > 2), "yes", "no")
SEARCHES = {
    TabularMLPClassifierCV: TabularMLPClassifier,
    TabularMLPRegressorCV: TabularMLPRegressor,
}
FOR_EACH = pytest.mark.parametrize("estimator", SEARCHES)
WAYS = pytest.mark.parametrize("how", [{"validation_fraction": 0.25}, {"n_members": "auto"}])


def make(estimator, **params):
    small = {"hidden_layer_sizes": "16", "n_members": 2, "max_iter": 4, "random_state": 0}
    limits = {"time_limit": None, "max_candidates": 4} if estimator in SEARCHES else {}
    return estimator(**{**small, **limits, **params})


def targets(estimator):
    return SOLD if estimator in (TabularMLPClassifierCV, TabularMLPClassifier) else PRICE


def outputs(fitted, X=FRAME):
    return getattr(fitted, "predict_proba", fitted.predict)(X)


@parametrize_with_checks([make(estimator, max_candidates=2, max_iter=20) for estimator in SEARCHES])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@WAYS
@FOR_EACH
def test_results_do_not_depend_on_threads(estimator, how):
    y = targets(estimator)
    one, two = (make(estimator, n_jobs=n, **how).fit(FRAME, y) for n in (1, 2))
    assert_array_equal(outputs(one), outputs(two))
    assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])
    assert one.best_params_ == two.best_params_


@WAYS
@FOR_EACH
def test_the_networks_of_the_defaults_come_first(estimator, how):
    fitted = make(estimator, max_candidates=0, warm_start=True, **how).fit(
        FRAME, targets(estimator)
    )
    defaults = make(SEARCHES[estimator], **how).fit(FRAME, targets(estimator))
    networks = [n for c in fitted._progress.candidates for n in c.networks]
    networks += [n for e in fitted._progress.entries for n in e.networks]
    for member in defaults.estimators_:
        assert any(
            np.array_equal(member.coefs_[0], network.coefs_[0])
            for network in networks
            if network is not None
        )


@FOR_EACH
def test_predictions_are_votes_of_networks_each_with_its_encoder(estimator, monkeypatch):
    monkeypatch.setattr(base, "choose_votes", lambda entries, *_: np.arange(1, len(entries) + 1))
    space = {"n_bins": [2, 5], "dropout": uniform(0, 0.4)}
    plain = {TabularMLPClassifierCV: "calibration", TabularMLPRegressorCV: "clip_predictions"}
    how = {plain[estimator]: None if estimator is TabularMLPClassifierCV else False}
    fitted = make(estimator, param_distributions=space, validation_fraction=0.25, **how)
    fitted.fit(FRAME, targets(estimator))
    assert len({encoder.n_bins for encoder in fitted.encoders_}) > 1
    assert fitted.feature_importances_.shape == (FRAME.shape[1],)
    assert fitted.feature_importances_.sum() == pytest.approx(1)
    networks = zip(fitted.estimators_, fitted.encoders_, strict=True)
    said = [outputs(network, encoder.transform(FRAME)) for network, encoder in networks]
    expected = np.tensordot(fitted.votes_, said, axes=1)
    assert fitted.votes_.sum() == pytest.approx(1)
    assert_allclose(outputs(fitted), expected, rtol=1e-4)


@FOR_EACH
def test_results_list_the_defaults_and_each_candidate(estimator):
    fitted = make(estimator, max_candidates=5, validation_fraction=0.25)
    fitted.fit(FRAME, targets(estimator))
    results = fitted.cv_results_
    assert all(len(column) == 7 for column in results.values())
    assert results["mean_test_score"].max() == fitted.best_score_
    assert results["params"][fitted.best_index_] is fitted.best_params_
    assert results["rank_test_score"][fitted.best_index_] == 1
    assert results["vote"].sum() == pytest.approx(1)
    assert set(results["n_epochs"][results["rung"] == 0]) == {4}
    assert set(results["n_epochs"][results["rung"] == 1]) == {4 + 8}
    dropouts = results["param_dropout"]
    assert dropouts[0] == 0.2 and len(set(dropouts)) == 7


def test_small_tables_leave_every_row_out_once():
    fitted = make(TabularMLPClassifierCV, n_members="auto", max_iter=20).fit(FRAME, SOLD)
    assert log_loss(SOLD, fitted.oof_predictions_) < 0.5
    assert len(fitted.estimators_) % 8 == 0 and fitted.doubt_ == 1 / (N + 1)
    drawn = slice(4, None)
    complete = fitted.cv_results_["rung"][drawn] == 1
    assert 0 < complete.sum() < len(complete)
    assert_array_equal(np.isnan(fitted.cv_results_["split7_test_score"][drawn]), ~complete)


@FOR_EACH
def test_what_was_set_is_not_searched(estimator):
    fitted = make(estimator, max_candidates=2, dropout=0.1, n_bins=7).fit(FRAME, targets(estimator))
    assert {"hidden_layer_sizes", "dropout", "n_bins"}.isdisjoint(fitted.best_params_)
    assert {encoder.n_bins for encoder in fitted.encoders_} == {7}


def test_linear_models_are_searched_too():
    fitted = make(TabularMLPRegressorCV, hidden_layer_sizes="linear", max_candidates=1)
    assert len(fitted.fit(FRAME, PRICE).cv_results_["params"]) == 3


def test_scoring_chooses():
    fitted = make(
        TabularMLPClassifierCV,
        n_members=1,
        scoring="accuracy",
        validation_fraction=0.25,
        finish_on_all_rows=False,
        max_candidates=0,
    ).fit(FRAME, SOLD)
    assert fitted.best_score_ in np.arange(41) / 40
    absolute = make(TabularMLPRegressorCV, scoring="neg_mean_absolute_error", max_iter=2)
    assert absolute.fit(FRAME, PRICE).best_score_ < -1000


def test_scoring_chooses_where_networks_do_not_stop_early():
    how = {"validation_fraction": 0.25, "early_stopping": False, "max_candidates": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        make(TabularMLPClassifierCV, scoring="neg_log_loss", **how).fit(FRAME, SOLD)


def test_groups_and_classes_count():
    groups = np.arange(N) // 10
    how = {"validation_fraction": GroupKFold(3), "class_weight": "balanced", "max_candidates": 1}
    fitted = make(TabularMLPClassifierCV, max_iter=20, **how)
    fitted.fit(FRAME, SOLD, sample_weight=np.arange(N) % 3, groups=groups)
    mean = fitted.predict_proba(FRAME)[:, 1].mean()
    assert mean > np.mean(SOLD == "yes") + 0.05
    assert len(fitted.estimators_) % 3 == 0


@FOR_EACH
def test_a_search_goes_on_as_in_one_go(estimator):
    y, how = targets(estimator), {"validation_fraction": 0.25, "warm_start": True}
    once = make(estimator, max_candidates=8, **how).fit(FRAME, y)
    twice = pickle.loads(pickle.dumps(make(estimator, **how).fit(FRAME, y)))
    first = twice.cv_results_["params"]
    twice.set_params(max_candidates=8).fit(FRAME, y)
    assert twice.cv_results_["params"][: len(first)] == first
    assert_array_equal(outputs(twice), outputs(once))
    with pytest.raises(ValueError, match="y is not the same"):
        twice.fit(FRAME, y[::-1])
    assert_array_equal(outputs(twice), outputs(once))


@FOR_EACH
def test_a_search_goes_on_for_another_while(estimator):
    how = {"time_limit": 60, "warm_start": True, "validation_fraction": 0.25}
    fitted = make(estimator, max_candidates=0, **how).fit(FRAME, targets(estimator))
    fitted.set_params(max_candidates=1, finish_on_all_rows=True).fit(FRAME, targets(estimator))
    assert len(fitted.cv_results_["params"]) == 3


@FOR_EACH
def test_a_limit_of_time_is_kept(estimator):
    start = time.perf_counter()
    fitted = make(estimator, time_limit=0.6, max_candidates=None, verbose=True)
    fitted.fit(FRAME, targets(estimator))
    assert time.perf_counter() - start < 10  # even if others keep the machine busy
    assert len(fitted.cv_results_["params"]) >= 1


@WAYS
@FOR_EACH
def test_there_is_a_model_however_short_the_time(estimator, how):
    fitted = make(estimator, time_limit=1e-6, max_candidates=None, **how)
    fitted.fit(FRAME, targets(estimator))
    assert np.isfinite(fitted.best_score_) and np.isfinite(outputs(fitted)).all()


@WAYS
@FOR_EACH
def test_what_was_found_before_an_interruption_is_kept(estimator, how, monkeypatch):
    handler, n_calls = signal.getsignal(signal.SIGINT), [0]
    real = search.train_members

    def train_members(*arguments, **named):
        n_calls[0] += 1
        if n_calls[0] == 2:
            signal.raise_signal(signal.SIGINT)
        return real(*arguments, **named)

    monkeypatch.setattr(search, "train_members", train_members)
    try:
        fitted = make(estimator, **how)
        with pytest.warns(ConvergenceWarning, match="Search interrupted by user"):
            fitted.fit(FRAME, targets(estimator))
    finally:
        signal.signal(signal.SIGINT, handler)
    assert n_calls[0] == 2 and np.isfinite(outputs(fitted)).all()


@WAYS
@FOR_EACH
def test_candidates_that_fail_end_nothing(estimator, how, monkeypatch):
    n_calls, real = [0], search.train_members

    def train_members(*arguments, **named):
        n_calls[0] += 1
        if n_calls[0] <= 2:  # a batch, and its first candidate by itself
            raise MemoryError("no room")
        return real(*arguments, **named)

    monkeypatch.setattr(search, "train_members", train_members)
    with pytest.warns(FitFailedWarning, match=r"^1 of \d+ configurations failed.*no room"):
        fitted = make(estimator, max_candidates=8, **how).fit(FRAME, targets(estimator))
    assert n_calls[0] > 1 and np.isfinite(outputs(fitted)).all()
    assert np.isfinite(fitted.best_score_)
    assert len(fitted.cv_results_["rung"]) >= 2 + 8


@WAYS
def test_a_search_whose_candidates_all_fail_ends_with_one_warning(how):
    space = {"hidden_layer_sizes": ["4-4"]}  # for which there are not as many rates below
    limits = {"time_limit": 60, "max_candidates": None, "param_distributions": space}
    with pytest.warns(FitFailedWarning, match=r"ended early.*'4-4'.*dropout") as caught:
        fitted = make(TabularMLPClassifierCV, dropout=[0.1], **limits, **how).fit(FRAME, SOLD)
    assert len([each for each in caught if each.category is FitFailedWarning]) == 1
    assert np.isfinite(fitted.best_score_)


def test_a_candidate_that_fails_takes_no_other_one_with_it():
    space = {"hidden_layer_sizes": ["4-4", "4"]}
    with pytest.warns(FitFailedWarning):
        fitted = make(TabularMLPClassifierCV, dropout=[0.1], param_distributions=space).fit(
            FRAME, SOLD
        )
    results = fitted.cv_results_
    sizes = [params["hidden_layer_sizes"] for params in results["params"]]
    is_good = np.isfinite(results["mean_test_score"]).tolist()
    assert set(sizes) == {"16", "4", "4-4"}
    assert is_good == [size != "4-4" for size in sizes]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"time_limit": 0}, "time_limit"),
        ({"time_limit": -1.0}, "time_limit"),
        ({"max_candidates": -1}, "max_candidates"),
        ({"time_limit": None, "max_candidates": None}, "must not both be None"),
        ({"param_distributions": {}}, "an empty dict"),
        ({"param_distributions": {"layers": [1]}}, "param_distributions.*'layers'"),
        ({"param_distributions": {"random_state": [1]}}, "'random_state'"),
        ({"param_distributions": {"dropout": []}}, r"param_distributions\['dropout'\]"),
        ({"param_distributions": {"dropout": [0.1, 2.0]}}, r"param_distributions\['dropout'\]"),
        ({"param_distributions": {"n_bins": [1]}}, r"param_distributions\['n_bins'\]"),
        ({"param_distributions": {"l2": 0.1}}, r"param_distributions\['l2'\]"),
    ],
)
@FOR_EACH
def test_bad_limits_and_spaces_are_refused_before_anything_else(estimator, params, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make(estimator, **params).fit("no table", None)


def test_tables_of_few_different_rows_are_fitted_by_the_defaults():
    X, y = [[0.0], [1.0]] * 20, [0, 1] * 20
    fitted = make(TabularMLPClassifierCV, max_iter=100).fit(X, y)
    assert fitted.score(X, y) == 1 and np.isnan(fitted.best_score_)


def test_searches_are_estimators_like_others():
    model = make_pipeline(make(TabularMLPRegressorCV, max_candidates=1))
    grid = {"tabularmlpregressorcv__max_iter": [1, 2]}
    found = GridSearchCV(model, grid, cv=KFold(2)).fit(FRAME, PRICE).best_estimator_
    copied = pickle.loads(pickle.dumps(found))
    assert_array_equal(copied.predict(FRAME), found.predict(FRAME))
    assert clone(found).get_params().keys() == found.get_params().keys()

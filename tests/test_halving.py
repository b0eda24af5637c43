"""EpochHalvingSearchCV: the candidates that it keeps go on, and end as in one fit."""

import pickle
import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy.stats import loguniform, randint, uniform
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    ParameterSampler,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPClassifierCV
from skreg._training.stochastic import Epoch
from skreg.augmentation import GaussianNoise
from skreg.model_selection import EpochHalvingSearchCV, MLPClassifierCV
from skreg.model_selection._halving_candidates import Candidate
from skreg.model_selection._halving_plan import make_plan
from skreg.model_selection._halving_rungs import Rung

try:
    from sklearn import callback as callbacks
except ImportError:
    callbacks = None

X, Y = make_classification(90, 5, n_informative=4, n_redundant=0, random_state=0)
X_REG, Y_REG = make_regression(90, 5, noise=1.0, random_state=0)
NET = MLPClassifier((4,), max_iter=9, learning_rate="cosine", batch_size=30, random_state=0)
SPACE = {"learning_rate_init": loguniform(1e-3, 1e-1), "l2": loguniform(1e-5, 1e-1)}


def make(estimator=NET, space=None, **params):
    small = {"n_candidates": 9, "cv": 2, "random_state": 0, "error_score": "raise"}
    return EpochHalvingSearchCV(estimator, SPACE if space is None else space, **{**small, **params})


def scores_by_params(search, rung=-1):
    """Mean score of each candidate of a rung, by its parameters."""
    results = search.cv_results_
    places = np.flatnonzero(results["n_resources"] == search.n_resources_[rung])
    return {str(results["params"][i]): results["mean_test_score"][i] for i in places}


def assert_same_search(one, other):
    assert one.cv_results_.keys() == other.cv_results_.keys()
    for key in one.cv_results_:
        if "time" not in key:
            np.testing.assert_array_equal(one.cv_results_[key], other.cv_results_[key], key)
    assert one.best_params_ == other.best_params_


def pipeline_of(network, **steps):
    return Pipeline([("scale", StandardScaler()), *steps.items(), ("net", network)])


REG = MLPRegressor((4,), max_iter=9, learning_rate="flat_cosine", random_state=0)
TABULAR = {"hidden_layer_sizes": (4,), "n_members": 2, "validation_fraction": 0.2}
SUBJECTS = {
    "network": (NET, ""),
    "early stopping": (clone(NET).set_params(early_stopping=True, n_iter_no_change=2), ""),
    "lbfgs": (clone(NET).set_params(solver="lbfgs"), ""),
    "pipeline": (pipeline_of(NET), "net__"),
    "augmenter": (pipeline_of(NET, noise=GaussianNoise(0.3, random_state=0)), "net__"),
    "target": (
        TransformedTargetRegressor(pipeline_of(REG), transformer=StandardScaler()),
        "regressor__net__",
    ),
    "bagging": (BaggingClassifier(NET, n_estimators=2, random_state=0), "estimator__"),
    "tabular": (TabularMLPClassifier(max_iter=9, random_state=0, **TABULAR), ""),
}


@pytest.mark.filterwarnings("ignore:Without effect")
@pytest.mark.parametrize("name", SUBJECTS)
def test_the_last_networks_are_those_of_plain_fits(name):
    estimator, prefix = SUBJECTS[name]
    X_, y = (X_REG, Y_REG) if name == "target" else (X, Y)
    space = {f"{prefix}l2": loguniform(1e-5, 1e-1), f"{prefix}learning_rate_init": [0.01, 0.03]}
    search = make(estimator, space).fit(X_, y)
    assert search.n_candidates_ == [9, 3, 1] and search.n_resources_ == [1, 3, 9]
    whole = clone(estimator).set_params(**search.best_params_)
    assert search.best_score_ == cross_val_score(whole, X_, y, cv=2).mean()
    np.testing.assert_array_equal(search.predict(X_), whole.fit(X_, y).predict(X_))


def test_networks_go_on_from_where_they_stopped(monkeypatch):
    epochs = []

    class Counting(MLPClassifier):
        def fit(self, X, y):
            super().fit(X, y)
            epochs.append(len(self.loss_curve_))
            return self

    run = Epoch.run
    trained = []
    monkeypatch.setattr(Epoch, "run", lambda *args: trained.append(1) or run(*args))
    make(Counting(**NET.get_params()), refit=False).fit(X, Y)
    assert epochs == [1] * 18 + [3] * 6 + [9] * 2
    assert len(trained) == 2 * (9 * 1 + 3 * 2 + 1 * 6)


def test_candidates_are_those_of_a_random_search_and_the_best_go_on():
    search = make(scoring="neg_log_loss", return_train_score=True).fit(X, Y)
    drawn = list(ParameterSampler(SPACE, 9, random_state=0))
    assert search.cv_results_["params"][:9] == drawn
    for rung in 0, 1:
        scores, kept = scores_by_params(search, rung), scores_by_params(search, rung + 1)
        assert min(scores[key] for key in kept) >= max(
            v for k, v in scores.items() if k not in kept
        )
    assert search.best_index_ == 12
    assert (search.cv_results_["mean_train_score"] < 0).all()


def test_all_candidates_of_one_rung_are_those_of_a_random_search():
    space = {"l2": [1e-4, 1e-2], "dropout": [0.0, 0.5]}
    search = make(space=space, min_resources=9, aggressive_elimination=False).fit(X, Y)
    other = RandomizedSearchCV(NET, space, n_iter=4, cv=2, random_state=0).fit(X, Y)
    assert search.n_candidates_ == [4] and search.n_resources_ == [9]
    for key in "mean_test_score", "rank_test_score", "params":
        np.testing.assert_array_equal(search.cv_results_[key], other.cv_results_[key])


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_results_do_not_depend_on_n_jobs_or_backend(backend):
    estimator = pipeline_of(clone(NET).set_params(random_state=None))
    space = {f"net__{name}": values for name, values in SPACE.items()}
    one = make(estimator, space).fit(X, Y)
    with parallel_config(backend, n_jobs=2):
        other = make(estimator, space).fit(X, Y)
    assert_same_search(one, other)


def test_random_states_of_none_are_the_same_in_all_stages():
    noise = GaussianNoise(1.0)
    estimator = pipeline_of(clone(NET).set_params(random_state=None, tol=0), noise=noise)
    curves = {}

    def keep_curve(fitted, X, y):
        curves.setdefault(fitted[-1].l2, []).append(fitted[-1].loss_curve_)
        return 0.0

    space = {"net__l2": uniform(0, 1e-3)}
    make(estimator, space, scoring=keep_curve, refit=False).fit(X, Y)
    of_best = curves[max(curves, key=lambda l2: len(curves[l2]))]
    for fold in 0, 1:
        for curve in of_best[fold::2]:
            assert curve == of_best[-2 + fold][: len(curve)]


def test_max_resources_becomes_max_iter():
    space = {f"net__{name}": values for name, values in SPACE.items()}
    search = make(pipeline_of(NET), space, max_resources=6, n_candidates=3).fit(X, Y)
    assert search.n_resources_ == [2, 6]
    assert search.best_estimator_[-1].max_iter == search.best_estimator_[-1].n_iter_ == 6
    assert search.estimator[-1].max_iter == NET.max_iter == 9
    whole = pipeline_of(clone(NET).set_params(max_iter=6)).set_params(**search.best_params_)
    assert search.best_score_ == cross_val_score(whole, X, Y, cv=2).mean()


def test_epochs_of_auto_are_those_of_the_table():
    search = make(
        TabularMLPClassifier(random_state=0, early_stopping=False, **TABULAR),
        {"l2": [1e-4, 1e-3]},
        scoring=lambda estimator, X, y: -len(estimator.estimators_[0].loss_curve_),
    ).fit(X, Y)
    assert search.max_resources_ == search.n_resources_[-1] == search.best_estimator_.n_iter_ == 256
    assert search.best_score_ == -256


@pytest.mark.parametrize(
    ("params", "n_candidates", "n_epochs"),
    [
        ({"n_candidates": 27, "max_resources": 200}, [27, 9, 3, 1], [7, 22, 66, 200]),
        ({"n_candidates": 3, "min_resources": 2}, [3, 1], [2, 9]),
        ({"n_candidates": 10, "min_resources": 3}, [10, 4], [3, 9]),
        ({"min_resources": 3, "aggressive_elimination": True}, [9, 3, 1], [3, 3, 9]),
        ({"n_candidates": "exhaust", "min_resources": 2, "factor": 2}, [4, 2, 1], [2, 4, 9]),
        ({"min_resources": "smallest", "factor": 2.5}, [9, 4, 2], [1, 2, 9]),
        ({"n_candidates": 1}, [1], [9]),
        ({"n_candidates": 9, "max_resources": 1}, [9], [1]),
    ],
)
def test_rungs(params, n_candidates, n_epochs):
    search = make(refit=False, **params).fit(X, Y)
    assert (search.n_candidates_, search.n_resources_) == (n_candidates, n_epochs)
    assert search.n_iterations_ == len(n_epochs) <= search.n_required_iterations_
    assert search.min_resources_ == n_epochs[0] or len(n_epochs) == 1


def test_networks_of_candidates_that_drop_out_are_forgotten():
    candidates = [Candidate({}, NET, {}, {}, ["state"]) for _ in range(4)]
    rung = Rung(candidates, 1, [{"test_scores": score} for score in (0.1, np.nan, 0.3, 0.3)])
    assert rung.keep_best(2) == candidates[2:]
    assert [len(candidate.ends) for candidate in candidates] == [0, 0, 1, 1]


def test_many_candidates_have_no_rung_less_by_rounding():
    for k in range(1, 12):
        plan = make_plan(3**k, "exhaust", 3**k, 3, aggressive=False)
        assert plan.n_epochs == [3**i for i in range(k + 1)]
        assert plan.n_candidates == [3**i for i in reversed(range(k + 1))]


def test_lists_act_as_a_grid():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = make(space={"l2": [1e-4, 1e-3], "dropout": [0.0, 0.3]}, n_candidates=99).fit(X, Y)
    assert search.n_candidates_[0] == 4
    assert len({str(params) for params in search.cv_results_["params"]}) == 4


def test_a_space_may_be_a_list_of_dicts():
    space = [{"solver": ["adam"], "l2": uniform(0, 1e-3)}, {"solver": ["sgd"], "dropout": [0, 0.1]}]
    search = make(space=space).fit(X, Y)
    frame = pd.DataFrame(search.cv_results_)
    assert frame[frame.param_solver == "sgd"].param_l2.isna().all()
    assert frame[frame.param_solver == "adam"].param_dropout.isna().all()
    assert frame.iter.tolist() == [0] * 9 + [1] * 3 + [2]
    assert frame.n_resources.tolist() == [1] * 9 + [3] * 3 + [9]


def test_results_have_the_form_of_scikit_learns():
    pytest.importorskip("sklearn.experimental.enable_halving_search_cv")
    from sklearn.model_selection import HalvingRandomSearchCV

    how = {"cv": 3, "n_candidates": 3, "random_state": 0, "return_train_score": True}
    small = clone(NET).set_params(batch_size=10)
    theirs = HalvingRandomSearchCV(small, SPACE, min_resources=30, **how).fit(X, Y)
    ours = make(**how).fit(X, Y)
    shapes = [
        {
            key: (np.shape(values), type(values), getattr(values, "dtype", None))
            for key, values in each
        }
        for each in (theirs.cv_results_.items(), ours.cv_results_.items())
    ]
    assert shapes[0] == shapes[1]
    missing = {name for name in vars(theirs) if name.endswith("_")} - vars(ours).keys()
    assert missing == set()


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"space": {}}, ValueError, "at least one parameter"),
        ({"space": []}, ValueError, "at least one parameter"),
        ({"space": [{"l2": [0.1]}, {}]}, ValueError, "at least one parameter"),
        ({"space": {"l2": 0.1}}, TypeError, "'l2'"),
        ({"space": {"l2": []}}, ValueError, "no value for 'l2'"),
        ({"space": {"nothing": [1]}}, ValueError, "Invalid parameter 'nothing'"),
        ({"space": {"max_iter": [1, 2]}}, ValueError, "Set max_resources instead"),
        ({"n_candidates": 0}, ValueError, "n_candidates"),
        ({"factor": 1}, ValueError, "factor"),
        ({"min_resources": 10}, ValueError, "at most max_resources, 9 epochs, got 10"),
        ({"min_resources": 0}, ValueError, "min_resources"),
        ({"n_candidates": "exhaust"}, ValueError, "cannot both be 'exhaust'"),
        ({"estimator": LogisticRegression(), "space": {"C": [1]}}, ValueError, "network of skreg"),
        ({"estimator": TabularMLPClassifier(time_limit=1)}, ValueError, "time_limit must be None"),
        ({"estimator": MLPClassifierCV(4)}, ValueError, "Search with MLPClassifier instead"),
        (
            {"estimator": TabularMLPClassifierCV(time_limit=None, max_candidates=1)},
            ValueError,
            "Search with TabularMLPClassifier instead",
        ),
        ({"scoring": ["accuracy", "f1"]}, ValueError, "scoring"),
        ({"scoring": lambda *_: {"a": 1.0, "b": 2.0}}, ValueError, r"one metric.*\['a', 'b'\]"),
        ({"cv": 91}, ValueError, "n_splits=91"),
        ({"cv": []}, ValueError, "at least one split"),
        ({"cv": [(np.flatnonzero(Y), np.arange(5))]}, ValueError, "rows of the class 0"),
    ],
)
def test_bad_input_is_refused_before_anything_changes(params, error, message):
    search = make(**params)
    with pytest.raises(error, match=message):
        search.fit(X, Y)
    assert not [name for name in vars(search) if name.endswith("_")]


def test_a_candidate_without_a_network_is_refused():
    space = {"net": [NET, LogisticRegression()]}
    with pytest.raises(ValueError, match="network of skreg"):
        make(pipeline_of(NET), space).fit(X, Y)


def test_networks_that_cannot_be_stopped_are_refused():
    bagging = BaggingClassifier(NET, n_estimators=2, n_jobs=2)
    with parallel_config("threading"), pytest.raises(ValueError, match="trains no network in the"):
        make(bagging, {"estimator__l2": [0.1, 0.2]}).fit(X, Y)


class Failing(TransformerMixin, BaseEstimator):
    def __init__(self, fails=False):
        self.fails = fails

    def fit(self, X, y=None):
        if self.fails:
            raise ValueError("no way")
        return self

    def transform(self, X):
        return X


def test_failed_candidates_are_dropped_first():
    estimator = Pipeline([("may fail", Failing()), ("net", NET)])
    space = {"may fail__fails": [False, True], "net__l2": [1e-4, 1e-3, 1e-2]}
    with pytest.warns(FitFailedWarning, match="no way"), pytest.warns(UserWarning, match="finite"):
        search = make(estimator, space, error_score=np.nan).fit(X, Y)
    assert search.n_candidates_ == [6, 2]
    assert not any(params["may fail__fails"] for params in search.cv_results_["params"][6:])
    ranks = search.cv_results_["rank_test_score"]
    assert (ranks[np.isnan(search.cv_results_["mean_test_score"])] == ranks.max()).all()
    with pytest.raises(ValueError, match="no way"):
        make(estimator, space).fit(X, Y)
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        make(estimator, {"may fail__fails": [True]}, error_score=np.nan).fit(X, Y)


@pytest.mark.parametrize("rung", [0, 1])
def test_an_interrupted_search_keeps_the_best_so_far(rung):
    def interrupt(estimator, X, y):
        if len(estimator.loss_curve_) == (1, 3)[rung]:
            signal.raise_signal(signal.SIGINT)
        return estimator.score(X, y)

    search = make(scoring=interrupt)
    if rung == 0:
        with pytest.raises(KeyboardInterrupt):
            search.fit(X, Y)
        assert not hasattr(search, "cv_results_")
        return
    with pytest.warns(ConvergenceWarning, match="after 1 of 3 rungs"):
        search.fit(X, Y)
    assert search.n_candidates_ == [9] and search.best_score_ == max(
        scores_by_params(search).values()
    )
    assert search.best_estimator_.n_iter_ == 9


def test_groups_weights_and_metadata_reach_where_they_belong():
    groups = np.arange(90) % 3
    for cv in GroupKFold(2), LeaveOneGroupOut():
        with pytest.raises(ValueError, match="groups"):
            make(cv=cv).fit(X, Y)
        make(cv=cv).fit(X, Y, groups=groups)
    weights = np.where(np.arange(90) % 2, 1.0, 0.0)
    with config_context(enable_metadata_routing=True):
        net = clone(NET).set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        weighted = make(net, cv=KFold(2)).fit(X, Y, sample_weight=weights)
    plain = make(cv=KFold(2)).fit(X, Y, sample_weight=weights)
    assert weighted.best_params_ == plain.best_params_
    whole = clone(NET).set_params(**plain.best_params_).fit(X, Y, weights)
    np.testing.assert_array_equal(whole.predict_proba(X), plain.predict_proba(X))
    np.testing.assert_array_equal(whole.predict_proba(X), weighted.predict_proba(X))


@pytest.mark.parametrize("cv", [ShuffleSplit(2), StratifiedKFold(2, shuffle=True)])
def test_folds_are_drawn_once(cv):
    epochs = {}

    def keep_rows(estimator, X, y):
        epochs.setdefault(X.tobytes(), set()).add(len(estimator.loss_curve_))
        return 0.0

    make(cv=cv, scoring=keep_rows, refit=False).fit(X, Y)
    assert list(epochs.values()) == [{1, 3, 9}] * 2


def test_progress_is_printed(capsys):
    search = make(verbose=1, refit=False).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"Rung 3 of 3: 1 candidates, epoch 9, best score {search.best_score_:.4g}"
    assert len(lines) == 3


def test_it_is_a_search_of_scikit_learn_in_other_ways():
    frame = pd.DataFrame(X, columns=list("abcde"))
    search = make().fit(frame, Y)
    assert search.n_features_in_ == 5 and list(search.feature_names_in_) == list("abcde")
    assert search.classes_.tolist() == [0, 1]
    assert search.score(frame, Y) == (search.predict(frame) == Y).mean()
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict_proba(frame), search.predict_proba(frame))
    assert clone(search).get_params().keys() == search.get_params().keys()
    assert not hasattr(make(refit=False).fit(X, Y), "best_estimator_")


@pytest.mark.skipif(callbacks is None, reason="scikit-learn has no callbacks")
def test_callbacks_see_all_fits_and_end_the_search():
    calls = []

    class Recorder:
        def setup(self, estimator, context):
            calls.append(("setup", context.task_name))

        def teardown(self, estimator, context):
            calls.append(("teardown", context.task_name))

        def on_fit_task_begin(self, estimator, context):
            calls.append(("begin", context.task_name))

        def on_fit_task_end(self, estimator, context):
            calls.append(("end", context.task_name))
            return context.task_name == "candidates" and estimator.n_candidates_ == [9, 3]

    search = make().set_callbacks(Recorder()).fit(X, Y)
    assert search.n_candidates_ == [9, 3]
    for name in {name for _, name in calls}:
        assert calls.count(("begin", name)) == calls.count(("end", name)) or name == "fit"
    assert calls.count(("begin", "candidate-split-evaluation")) == 24
    assert calls[0] == ("setup", "fit") and calls[-1] == ("teardown", "fit")
    assert calls.count(("begin", "refit-with-best-params")) == 1


@pytest.mark.skipif(callbacks is None, reason="scikit-learn has no callbacks")
def test_a_progress_bar_of_scikit_learn_works(capsys):
    pytest.importorskip("rich")
    make().set_callbacks(callbacks.ProgressBar()).fit(X, Y)
    assert "EpochHalvingSearchCV" in capsys.readouterr().out


def test_integers_are_drawn_too():
    search = make(space={"warmup": randint(0, 3)}, n_candidates=3).fit(X, Y)
    assert search.n_candidates_ == [3, 1]

"""BayesSearchCV: what it mends of skopt's, and that all else stays skopt's."""

import pickle
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pytest
import skopt
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold, ShuffleSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from skopt.space import Categorical, Real

from skreg import MLPClassifier, TabularMLPClassifier
from skreg._training import stochastic
from skreg.model_selection import BayesSearchCV
from skreg.model_selection._bayes_subspaces import Subspace

try:
    from sklearn import callback as callbacks
except ImportError:
    callbacks = None

X, Y = make_classification(60, 5, random_state=0)


class Toy(ClassifierMixin, BaseEstimator):
    """Scores what it is told; fails or is interrupted where it is told."""

    n_fits, interrupted_at, first_rows = 0, None, ()

    def __init__(self, a=0.0, b=0.0, kind="good"):
        self.a, self.b, self.kind = a, b, kind

    def fit(self, X, y, sample_weight=None):
        Toy.n_fits += 1
        Toy.first_rows += (X[0, 0],)
        if Toy.n_fits == Toy.interrupted_at:
            raise KeyboardInterrupt
        if self.kind == "bad":
            raise RuntimeError("this one fails")
        self.classes_ = np.unique(y)
        self.sample_weight_ = sample_weight
        return self

    def predict(self, X):
        return np.zeros(len(X), int)

    def score(self, X, y, sample_weight=None):
        Toy.weights_of_scores = sample_weight
        return float(1 - (self.a - 0.3) ** 2 + (0.1 if self.kind == "best" else 0))


@pytest.fixture(autouse=True)
def _reset():
    Toy.n_fits, Toy.interrupted_at, Toy.first_rows = 0, None, ()


SPACE = {"a": Real(0.0, 1.0), "b": (0.0, 1.0)}
QUICK = {"n_initial_points": 3, "base_estimator": "ET", "acq_optimizer_kwargs": {"n_points": 50}}
FAILING = {"a": (0.0, 1.0), "kind": ["good", "bad"]}


def make(spaces=SPACE, estimator=None, **params):
    params = {"n_iter": 4, "cv": 2, "random_state": 0, "optimizer_kwargs": QUICK, **params}
    return BayesSearchCV(Toy() if estimator is None else estimator, spaces, **params)


def params_of(search):
    return search.cv_results_["params"]


CATEGORIES = {
    "tuples": [(8,), (8, 4)],
    "three tuples": [(8,), (4,), (2,)],
    "lists": [[0.1], [0.2]],
    "dicts": [{0: 1.0}, {0: 2.0}, None],
    "none": [None, 5],
    "numbers and texts": [0.5, "auto", 1],
    "equal numbers": [1, True, 1.0],
    "arrays": [np.zeros(2), np.ones(2)],
    "pipelines": [make_pipeline(StandardScaler()), make_pipeline(MinMaxScaler(), Toy())],
    "of skopt": Categorical([(8,), None, "8-4"], prior=[0.2, 0.3, 0.5]),
}


@pytest.mark.parametrize("values", CATEGORIES.values(), ids=CATEGORIES)
def test_categories_reach_the_estimator_unchanged(values):
    search = make({"a": (0.0, 1.0), "b": values}, n_iter=5).fit(X, Y)
    given = list(getattr(values, "categories", values))
    tried = [params["b"] for params in params_of(search)]
    assert {id(value) for value in tried if not isinstance(value, float)} <= {
        id(value) for value in given
    }
    assert {type(value) for value in tried} <= {type(value) for value in given}
    assert len({str(value) for value in tried}) > 1
    assert len(search.cv_results_["param_b"]) == 5
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert pickle.loads(pickle.dumps(search)).best_index_ == search.best_index_


def test_networks_take_layers_penalties_and_class_weights_from_categories():
    spaces = {
        "hidden_layer_sizes": [(4,), (4, 3)],
        "l1": [(0.0, 0.01), (0.01, 0.0)],
        "class_weight": [None, "balanced", {0: 2.0, 1: 1.0}],
    }
    fixed = {"hidden_layer_sizes": [(4,)], "l1": [(0.0, 0.01), 0.1]}
    mlp = MLPClassifier(max_iter=2, random_state=0)
    search = make([{**spaces, "hidden_layer_sizes": [(4,), (3,)]}, fixed], mlp, n_iter=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.l1 == search.best_params_["l1"]


@pytest.mark.parametrize("n_points", [1, 3])
def test_candidates_are_those_of_skopt(n_points):
    spaces = {"a": (0.0, 1.0), "b": Real(1e-3, 1, "log-uniform"), "kind": ["good", "best", "x"]}
    options = {"n_initial_points": 3, "acq_optimizer_kwargs": {"n_points": 50}}
    params = {"n_iter": 5, "cv": 2, "random_state": 0, "n_points": n_points}
    params["optimizer_kwargs"] = options
    theirs = skopt.BayesSearchCV(Toy(), spaces, return_train_score=True, **params).fit(X, Y)
    ours = make(spaces, return_train_score=True, **params).fit(X, Y)
    assert params_of(ours) == params_of(theirs)
    assert set(ours.cv_results_) == set(theirs.cv_results_)
    assert_array_equal(ours.optimizer_results_[0].func_vals, theirs.optimizer_results_[0].func_vals)
    assert ours.optimizer_results_[0].x == theirs.optimizer_results_[0].x
    assert_array_equal(ours.cv_results_["rank_train_score"], theirs.cv_results_["rank_train_score"])


def test_results_do_not_depend_on_the_number_of_jobs():
    searches = [make(FAILING, n_iter=6, n_jobs=n_jobs, n_points=2) for n_jobs in (1, 2)]
    with joblib.parallel_config("threading"), pytest.warns(FitFailedWarning):
        one, two = (search.fit(X, Y) for search in searches)
    assert params_of(one) == params_of(two)
    assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])


def test_the_spaces_of_the_user_stay_as_they_are():
    space = {"a": Real(0.0, 1.0), "b": Categorical(["x", "y"])}
    before = {name: dict(vars(dimension)) for name, dimension in space.items()}
    make(space).fit(X, Y)
    assert {name: dict(vars(dimension)) for name, dimension in space.items()} == before


@pytest.mark.parametrize(
    ("scoring", "refit"),
    [(None, True), (["accuracy", "f1"], "f1"), (lambda e, X, y: {"n": 0, "m": e.a}, "m")],
    ids=["one", "several", "callable"],
)
def test_failed_candidates_are_recorded_and_never_chosen(scoring, refit):
    search = make(FAILING, n_iter=8, scoring=scoring, refit=refit, return_train_score=True)
    with pytest.warns(FitFailedWarning, match="this one fails"):
        search.fit(X, Y)
    has_failed = np.array([params["kind"] == "bad" for params in params_of(search)])
    assert 0 < has_failed.sum() < 8 and len(has_failed) == 8
    name = "score" if refit is True else refit
    assert_array_equal(np.isnan(search.cv_results_[f"mean_test_{name}"]), has_failed)
    assert_array_equal(np.isnan(search.cv_results_[f"mean_train_{name}"]), has_failed)
    assert search.best_params_["kind"] == "good"
    assert np.isfinite(search.optimizer_results_[0].func_vals).all()
    assert len(search.optimizer_results_[0].x_iters) == 8


def test_failures_count_as_the_worst_of_all_scores_also_of_later_ones():
    subspace = Subspace(["a"], skopt.Optimizer([(0.0, 1.0)], random_state=0, **QUICK))
    for score in (0.9, np.nan, 0.5, 0.7, np.inf, 0.1):
        subspace.tell(subspace.ask(1), [score])
    assert_array_equal(subspace.result.func_vals, [-0.9, -0.1, -0.5, -0.7, -0.1, -0.1])


def test_where_the_last_candidates_fail_the_results_have_them():
    spaces = [({"a": (0.0, 1.0)}, 1), ({"kind": ["bad"]}, 2)]
    with pytest.warns(UserWarning, match="2 of 3 candidates have no finite score"):
        search = make(spaces).fit(X, Y)
    assert len(search.cv_results_["mean_test_score"]) == 3
    assert search.optimizer_results_[1] is None


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_number_as_error_score_is_the_score():
    search = make(FAILING, error_score=-1.0).fit(X, Y)
    bad = [params["kind"] == "bad" for params in params_of(search)]
    assert_array_equal(search.cv_results_["mean_test_score"][bad], -1)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_if_all_candidates_fail_the_error_is_that_of_scikit_learn():
    search = make().fit(X, Y)
    before = dict(vars(search))
    search.set_params(search_spaces={"kind": ["bad"], "a": (0.0, 1.0)})
    with pytest.raises(ValueError, match="(?s)^\nAll the 8 fits failed.*this one fails"):
        search.fit(X, Y)
    assert {**vars(search), "search_spaces": None} == {**before, "search_spaces": None}
    with pytest.raises(RuntimeError, match="this one fails"):
        search.set_params(error_score="raise").fit(X, Y)


def test_numbers_of_numpy_and_generators_are_accepted():
    params = {"n_iter": np.int64(3), "n_points": np.int32(2)}
    one, two = (make(random_state=np.random.default_rng(0), **params).fit(X, Y) for _ in range(2))
    assert params_of(one) == params_of(two) and len(params_of(one)) == 3
    other = make(random_state=np.random.default_rng(1), **params).fit(X, Y)
    assert params_of(one) != params_of(other)


def test_a_callable_refit_chooses_from_the_results():
    search = make(refit=lambda results: int(np.argmin(results["mean_test_score"]))).fit(X, Y)
    assert search.best_index_ == np.argmin(search.cv_results_["mean_test_score"])
    assert search.best_params_ == params_of(search)[search.best_index_]
    assert search.best_estimator_.a == search.best_params_["a"]
    assert not hasattr(search, "best_score_")


def test_without_refit_the_first_of_several_metrics_guides():
    search = make(scoring=["f1", "accuracy"], refit=False).fit(X, Y)
    f1 = search.cv_results_["mean_test_f1"]
    assert_array_equal(search.optimizer_results_[0].func_vals, -f1)
    assert not hasattr(search, "best_index_")
    with pytest.raises(ValueError, match="refit"):
        make(scoring=["f1", "accuracy"]).fit(X, Y)


def test_spaces_take_turns_and_have_their_own_numbers():
    spaces = [{"a": (0.0, 1.0)}, ({"kind": ["good", "best"]}, 2), ({"b": (0.0, 1.0)}, np.int64(1))]
    search = make(spaces, n_iter=3)
    assert search.total_iterations == 6
    assert [*map(min, params_of(search.fit(X, Y)))] == ["a", "kind", "b", "a", "kind", "a"]
    assert search.cv_results_["param_a"].mask.tolist() == [False, True, True, False, True, False]
    assert make(n_iter=5).total_iterations == 5


@pytest.mark.parametrize("routing", [False, True])
def test_metadata_reaches_fit_score_and_splitter(routing):
    weights, groups = np.arange(60.0), np.repeat(range(6), 10)
    toy = Toy()
    with config_context(enable_metadata_routing=routing):
        if routing:
            toy.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
            make(estimator=toy).fit(X, Y)  # nothing to route is no error
        search = make(estimator=toy, cv=GroupKFold(3)).fit(
            X, Y, sample_weight=weights, groups=groups
        )
    assert_array_equal(search.best_estimator_.sample_weight_, weights)
    assert search.n_splits_ == 3
    if routing:
        assert len(Toy.weights_of_scores) == 20


def test_fit_params_of_the_constructor_are_passed():
    weights = np.arange(60.0)
    search = make(fit_params={"sample_weight": weights}).fit(X, Y)
    assert_array_equal(search.best_estimator_.sample_weight_, weights)


def test_a_time_limit_ends_the_search_after_one_candidate_at_least():
    assert len(params_of(make(time_limit=1e-9).fit(X, Y))) == 1
    assert len(params_of(make(time_limit=1e9).fit(X, Y))) == 4


TWO = [SPACE, {"a": (0.0, 1.0), "kind": ["best", "good"]}]


def test_a_search_that_is_continued_is_as_one_that_never_ended():
    whole = make(TWO, n_iter=6).fit(X, Y)
    search = make(TWO, n_iter=4, warm_start=True).fit(X, Y)
    search = pickle.loads(pickle.dumps(search)).set_params(n_iter=6).fit(X, Y)
    assert params_of(search) == params_of(whole)
    assert search.best_index_ == whole.best_index_
    assert_array_equal(search.cv_results_["rank_test_score"], whole.cv_results_["rank_test_score"])


@pytest.mark.parametrize("seed", [None, np.random.RandomState(0)], ids=["None", "RandomState"])
def test_all_candidates_have_the_same_folds(seed):
    cv = ShuffleSplit(2, train_size=0.5, random_state=seed)
    search = make(cv=cv, n_iter=3, warm_start=True, refit=False).fit(X, Y)
    pickle.loads(pickle.dumps(search)).set_params(n_iter=5).fit(X, Y)
    assert len(Toy.first_rows) == 10 and len(set(Toy.first_rows)) == 2
    assert cv.random_state is seed


def test_a_pickled_search_goes_on_in_another_process(tmp_path):
    logistic = LogisticRegression()
    space = {"C": (1e-3, 1e2, "log-uniform"), "class_weight": [None, {0: 1.0, 1: 2.0}]}
    whole = make(space, logistic, n_iter=4).fit(X, Y)
    joblib.dump((make(space, logistic, n_iter=3).fit(X, Y), X, Y), tmp_path / "search")
    program = (
        "import sys, joblib, skreg.model_selection\n"
        "assert 'skopt' not in sys.modules\n"
        "search, X, y = joblib.load('search')\n"
        "search.set_params(n_iter=4, warm_start=True).fit(X, y)\n"
        "joblib.dump(search, 'search')\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert params_of(joblib.load(tmp_path / "search")) == params_of(whole)


def test_without_more_candidates_nothing_is_done():
    search = make(warm_start=True).fit(X, Y)
    before = search.best_estimator_
    with pytest.warns(UserWarning, match="tries no more"):
        search.fit(X, Y)
    assert search.best_estimator_ is before
    assert len(params_of(search.set_params(warm_start=False).fit(X, Y))) == 4


@pytest.mark.parametrize(
    "changed",
    [{"search_spaces": {"a": (0.0, 2.0)}}, {"scoring": "f1"}, {"cv": 3}],
    ids=lambda changed: next(iter(changed)),
)
def test_other_settings_do_not_continue_a_search(changed):
    search = make(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=f"warm_start=True.*{next(iter(changed))}"):
        search.set_params(n_iter=6, **changed).fit(X, Y)
    assert len(params_of(search)) == 4


def test_an_interrupted_search_keeps_the_best_and_goes_on():
    whole = make(TWO, n_iter=3).fit(X, Y)
    Toy.n_fits, Toy.interrupted_at = 0, 6
    with pytest.warns(ConvergenceWarning, match="interrupted by user after 2 candidates"):
        search = make(TWO, n_iter=3, warm_start=True).fit(X, Y)
    assert params_of(search) == params_of(whole)[:2]
    assert search.predict(X).shape == Y.shape
    assert params_of(search.fit(X, Y)) == params_of(whole)


def test_interrupted_before_the_first_score_the_search_stays_as_it_was():
    search = make().fit(X, Y)
    before = dict(vars(search))
    Toy.interrupted_at = Toy.n_fits + 2
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert vars(search) == before


@pytest.mark.parametrize("solver", ["adam", "tabular"])
def test_an_interrupted_network_ends_the_search(monkeypatch, solver):
    calls, rate = [], stochastic.learning_rate

    def interrupt(*args):
        calls.append(args)
        if len(calls) == 50:
            raise KeyboardInterrupt
        return rate(*args)

    params = {"max_iter": 10, "random_state": 0}
    if solver == "tabular":
        mlp = TabularMLPClassifier(n_members=1, time_limit=None, n_jobs=1, **params)
    else:
        mlp = MLPClassifier((4,), solver=solver, n_iter_no_change=99, **params)
    monkeypatch.setattr(stochastic, "learning_rate", interrupt)
    with pytest.warns(ConvergenceWarning, match="Search interrupted by user"):
        search = make({"learning_rate_init": (1e-3, 1e-2)}, mlp, n_iter=9).fit(X, Y)
    assert 0 < len(params_of(search)) <= 2


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"search_spaces": {}}, ValueError, "empty dict"),
        ({"search_spaces": []}, ValueError, "empty list"),
        ({"search_spaces": {"a": []}}, ValueError, "no value for the parameter 'a'"),
        ({"search_spaces": ["a"]}, TypeError, "'a'"),
        ({"search_spaces": [(SPACE, 0)]}, ValueError, "at least 1, got 0"),
        ({"search_spaces": {"c": (0, 1)}}, ValueError, "Invalid parameter 'c'"),
        ({"n_iter": 0}, ValueError, "n_iter"),
        ({"n_iter": 2.5}, ValueError, "n_iter"),
        ({"n_points": 0}, ValueError, "n_points"),
        ({"time_limit": 0}, ValueError, "time_limit"),
        ({"random_state": "x"}, ValueError, "random_state"),
    ],
    ids=str,
)
def test_bad_input_is_refused_before_any_fit(params, error, match):
    search = make()
    with pytest.raises(error, match=match):
        search.set_params(**params).fit(X, Y)
    assert Toy.n_fits == 0


def test_names_are_checked_with_each_category_above_them():
    pipeline = Pipeline([("last", Toy())])
    space = {"last": [Toy(), LogisticRegression()], "last__a": (0.0, 1.0)}
    with pytest.raises(ValueError, match="Invalid parameter 'a' for estimator Logistic"):
        make(space, pipeline).fit(X, Y)
    spaces = [{**space, "last": [Toy()]}, {"last": [LogisticRegression()], "last__C": (0.1, 1.0)}]
    assert len(params_of(make(spaces, pipeline, n_iter=1).fit(X, Y))) == 2


def test_progress_is_printed(capsys):
    search = make(verbose=1).fit(X, Y)
    lines = [line for line in capsys.readouterr().out.splitlines() if line[:9] == "Candidate"]
    assert [line.split(":")[0] for line in lines] == [f"Candidate {k + 1} of 4" for k in range(4)]
    assert f"best {search.best_score_:.4g} (candidate {search.best_index_ + 1})" in lines[-1]


def test_callbacks_of_skopt_see_scores_and_end_a_space():
    seen = []
    search = make(TWO).fit(
        X, Y, callback=lambda result: bool(seen.append(result.fun)) or len(seen) > 2
    )
    assert len(params_of(search)) == 4
    assert min(seen) == -search.best_score_


@pytest.mark.skipif(callbacks is None, reason="scikit-learn has no callbacks")
def test_callbacks_of_scikit_learn_see_the_best_so_far_and_end_the_search():
    calls, best = [], []

    class Recorder:
        def setup(self, estimator, context):
            calls.append(("setup", context.task_name))

        def teardown(self, estimator, context):
            calls.append(("teardown", context.task_name))

        def on_fit_task_begin(self, estimator, context):
            calls.append(("begin", context.task_name))

        def on_fit_task_end(self, estimator, context):
            calls.append(("end", context.task_name))
            if context.task_name == "candidates":
                best.append(estimator.best_score_)
                return len(best) == 3

    search = make().set_callbacks(Recorder()).fit(X, Y)
    assert best == sorted(best) and best[-1] == search.best_score_
    assert len(params_of(search)) == len(best) == 3
    for name in {name for _, name in calls} - {"fit"}:
        assert calls.count(("begin", name)) == calls.count(("end", name)) > 0
    assert calls[0] == ("setup", "fit") and calls[-1] == ("teardown", "fit")


def test_it_is_a_search_of_scikit_learn_in_other_ways():
    search = make(estimator=LogisticRegression(), spaces={"C": (0.1, 1.0)}, n_iter=2)
    assert isinstance(search, skopt.BayesSearchCV)
    copy = clone(search)
    assert copy.get_params().keys() == search.get_params().keys()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        search.fit(X, Y)
    assert search.score(X, Y) == accuracy_score(Y, search.predict(X))
    assert search.n_features_in_ == 5 and search.classes_.tolist() == [0, 1]
    assert f1_score(Y, copy.set_params(scoring="f1").fit(X, Y).predict(X)) == copy.score(X, Y)

"""Pictures of searches: each candidate at its place, those that failed and the best marked."""

import sys

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import loguniform, uniform
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV

from skreg import MLPClassifier
from skreg.inspection import SearchDisplay
from tests.augmenters import documented, parameters

matplotlib.use("agg")
pyplot = pytest.importorskip("matplotlib.pyplot")

X, Y = make_classification(60, 4, flip_y=0.3, random_state=0)
SGD = SGDClassifier(random_state=0)
GRID = {"alpha": [1e-5, 1e-3, 1e-1], "penalty": ["l2", None], "eta0": [1.0]}
SEARCH = GridSearchCV(SGD, GRID, cv=2).fit(X, Y)
show = SearchDisplay.from_estimator


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def fake(params, scores=None, names=None, **kwargs):
    """A display of candidates that were never fitted."""
    scores = np.arange(len(params)) if scores is None else scores
    names = names or tuple(params[0])
    return SearchDisplay(params, scores, names=names, **kwargs).plot()


def test_two_parameters_are_axes_and_the_score_is_the_color():
    display = show(SEARCH)
    ax = display.ax_
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("alpha", "penalty")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    scores = SEARCH.cv_results_["mean_test_score"]
    assert_array_equal(display.points_.get_array(), np.sort(scores))
    ticks = [label.get_text() for label in ax.get_yticklabels()]
    places = {
        (x, ticks[int(y)], score)
        for (x, y), score in zip(display.points_.get_offsets(), display.points_.get_array())
    }
    assert places == {
        (p["alpha"], str(p["penalty"]), score)
        for p, score in zip(SEARCH.cv_results_["params"], scores)
    }
    assert display.colorbar_.ax.get_ylabel() == "score"
    assert display.failed_ is None and display.errorbar_ is None


def test_one_parameter_is_shown_with_scores_and_their_deviations():
    display = show(SEARCH, "alpha")
    offsets = np.asarray(display.points_.get_offsets())
    scores = SEARCH.cv_results_["mean_test_score"]
    assert_array_equal(offsets[:, 1], np.sort(scores))
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("alpha", "score")
    lengths = [np.ptp(bar[:, 1]) for bar in display.errorbar_[2][0].get_segments()]
    np.testing.assert_allclose(
        np.sort(lengths), 2 * np.sort(SEARCH.cv_results_["std_test_score"]), atol=1e-12
    )
    assert display.colorbar_ is None


def test_the_best_candidate_is_that_of_the_search():
    display = show(SEARCH, "alpha")
    assert display.best_.get_xdata()[0] == SEARCH.best_params_["alpha"]
    assert display.best_.get_ydata()[0] == SEARCH.best_score_
    last = GridSearchCV(SGD, GRID, cv=2, refit=lambda results: 5).fit(X, Y)
    assert show(last).best_.get_xdata()[0] == 1e-1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_candidates_that_failed_are_crosses():
    net = MLPClassifier(4, max_iter=1)
    grid = {"l1": [0.0, 1e-3, 1e-2], "hidden_layer_sizes": ["4", "4-x"]}
    search = GridSearchCV(net, grid, cv=2).fit(X, Y)
    two = show(search)
    sizes = [text.get_text() for text in two.ax_.get_xticklabels()]
    assert [sizes[int(x)] for x in two.failed_.get_xdata()] == ["4-x"] * 3
    assert two.points_.get_offsets().shape == (3, 2)
    assert [text.get_text() for text in two.ax_.get_legend().get_texts()] == ["failed", "best"]
    one = show(search, "l1")
    assert set(one.failed_.get_xdata()) == {0.0, 1e-3, 1e-2}
    one.figure_.canvas.draw()
    none = GridSearchCV(net, {"hidden_layer_sizes": ["4-x"]}, cv=2, refit=False)
    none.cv_results_ = {
        "params": [{"hidden_layer_sizes": "4-x"}],
        "mean_test_score": [np.nan],
        "std_test_score": [np.nan],
    }
    with pytest.raises(ValueError, match="a candidate that did not fail"):
        show(none)


def test_without_a_best_index_the_highest_score_is_the_best():
    candidates = [{"a": 1.0}, {"a": 2.0}, {"a": 3.0}]
    assert fake(candidates, [0.1, 0.3, np.nan]).best_.get_xdata()[0] == 2.0


def test_better_candidates_are_over_worse_ones_at_the_same_place():
    candidates = [{"a": 1, "b": 2}] * 3
    assert_array_equal(fake(candidates, [0.3, 0.1, 0.2]).points_.get_array(), [0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1e-4, 1e-3, 1e-2], "log"),
        (loguniform(1e-6, 1e-1).rvs(40, random_state=0), "log"),
        ([0.0, 1e-4, 1e-3], "symlog"),
        ([0.0, 0.25, 0.5], "linear"),
        (uniform(0, 0.6).rvs(40, random_state=0), "linear"),
        (uniform(-1, 2).rvs(40, random_state=0), "linear"),
        ([5], "linear"),
        ([0, 0], "linear"),
        (np.arange(1, 60), "linear"),
    ],
    ids=str,
)
def test_axes_are_logarithmic_where_values_are(values, scale):
    display = fake([{"a": value} for value in values])
    assert display.ax_.get_xscale() == scale
    display = fake([{"b": i, "a": value} for i, value in enumerate(values)])
    assert display.ax_.get_yscale() == scale
    display.figure_.canvas.draw()


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        (["256", "32", "64-64"], ["32", "256", "64-64"]),
        ([(8,), (16, 8)], ["(8,)", "(16, 8)"]),
        ([True, False], ["True", "False"]),
        ([None, 2.0], ["2.0", "None"]),
        ([np.inf, 10], ["10", "inf"]),
    ],
    ids=str,
)
def test_what_is_no_number_is_a_category(values, ticks):
    display = fake([{"a": value} for value in values])
    assert [text.get_text() for text in display.ax_.get_xticklabels()] == ticks
    expected = sorted(ticks.index(str(value)) for value in values)
    assert sorted(display.points_.get_offsets()[:, 0]) == expected


def test_candidates_that_lack_a_parameter_are_left_out():
    grids = [{"alpha": [1e-3, 1e-2]}, {"eta0": [0.5]}]
    search = GridSearchCV(SGD, grids, cv=2).fit(X, Y)
    assert show(search, "alpha").points_.get_offsets().shape == (2, 2)


def test_every_search_of_scikit_learn_and_of_skopt_is_shown():
    skopt = pytest.importorskip("skopt")
    distributions = {"alpha": loguniform(1e-5, 1e-1), "l1_ratio": uniform()}
    spaces = {"alpha": (1e-5, 1e-1, "log-uniform"), "l1_ratio": (0.0, 1.0)}
    for search in (
        RandomizedSearchCV(SGD, distributions, n_iter=4, cv=2, random_state=0),
        HalvingGridSearchCV(SGD, {"alpha": [1e-3, 1e-2, 1e-1], "penalty": ["l1", "l2"]}, cv=2),
        skopt.BayesSearchCV(SGD, spaces, n_iter=3, cv=2, random_state=0),
    ):
        display = show(search.fit(X, Y))
        best = search.best_params_[display.names[0]]
        assert display.best_.get_xdata()[0] == best
        assert len(display.points_.get_offsets()) == len(search.cv_results_["params"])


def test_one_of_several_scores_is_shown():
    scoring = ["accuracy", "neg_log_loss"]
    net = MLPClassifier(4, max_iter=2, random_state=0)
    search = GridSearchCV(net, {"l2": [1e-3, 10.0]}, cv=2, scoring=scoring, refit=scoring[1])
    search.fit(X, Y)
    assert show(search).ax_.get_ylabel() == "neg_log_loss"
    display = show(search, metric="accuracy")
    assert display.ax_.get_ylabel() == "accuracy"
    accuracy = search.cv_results_["mean_test_accuracy"]
    assert display.best_.get_ydata()[0] == accuracy.max()
    assert show(search).best_.get_ydata()[0] == search.best_score_


def test_axes_that_are_given_are_plotted_in_and_more_arguments_reach_matplotlib():
    _, axes = pyplot.subplots(2)
    display = show(SEARCH, ax=axes[1], cmap="magma", s=9)
    assert display.ax_ is axes[1]
    assert display.points_.get_cmap().name == "magma"
    assert display.points_.get_sizes() == [9]
    assert display.plot(ax=axes[0]).ax_ is axes[0]


def test_pictures_can_be_laid_out():
    """Artists without points have spoiled the layout of figures."""
    figure, ax = pyplot.subplots(layout="constrained")
    show(SEARCH, "alpha", ax=ax)
    figure.canvas.draw()
    assert ax.get_window_extent().width > 0.7 * figure.bbox.width


def test_parameters_are_attributes_and_documented():
    assert documented(SearchDisplay, "Parameters") == parameters(SearchDisplay)
    attributes = {name for name in vars(show(SEARCH)) if name.endswith("_")}
    assert set(documented(SearchDisplay, "Attributes")) == attributes


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"params": "beta"}, ValueError, r"one or two of \['alpha', 'eta0', 'penalty'\], got"),
        ({"params": ("alpha", "eta0", "penalty")}, ValueError, "params must be one or two of"),
        ({"params": ()}, ValueError, "params must be one or two of"),
        ({"metric": "f1"}, ValueError, r"metric must be one of \['score'\], got 'f1'"),
        ({"search": GridSearchCV(SGD, GRID)}, NotFittedError, "not fitted"),
        ({"search": SGDClassifier().fit(X, Y)}, TypeError, "search must be a search"),
    ],
    ids=str,
)
def test_errors_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        show(**{"search": SEARCH, **arguments})
    assert pyplot.get_fignums() == []


def test_a_missing_matplotlib_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="SearchDisplay.from_estimator requires matplotlib"):
        show(SEARCH)

"""Pictures of loss curves: the losses as they are, and the epoch that was kept."""

import sys

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as SklearnMLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, TabularMLPClassifier
from skreg.inspection import LossCurveDisplay
from tests.augmenters import documented, parameters

matplotlib.use("agg")
pyplot = pytest.importorskip("matplotlib.pyplot")

X, Y = make_classification(60, 4, flip_y=0.3, random_state=0)
QUICK = {"hidden_layer_sizes": 8, "max_iter": 8, "random_state": 0, "learning_rate_init": 0.05}
PLAIN = MLPClassifier(**QUICK).fit(X, Y)
WATCHED = MLPClassifier(**QUICK).fit(X, Y, X_val=X[::3], y_val=Y[::3])
STOPPED = MLPClassifier(**QUICK, early_stopping=True, validation_fraction=0.3).fit(X, Y)
TABLE = TabularMLPClassifier(hidden_layer_sizes=8, n_members=3, max_iter=3, random_state=0)
TABLE.fit(X, Y)
show = LossCurveDisplay.from_estimator


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def labels_of(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_the_training_loss_is_a_line_over_epochs_from_one():
    display = show(PLAIN)
    (line,) = display.lines_
    assert_array_equal(line.get_xdata(), range(1, 9))
    assert_array_equal(line.get_ydata(), PLAIN.loss_curve_)
    assert display.validation_lines_ == display.best_points_ == []
    assert labels_of(display) == ["training"]


def test_the_validation_loss_has_a_color_of_its_own_and_the_lowest_is_marked():
    display = show(WATCHED)
    (line,), (point,) = display.validation_lines_, display.best_points_
    assert_array_equal(line.get_ydata(), WATCHED.validation_loss_curve_)
    assert line.get_color() == point.get_color() != display.lines_[0].get_color()
    best = np.argmin(WATCHED.validation_loss_curve_)
    assert (point.get_xdata()[0], point.get_ydata()[0]) == (best + 1, line.get_ydata()[best])
    assert labels_of(display) == ["training", "validation", "best epoch"]


def test_with_early_stopping_the_epoch_that_was_kept_is_marked():
    (point,) = show(STOPPED).best_points_
    epoch = int(point.get_xdata()[0])
    assert STOPPED.validation_scores_[epoch - 1] == STOPPED.best_validation_score_
    again = MLPClassifier(**{**QUICK, "max_iter": epoch, "early_stopping": True})
    again.set_params(validation_fraction=0.3).fit(X, Y)
    assert_array_equal(again.coefs_[0], STOPPED.coefs_[0])


def test_an_ensemble_has_a_line_per_member():
    display = show(TABLE)
    assert len(display.lines_) == len(display.validation_lines_) == 3
    for line, member in zip(display.validation_lines_, TABLE.estimators_):
        assert_array_equal(line.get_ydata(), member.validation_loss_curve_)
    assert labels_of(display) == ["training", "validation", "best epoch"]


def test_several_estimators_have_names_and_a_color_each():
    display = show({"plain": PLAIN, "watched": WATCHED, "table": TABLE})
    assert [line.get_color() for line in display.lines_] == ["C0", "C1", "C2", "C2", "C2"]
    assert {line.get_linestyle() for line in display.lines_} == {"--"}
    assert {line.get_linestyle() for line in display.validation_lines_} == {"-"}
    assert labels_of(display) == [
        "plain, training",
        "watched, training",
        "watched, validation",
        "table, training",
        "table, validation",
        "best epoch",
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda net: make_pipeline(StandardScaler(), net),
        lambda net: GridSearchCV(net, {"l1": [0.0]}, cv=2),
        lambda net: GridSearchCV(make_pipeline(StandardScaler(), net), {}, cv=2),
        lambda net: BaggingClassifier(net, n_estimators=1),
    ],
)
def test_networks_are_found_inside_of_fitted_estimators(make):
    display = show(make(MLPClassifier(**{**QUICK, "max_iter": 2})).fit(X, Y))
    assert [len(line.get_ydata()) for line in display.lines_] == [2]


def test_curves_of_scikit_learn_are_shown_too():
    net = SklearnMLPClassifier(8, max_iter=3, early_stopping=True).fit(X, Y)
    assert_array_equal(show(net).lines_[0].get_ydata(), net.loss_curve_)


def test_losses_over_orders_of_magnitude_are_on_a_logarithmic_scale():
    falling = LossCurveDisplay([np.geomspace(10, 1e-3, 20)]).plot()
    assert falling.ax_.get_yscale() == "log"
    for losses in ([3.0, 2.5, 2.0], [1.0, 0.0, -1.0], [np.inf, np.nan, 1.0]):
        assert LossCurveDisplay([losses]).plot().ax_.get_yscale() == "linear"


def test_axes_that_are_given_are_plotted_in_and_more_arguments_reach_matplotlib():
    _, axes = pyplot.subplots(2)
    display = show(WATCHED, ax=axes[1], linewidth=3)
    assert display.ax_ is axes[1]
    assert display.figure_ is axes[1].figure
    assert {line.get_linewidth() for line in axes[1].lines[:2]} == {3}
    assert display.plot(ax=axes[0]).ax_ is axes[0]


def test_parameters_are_attributes_and_documented():
    assert documented(LossCurveDisplay, "Parameters") == parameters(LossCurveDisplay)
    display = LossCurveDisplay([[2, 1]], validation_losses=[[3, 2]], best_epochs=[1]).plot()
    assert set(documented(LossCurveDisplay, "Attributes")) == {
        name for name in vars(display) if name.endswith("_")
    }


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (MLPClassifier(), NotFittedError, "not fitted"),
        ({"plain": PLAIN, "other": MLPClassifier()}, NotFittedError, "not fitted"),
        (LogisticRegression().fit(X, Y), ValueError, "loss curve, got LogisticRegression"),
        ({}, ValueError, "at least one"),
    ],
    ids=str,
)
def test_errors_say_what_is_wrong(estimator, error, message):
    with pytest.raises(error, match=message):
        show(estimator)
    assert pyplot.get_fignums() == []


def test_a_missing_matplotlib_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="LossCurveDisplay.from_estimator requires matplotlib"):
        show(PLAIN)

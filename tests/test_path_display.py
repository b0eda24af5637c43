"""Pictures of paths: score, its error and sparsity by the strength, and what was chosen."""

import sys

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skreg.inspection import RegularizationPathDisplay
from skreg.model_selection import regularization_path
from tests.augmenters import documented, parameters

matplotlib.use("agg")
pyplot = pytest.importorskip("matplotlib.pyplot")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = X[:, 0] + RNG.normal(size=60)
SMALL = {"hidden_layer_sizes": 4, "max_iter": 5, "cv": 3, "random_state": 0}
MLP = MLPRegressorCV(**SMALL, l1s=[1, 0.1, 1e-2], dropouts=[0.2, 0.1], scoring="r2").fit(X, Y)
show = RegularizationPathDisplay.from_estimator


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


def test_scores_with_their_errors_and_sparsity_are_shown_by_strength():
    display = show(MLP)
    chosen = MLP.dropouts_ == MLP.dropout_
    scores = MLP.scores_[:, :, 0, chosen][::-1, ::-1, 0]
    assert_array_equal(display.line_.get_xdata(), [0.01, 0.1, 1])
    assert_allclose(display.line_.get_ydata(), scores.mean(axis=0))
    edges = display.band_.get_paths()[0].vertices[:, 1]
    error = scores.std(axis=0, ddof=1) / np.sqrt(3)
    assert_allclose(edges.max(), (scores.mean(axis=0) + error).max())
    sparsity = MLP.path_["sparsity"].reshape(3, 2)[::-1, chosen][:, 0]
    assert_array_equal(display.sparsity_line_.get_ydata(), sparsity)
    assert display.chosen_.get_xydata().tolist() == [[MLP.l1_, MLP.best_score_]]
    assert display.ax_.get_xlabel() == "l1" and display.ax_.get_xscale() == "log"
    assert display.ax_.get_ylabel() == "r2" and display.sparsity_ax_.get_ylabel() == "sparsity"


def test_another_penalty_is_shown_at_what_was_chosen_of_the_first():
    display = show(make_pipeline(StandardScaler(), MLP), "dropout")
    place = np.flatnonzero(MLP.l1s_ == MLP.l1_)[0]
    assert_allclose(display.line_.get_ydata(), MLP.scores_[:, place, 0, ::-1].mean(axis=0))
    assert display.ax_.get_xlabel() == "dropout" and display.ax_.get_xscale() == "linear"


def test_a_path_without_folds_has_no_errors_and_its_best_score_is_marked():
    path = regularization_path(X, Y, MLPRegressor(4, max_iter=5, random_state=0), l1s=[1, 0.1, 0])
    display = RegularizationPathDisplay.from_path(path)
    assert display.band_ is None
    assert_array_equal(display.line_.get_ydata(), path.scores[::-1])
    assert display.chosen_.get_ydata() == [path.scores.max()]
    assert display.ax_.get_ylabel() == "score"


def test_scores_by_the_loss_are_called_negative_losses():
    mlp = MLPRegressorCV(**SMALL, l1s=[1, 0.1], scoring="loss").fit(X, Y)
    assert show(mlp).ax_.get_ylabel() == "negative loss"


def test_strengths_per_layer_that_are_not_varied_do_no_harm():
    mlp = MLPClassifierCV(**SMALL, l1s=[1, 0.1], l2=[1e-3, 1e-4]).fit(X, Y > 0)
    assert show(mlp).line_.get_xdata().size == 2


def test_points_that_were_not_trained_are_gaps():
    display = RegularizationPathDisplay([1, 0.1], [np.nan, 0.5], [np.nan, 0.2], chosen=1).plot()
    assert display.chosen_.get_xydata().tolist() == [[0.1, 0.5]]


def test_axes_that_are_given_are_plotted_in_and_more_arguments_reach_matplotlib():
    figure, ax = pyplot.subplots()
    display = show(MLP, ax=ax, color="C3", label="R²")
    assert display.ax_ is ax and display.figure_ is figure
    assert display.line_.get_color() == "C3"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["R²", "± standard error", "chosen", "sparsity"]


def test_parameters_are_attributes_and_documented():
    names = list(parameters(RegularizationPathDisplay))
    assert documented(RegularizationPathDisplay, "Parameters") == names
    display = show(MLP)
    fitted = {name for name in vars(display) if name.endswith("_")}
    assert set(documented(RegularizationPathDisplay, "Attributes")) == fitted
    assert all(hasattr(display, name) for name in names)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((MLP, "l2"), ValueError, r"varied, \['l1', 'dropout'\], got 'l2'"),
        ((MLPClassifierCV(),), NotFittedError, "not fitted"),
        ((MLPRegressorCV(**SMALL, l1s=[1]).fit(X, Y),), ValueError, r"varied, \[\], got None"),
    ],
)
def test_errors_say_what_is_wrong(arguments, error, message):
    with pytest.raises(error, match=message):
        show(*arguments)


def test_a_missing_matplotlib_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match="RegularizationPathDisplay.from_estimator requires matpl"
    ):
        show(MLP)

"""Pictures of augmentation: one place for each row and draw, and nothing changed by looking."""

import sys
import warnings

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.utils.validation import check_is_fitted

from skreg.augmentation import (
    ColorJitter,
    Compose,
    CutMix,
    GaussianNoise,
    RandomAffine,
    RandomFlip,
    SwapNoise,
)
from skreg.inspection import AugmentationDisplay
from tests.augmenters import KINDS, documented, name_of, noisy, parameters

matplotlib.use("agg")
pyplot = pytest.importorskip("matplotlib.pyplot")

DIGITS = load_digits().data
X = np.random.default_rng(0).uniform(0, 16, (20, 48))
GREY, COLOR = (6, 8), (4, 4, 3)
show = AugmentationDisplay.from_augmenter


@pytest.fixture(autouse=True)
def close_figures():
    yield
    pyplot.close("all")


@pytest.mark.parametrize(
    ("augmenter", "n_rows", "n_draws"),
    [
        (ColorJitter(image_shape=COLOR), 1, 1),
        (CutMix(image_shape=GREY), 3, 1),
        (Compose([GaussianNoise(), ("flip", RandomFlip(image_shape=GREY))]), 1, 3),
    ],
    ids=lambda value: str(value).replace(" ", ""),
)
def test_images_have_axes_for_the_original_and_each_draw(augmenter, n_rows, n_draws):
    display = show(augmenter, X, n_rows=n_rows, n_draws=n_draws, random_state=0)
    assert display.axes_.shape == (n_rows, 1 + n_draws)
    assert len(display.figure_.axes) == n_rows * (1 + n_draws)
    assert display.draws.shape == (n_draws, n_rows, 48)
    shape = COLOR if display.image_shape[2] == 3 else GREY
    for axes in display.axes_.ravel():
        assert axes.images[0].get_array().shape == shape
    for axes, row in zip(display.axes_[:, 0], X):
        shown = np.asarray(axes.images[0].get_array()).ravel()
        assert np.corrcoef(shown, row)[0, 1] > 0.999999


@pytest.mark.parametrize(
    "augmenter",
    [
        CutMix(),
        RandomAffine(image_shape=(1, 48)),
        Compose([GaussianNoise(), SwapNoise()]),
    ],
    ids=lambda augmenter: str(augmenter).replace(" ", ""),
)
def test_tables_and_signals_are_lines_with_the_row_itself_in_black(augmenter):
    display = show(augmenter, X, n_rows=3, n_draws=4, random_state=0)
    assert display.axes_.shape == (3, 1)
    for i, axes in enumerate(display.axes_[:, 0]):
        *draws, original = axes.lines
        assert len(draws) == 4
        assert original.get_color() == "black"
        assert_array_equal(original.get_ydata(), X[i])
        for k, line in enumerate(draws):
            assert_array_equal(line.get_ydata(), display.draws[k, i])
    labels = [text.get_text() for text in display.axes_[0, 0].get_legend().get_texts()]
    assert sorted(labels) == ["draws", "original"]


@pytest.mark.filterwarnings("ignore:image_shape=None and")
@pytest.mark.parametrize("cls", KINDS, ids=name_of)
def test_augmenters_of_every_kind_can_be_shown_and_are_not_changed(cls):
    augmenter = noisy(cls)
    before = vars(augmenter).copy()
    display = show(augmenter, X, n_rows=2, n_draws=1)
    display.figure_.canvas.draw()
    assert vars(augmenter) == before
    assert_array_equal(display.originals, X[:2])


def test_a_fitted_augmenter_draws_as_it_was_fitted():
    augmenter = GaussianNoise(random_state=0).fit(100 * X)
    before = vars(augmenter).copy()
    display = show(augmenter, X, random_state=0)
    assert vars(augmenter) == before
    check_is_fitted(augmenter)
    refitted = show(GaussianNoise(), X, random_state=0)
    assert np.abs(display.draws - X[:5]).mean() > 50 * np.abs(refitted.draws - X[:5]).mean()


def test_draws_are_determined_by_random_state_and_differ_from_each_other():
    one, same, other = (show(GaussianNoise(), X, random_state=seed).draws for seed in (0, 0, 1))
    assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert len(np.unique(one[:, 0], axis=0)) == 5


def test_a_shape_that_is_given_makes_images_of_tables():
    display = show(GaussianNoise(), X, n_rows=2, n_draws=3, image_shape=GREY)
    assert display.axes_.shape == (2, 4)
    assert display.image_shape == (*GREY, 1)
    assert [ax.get_title() for ax in display.axes_[0]] == [
        "original",
        *(f"draw {k}" for k in (1, 2, 3)),
    ]


def test_fewer_rows_than_asked_for_are_all_shown():
    assert show(RandomFlip(image_shape=GREY), X[:2]).axes_.shape == (2, 6)


@pytest.mark.parametrize("augmenter", [GaussianNoise(), RandomFlip(image_shape=GREY)], ids=str)
def test_a_figure_that_is_given_is_plotted_in(augmenter):
    figure = pyplot.figure()
    display = show(augmenter, X, n_rows=2, n_draws=1, figure=figure)
    assert display.figure_ is figure
    assert pyplot.get_fignums() == [figure.number]
    part = pyplot.figure().subfigures(1, 2)[0]
    assert display.plot(figure=part).axes_[0, 0].figure is part


def test_more_arguments_reach_matplotlib():
    display = show(GaussianNoise(), X, color="red", linewidth=3)
    assert display.axes_[0, 0].lines[0].get_color() == "red"
    assert display.axes_[0, 0].lines[0].get_linewidth() == 3
    display = show(RandomFlip(image_shape=GREY), X, n_rows=1, n_draws=1, cmap="viridis")
    assert display.axes_[0, 0].images[0].get_cmap().name == "viridis"


def test_grey_images_share_one_range_and_colors_are_within_their_own():
    grey = show(RandomAffine(image_shape=GREY), X, n_rows=2, n_draws=2)
    assert len({axes.images[0].get_clim() for axes in grey.axes_.ravel()}) == 1
    color = show(ColorJitter(image_shape=COLOR), X, n_rows=2, n_draws=2)
    shown = np.array([axes.images[0].get_array() for axes in color.axes_.ravel()])
    assert (shown.min(), shown.max()) == (0, 1)


@pytest.mark.filterwarnings("error")
def test_constant_images_are_shown_without_a_warning():
    flat = np.full((3, 48), 7.0, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for shape in (GREY, COLOR):
            show(RandomFlip(image_shape=shape), flat, n_rows=1, n_draws=1).figure_.canvas.draw()


def test_frames_are_shown_as_arrays_are():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=[f"pixel{j}" for j in range(48)])
    of_frame, of_array = (
        show(RandomFlip(image_shape=GREY), given, n_rows=1, n_draws=2, random_state=0)
        for given in (frame, X)
    )
    assert_array_equal(of_frame.draws, of_array.draws)


def test_parameters_are_attributes_and_documented():
    assert documented(AugmentationDisplay, "Parameters") == parameters(AugmentationDisplay)
    display = AugmentationDisplay(X[:2], X[None, :2], image_shape=(6, 8, 1)).plot()
    assert_array_equal(display.originals, X[:2])
    assert display.image_shape == (6, 8, 1)
    assert set(documented(AugmentationDisplay, "Attributes")) == {"figure_", "axes_"}


def test_a_missing_matplotlib_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="AugmentationDisplay.from_augmenter requires matplotlib"):
        show(GaussianNoise(), X)


def test_shapes_are_found_in_nested_compositions_and_two_channels_are_averaged():
    nested = Compose([Compose([RandomFlip(image_shape=(4, 8, 2))])])
    display = AugmentationDisplay.from_augmenter(nested, DIGITS, n_rows=2, n_draws=3)
    assert display.axes_.shape == (2, 4)
    assert display.axes_[0, 0].get_images()[0].get_array().shape == (4, 8)


class Roll(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def augment(self, X, Y, rng):
        return np.roll(X, 1, axis=1), Y


def test_augmenters_written_by_users_are_shown():
    display = AugmentationDisplay.from_augmenter(Roll(), DIGITS, image_shape=(8, 8))
    assert_array_equal(display.draws[0], np.roll(display.originals, 1, axis=1))


@pytest.mark.parametrize("name", ["n_rows", "n_draws"])
def test_there_must_be_something_to_show(name):
    with pytest.raises(ValueError, match=f"{name} == 0, must be >= 1"):
        AugmentationDisplay.from_augmenter(RandomFlip(), DIGITS, **{name: 0})


def test_originals_are_seen_on_a_dark_background():
    with pyplot.style.context("dark_background"):
        assert show(GaussianNoise(), X, n_rows=1).axes_[0, 0].lines[-1].get_color() == "white"

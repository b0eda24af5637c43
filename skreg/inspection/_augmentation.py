"""What an augmenter does to some rows."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import _safe_indexing, check_array, check_scalar
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from skreg._arithmetic.generator import RowGenerator
from skreg._typing import Augmenter, ImageShape, RandomState, without_annotations
from skreg._validation import accepted_dtypes, draw_seed

if TYPE_CHECKING:
    from matplotlib.figure import FigureBase


class AugmentationDisplay:
    """Rows and what an augmenter makes of them.

    Images are shown in a grid, a row of it for each, with the image itself on the left. Tables and
    signals are shown as lines, the row itself in the color of text.

    Create it with :meth:`from_augmenter`. All parameters are stored as attributes.

    Parameters
    ----------
    originals : ndarray of shape (n_rows, n_features)
        The rows.

    draws : ndarray of shape (n_draws, n_rows, n_features)
        What the augmenter made of them.

    image_shape : tuple of int or None, default=None
        Height, width and channels of an image; None for tables.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure.

    axes_ : ndarray of matplotlib Axes, of shape (n_rows, 1 + n_draws) or (n_rows, 1)
        The axes of the grid: images, or lines.

    See Also
    --------
    skreg.augmentation.Compose : Applies several augmenters.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skreg.augmentation import RandomAffine
    >>> from skreg.inspection import AugmentationDisplay
    >>> X = load_digits().data
    >>> display = AugmentationDisplay.from_augmenter(RandomAffine(), X, n_rows=2, random_state=0)
    >>> display.axes_.shape
    (2, 6)
    """

    @without_annotations
    def __init__(self, originals: np.ndarray, draws: np.ndarray, *, image_shape: ImageShape = None):
        self.originals = originals
        self.draws = draws
        self.image_shape = image_shape

    @classmethod
    def from_augmenter(
        cls,
        augmenter: Augmenter,
        X: ArrayLike,
        *,
        n_rows: int = 5,
        n_draws: int = 5,
        image_shape: ImageShape = None,
        random_state: RandomState = None,
        figure: FigureBase | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw from an augmenter and plot what comes out.

        Parameters
        ----------
        augmenter : augmenter
            If it is not fitted, a copy of it is fitted to X.

        X : array-like of shape (n_samples, n_features)
            Data; the first rows are shown. Rows are mixed with each other, whatever their labels.

        n_rows : int, default=5
            Number of rows to show.

        n_draws : int, default=5
            Number of draws of each row.

        image_shape : (height, width) or (height, width, channels), default=None
            Shape of an image. None takes that of the augmenter, if it has one. Channels that are
            not three are averaged.

        random_state : int, RandomState instance or None, default=None
            Determines what is drawn.

        figure : matplotlib Figure or SubFigure, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `imshow`, or to `plot` for the draws of tables.

        Returns
        -------
        display : AugmentationDisplay
            The display, with `figure_` and `axes_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `n_rows` or `n_draws` is less than 1.
        """
        check_matplotlib_support(f"{cls.__name__}.from_augmenter")
        check_scalar(n_rows, "n_rows", Integral, min_val=1)
        check_scalar(n_draws, "n_draws", Integral, min_val=1)
        try:
            check_is_fitted(augmenter)
        except NotFittedError:
            augmenter = clone(augmenter).fit(X)
        rows = np.arange(min(n_rows, len(X)))
        originals = _safe_indexing(X, rows)
        originals = check_array(originals, dtype=accepted_dtypes(originals))
        seed = draw_seed(random_state)
        generators = (RowGenerator(seed, rows.size, step=k) for k in range(n_draws))
        draws = np.stack([augmenter.augment(originals, None, rng)[0] for rng in generators])
        shape = image_shape if image_shape is not None else _find_image_shape(augmenter)
        display = cls(originals, draws, image_shape=shape and (*shape, 1)[:3])
        return display.plot(figure=figure, **kwargs)

    def plot(self, *, figure: FigureBase | None = None, **kwargs: Any) -> Self:
        """Plot the rows and their draws.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `imshow`, or to `plot` for the draws of tables.

        Returns
        -------
        display : AugmentationDisplay
            This display, with `figure_` and `axes_`.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        from matplotlib import pyplot

        n_draws, n_rows, _ = self.draws.shape
        is_image = self.image_shape is not None and self.image_shape[0] > 1
        n_columns = 1 + n_draws if is_image else 1
        if figure is None:
            size = (n_columns, n_rows) if is_image else (6.4, 1.6 * n_rows)
            figure = pyplot.figure(figsize=size, layout="constrained")
        self.figure_ = figure
        self.axes_ = figure.subplots(n_rows, n_columns, squeeze=False)
        if is_image:
            self._plot_images(**kwargs)
        else:
            self._plot_lines(**kwargs)
        return self

    def _plot_images(self, **kwargs):
        height, width, channels = self.image_shape
        grid = np.concatenate([self.originals[None], self.draws]).swapaxes(0, 1)
        low, high = grid.min(), grid.max()
        if channels not in (1, 3):
            grid, channels = grid.reshape(*grid.shape[:2], -1, channels).mean(axis=-1), 1
        if channels == 3:
            grid = (grid - low) / max(high - low, np.finfo(grid.dtype).tiny)
        style = {"cmap": "gray", "vmin": low, "vmax": high, **kwargs}
        for axes, images in zip(self.axes_, grid):
            for ax, image in zip(axes, images):
                shape = (height, width) if channels == 1 else (height, width, channels)
                ax.imshow(image.reshape(shape), **style)
                ax.set(xticks=[], yticks=[])
        self.axes_[0, 0].set_title("original", fontsize="small")
        for k, ax in enumerate(self.axes_[0, 1:], 1):
            ax.set_title(f"draw {k}", fontsize="small")

    def _plot_lines(self, **kwargs):
        from matplotlib import rcParams

        style = {"color": "tab:blue", "alpha": 0.5, "linewidth": 1, **kwargs}
        for ax, original, draws in zip(self.axes_[:, 0], self.originals, self.draws.swapaxes(0, 1)):
            lines = ax.plot(draws.T, **style)
            lines[0].set_label("draws")
            ax.plot(original, color=rcParams["text.color"], linewidth=1, label="original")
        self.axes_[0, 0].legend(fontsize="small")
        self.axes_[-1, 0].set_xlabel("feature")


def _find_image_shape(augmenter):
    """That of an augmenter or of the first of its parts that has one; else None."""
    parts = (part for _, part in getattr(augmenter, "augmenters_", []))
    shapes = [getattr(augmenter, "image_shape_", None), *map(_find_image_shape, parts)]
    return next((shape for shape in shapes if shape is not None), None)

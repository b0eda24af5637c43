"""Loss curves of fitted networks, and the epochs in which they were best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from skreg._typing import without_annotations
from skreg.inspection._axes import has_log_scale, open_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INSIDE = "best_estimator_", "regressor_", "estimator_"  # what fitted meta-estimators hold


class LossCurveDisplay:
    """Loss curves: the objective on the training rows, and the loss on the validation set.

    A validation loss that rises while the training loss falls is a sign of overfitting. The
    training loss is averaged over each epoch, with dropout, augmentation and penalties; the
    validation loss has none of them, so it can be lower.

    Create it with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    losses : list of array-like of float
        Training loss of each epoch, per network.

    validation_losses : list of (array-like of float or None), default=None
        Validation losses, None for networks that have none.

    best_epochs : list of (int or None), default=None
        Epochs to mark, counted from 0.

    names : list of str, default=None
        Which estimator a network belongs to: networks with the same name have the same color.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes. The losses are on a logarithmic scale if they are spread more evenly there.

    figure_ : matplotlib Figure
        The figure.

    lines_ : list of matplotlib Line2D
        The training losses, one line per network.

    validation_lines_ : list of matplotlib Line2D
        The validation losses, one line per network that has some.

    best_points_ : list of matplotlib Line2D
        The best epochs, on the lines of the validation losses.

    See Also
    --------
    SearchDisplay : What a search has tried.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from skreg import MLPClassifier
    >>> from skreg.inspection import LossCurveDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> mlp = MLPClassifier(early_stopping=True, random_state=0).fit(scale(X), y)
    >>> display = LossCurveDisplay.from_estimator(mlp)
    >>> display.ax_.get_xlabel()
    'epoch'
    """

    @without_annotations
    def __init__(
        self,
        losses: Sequence[ArrayLike],
        *,
        validation_losses: Sequence[ArrayLike | None] | None = None,
        best_epochs: Sequence[int | None] | None = None,
        names: Sequence[str] | None = None,
    ):
        self.losses = losses
        self.validation_losses = validation_losses
        self.best_epochs = best_epochs
        self.names = names

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the loss curves of a fitted estimator, or of several.

        The best epoch is the one whose weights were kept, with `early_stopping`, or else the one
        with the lowest validation loss.

        Parameters
        ----------
        estimator : estimator, or dict of str to estimator
            A fitted network, or an estimator with fitted networks inside: a pipeline, a search, an
            ensemble such as :class:`skreg.TabularMLPClassifier`, which has a line per member. A
            dict has several estimators with their names.

        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `plot` of matplotlib for all lines.

        Returns
        -------
        display : LossCurveDisplay
            The display.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If an estimator is not fitted.
        ValueError
            If an estimator has no loss curve, or there is no estimator.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        several = estimator if isinstance(estimator, Mapping) else {"": estimator}
        networks = [(name, net) for name, each in several.items() for net in _find_networks(each)]
        if not networks:
            raise ValueError(
                f"estimator must be an estimator, or a dict of at least one, got {estimator!r}."
            )
        display = cls(
            [net.loss_curve_ for _, net in networks],
            validation_losses=[_validation_losses_of(net) for _, net in networks],
            best_epochs=[_find_best_epoch(net) for _, net in networks],
            names=[name for name, _ in networks] if isinstance(estimator, Mapping) else None,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `plot` of matplotlib for all lines.

        Returns
        -------
        display : LossCurveDisplay
            This display, with the attributes listed for the class.
        """
        self.ax_ = open_axes(self, ax)
        self.figure_ = self.ax_.figure
        self.lines_, self.validation_lines_, self.best_points_ = [], [], []
        nothing = [None] * len(self.losses)
        curves = zip(
            self.names or [""] * len(self.losses),
            self.losses,
            self.validation_losses or nothing,
            self.best_epochs or nothing,
        )
        for name, losses, validation_losses, best_epoch in curves:
            styles = self._styles_of(name, kwargs)
            self._plot_network(losses, validation_losses, best_epoch, *styles)
        self._label()
        return self

    def _styles_of(self, name, kwargs):
        """Colors tell training from validation, or estimators from each other."""
        names = list(dict.fromkeys(self.names or [""]))
        n_networks = len(self.losses) / len(names)
        shared = {"linewidth": 1.5 if n_networks == 1 else 1, **kwargs}
        if len(names) < 2 and not names[0]:
            return (
                {"color": "C0", "label": "training", **shared},
                {"color": "C1", "label": "validation", **shared},
            )
        color, is_validated = f"C{names.index(name)}", any(self.validation_losses or [])
        dashes = "--" if is_validated else "-"
        return (
            {"color": color, "linestyle": dashes, "label": f"{name}, training", **shared},
            {"color": color, "label": f"{name}, validation", **shared},
        )

    def _plot_network(self, losses, validation_losses, best_epoch, style, style_of_validation):
        epochs = np.arange(1, len(losses) + 1)
        self.lines_ += self.ax_.plot(epochs, losses, **style)
        if validation_losses is None:
            return
        (line,) = self.ax_.plot(epochs, validation_losses, **style_of_validation)
        self.validation_lines_.append(line)
        if best_epoch is not None:
            point = [best_epoch + 1], [validation_losses[best_epoch]]
            style = {"marker": "o", "linestyle": "", "color": line.get_color(), "zorder": 3}
            self.best_points_ += self.ax_.plot(*point, **style, label="best epoch")

    def _label(self):
        curves = [*self.losses, *(each for each in self.validation_losses or [] if each)]
        values = np.concatenate([np.asarray(curve, dtype=float) for curve in curves])
        if has_log_scale(values[np.isfinite(values)]):
            self.ax_.set_yscale("log")
        self.ax_.set(xlabel="epoch", ylabel="loss")
        handles, labels = self.ax_.get_legend_handles_labels()
        once = dict(zip(reversed(labels), reversed(handles)))  # the first of each label
        in_order = sorted(once, key=lambda label: (label == "best epoch", labels.index(label)))
        self.ax_.legend([once[label] for label in in_order], in_order)


def _find_networks(estimator):
    """All fitted networks inside an estimator, at least one."""
    check_is_fitted(estimator)
    networks = list(_networks_in(estimator))
    if not networks:
        raise ValueError(
            f"estimator must be or contain a network with a loss curve, got {estimator!r}."
        )
    return networks


def _networks_in(estimator):
    if hasattr(estimator, "loss_curve_"):
        yield estimator
        return
    inside = [getattr(estimator, name) for name in _INSIDE if hasattr(estimator, name)]
    inside += list(np.ravel(getattr(estimator, "estimators_", [])))
    inside += [estimator[-1]] if isinstance(estimator, Pipeline) else []
    for each in inside:
        yield from _networks_in(each)


def _validation_losses_of(net):
    return getattr(net, "validation_loss_curve_", None)


def _find_best_epoch(net):
    losses = _validation_losses_of(net)
    if losses is None:
        return None
    if not net.early_stopping:
        return int(np.argmin(losses))
    scores = net.validation_scores_
    return max(range(len(losses)), key=lambda epoch: (scores[epoch], -losses[epoch]))

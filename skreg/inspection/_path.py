"""Score and sparsity along a path of penalties, with the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from skreg._typing import without_annotations
from skreg.inspection._axes import mark, open_axes, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_AXES = "l1", "l2", "dropout"
_Penalty = Literal["l1", "l2", "dropout"] | None


class RegularizationPathDisplay:
    """Score and sparsity of networks by the strength of a penalty.

    Scores are means over the folds, in a band of one standard error to both sides. Sparsity, the
    share of weights that are exactly zero, has an axis of its own on the right. A star marks what
    was chosen. The penalty is on a logarithmic axis if values are spread more evenly there.

    Create it with :meth:`from_estimator` or :meth:`from_path`. All parameters are stored as
    attributes.

    Parameters
    ----------
    strengths : array-like of float of shape (n_points,)
        Strengths of the penalty.

    scores : array-like of float of shape (n_points,)
        Mean scores.

    sparsity : array-like of float of shape (n_points,)
        Shares of weights that are zero.

    errors : array-like of float of shape (n_points,), default=None
        Standard errors of the scores.

    chosen : int, default=None
        The place of the chosen point.

    penalty : str, default="l1"
        The name of the penalty.

    score_name : str, default="score"
        What the scores are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the scores.

    sparsity_ax_ : matplotlib Axes
        The axes of the sparsity.

    figure_ : matplotlib Figure
        The figure.

    line_ : matplotlib Line2D
        The scores.

    band_ : matplotlib FillBetweenPolyCollection or None
        The standard errors, if there are any.

    sparsity_line_ : matplotlib Line2D
        The sparsity.

    chosen_ : matplotlib Line2D or None
        The chosen point, if there is one.

    See Also
    --------
    SearchDisplay : What a search has tried.
    skreg.model_selection.regularization_path : Networks along a path.
    skreg.MLPClassifierCV : Chooses among them by cross-validation.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skreg import MLPClassifierCV
    >>> from skreg.inspection import RegularizationPathDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifierCV(8, learning_rate_init=0.03, l1s=6, cv=3, random_state=0).fit(X, y)
    >>> display = RegularizationPathDisplay.from_estimator(mlp)
    >>> display.ax_.get_xlabel(), display.ax_.get_xscale()
    ('l1', 'log')
    """

    @without_annotations
    def __init__(
        self,
        strengths: ArrayLike,
        scores: ArrayLike,
        sparsity: ArrayLike,
        *,
        errors: ArrayLike | None = None,
        chosen: int | None = None,
        penalty: str = "l1",
        score_name: str = "score",
    ):
        self.strengths = strengths
        self.scores = scores
        self.sparsity = sparsity
        self.errors = errors
        self.chosen = chosen
        self.penalty = penalty
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls, estimator: Any, penalty: _Penalty = None, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Plot what cross-validation has tried.

        Parameters
        ----------
        estimator : MLPClassifierCV, MLPRegressorCV or Pipeline
            A fitted estimator, or a pipeline that ends with one.

        penalty : {"l1", "l2", "dropout"}, default=None
            What to show; None is the first of which several values were tried. If another one was
            varied too, the points at its chosen value are shown.

        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `plot` of matplotlib for the scores.

        Returns
        -------
        display : RegularizationPathDisplay
            The display.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `penalty` is not one of which several values were tried.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        mlp = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        check_is_fitted(mlp, "path_")
        scores = mlp.scores_.reshape(mlp.n_splits_, -1)
        path = {**mlp.path_, "scores": scores.mean(axis=0)}
        if mlp.n_splits_ > 1:
            path["errors"] = scores.std(axis=0, ddof=1) / np.sqrt(mlp.n_splits_)
        chosen = [_equal(path[name], getattr(mlp, f"{name}_")) for name in _AXES]
        return cls._of(path, np.flatnonzero(np.all(chosen, axis=0))[0], penalty, mlp, ax, kwargs)

    @classmethod
    def from_path(
        cls, path: Bunch, penalty: _Penalty = None, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Plot a path without cross-validation, whose best score is marked.

        Parameters
        ----------
        path : Bunch
            What :func:`skreg.model_selection.regularization_path` returns.

        penalty : {"l1", "l2", "dropout"}, default=None
            What to show; None is the first of which several values were tried. If another one was
            varied too, the points at its best value are shown.

        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `plot` of matplotlib for the scores.

        Returns
        -------
        display : RegularizationPathDisplay
            The display.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `penalty` is not one of which several values were tried.
        """
        check_matplotlib_support(f"{cls.__name__}.from_path")
        return cls._of(path, int(np.nanargmax(path["scores"])), penalty, None, ax, kwargs)

    @classmethod
    def _of(cls, path, chosen, penalty, estimator, ax, kwargs):
        """The points of a path on the line through the chosen one along which `penalty` varies."""
        varied = [name for name in _AXES if not _equal(path[name], path[name][0]).all()]
        penalty = penalty if penalty is not None else (varied or [None])[0]
        if penalty not in varied:
            raise ValueError(
                f"penalty must be one of those that were varied, {varied}, got {penalty!r}."
            )
        others = [_equal(path[name], path[name][chosen]) for name in _AXES if name != penalty]
        shown = np.flatnonzero(np.all(others, axis=0))
        display = cls(
            path[penalty][shown],
            path["scores"][shown],
            path["sparsity"][shown],
            errors=path["errors"][shown] if "errors" in path else None,
            chosen=int(np.flatnonzero(shown == chosen)[0]),
            penalty=penalty,
            score_name=_name_scores(getattr(estimator, "scoring", None)),
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot score and sparsity.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `plot` of matplotlib for the scores.

        Returns
        -------
        display : RegularizationPathDisplay
            This display, with the attributes listed for the class.
        """
        ax = self.ax_ = open_axes(self, ax)
        self.figure_, self.sparsity_ax_ = ax.figure, ax.twinx()
        order, scores = np.argsort(self.strengths), np.asarray(self.scores, dtype=float)
        x = place(np.asarray(self.strengths, dtype=float), ax, "x")
        style = {"color": "C0", "marker": ".", "label": self.score_name, **kwargs}
        (self.line_,) = ax.plot(x[order], scores[order], **style)
        self.band_ = self.chosen_ = None
        if self.errors is not None:
            errors = np.asarray(self.errors, dtype=float)[order]
            around = scores[order] - errors, scores[order] + errors
            style = {"color": self.line_.get_color(), "alpha": 0.2, "linewidth": 0}
            self.band_ = ax.fill_between(x[order], *around, label="± standard error", **style)
        self._plot_sparsity(x[order], np.asarray(self.sparsity, dtype=float)[order])
        if self.chosen is not None:
            at = x[[self.chosen]], scores[[self.chosen]]
            self.chosen_ = mark(ax, *at, "chosen")
        ax.set(xlabel=self.penalty, ylabel=self.score_name)
        self._add_legend()
        return self

    def _plot_sparsity(self, x, sparsity):
        style = {"color": "C1", "linestyle": "--", "marker": ".", "label": "sparsity"}
        (self.sparsity_line_,) = self.sparsity_ax_.plot(x, sparsity, **style)
        self.sparsity_ax_.set(ylabel="sparsity", ylim=(-0.05, 1.05))
        self.sparsity_ax_.set_zorder(self.ax_.get_zorder() - 1)  # the scores are in front
        self.ax_.patch.set_visible(False)

    def _add_legend(self):
        """One for both axes, where it hides least of the scores."""
        parts = [ax.get_legend_handles_labels() for ax in (self.ax_, self.sparsity_ax_)]
        self.ax_.legend(*(first + second for first, second in zip(*parts)))


def _name_scores(scoring):
    """What scores are called; for "loss", they are negative losses, for more is better."""
    if scoring == "loss":
        return "negative loss"
    return scoring if isinstance(scoring, str) else "score"


def _equal(values, value):
    """Which of some strengths is another one; those with a number per layer are tuples."""
    wanted = tuple(value) if np.ndim(value) else value
    return np.array([each == wanted for each in values])

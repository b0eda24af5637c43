"""What a search has tried: scores of candidates by one or two of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from skreg._typing import without_annotations
from skreg.inspection._axes import mark, open_axes, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class SearchDisplay:
    """Candidates of a search by one or two of their parameters.

    With one parameter, scores are plotted over its values, with their standard deviation over the
    folds. With two, the color of a point is its score, and better candidates are drawn over worse
    ones. A star marks the best candidate and crosses those that failed. Axes are logarithmic if
    values are spread more evenly there; values that are not numbers have one tick each.

    Create it with :meth:`from_estimator`. All parameters are stored as attributes.

    Parameters
    ----------
    candidates : list of dict
        Parameters of each candidate.

    scores : array-like of float of shape (n_candidates,)
        Mean scores; those of failed candidates are not finite.

    names : tuple of one or two str
        The parameters to show. Candidates that lack one of them are left out.

    deviations : array-like of float of shape (n_candidates,), default=None
        Standard deviations of the scores.

    best_index : int, default=None
        The best candidate; None is the one with the highest score.

    score_name : str, default="score"
        What the scores are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.

    figure_ : matplotlib Figure
        The figure.

    points_ : matplotlib PathCollection
        The candidates with a score, from the worst to the best.

    failed_ : matplotlib Line2D or None
        The candidates without one, if any; with one parameter, at the bottom of the axes.

    best_ : matplotlib Line2D
        The best candidate.

    colorbar_ : matplotlib Colorbar or None
        The scale of the scores; None with one parameter.

    errorbar_ : matplotlib ErrorbarContainer or None
        The standard deviations; None with two parameters.

    See Also
    --------
    LossCurveDisplay : Loss curves of one or several networks.
    skreg.model_selection.param_distributions : What to search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skreg import MLPClassifier
    >>> from skreg.inspection import SearchDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"l1": [1e-4, 1e-3, 1e-2], "solver": ["lbfgs"]}
    >>> search = GridSearchCV(MLPClassifier(8, random_state=0), grid).fit(X, y)
    >>> display = SearchDisplay.from_estimator(search)
    >>> display.ax_.get_xlabel(), display.ax_.get_xscale()
    ('l1', 'log')
    """

    @without_annotations
    def __init__(
        self,
        candidates: Sequence[dict[str, Any]],
        scores: ArrayLike,
        *,
        names: tuple[str, ...],
        deviations: ArrayLike | None = None,
        best_index: int | None = None,
        score_name: str = "score",
    ):
        self.candidates = candidates
        self.scores = scores
        self.names = names
        self.deviations = deviations
        self.best_index = best_index
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls,
        search: Any,
        params: str | Sequence[str] | None = None,
        *,
        metric: str | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot what a fitted search has tried.

        Parameters
        ----------
        search : fitted search
            Any search of scikit-learn, or another with `cv_results_` in the same form, such as
            `skopt.BayesSearchCV`.

        params : str or sequence of one or two str, default=None
            The parameters to show. None takes the first two of which several values were tried, or
            the only one.

        metric : str, default=None
            Which score to show, if the search has several; None is the one of `refit`.

        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `scatter` of matplotlib for the candidates.

        Returns
        -------
        display : SearchDisplay
            The display.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If the search is not fitted.
        TypeError
            If it is no search.
        ValueError
            If there are no such parameters or scores, or if all candidates failed.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(search)
        if not hasattr(search, "cv_results_"):
            raise TypeError(f"search must be a search, with cv_results_ after fit, got {search!r}.")
        results = search.cv_results_
        name = _choose_metric(search, metric)
        scores = np.asarray(results[f"mean_test_{name}"], dtype=float)
        if not np.isfinite(scores).any():
            raise ValueError(f"search must have a candidate that did not fail, got {search!r}.")
        is_of_refit = name == _choose_metric(search, None)
        display = cls(
            results["params"],
            scores,
            names=_choose_params(results["params"], params),
            deviations=np.asarray(results[f"std_test_{name}"], dtype=float),
            best_index=getattr(search, "best_index_", None) if is_of_refit else None,
            score_name=name,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the candidates.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to plot; None makes a new figure.

        **kwargs : dict
            Passed to `scatter` of matplotlib for the candidates.

        Returns
        -------
        display : SearchDisplay
            This display, with the attributes listed for the class.
        """
        ax = self.ax_ = open_axes(self, ax)
        self.figure_ = ax.figure
        self.failed_ = self.colorbar_ = self.errorbar_ = None
        shown = [i for i, c in enumerate(self.candidates) if all(n in c for n in self.names)]
        scores = np.asarray(self.scores, dtype=float)
        places = np.full((2, scores.size), np.nan)
        for k, name in enumerate(self.names):
            places[k, shown] = place([self.candidates[i][name] for i in shown], ax, "xy"[k])
        ax.set(xlabel=self.names[0], ylabel=self.names[-1])
        order = np.array(shown)[np.argsort(scores[shown])]  # those that failed are last
        done, failed = order[np.isfinite(scores[order])], order[~np.isfinite(scores[order])]
        if len(self.names) == 1:
            self._plot_one(places, scores, done, failed, kwargs)
        else:
            self._plot_two(places, scores, done, failed, kwargs)
        best = np.nanargmax(scores) if self.best_index is None else self.best_index
        self.best_ = mark(ax, *places[:, [best]], "best")
        ax.legend()
        return self

    def _plot_one(self, places, scores, done, failed, kwargs):
        places[1] = scores
        if self.deviations is not None:
            style = {"linestyle": "", "elinewidth": 1, "alpha": 0.5, "color": "C0", "zorder": 1}
            deviations = np.asarray(self.deviations)[done]
            self.errorbar_ = self.ax_.errorbar(*places[:, done], yerr=deviations, **style)
        self.points_ = self.ax_.scatter(*places[:, done], **{"color": "C0", **kwargs})
        bottom = np.full(failed.size, 0.03)
        self._cross(places[0, failed], bottom, transform=self.ax_.get_xaxis_transform())
        self.ax_.set_ylabel(self.score_name)

    def _plot_two(self, places, scores, done, failed, kwargs):
        from matplotlib import rcParams

        # Dark points are seen on dark backgrounds by their edge.
        style = {"edgecolors": rcParams["text.color"], "linewidths": 0.5, **kwargs}
        self.points_ = self.ax_.scatter(*places[:, done], c=scores[done], **style)
        self.colorbar_ = self.figure_.colorbar(self.points_, ax=self.ax_, label=self.score_name)
        self._cross(*places[:, failed])

    def _cross(self, x, y, **style):
        if x.size:  # a line without points spoils layouts
            style = {"marker": "x", "linestyle": "", "color": "C3", "zorder": 2, **style}
            (self.failed_,) = self.ax_.plot(x, y, label="failed", **style)


def _choose_metric(search, metric):
    """The name of a score as `cv_results_` has it."""
    names = [key.removeprefix("mean_test_") for key in search.cv_results_ if "mean_test_" in key]
    refit = getattr(search, "refit", None)
    if metric is None:
        metric = refit if refit in names else names[0]
    if metric not in names:
        raise ValueError(f"metric must be one of {names}, got {metric!r}.")
    return metric


def _choose_params(candidates, params):
    """One or two names of parameters."""
    known = {name: set() for candidate in candidates for name in candidate}
    for candidate in candidates:
        for name, value in candidate.items():
            known[name].add(str(value))
    if params is None:
        varied = [name for name, values in known.items() if len(values) > 1]
        params = tuple(varied[:2] or list(known)[:1])
    params = (params,) if isinstance(params, str) else tuple(params)
    if not (1 <= len(params) <= 2 and known.keys() >= set(params)):
        raise ValueError(f"params must be one or two of {sorted(known)}, got {params!r}.")
    return params

"""From a call of `fit` to the chosen point, and to a network that has been trained up to it."""

from __future__ import annotations

from functools import partial
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from skreg._training.outcome import FEW_EPOCHS, INTERRUPTED
from skreg._typing import MatrixLike, validating_parameters
from skreg._validation import collected_warnings, draw_seed, unchanged_on_failure, warn_user
from skreg.model_selection._path.choice import as_column, choose, collect, tabulate
from skreg.model_selection._path.fitting import Recipe, find_max_iter, fit_all
from skreg.model_selection._path.folds import make_splits
from skreg.model_selection._path.grid import AXES, check_values, make_grid
from skreg.model_selection._path.progress import Progress, leave_out, of_other_kinds, summarize
from skreg.model_selection._path.rows import make_rows
from skreg.neural_network._checks import Given
from skreg.neural_network._errors import explains_arguments
from skreg.neural_network._fitted import learned_by
from skreg.neural_network._ignored import IGNORED, warn_of_ignored
from skreg.neural_network._rows import check_rows
from skreg.neural_network._settings import resolve_settings
from skreg.neural_network._tabular.members import moments_of_left_out

_OF_CALLBACKS = "_skl_callbacks", "_parent_callback_ctx"


class PathCV:
    """A network whose penalties are chosen by cross-validation; see its two children."""

    @validating_parameters
    @explains_arguments
    def fit(
        self,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Choose penalties by cross-validation, and fit a network with them to X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix or array} of shape (n_samples, n_features)
            Features. All folds share one copy in the dtype that is trained in: that of X if it is
            float32 or float64.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels or multilabel indicators in classification, numbers in regression.

        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights of the rows, in training and in scores; None is a weight of 1 each.

        groups : array-like of shape (n_samples,), default=None
            Groups of the rows, if `cv` is a splitter that uses them.

        Returns
        -------
        self : object
            The fitted estimator. If `fit` raises, the estimator is as it was before. After Ctrl-C,
            it has the best of the points that were trained in all folds so far.

        Raises
        ------
        KeyboardInterrupt
            If interrupted before any point was trained in all folds.

        ValueError
            If parameters or data are invalid, or a class is missing in the training rows of a fold.
        """
        progress = Progress(self, verbose=self.verbose)
        with unchanged_on_failure(self):
            warned = self._fit_path(Given(X, y, sample_weight, groups=groups), progress)
        for message, category in warned:  # which, made errors, undo no training
            warn_user(message, category)
        return self

    def _fit_path(self, given, progress):
        """Set all fitted attributes; returns what to warn of."""
        given_values = {name: getattr(self, f"{name}s") for name in AXES}
        settings, values = resolve_settings(self), check_values(given_values, self.solver)
        learned = learned_by(self) if self.warm_start else {}
        for name in [name for name in vars(self) if name.endswith("_") and name[0] != "_"]:
            delattr(self, name)  # so that nothing of the last call is left without `refit`
        rows = check_rows(self, given, settings, None, incremental=False)
        seed = draw_seed(self.random_state)
        splits = make_splits(self, rows, given.groups, seed)
        replaced = [name for name in AXES if values[name] is not None]
        warn_of_ignored(self, settings, given, used=["scoring"], replaced=replaced)
        network = self._make_network(seed)
        is_connected = self.path_max_iter is not None
        grid = make_grid(network, values, rows, is_connected=is_connected)
        recipe = Recipe(network, grid, find_max_iter(network, self.path_max_iter, len(rows.y)))
        progress.begin(given.X, rows, grid, len(splits), refit=self.refit)
        whole = make_rows(network, rows, given.groups)
        how = {"n_jobs": self.n_jobs, "progress": progress}
        fits, of_folds, was_interrupted = fit_all(recipe, whole, splits, **how)
        chosen = self._set_scores(fits, grid, len(splits), was_interrupted)
        said = [fits[fold, chosen].said for fold in range(len(splits))]
        left_out, said, _ = moments_of_left_out(splits, said, np.ones(len(splits)))
        is_complete = left_out.size == len(rows.y)
        self.oof_predictions_ = self._prediction_of(said) if is_complete else None
        warned = summarize(of_folds, progress.n_fits)
        if was_interrupted:
            message = f"{INTERRUPTED} by user: {len(fits)} of {progress.n_fits} networks"
            warned.append((f"{message} were trained to choose from.", ConvergenceWarning))
        if self.refit:
            warned += of_other_kinds(
                self._refit(recipe, chosen, whole, learned, progress), of_folds
            )
            self._learn_from_left_out(rows if is_complete else rows.take(left_out), said)
        progress.callbacks.end_fit()
        return warned

    def _make_network(self, seed):
        """A plain network with the parameters of this estimator."""
        params = {name: getattr(self, name) for name in self._plain._get_param_names()}
        params |= {"verbose": False, "warm_start": False, "random_state": seed}
        return self._plain(**params)

    def _set_scores(self, fits, grid, n_splits, was_interrupted):
        """Set what is known of the points; returns the chosen one."""
        scores = collect(fits, grid, n_splits, "score")
        if was_interrupted and not np.isfinite(scores).all(axis=0).any():
            raise KeyboardInterrupt
        chosen = choose(scores, one_standard_error=self.one_standard_error)
        self.n_splits_, self.scores_ = n_splits, scores
        self.l1s_, self.l2s_, self.dropouts_ = map(as_column, grid.axes)
        self.path_ = tabulate(fits, grid, scores)
        self.l1_, self.l2_, self.dropout_ = grid.params(chosen).values()
        self.best_score_ = float(scores[:, *chosen].mean())
        return chosen

    def _refit(self, recipe, chosen, rows, learned, progress):
        """Train a network on all rows, up to the chosen point along the same way as in the folds.

        Returns what the last one warned of, and the first, which alone is trained for `max_iter`.
        """
        warned = []
        for point in [chosen] if learned else recipe.grid.way_to(chosen):
            network, is_step = recipe.make(point, learned), bool(learned)
            with collected_warnings() as given:
                if point == chosen:
                    progress.train(None, point, network, partial(rows.fit, network))
                else:
                    rows.fit(network)
            learned = learned_by(network)
            if not is_step or point == chosen or network._was_interrupted:
                expected = (IGNORED, FEW_EPOCHS) if is_step else (IGNORED,)
                warned += leave_out(given, *expected)
            if network._was_interrupted:
                break
        vars(self).update(self._attributes_of(network))
        return warned

    def _attributes_of(self, network):
        """The attributes that `fit` of a network has set, but for the names of features."""
        names = vars(network).keys() - network.get_params(deep=False).keys()
        return {name: vars(network)[name] for name in names if name not in _OF_CALLBACKS}

    @property
    def _trained_dropout(self):
        return self.dropout_

    def _prediction_of(self, said):
        """What `say` predicts."""
        return said

    def _predict_outputs(self, X, instead=None):
        if not hasattr(self, "coefs_"):
            self._check_fitted()
        return super()._predict_outputs(X, instead)

    def _check_fitted(self):
        super()._check_fitted()
        if not hasattr(self, "coefs_"):
            raise NotFittedError(
                f"This {type(self).__name__} was fitted with refit=False, so it has scores but no "
                "network: set refit=True to predict."
            )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "scores_") or super().__sklearn_is_fitted__()

    @property
    def partial_fit(self):
        """Not available: cross-validation needs all rows at once."""
        raise AttributeError(
            f"{type(self).__name__} has no partial_fit, as cross-validation needs all rows at "
            f"once: use {self._plain.__name__}."
        )

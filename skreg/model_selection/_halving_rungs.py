"""The rungs of successive halving: on each, some candidates are trained further and judged."""

from itertools import product
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection._validation import (
    _fit_and_score,
    _insert_error_scores,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils.parallel import Parallel, delayed

from skreg._training.stages import Stage


class Folds(NamedTuple):
    """What candidates are fitted to and judged by, and how."""

    X: Any
    y: Any
    splits: list  # of the numbers of rows to train on and to test on
    how: dict  # what scikit-learn is passed for each fit


class Rung(NamedTuple):
    """Candidates that were trained up to an epoch, and what scikit-learn says of each fold."""

    candidates: list
    n_epochs: int
    outputs: list

    @property
    def mean_scores(self):
        """Of the folds of each candidate."""
        scores = [output["test_scores"] for output in self.outputs]
        return np.mean(np.reshape(scores, (len(self.candidates), -1)), axis=1)

    def keep_best(self, n):
        """The n candidates with the highest scores, as they were drawn; forgets other networks."""
        places = np.argsort(-self.mean_scores, kind="stable")  # those of NaN are the last
        for i in places[n:]:
            self.candidates[i].ends.clear()
        return [self.candidates[i] for i in sorted(places[:n])]


def climb(search, candidates, n_epochs, folds, tasks):
    """Train candidates in all folds up to an epoch, as far as they are not yet; returns a Rung.

    Raises
    ------
    ValueError
        If all fits failed, if a fit trained no network, or if there are several scores.
    """
    n_splits, max_iter = len(folds.splits), search._max_iter
    pairs = list(product(enumerate(candidates), enumerate(folds.splits)))
    contexts = tasks.begin_fits(len(candidates))
    results = Parallel(n_jobs=search.n_jobs, pre_dispatch=search.pre_dispatch)(
        delayed(_fit_in_stage)(
            Stage(n_epochs, candidate.ends[j]),
            clone(search.estimator),
            folds.X,
            folds.y,
            {  # one dict: arrays by themselves would be lost with the worker of Dask that has them
                "train": train,
                "test": test,
                "parameters": {**candidate.all_params(max_iter), **candidate.seeds},
                "split_progress": (j, n_splits),
                "candidate_progress": (i, len(candidates)),
                **folds.how,
                **context,
            },
        )
        for ((i, candidate), (j, (train, test))), context in zip(pairs, contexts)
    )
    outputs = [output for output, _ in results]
    _warn_or_raise_about_fit_failures(outputs, search.error_score)
    if callable(search.scoring):
        _insert_error_scores(outputs, search.error_score)
    for ((_, candidate), (j, _)), (output, ends) in zip(pairs, results):
        _check(candidate, output, ends)
        candidate.ends[j] = ends
    return Rung(candidates, n_epochs, outputs)


def _fit_in_stage(stage, estimator, X, y, how):
    """What scikit-learn says of a fit within a stage, and where the networks ended."""
    with stage:
        output = _fit_and_score(estimator, X, y, **how)
    return output, stage.ends


def _check(candidate, output, ends):
    if isinstance(output["test_scores"], dict):
        names = sorted(output["test_scores"])
        raise ValueError(f"scoring must be one metric in this search, got {names}.")
    if not ends and output["fit_error"] is None:
        raise ValueError(
            f"With the parameters {candidate.params}, the estimator trains no network in the "
            "thread that calls its fit, where this search could stop it and let it go on."
        )

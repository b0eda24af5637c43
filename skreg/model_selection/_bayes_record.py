"""What a search has evaluated so far, candidate by candidate, to be continued later."""

import re
import warnings
from copy import copy

import numpy as np
from scipy.stats import rankdata
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection._split import _yields_constant_splits
from sklearn.model_selection._validation import _insert_error_scores
from sklearn.utils import check_random_state

from skreg._validation import warn_user

_ALL_FAILED = re.compile(r"\s*All the (\d+) fits failed")


def count_failed_fits(error):
    """How many fits there were, if an error of scikit-learn says that all failed; else 0."""
    match = _ALL_FAILED.match(str(error))
    return int(match[1]) if match else 0


def with_count(error, n_fits):
    """The error that all fits of a step failed, for those of a whole search."""
    return ValueError(_ALL_FAILED.sub(f"\nAll the {n_fits} fits failed", str(error), count=1))


class Record:
    """Candidates and the scores of their folds.

    Parameters
    ----------
    settings : dict
        What has to stay the same for the search to be continued, by the name of the parameter.
    """

    def __init__(self, settings):
        self.settings, self.n_splits = settings, None
        self.params, self.folds = [], []
        self.results = {}  # one object, which scikit-learn also holds
        self._n_seen = 0
        self._seed_of_splits = None

    def check_continues(self, settings):
        """Check that nothing else was changed between two calls.

        Raises
        ------
        ValueError
            If a setting differs.
        """
        changed = [name for name, value in settings.items() if value != self.settings[name]]
        if changed:
            raise ValueError(
                f"warm_start=True continues a search, but {', '.join(changed)} changed since the "
                "last call of fit. Set warm_start=False to begin anew."
            )

    def begin(self):
        """Begin a call of fit."""
        self._n_seen = 0

    def fix_splits(self, cv):
        """A splitter with the same folds for all candidates, where `cv` draws them in each step."""
        if _yields_constant_splits(cv):
            return cv
        if self._seed_of_splits is None:
            rng = check_random_state(cv.random_state)
            self._seed_of_splits = int(rng.randint(np.iinfo(np.int32).max))
        cv = copy(cv)
        cv.random_state = self._seed_of_splits
        return cv

    def _check_splits(self, n_splits):
        if self.n_splits not in (None, n_splits):
            raise ValueError(
                f"warm_start=True continues a search, but cv made {self.n_splits} splits before "
                f"and makes {n_splits} now. Set warm_start=False to begin anew."
            )
        self.n_splits = n_splits  # which older versions of scikit-learn do not tell earlier

    def add(self, params, n_splits, folds):
        """Add what is new of all that scikit-learn has evaluated in this call of fit."""
        self._check_splits(n_splits)
        self.params += params[self._n_seen :]
        self.folds += folds[self._n_seen * self.n_splits :]
        self._n_seen = len(params)

    def add_failure(self, params, error, seconds, error_score, metrics):
        """Add candidates none of whose fits succeeded, and warn."""
        n_fits = count_failed_fits(error)
        self._check_splits(n_fits // len(params))
        score = dict.fromkeys(metrics, error_score) if metrics else error_score
        fold = {"fit_error": str(error), "fit_time": seconds / n_fits, "score_time": 0.0}
        fold |= {"test_scores": score, "n_test_samples": 0}
        if self.settings["return_train_score"]:
            fold["train_scores"] = score
        self.params += params
        self.folds += [dict(fold) for _ in range(n_fits)]
        details = str(error).partition("Below are")[2]
        message = f"All {n_fits} fits of the candidates {params} failed and score {error_score}."
        message = f"{message}\nBelow are{details}" if details else f"{message}\n{error}"
        warn_user(message, FitFailedWarning)

    @property
    def has_score(self):
        """Whether any fit of this or an earlier call succeeded."""
        return any(fold["fit_error"] is None for fold in self.folds)

    @property
    def has_new_score(self):
        """Whether any fit of this call succeeded."""
        return self._n_seen > 0

    def update_results(self, format_results, scoring, error_score):
        """Bring `results`, which is cv_results_ later, up to date."""
        if callable(scoring):  # whose metrics are only known by now
            _insert_error_scores(self.folds, error_score)
        with warnings.catch_warnings():  # of scores that are not finite, for each candidate
            warnings.filterwarnings("ignore", "One or more of the", UserWarning)
            results = format_results(list(self.params), self.n_splits, self.folds)
        self.results.clear()
        self.results.update(results)

    def rank_train_scores(self):
        """Add the ranks of train scores, as skopt does."""
        for key in [key for key in self.results if key.startswith("mean_train_")]:
            ranks = rankdata(-np.nan_to_num(self.results[key], nan=-np.inf), method="min")
            self.results[key.replace("mean", "rank", 1)] = ranks.astype(np.int32)

"""What a search has tried, as arrays in scikit-learn's form."""

import numpy as np
from scipy.stats import rankdata

_MISSING = object()


def results_of(candidates, votes):
    """The `cv_results_` of candidates with scores.

    Parameters
    ----------
    votes : dict of int to float
        Shares of the votes by the numbers of candidates.
    """
    scores = np.ma.masked_invalid(np.array([each.scores for each in candidates], float))
    means = scores.mean(axis=1).filled(np.nan)
    results = {"params": [each.params for each in candidates]}
    for name in sorted({name for each in candidates for name in each.params}):
        results[f"param_{name}"] = _masked([each.params.get(name, _MISSING) for each in candidates])
    for i, column in enumerate(scores.T):
        results[f"split{i}_test_score"] = column.filled(np.nan)
    return results | {
        "mean_test_score": means,
        "std_test_score": scores.std(axis=1).filled(np.nan),
        "rank_test_score": rankdata(-np.nan_to_num(means, nan=-np.inf), "min").astype(np.int32),
        "fit_time": np.array([each.seconds for each in candidates]),
        "n_epochs": np.array([each.n_epochs for each in candidates]),
        "rung": np.array([each.rung for each in candidates]),
        "vote": np.array([votes.get(each.number, 0.0) for each in candidates]),
    }


def _masked(values):
    column = np.ma.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        column[i] = np.ma.masked if value is _MISSING else value
    return column

"""How much faster penalties are chosen along a path than by a grid search, and how good they are.

    python path_study.py [--data FOLDER --sets spambase gal_concrete] [--rounds 3] [--jobs 2]

Digits and diabetes come with scikit-learn; FOLDER holds a NAME.npz for each other data set, with X
(n_samples, n_features) and y (n_samples,). Targets that are not integers are regressed on. Columns
are standardized. Twelve strengths of L1 are tried in five folds, 60 fits in all:

    path            MLPClassifierCV or MLPRegressorCV
    grid            GridSearchCV over MLPClassifier or MLPRegressor
    grid, sklearn   GridSearchCV over scikit-learn's network, over twelve values of alpha

Prints a table in Markdown: the mean score of the best strength ± its standard error, and seconds
relative to those of the path, the median over rounds in which all take turns.
"""

import argparse
import warnings
from pathlib import Path
from time import perf_counter

import numpy as np
import sklearn.neural_network
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

INCLUDED = {"digits": load_digits, "diabetes": load_diabetes}
STRENGTHS, ALPHAS = np.geomspace(0.2, 2e-5, 12), np.geomspace(100, 1e-5, 12)
N_FOLDS = 5


def load(name, folder):
    """Standardized X in float32, y, and whether y is numbers to regress on."""
    if name in INCLUDED:
        X, y = INCLUDED[name](return_X_y=True)
    else:
        arrays = np.load(Path(folder, f"{name}.npz"))
        X, y = arrays["X"], arrays["y"]
    X = StandardScaler().fit_transform(X.astype(np.float32))
    return X, y, bool(np.any(y != np.round(y))) or name == "diabetes"


def searches(is_regression, n_jobs, *, beside_sklearn):
    """What is compared, by name."""
    kind = "Regressor" if is_regression else "Classifier"
    folds = (KFold if is_regression else StratifiedKFold)(N_FOLDS, shuffle=True, random_state=0)
    how, own = {"cv": folds, "n_jobs": n_jobs}, {"random_state": 0}
    path = MLPRegressorCV if is_regression else MLPClassifierCV
    plain = MLPRegressor if is_regression else MLPClassifier
    found = {
        "path": path(**own, **how, l1s=STRENGTHS),
        "grid": GridSearchCV(plain(**own), {"l1": STRENGTHS}, **how),
    }
    if beside_sklearn:
        other = getattr(sklearn.neural_network, f"MLP{kind}")
        found["grid, sklearn"] = GridSearchCV(other(**own), {"alpha": ALPHAS}, **how)
    return found


def score_of(search):
    """The best mean score and its standard error."""
    if hasattr(search, "scores_"):
        scores = search.scores_[:, search.l1s_ == search.l1_].ravel()
    else:
        results, best = search.cv_results_, search.best_index_
        scores = np.array([results[f"split{k}_test_score"][best] for k in range(N_FOLDS)])
    return scores.mean(), scores.std(ddof=1) / np.sqrt(N_FOLDS)


def measure(name, options):
    """Rows of the table for a data set."""
    X, y, is_regression = load(name, options.data)
    compared = searches(is_regression, options.jobs, beside_sklearn=options.sklearn)
    for search in compared.values():  # compile, and start processes
        search.fit(X[:200], y[:200])
    seconds = {which: [] for which in compared}
    for _ in range(options.rounds):
        for which, search in compared.items():
            start = perf_counter()
            search.fit(X, y)
            seconds[which].append(perf_counter() - start)
    for which, search in compared.items():
        mean, error = score_of(search)
        ratio = np.median(np.divide(seconds[which], seconds["path"]))
        yield f"| {name} | {which} | {mean:.4f} ± {error:.4f} | {ratio:.1f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=".")
    parser.add_argument("--sets", nargs="*", default=list(INCLUDED))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sklearn", action="store_true", help="compare scikit-learn's, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("| data | search | score | seconds, relative |\n|---|---|--:|--:|")
    for name in options.sets:
        for row in measure(name, options):
            print(row, flush=True)


if __name__ == "__main__":
    main()

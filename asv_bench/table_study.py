"""How good networks for tables are: cross-validation on the tables that scikit-learn bundles.

    python table_study.py [--only wine diabetes] [--folds 5] [--seed 0]

Prints a table in Markdown: mean ± standard error over folds of the test error, which is the share
of wrong labels in classification and the root mean squared error in units of the standard deviation
of y in regression, of the log-loss, and of R². All models have default parameters, see the same
rows and run in one thread. Seconds are those of the processor for one fit.
"""

import argparse
import sys
import time
import warnings

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor

CLASSIFIERS = {
    "TabularMLPClassifier": TabularMLPClassifier(random_state=0),
    "MLPClassifier": make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
    "HistGradientBoostingClassifier": HistGradientBoostingClassifier(random_state=0),
    "LogisticRegression": make_pipeline(StandardScaler(), LogisticRegression()),
}
REGRESSORS = {
    "TabularMLPRegressor": TabularMLPRegressor(random_state=0),
    "MLPRegressor": make_pipeline(StandardScaler(), MLPRegressor(random_state=0)),
    "HistGradientBoostingRegressor": HistGradientBoostingRegressor(random_state=0),
    "RidgeCV": make_pipeline(StandardScaler(), RidgeCV()),
}
TABLES = {
    "iris": (load_iris, CLASSIFIERS),
    "wine": (load_wine, CLASSIFIERS),
    "breast cancer": (load_breast_cancer, CLASSIFIERS),
    "digits": (load_digits, CLASSIFIERS),
    "diabetes": (load_diabetes, REGRESSORS),
}
COLUMNS = ("Table", "Rows × columns", "Model", "Error", "Log-loss", "R²", "Seconds")


def evaluate(model, X_train, X_test, y_train, y_test):
    """Test error, log-loss, R² and seconds of a fit; NaN for what the model does not have."""
    model = clone(model)
    start = time.process_time()
    model.fit(X_train, y_train)
    seconds = time.process_time() - start
    if is_classifier(model):
        loss = log_loss(y_test, model.predict_proba(X_test), labels=model.classes_)
        return 1 - model.score(X_test, y_test), loss, np.nan, seconds
    predicted = model.predict(X_test)
    error = np.sqrt(np.mean((predicted - y_test) ** 2)) / y_test.std()
    return error, np.nan, r2_score(y_test, predicted), seconds


def cross_validate(model, X, y, n_folds, seed):
    """What `evaluate` measures, of shape (n_folds, 4)."""
    splitter = StratifiedKFold if is_classifier(model) else KFold
    splits = splitter(n_folds, shuffle=True, random_state=seed).split(X, y)
    return np.array([evaluate(model, X[i], X[j], y[i], y[j]) for i, j in splits])


def with_error(values):
    """Mean ± standard error, or nothing where there are no values."""
    if np.isnan(values).any():
        return ""
    return f"{values.mean():.3f} ± {values.std(ddof=1) / np.sqrt(values.size):.3f}"


def print_row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=TABLES, help="names of tables")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0, help="of the folds")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # networks that stop after their epochs
    print("Compiling: about ten seconds, once per machine.", file=sys.stderr)
    rows = np.arange(80.0)[:, None]
    for model in (*CLASSIFIERS.values(), *REGRESSORS.values()):
        clone(model).fit(rows, rows[:, 0] // 40)
    print_row(COLUMNS)
    print_row(["---"] * len(COLUMNS))
    for name in arguments.only or TABLES:
        load, models = TABLES[name]
        X, y = load(return_X_y=True)
        for title, model in models.items():
            with threadpool_limits(1):
                values = cross_validate(model, X, y, arguments.folds, arguments.seed)
            scores = [with_error(column) for column in values.T[:3]]
            size = f"{X.shape[0]} × {X.shape[1]}"
            print_row([name, size, title, *scores, f"{values[:, 3].mean():.2g}"])


if __name__ == "__main__":
    main()

"""What feature selection by a group lasso is worth: test accuracy, and the features that are left.

    python feature_selection_study.py --data FOLDER [--sets madelon] [--seeds 5]

FOLDER holds a NAME.npz for each data set, with X (n_samples, n_features), y (n_samples,) and, if
there is a standard split, `test_mask` (n_splits, n_samples), of which the first is used; otherwise
a stratified fifth of the rows is the test set. Columns are standardized. The parameters of each
model are chosen by five-fold cross-validation on the training rows:

    all features        the best of no regularizer, L2, L1 and dropout, with one or two layers
    group_l1            a network with a group lasso
    group_l1, refitted  another network, with dropout, on the features the first one ranks high

Prints a table in Markdown: mean ± standard deviation over seeds of the accuracy on the test set,
the number of features that the network uses, the accuracy in cross-validation, and the parameters.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.feature_selection import SelectFromModel
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier

TRAINING = {"learning_rate": "cosine", "tol": 0.0, "n_iter_no_change": np.inf, "random_state": 0}
PLAIN = MLPClassifier(batch_size=128, max_iter=150, l2=0.0, **TRAINING)
# If the output layer had no penalty, the network could evade the group lasso by small weights in
# front and large ones behind.
OUTPUT_ONLY = [0.0, 1e-2]
SPARSE = MLPClassifier(
    64, batch_size=400, max_iter=300, learning_rate_init=0.005, l2=OUTPUT_ONLY, **TRAINING
)
DROPOUT = clone(PLAIN).set_params(hidden_layer_sizes=(128, 128), dropout=0.2)
STRENGTHS = [0.003, 0.01, 0.02, 0.03]
LAYERS = {"net__hidden_layer_sizes": ["100", "128-128"]}
MODELS = {
    "all features": (
        [("net", PLAIN)],
        [
            LAYERS,
            LAYERS | {"net__l2": [1e-3, 1e-2, 1e-1]},
            LAYERS | {"net__l1": [1e-3, 3e-3, 1e-2]},
            LAYERS | {"net__dropout": [0.2, 0.5], "net__input_dropout": [0.0, 0.2]},
        ],
    ),
    "group_l1": ([("net", SPARSE)], {"net__group_l1": STRENGTHS}),
    "group_l1, refitted": (
        [("select", SelectFromModel(SPARSE)), ("net", DROPOUT)],
        {
            "select__estimator__group_l1": STRENGTHS,
            "select__threshold": [1e-10, "mean", "3*mean", "6*mean"],
        },
    ),
}


def load(folder, name):
    """X and y of the training set, X and y of the test set."""
    arrays = np.load(Path(folder, f"{name}.npz"))
    X, y = arrays["X"].astype(np.float32), arrays["y"]
    if "test_mask" not in arrays:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=0.2, stratify=y, random_state=0
        )
        return X_train, y_train, X_test, y_test
    test = arrays["test_mask"][0]
    return X[~test], y[~test], X[test], y[test]


def with_seed(pipeline, seed):
    """A copy whose networks have another seed."""
    names = [name for name in pipeline.get_params() if name.endswith("random_state")]
    return clone(pipeline).set_params(**dict.fromkeys(names, seed))


def n_features_used(pipeline):
    """How many features have weights that are not zero."""
    return int(np.sum(pipeline[-1].coefs_[0].any(axis=1)))


def evaluate(steps, grid, data, n_seeds):
    """The search, and per seed the test accuracy and the number of features, (n_seeds, 2)."""
    X_train, y_train, X_test, y_test = data
    pipeline = Pipeline([("scale", StandardScaler()), *steps])
    search = GridSearchCV(pipeline, grid, cv=5, refit=False).fit(X_train, y_train)
    best = clone(pipeline).set_params(**search.best_params_)
    fits = [with_seed(best, seed).fit(X_train, y_train) for seed in range(n_seeds)]
    return search, np.array([(fit.score(X_test, y_test), n_features_used(fit)) for fit in fits])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of data sets")
    parser.add_argument("--sets", nargs="*", default=["madelon", "isolet1", "arcene"])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # batches larger than the data, no feature left
    print("| Data | Model | Accuracy, % | Features | In cross-validation, % | Parameters |")
    print("|---|---|---|---|---|---|")
    for name in arguments.sets:
        data = load(arguments.data, name)
        for title, (steps, grid) in MODELS.items():
            with threadpool_limits(1):
                search, values = evaluate(steps, grid, data, arguments.seeds)
            accuracy, used = 100 * values[:, 0], values[:, 1]
            cells = (
                name,
                title,
                f"{accuracy.mean():.1f} ± {accuracy.std(ddof=1):.1f}",
                f"{used.min():.0f} to {used.max():.0f} of {data[0].shape[1]}",
                f"{100 * search.best_score_:.1f}",
                str(search.best_params_),
            )
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

"""Mean targets of the levels of categories, for those with very many levels."""

import numpy as np
from sklearn.model_selection import KFold
from sklearn.preprocessing import LabelBinarizer, TargetEncoder
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import type_of_target

_N_FOLDS = 5


def target_matrix(y, target_type):
    """Targets as floats (n, n_targets), an indicator for each class, and what tells them apart."""
    y = np.asarray(y)
    assert_all_finite(y, input_name="y")
    if target_type == "auto":
        target_type = type_of_target(y, input_name="y", raise_unknown=True)
    if target_type in ("binary", "multiclass"):
        binarizer = LabelBinarizer().fit(y)
        Y = binarizer.transform(y).astype(np.float64)
        return Y, [""] if Y.shape[1] == 1 else [f"_{label}" for label in binarizer.classes_]
    Y = y.astype(np.float64).reshape(len(y), -1)
    return Y, [""] if Y.shape[1] == 1 else [f"_{k}" for k in range(Y.shape[1])]


def fit_means(codes, Y):
    """One fitted encoder of codes (n, n_features) for each column of Y."""
    return [TargetEncoder(target_type="continuous").fit(codes, y) for y in Y.T]


def encode_means(encoders, codes):
    """Mean targets (n, n_features · n_targets), those of a feature side by side."""
    means = np.stack([encoder.transform(codes) for encoder in encoders], axis=2)
    return means.reshape(len(codes), -1)


def cross_fit_means(encoders, codes, Y, rows, random_state):
    """The same for the rows of the fit, each of which sees the targets of others only."""
    means = encode_means(encoders, codes)
    folds = KFold(min(_N_FOLDS, len(rows)), shuffle=True, random_state=random_state)
    for train, test in folds.split(rows):
        train, test = rows[train], rows[test]
        means[test] = encode_means(fit_means(codes[train], Y[train]), codes[test])
    return means

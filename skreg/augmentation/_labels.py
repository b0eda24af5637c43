"""Labels as augmenters know them: codes that rows to mix must share."""

import numpy as np
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.multiclass import type_of_target


def is_continuous(y):
    return type_of_target(y, input_name="y").startswith("continuous")


def are_hardly_labels(labels, y):
    """Whether y is continuous, or has so many values that they are no classes."""
    return is_continuous(y) or labels.max() + 1 > max(20, labels.size / 2)


def encode_labels(X, y):
    """Codes (n,) of the labels y of the rows of X; rows of several outputs are labels as a whole.

    Raises
    ------
    ValueError
        If y has missing values, or not as many rows as X.
    TypeError
        If y has labels of different kinds.
    """
    y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
    check_consistent_length(X, y)
    codes = [LabelEncoder().fit_transform(column) for column in y.reshape(len(y), -1).T]
    return np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)[1].reshape(-1)

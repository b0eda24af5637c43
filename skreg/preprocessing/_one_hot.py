"""One-hot columns of codes, a single one where there are two levels."""

import numpy as np
from sklearn.preprocessing import OneHotEncoder


def fit_one_hot(codes, max_categories, dtype):
    """An encoder of codes (n, n_features); levels beyond the most frequent ones share a column."""
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=max_categories,
        sparse_output=False,
        dtype=dtype,
    ).fit(codes)


def find_pairs(encoder):
    """The places of the first of two columns, of each feature that has two."""
    widths = np.array([len(codes) for codes in _kept_codes(encoder)])
    return (np.cumsum(widths) - widths)[widths == 2]


def encode_one_hot(encoder, pairs, codes):
    """One-hot columns (n, n_columns); of two levels, the second: 0, 1, or ½ if it is unknown."""
    columns = encoder.transform(codes)
    columns[:, pairs + 1] = (1 + columns[:, pairs + 1] - columns[:, pairs]) / 2
    return np.delete(columns, pairs, axis=1)


def name_one_hot(encoder, features, categories):
    """The names of these columns, from those of the features and the levels of each."""
    names = [
        f"{feature}_{name}"
        for feature, levels, codes in zip(features, categories, _kept_codes(encoder))
        for name in (_name_level(levels, code) for code in codes)
    ]
    return np.delete(np.array(names, dtype=object), find_pairs(encoder))


def _kept_codes(encoder):
    """For each feature, the codes that have columns of their own, and None if others share one."""
    rare = getattr(encoder, "infrequent_categories_", [None] * len(encoder.categories_))
    for codes, shared in zip(encoder.categories_, rare):
        yield codes.tolist() if shared is None else [*np.setdiff1d(codes, shared), None]


def _name_level(levels, code):
    if code is None:
        return "infrequent"
    return "missing" if code == len(levels) else levels[code]

"""One-hot columns of codes, a single one where there are two levels."""

from typing import NamedTuple

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


class OneHotColumns(NamedTuple):
    """Where in a one-hot row each code of each feature is written, and which number.

    It holds what the encoder answers for every code, which takes it long to find out for few rows.
    """

    first: np.ndarray  # (n_features,): the entry of the code 0; that of UNKNOWN is before it
    columns: np.ndarray  # (n_entries,)
    values: np.ndarray  # (n_entries,)
    n_columns: int

    @property
    def starts(self):
        """The first column (n_features,) of each feature."""
        return np.minimum.reduceat(self.columns, self.first - 1)

    def find(self, codes):
        """Columns, counted from the first one of each feature, and values, for codes."""
        entries = codes + self.first
        return self.columns[entries] - self.starts, self.values[entries]

    def write(self, codes, out):
        """Overwrite `out` (n, n_columns) by the rows of codes (n, n_features).

        Of two levels, there is the column of the second: 0, 1, or ½ if the level is unknown.
        """
        entries = codes + self.first
        out[...] = 0
        np.put_along_axis(out, self.columns[entries], self.values[entries], axis=1)


def find_columns(encoder, n_codes):
    """The OneHotColumns of a fitted encoder, for codes of each feature below its `n_codes`."""
    start, columns, values = 0, [], []
    for kept, n in zip(_kept_codes(encoder), n_codes, strict=True):
        places = np.full(n + 1, kept.index(None) if None in kept else -1)  # UNKNOWN comes first
        own = [code for code in kept if code is not None]
        places[np.array(own) + 1] = np.arange(len(own))
        is_pair, is_known = len(kept) == 2, places >= 0
        columns.append(start + (0 * places if is_pair else np.maximum(places, 0)))
        values.append(np.where(is_known, places, 0.5) if is_pair else is_known.astype(float))
        start += 1 if is_pair else len(kept)
    ends = np.cumsum([len(places) for places in columns])
    first = ends - [len(places) - 1 for places in columns]
    return OneHotColumns(first, np.concatenate(columns), np.concatenate(values), start)


def count_one_hot(encoder):
    """How many of these columns each feature has: two levels share one."""
    n_kept = np.array([len(codes) for codes in _kept_codes(encoder)])
    return np.where(n_kept == 2, 1, n_kept)


def name_one_hot(encoder, features, categories):
    """The names of these columns, from those of the features and the levels of each."""
    names = [
        f"{feature}_{name}"
        for feature, levels, codes in zip(features, categories, _kept_codes(encoder))
        for name in (_name_level(levels, code) for code in codes)
    ]
    widths = np.array([len(codes) for codes in _kept_codes(encoder)])
    pairs = (np.cumsum(widths) - widths)[widths == 2]
    return np.delete(np.array(names, dtype=object), pairs)


def _kept_codes(encoder):
    """For each feature, the codes that have columns of their own, and None if others share one."""
    rare = getattr(encoder, "infrequent_categories_", [None] * len(encoder.categories_))
    for codes, shared in zip(encoder.categories_, rare):
        yield codes.tolist() if shared is None else [*np.setdiff1d(codes, shared), None]


def _name_level(levels, code):
    if code is None:
        return "infrequent"
    return "missing" if code == len(levels) else levels[code]

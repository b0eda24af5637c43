"""How a table becomes a matrix: what is kept of each column, and blocks of rows encoded."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_consistent_length

from skreg._validation import unchanged_on_failure
from skreg.preprocessing import _categories, _one_hot, _targets
from skreg.preprocessing._base import BaseEncoder, check_weights, fit_by_features
from skreg.preprocessing._columns import read_columns, share_features
from skreg.preprocessing._piecewise import PiecewiseLinearEncoder
from skreg.preprocessing._scaler import SmoothClipScaler

_MAX_BINS_IN_ALL = 2000
_BLOCK = 1 << 20  # numbers of the result that are made at once
_GROUP = 1 << 20  # numbers of some columns that are learned from at once


class Rows(NamedTuple):
    """Rows of a table as read and checked, which take far less memory than encoded ones."""

    numbers: list  # ndarrays (n_rows,) of real numbers, NaN if missing; views of the table, if any
    codes: np.ndarray  # (n_rows, n_categorical), int32, places in `categories_`
    means: np.ndarray  # (n_rows, n_means), float64, mean targets

    def take(self, places):
        """Some of the rows (slice or numbers)."""
        numbers = [column[places] for column in self.numbers]
        return Rows(numbers, self.codes[places], self.means[places])


class BaseTableEncoder(BaseEncoder):
    """What TableEncoder does. Rows are encoded each on its own, so some of them may be at a time.

    Kept of each column, as places among those of its kind: `_varying` numbers, numbers
    `_with_holes`, `_nominal` codes and those of `_many` levels; and `_bent`, the numbers with bins,
    as places among `_varying`. `_are_empty` is a mask of the numbers that were all missing.
    """

    def _fit(self, X, y, sample_weight, owner=None):
        """Learn all, and return the rows of X with cross-fitted mean targets.

        `owner` is the estimator that the user sees, which errors and warnings are to name.
        """
        with unchanged_on_failure(self):
            columns = read_columns(owner or self, X, reset=True)
            if owner is not None:
                share_features(owner, self)
            weights = check_weights(sample_weight, X)
            if y is not None:
                check_consistent_length(X, y)
            rows = slice(None) if weights is None else np.flatnonzero(weights)
            self._fit_columns(columns, rows)
            numbers, codes = self._read_numbers(columns), self._read_codes(columns)
            means = self._fit_codes(codes, y, rows)
            self._fit_numbers(numbers, means, weights, rows)
            if not self._varying.size + self._with_holes.size + self._nominal.size:
                raise ValueError(
                    f"All columns of X are constant (n_samples = {len(codes)}), so that there is "
                    "nothing to learn from."
                )
            self._n_features_out = len(self.get_feature_names_out())
        return Rows(numbers, codes, means)

    def _fit_columns(self, columns, rows):
        """Find out which columns are categories, and their levels in rows of a positive weight."""
        by_dtype = isinstance(self.categorical_features, str)
        self.is_categorical_ = _categories.find_categorical(columns, self.categorical_features)
        self.categories_ = [
            _categories.find_levels(columns[j], rows, self.max_categories, may_be_text=by_dtype)
            for j in np.flatnonzero(self.is_categorical_)
        ]
        self._are_empty = np.zeros(np.count_nonzero(~self.is_categorical_), dtype=bool)

    def _read(self, X, owner=None):
        """The rows of X, a table with the columns of `fit`."""
        columns = read_columns(owner or self, X, reset=False)
        codes = self._read_codes(columns)
        means = np.empty((len(codes), 0))
        if self._many.size:
            means = _targets.encode_means(self.target_encoders_, codes[:, self._many])
        return Rows(self._read_numbers(columns), codes, means)

    def _read_numbers(self, columns):
        """The numbers, without those of columns that had none in `fit`, whatever they hold now."""
        nothing = np.broadcast_to(np.nan, len(columns[0].values))
        return [
            nothing if is_empty else _categories.find_numbers(columns[j])
            for j, is_empty in zip(np.flatnonzero(~self.is_categorical_), self._are_empty)
        ]

    def _read_codes(self, columns):
        nominal = [columns[j] for j in np.flatnonzero(self.is_categorical_)]
        codes = [_categories.find_codes(*each) for each in zip(nominal, self.categories_)]
        return _stack(codes, len(columns[0].values), np.int32)

    def _fit_codes(self, codes, y, rows):
        """Learn one-hot columns and mean targets; the latter, of rows of the fit, are returned."""
        kept = codes[rows]
        n_levels = np.array([len(np.unique(column)) for column in kept.T], dtype=int)
        self._nominal = np.flatnonzero(n_levels > 1)
        self._many = np.flatnonzero(n_levels >= self.max_categories) if y is not None else []
        self._many = np.array(self._many, dtype=int)
        self.one_hot_encoder_, self.target_encoders_, self._kinds = None, [], []
        if self._nominal.size:
            kept = kept[:, self._nominal]
            self.one_hot_encoder_ = _one_hot.fit_one_hot(kept, self.max_categories, self.dtype)
            n_codes = [len(self.categories_[j]) + 1 for j in self._nominal]
            found = _one_hot.find_columns(self.one_hot_encoder_, n_codes)
            self._one_hot_columns = found._asdict()
        if not self._many.size:
            return np.empty((len(codes), 0))
        Y, self._kinds = _targets.target_matrix(y, self.target_type)
        many, rows = codes[:, self._many], np.arange(len(codes))[rows]
        encoders = self.target_encoders_ = _targets.fit_means(many[rows], Y[rows])
        return _targets.cross_fit_means(encoders, many, Y, rows, self.random_state)

    def _fit_numbers(self, numbers, means, weights, rows):
        """Learn how to scale numbers and mean targets, where they are missing, and their bins."""
        described = [_describe(column[rows]) for column in numbers]
        is_varying, has_holes, has_third_value, is_empty = (
            np.array(described, bool).reshape(-1, 4).T
        )
        self._varying, self._with_holes = np.flatnonzero(is_varying), np.flatnonzero(has_holes)
        self._are_empty = is_empty
        self._bent = np.flatnonzero(has_third_value[self._varying])
        varying = [numbers[j] for j in self._varying]
        self.scaler_ = self.piecewise_encoder_ = None
        if varying or means.size:
            parts = _groups([*varying, *means.T])
            self.scaler_ = fit_by_features(SmoothClipScaler(), parts, weights)
        if self._bent.size:
            n_bins = max(2, min(self.n_bins, _MAX_BINS_IN_ALL // self._varying.size))
            encoder = PiecewiseLinearEncoder(n_bins, dtype=self.dtype)
            parts = _groups([varying[j] for j in self._bent])
            self.piecewise_encoder_ = fit_by_features(encoder, parts, weights)

    @property
    def _sources(self):
        """The feature, by number, that each column of the result is made of."""
        features = np.arange(self.n_features_in_)
        numeric, nominal = features[~self.is_categorical_], features[self.is_categorical_]
        means = np.repeat(nominal[self._many], len(self._kinds))
        numbers = np.concatenate([numeric[self._varying], means])
        parts = [numbers, numeric[self._with_holes]]
        if self.piecewise_encoder_ is not None:
            parts.append(np.repeat(numbers[self._bent], self.piecewise_encoder_.n_bins_))
        if self.one_hot_encoder_ is not None:
            widths = _one_hot.count_one_hot(self.one_hot_encoder_)
            parts.append(np.repeat(nominal[self._nominal], widths))
        return np.concatenate(parts)

    def _encode(self, rows):
        """The result for Rows."""
        encoded = np.empty((len(rows.codes), self._n_features_out), self.dtype)
        self._write(rows, encoded)
        return encoded

    def _write(self, rows, out):
        """Overwrite `out` by the result, block by block, so that nothing else is of its size."""
        for block in gen_batches(len(out), max(1, _BLOCK // self._n_features_out)):
            self._write_block(rows.take(block), out[block])

    def _write_block(self, rows, out):
        start = self._n_numbers
        bent = self._write_numbers(rows, out[:, :start])
        if self.piecewise_encoder_ is not None:
            stop = start + self.piecewise_encoder_.n_bins_.sum()
            self.piecewise_encoder_._write(bent, out[:, start:stop])
            start = stop
        if self.one_hot_encoder_ is not None:
            self._one_hot.write(rows.codes[:, self._nominal], out[:, start:])

    @property
    def _one_hot(self):
        """Not stored, because a pickle names the classes of everything it holds."""
        return _one_hot.OneHotColumns(**self._one_hot_columns)

    @property
    def _n_numbers(self):
        """How many columns are before those of the bins."""
        return (0 if self.scaler_ is None else self.scaler_.n_features_in_) + self._with_holes.size

    def _write_numbers(self, rows, out):
        """Overwrite `out` by scaled numbers and indicators; returns numbers to find bins for."""
        numbers = _stack([rows.numbers[j] for j in self._varying], len(out), np.float64)
        numbers, start = np.hstack([numbers, rows.means]), 0
        if self.scaler_ is not None:
            start = numbers.shape[1]
            out[:, :start] = np.nan_to_num(self.scaler_._scale(numbers), copy=False)
        for j in self._with_holes:
            out[:, start] = np.isnan(rows.numbers[j])
            start += 1
        if self.piecewise_encoder_ is None:
            return None
        return np.where(np.isnan(numbers), self.scaler_.center_, numbers)[:, self._bent]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = [np.dtype(self.dtype).name]
        return tags


def _describe(column):
    """Whether numbers vary, only some are missing, more than two differ, and all are missing."""
    column = column.astype(np.float64)
    is_missing, low, high = np.isnan(column), np.fmin.reduce(column), np.fmax.reduce(column)
    has_third_value = ((column > low) & (column < high)).any()
    is_empty = is_missing.all()
    return low < high, is_missing.any() and not is_empty, has_third_value, is_empty


def _groups(columns):
    """Yield the numbers (n_rows, n_some) of some columns after the other, as float64."""
    n_rows = len(columns[0])
    for some in gen_batches(len(columns), max(1, _GROUP // n_rows)):
        yield _stack(columns[some], n_rows, np.float64)


def _stack(columns, n_rows, dtype):
    """Columns (n_rows,) side by side, each contiguous in memory; there may be none."""
    matrix = np.empty((n_rows, len(columns)), dtype, order="F")
    for j, column in enumerate(columns):
        matrix[:, j] = column
    return matrix

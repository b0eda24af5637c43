"""The columns of a table: what each holds, as numbers or as the distinct levels of a category."""

import datetime
import re
from collections.abc import Callable, Mapping
from numbers import Number
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_array, validate_data

# The kind of a column by the first word of the name of its dtype, in pandas, polars and pyarrow.
_WORDS = {
    "number": ("bool", "boolean", "int", "uint", "float", "double", "decimal"),
    "category": ("category", "categorical", "enum", "dictionary"),
    "string": ("str", "string", "large"),
    "date": ("date", "datetime", "time", "timestamp", "timedelta", "duration", "period"),
    "object": ("object", "null"),
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_DATES = datetime.date, datetime.time, datetime.timedelta
_NOTHING = {"NoneType", "NAType", "NaTType"}  # types of missing values other than NaN


class Column(NamedTuple):
    """A column of a table."""

    name: Any  # its name, or its number where it has none
    kind: str  # "number", "category", "string", "date", "mixed", "empty" or "other"
    values: Any  # (n,), a series of pandas or polars or an ndarray

    def to_numbers(self):
        """The numbers, NaN where missing: a view where NumPy has a type for them, else float64."""
        if isinstance(self.values.dtype, np.dtype) and self.values.dtype != object:
            return np.asarray(self.values)
        if hasattr(self.values, "cast"):  # of polars
            is_object = str(self.values.dtype) == "Object"
            return _parse(self.values) if is_object else self.values.cast(float).to_numpy()
        if self.values.dtype == object:
            return _parse(self.values)
        return self.values.to_numpy(dtype=np.float64, na_value=np.nan)

    def to_levels(self):
        """The place (n,) of each value in a list of levels, -1 if missing, and that list."""
        if hasattr(self.values, "factorize"):
            codes, levels = self.values.factorize()
            return codes, list(levels)
        places = {}
        codes = [places.setdefault(value, len(places)) for value in _to_list(self.values)]
        is_missing = [type(v).__name__ in _NOTHING or v != v for v in places]
        order = np.where(is_missing, -1, np.cumsum(np.logical_not(is_missing)) - 1)
        return order[codes], [level for level, gone in zip(places, is_missing) if not gone]

    def name_type(self):
        """What the values are, such as "complex", in words for an error."""
        types = [] if isinstance(self.values, np.ndarray) else [str(self.values.dtype)]
        if types in ([], ["object"], ["Object"]):
            types = sorted(kind.__name__ for kind in _types_of(_to_list(self.values)))
        return " and ".join(types)

    def refuse(self, reason, error: Callable[[str], Exception] = ValueError):
        """Raise an error that names the column."""
        raise error(f"Column {self.name!r} {reason}.")


def check_table(X):
    """Refuse what is no table, but might be taken for one.

    Raises
    ------
    TypeError
        If X is sparse, or a mapping, a string or no array-like at all.
    """
    if issparse(X):
        raise TypeError(
            "Sparse X was passed, but a table has dense columns: use X.toarray(), or MLPClassifier "
            "or MLPRegressor, which take sparse X as it is."
        )
    is_array_like = hasattr(X, "__len__") or hasattr(X, "__array__")
    has_mappings = isinstance(X, list | tuple) and any(isinstance(row, Mapping) for row in X)
    if has_mappings or isinstance(X, Mapping | str) or not is_array_like:
        advice = " Use pandas.DataFrame(X)." if has_mappings or isinstance(X, Mapping) else ""
        advice = " Use X.collect()." if hasattr(X, "collect") else advice
        raise TypeError(
            "X must be a dataframe or array-like of shape (n_samples, n_features), got "
            f"{'mappings' if has_mappings else type(X).__name__}.{advice}"
        )


def read_columns(estimator, X, *, reset):
    """The columns of X as scikit-learn's checks of shape and names let them pass."""
    check_table(X)
    if not _is_frame(X):
        X = np.array(X, dtype=object) if isinstance(X, list | tuple) else X
        X = validate_data(estimator, X, dtype=None, ensure_all_finite=False, reset=reset)
        return [_make_column(j, values) for j, values in enumerate(X.T)]
    if not reset:
        _check_order(estimator, X)
    validate_data(estimator, X, skip_check_array=True, reset=reset)
    shape = np.broadcast_to(0.0, X.shape)  # for errors as scikit-learn's
    check_array(shape, ensure_all_finite=False, estimator=estimator)
    is_polars = hasattr(X, "get_columns")
    series = X.get_columns() if is_polars else [X.iloc[:, j] for j in range(X.shape[1])]
    return list(map(_make_column, X.columns, series))


def share_features(source, target):
    """Let an estimator know what scikit-learn's checks of another have found out of X."""
    for name in ("n_features_in_", "feature_names_in_"):
        vars(target).pop(name, None)
        if hasattr(source, name):
            setattr(target, name, getattr(source, name))


def _is_frame(X):
    return hasattr(X, "columns") and (hasattr(X, "iloc") or hasattr(X, "get_columns"))


def _check_order(estimator, X):
    """Name the columns that changed places, which scikit-learn does not."""
    before, now = list(getattr(estimator, "feature_names_in_", [])), list(X.columns)
    if before != now and len(before) == len(now) and set(before) == set(now):
        moved = next(j for j, pair in enumerate(zip(before, now)) if pair[0] != pair[1])
        raise ValueError(
            "The feature names should match those that were passed during fit.\n"
            "Feature names must be in the same order as they were in fit.\n"
            f"Column {moved} was {before[moved]!r} and is {now[moved]!r} now."
        )


def _make_column(name, values):
    dtype = values.dtype
    kind = "number" if getattr(dtype, "kind", "O") in "biuf" else None
    kind = "string" if getattr(dtype, "kind", "O") in "US" else kind
    if kind is None:
        word = re.match(r"[a-z]*", str(dtype).lower())[0]
        kind = _KINDS.get(word, "other")
    return Column(name, _kind_of_objects(values) if kind == "object" else kind, values)


def _kind_of_objects(values):
    types = _types_of(_to_list(values))
    are_strings = {issubclass(t, str) for t in types}
    if len(are_strings) != 1:
        return "mixed" if types else "empty"
    if are_strings == {True}:
        return "string"
    if all(issubclass(t, Number | np.bool_) for t in types):
        return "number"
    return "date" if all(issubclass(t, _DATES) for t in types) else "other"


def _types_of(values):
    """The types of values that are not missing."""
    types = {t for t in set(map(type, values)) if t.__name__ not in _NOTHING}
    floats = {t for t in types if issubclass(t, float)}
    if floats < types and all(value != value for value in values if type(value) in floats):
        return types - floats  # which are NaN among strings
    return types


def _parse(values):
    values = _to_list(values)
    return np.array([np.nan if type(v).__name__ in _NOTHING else float(v) for v in values])


def _to_list(values):
    return values.to_list() if hasattr(values, "to_list") else values.tolist()

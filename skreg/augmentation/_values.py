"""Values of features: numbers or, if an augmenter only moves them, anything and missing values."""

from collections import Counter
from numbers import Real

import numpy as np
from sklearn.utils import check_array
from sklearn.utils._missing import is_pandas_na, is_scalar_nan
from sklearn.utils.validation import validate_data

from skreg._validation import accepted_dtypes


def validate_rows(estimator, X, *, moves_values, reset=True):
    """X (n, n_features) as floats; where values are only moved, anything else as objects."""
    if not moves_values:
        return validate_data(estimator, X, dtype=accepted_dtypes(X), reset=reset)
    finite, dtypes = "allow-nan", dtypes_of(X)
    if all(map(is_number, dtypes)):
        dtype = accepted_dtypes(X)
        rows = validate_data(estimator, X, dtype=dtype, ensure_all_finite=finite, reset=reset)
        if not _are_rounded(rows, dtypes):
            return rows
    rows = check_array(_as_objects(X), dtype=object, ensure_all_finite=finite, estimator=estimator)
    validate_data(estimator, X, skip_check_array=True, reset=reset)  # names, number of features
    return rows


def _are_rounded(rows, dtypes):
    """Whether there may be integers that floats cannot hold, such as long identifiers."""
    has_long = any("int64" in str(dtype).lower() for dtype in dtypes)
    return has_long and np.nanmax(np.abs(rows), initial=0) > 2**53


def _as_objects(X):
    """X as what makes an array of objects column by column, where a frame would find one dtype."""
    if hasattr(X, "rows"):  # polars
        return X.rows()
    return X.astype(object) if hasattr(X, "iloc") else X


def dtypes_of(X):
    """The dtypes of the columns of a frame, or the one of anything else."""
    if hasattr(X, "dtypes"):
        return list(X.dtypes)
    return [X.dtype if hasattr(X, "dtype") else np.asarray(X).dtype]


def is_number(dtype):
    """Whether a dtype of NumPy, pandas or polars is one of numbers or booleans."""
    if hasattr(dtype, "is_numeric"):
        return dtype.is_numeric() or str(dtype) == "Boolean"
    return getattr(dtype, "kind", "O") in "biufc"


def drop_missing(values):
    """The floats or objects of (n,) that are there."""
    if values.dtype != object:
        return values[~np.isnan(values)]
    return values[[not _is_missing(value) for value in values]]


def _is_missing(value):
    return value is None or is_scalar_nan(value) or is_pandas_na(value) or value != value


def are_numbers(values):
    """Whether values (n,), none of them missing, are numbers; booleans are none."""
    return values.dtype != object or all(
        isinstance(value, Real) and not isinstance(value, bool) for value in values
    )


def most_frequent(values):
    """One of the most frequent of values (n,), none of them missing."""
    if values.dtype == object:
        return Counter(values.tolist()).most_common(1)[0][0]
    uniques, counts = np.unique(values, return_counts=True)
    return uniques[counts.argmax()]

"""Data frames that keep the dtypes of their columns when rows are added."""

import math

import numpy as np
from sklearn.utils._set_output import ADAPTERS_MANAGER

from skreg.augmentation._values import dtypes_of, is_number


def columns_without_numbers(X):
    """Names of the columns whose dtype is neither of numbers nor of any objects; [] of no frame."""
    if _find_library(X) is None:
        return []
    dtypes = zip(X.columns, dtypes_of(X))
    return [name for name, dtype in dtypes if not is_number(dtype) and str(dtype) != "object"]


def append_rows(given, values, n_kept):
    """The first `n_kept` rows of X as they were given, then new ones, in the kind of X.

    Parameters
    ----------
    given : array-like or dataframe of shape (n_samples, n_features)
        X.

    values : ndarray of shape (n_kept + n_new, n_features)
        All rows, as floats or objects.

    n_kept : int
        How many rows come from `given`: 0 or all.

    Returns
    -------
    X : ndarray, list or dataframe of shape (n_kept + n_new, n_features)
        In a frame, columns have the dtypes that they have in `given`.
    """
    if isinstance(given, list):
        return values.tolist()
    library = _find_library(given)
    if library is None:
        return values
    return _APPENDERS[library](given, n_kept, values[n_kept:])


def _append_to_pandas(given, n_kept, values):
    import pandas as pd

    columns = enumerate(zip(values.T, given.dtypes))
    new = {j: pd.Series(_fit_to(dtype, column), dtype=dtype) for j, (column, dtype) in columns}
    new = pd.DataFrame(new).set_axis(given.columns, axis=1)
    return pd.concat([given.iloc[:n_kept], new], ignore_index=True)


def _append_to_polars(given, n_kept, values):
    import polars as pl

    def make_series(name, dtype, column):
        column = _fit_to(dtype, column)
        if column.dtype == object:
            return pl.Series(name, column.tolist(), dtype=dtype, strict=False)
        has_nulls = given[name].null_count() > 0  # which are NaN in an array
        return pl.Series(name, column, nan_to_null=has_nulls).cast(dtype)

    new = pl.DataFrame(list(map(make_series, given.columns, given.dtypes, values.T)))
    return pl.concat([given[:n_kept], new])


_APPENDERS = {"pandas": _append_to_pandas, "polars": _append_to_polars}


def _fit_to(dtype, values):
    """Values (n,) that a column of `dtype` can hold: whole numbers in range for integers."""
    name = str(getattr(dtype, "subtype", dtype)).lower().split("[")[0]  # sparse, and of pyarrow
    if name.startswith("bool"):
        bounds = 0, 1
    elif name.startswith(("int", "uint")):
        bounds = np.iinfo(name).min, np.iinfo(name).max
    else:
        return values
    if values.dtype == object:
        return np.array([_round(value) for value in values], object)
    low, high = np.array(bounds, values.dtype)
    return np.rint(np.clip(values, low, np.nextafter(high, low)))


def _round(value):
    return round(value) if isinstance(value, float) and math.isfinite(value) else value


def _find_library(X):
    """The name of the library that X is a frame of, or None."""
    adapters = ADAPTERS_MANAGER.adapters.items()
    return next((name for name, adapter in adapters if adapter.is_supported_container(X)), None)

"""A table as one matrix of numbers that suits a network."""

from __future__ import annotations

from numbers import Integral
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.preprocessing import OneHotEncoder, TargetEncoder
from sklearn.utils._param_validation import Interval, Options
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from skreg._typing import RandomState, validating_parameters, without_annotations
from skreg._validation import Names
from skreg.preprocessing._blocks import BaseTableEncoder
from skreg.preprocessing._one_hot import name_one_hot
from skreg.preprocessing._piecewise import PiecewiseLinearEncoder
from skreg.preprocessing._scaler import SmoothClipScaler


class TableEncoder(BaseTableEncoder):
    """Encode the columns of a table as numbers that suit a network.

    It takes data frames and arrays as they are, and returns, in this order,

    - the numbers, scaled and smoothly bounded by :class:`SmoothClipScaler`, with missing ones at
      the mean, and then the mean targets of categories with very many levels,
    - an indicator for each feature whose numbers were missing in some rows in `fit`,
    - the bins of the numbers by :class:`PiecewiseLinearEncoder`, of features with more than two
      values,
    - the one-hot columns of categories. Missing values are a level of their own.

    Features that are constant in `fit` are left out. Those that were missing in all rows of it may
    hold anything later.

    Parameters
    ----------
    n_bins : int, default=16
        Largest number of bins of a number, at least 2. Wide tables get fewer: with d features of
        numbers, each has at most 2000 // d bins, and at least 2.

    categorical_features : array-like of {bool, int, str}, "from_dtype" or None, \
            default="from_dtype"
        Which columns are categories. "from_dtype": those of a data frame whose dtype is one of
        categories ("category", Enum, Categorical) or strings, and those of an array of objects that
        hold strings. Otherwise a mask, numbers or names of columns; None for no column. All others
        must hold numbers or booleans, and integers are numbers however few values they have.

    max_categories : int, default=64
        Largest number of one-hot columns of a feature, at least 2. With as many levels or more, the
        most frequent ones have columns of their own and the others share one. If `fit` has y too,
        each such feature is also encoded by the mean target of its level, scaled as numbers are; by
        several if y has more than two classes or several outputs.

    target_type : {"auto", "binary", "multiclass", "continuous"}, default="auto"
        What y is, for mean targets. "auto" finds out by :func:`sklearn.utils.multiclass.\
type_of_target`, to which integers are classes.

    dtype : {np.float32, np.float64}, default=np.float32
        Type of the result.

    random_state : int, RandomState instance or None, default=None
        Determines the folds by which mean targets are found in `fit_transform`.

    Attributes
    ----------
    is_categorical_ : ndarray of bool of shape (n_features_in_,)
        Which features are categories.

    categories_ : list of ndarray
        Sorted levels of each feature of categories, without the missing one.

    scaler_ : SmoothClipScaler or None
        What scales the numbers; None if there are none.

    piecewise_encoder_ : PiecewiseLinearEncoder or None
        What encodes numbers by bins; None if there are none with more than two values.

    one_hot_encoder_ : OneHotEncoder or None
        What encodes the places of levels in `categories_`; None if there are no categories.

    target_encoders_ : list of TargetEncoder
        What encodes these places by mean targets, one for each class or output.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    SmoothClipScaler : Scale numbers.
    PiecewiseLinearEncoder : Encode where in its range a number lies.
    sklearn.compose.ColumnTransformer : Choose a transformer for each column.

    Notes
    -----
    A level that was not seen in `fit` is encoded as those that share a column, if there are any.
    Otherwise it is zero in all one-hot columns, and ½ in the single one of two levels.

    `fit_transform` cross-fits mean targets in five folds, so that no row sees its own target. So it
    differs from `fit` and then `transform` for features that have mean targets, and is what a model
    should be trained on.

    With `sample_weight`, a weight of 2 is the same as repeating the row, except for one-hot columns
    and mean targets, to which rows of a positive weight are all alike.

    Strings that hardly repeat look like text or names, and are refused unless
    `categorical_features` has the column: if more than `max_categories` and more than half as many
    as rows are different, or all of them, of 16 or more.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skreg.preprocessing import TableEncoder
    >>> X = pd.DataFrame({"age": [20, 40, np.nan, 60], "pet": ["cat", "dog", "cat", None]})
    >>> encoder = TableEncoder(n_bins=2).set_output(transform="pandas")
    >>> encoder.fit_transform(X).round(2)
        age  age_missing  age_bin_0  age_bin_1  pet_cat  pet_dog  pet_missing
    0 -1.13          0.0        0.0        0.0      1.0      0.0          0.0
    1  0.00          0.0        1.0        0.0      0.0      1.0          0.0
    2  0.00          1.0        1.0        0.0      1.0      0.0          0.0
    3  1.13          0.0        1.0        1.0      0.0      0.0          1.0
    """

    is_categorical_: np.ndarray
    categories_: list[np.ndarray]
    scaler_: SmoothClipScaler | None
    piecewise_encoder_: PiecewiseLinearEncoder | None
    one_hot_encoder_: OneHotEncoder | None
    target_encoders_: list[TargetEncoder]

    _parameter_constraints: ClassVar[dict] = {
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "categorical_features": ["array-like", Names({"from_dtype"}), None],
        "max_categories": [Interval(Integral, 2, None, closed="left")],
        "target_type": [Names({"auto", "binary", "multiclass", "continuous"})],
        "dtype": [Options(type, {np.float32, np.float64})],
        "random_state": ["random_state"],
    }

    @without_annotations
    def __init__(
        self,
        n_bins: int = 16,
        *,
        categorical_features: ArrayLike | None = "from_dtype",
        max_categories: int = 64,
        target_type: str = "auto",
        dtype: type[np.floating] = np.float32,
        random_state: RandomState = None,
    ):
        self.n_bins = n_bins
        self.categorical_features = categorical_features
        self.max_categories = max_categories
        self.target_type = target_type
        self.dtype = dtype
        self.random_state = random_state

    @validating_parameters
    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Learn how to encode each column.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Numbers, booleans, categories and strings, with missing values.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets, to encode features with `max_categories` levels or more.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, not negative.

        Returns
        -------
        self : object
            The fitted encoder. If `fit` raises, it is as it was before.

        Raises
        ------
        TypeError
            If a column has values that are neither numbers nor strings.
        ValueError
            If parameters, y or weights are not as they should be, if a column holds text, dates or
            infinite values, or if all columns are constant.
        """
        self._fit(X, y, sample_weight)
        return self

    @validating_parameters
    def fit_transform(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> np.ndarray:
        """Learn how to encode each column, and encode the rows of a training set.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            Numbers, booleans, categories and strings, with missing values.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets, to encode features with `max_categories` levels or more.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, not negative.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features_out)
            Numbers without missing values. Mean targets of a row are those of other rows.

        Raises
        ------
        TypeError
            If a column has values that are neither numbers nor strings.
        ValueError
            If parameters, y or weights are not as they should be, if a column holds text, dates or
            infinite values, or if all columns are constant.
        """
        return self._encode(self._fit(X, y, sample_weight))

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Encode the rows of a table.

        Parameters
        ----------
        X : dataframe or array-like of shape (n_samples, n_features)
            A table with the columns of `fit`.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features_out)
            Numbers without missing values.

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ValueError
            If a column has another name, place or type than in `fit`, or infinite values.
        """
        check_is_fitted(self)
        return self._encode(self._read(X))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> np.ndarray:
        """Name the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Names of the features; those seen in `fit` if None, or else x0, x1, and so on.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            Such as "age", "age_missing", "age_bin_0", "city_Rome", "city_infrequent" and
            "city_target".

        Raises
        ------
        NotFittedError
            If the encoder is not fitted.
        ValueError
            If `input_features` are not the names seen in `fit`.
        """
        check_is_fitted(self)
        features = _check_feature_names_in(self, input_features)
        numeric, nominal = features[~self.is_categorical_], features[self.is_categorical_]
        means = [f"{name}_target{kind}" for name in nominal[self._many] for kind in self._kinds]
        numbers = np.array([*numeric[self._varying], *means], dtype=object)
        names = [*numbers, *(f"{name}_missing" for name in numeric[self._with_holes])]
        if self.piecewise_encoder_ is not None:
            names += [*self.piecewise_encoder_.get_feature_names_out(numbers[self._bent])]
        if self.one_hot_encoder_ is not None:
            levels = [self.categories_[j] for j in self._nominal]
            names += [*name_one_hot(self.one_hot_encoder_, nominal[self._nominal], levels)]
        return np.array(list(_make_unique(names)), dtype=object)


def _make_unique(names):
    """Underscores behind what is there twice, such as a column "age_missing" beside "age"."""
    taken = set()
    for name in names:
        while name in taken:
            name += "_"
        taken.add(name)
        yield name

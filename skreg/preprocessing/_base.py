"""What all transformers of this package share."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_sample_weight


class BaseEncoder(TransformerMixin, BaseEstimator):
    """A transformer with documentation of its own, which takes missing values."""

    n_features_in_: int
    feature_names_in_: np.ndarray

    _doc_link_module = "skreg"
    _doc_link_template = (
        "https://skreg.readthedocs.io/en/latest/api/generated/"
        "skreg.preprocessing.{estimator_name}.html"
    )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def check_weights(sample_weight, X):
    """Weights (n,) of the rows of X, or None; an error if they are negative or all zero."""
    if sample_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X)
    if not weights.any():
        raise ValueError("sample_weight is zero for every row.")
    if (weights < 0).any():
        raise ValueError(f"sample_weight must not be negative, got {weights.min()}.")
    return weights

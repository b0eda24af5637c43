"""What all transformers of this package share."""

from itertools import chain

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
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


def fit_by_features(encoder, parts, sample_weight):
    """Fit an encoder, to which each feature is on its own, to some features after the other.

    So no copies of all of them are in memory. `parts` are arrays (n, n_some), which may be made
    when they are wanted. Returns the encoder.
    """
    fitted = [clone(encoder).fit(part, sample_weight=sample_weight) for part in parts]
    for name, value in vars(fitted[0]).items():
        values = [getattr(each, name) for each in fitted]
        if name == "n_features_in_":
            encoder.n_features_in_ = sum(values)
        elif isinstance(value, list):
            setattr(encoder, name, list(chain.from_iterable(values)))
        elif isinstance(value, np.ndarray):
            setattr(encoder, name, np.concatenate(values))
    return encoder


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

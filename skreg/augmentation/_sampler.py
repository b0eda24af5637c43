"""Growing the data by augmented rows, with the method that imbalanced-learn's Pipeline calls."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import ADAPTERS_MANAGER
from sklearn.utils.validation import _check_sample_weight, validate_data

from skreg._validation import AUGMENTER, accepted_dtypes, draw_seed, unchanged_on_failure
from skreg.augmentation._base import augment_in_blocks
from skreg.augmentation._labels import encode_labels, is_continuous


class AugmentationSampler(BaseEstimator):
    """Add augmented copies of rows to the data.

    A transformer cannot change the number of rows, so this is a sampler, with `fit_resample` for
    imbalanced-learn's Pipeline, which resamples in `fit` only. Labels are kept: augmenters that mix
    rows mix those of equal labels. Targets of a regression are mixed with the rows.

    Parameters
    ----------
    augmenter : augmenter
        Object of `skreg.augmentation`, or one with its methods `fit`, `augment` and `get_params`.

    n_copies : int, dict or "balanced", default=1
        How many augmented copies to add: an integer of at least 0 for each row; a dict from classes
        to such integers for each row of these classes; or "balanced" for as many as make each class
        as large as the largest.

    keep_originals : bool, default=True
        Whether the rows themselves come first; else there are only their copies.

    mix_targets : bool or "auto", default="auto"
        What augmenters that mix rows do to y: True mixes it with the rows, False mixes rows of
        equal y only, and "auto" is True if y is continuous. Whole numbers count as classes: give
        True for a regression of counts or prices.

    random_state : int, RandomState instance or None, default=None
        Determines what is drawn, in place of that of the augmenter.

    Attributes
    ----------
    augmenter_ : augmenter
        The fitted augmenter.

    sample_indices_ : ndarray of shape (n_resampled,)
        Number of the row that each resampled row is, or is a copy of.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    Compose : Applies several augmenters.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import AugmentationSampler, GaussianNoise
    >>> X, y = np.arange(8.0).reshape(4, 2), np.array([0, 0, 0, 1])
    >>> sampler = AugmentationSampler(GaussianNoise(), n_copies="balanced", random_state=0)
    >>> X_more, y_more = sampler.fit_resample(X, y)
    >>> y_more
    array([0, 0, 0, 1, 1, 1])
    """

    _doc_link_module = "skreg"
    _doc_link_template = (
        "https://skreg.readthedocs.io/en/latest/api/generated/"
        "skreg.augmentation.{estimator_name}.html"
    )

    _parameter_constraints: ClassVar[dict] = {
        "augmenter": [AUGMENTER],
        "n_copies": [
            Interval(Integral, 0, None, closed="left"),
            dict,
            StrOptions({"balanced"}),
        ],
        "keep_originals": ["boolean"],
        "mix_targets": ["boolean", StrOptions({"auto"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        augmenter,
        n_copies=1,
        *,
        keep_originals: bool = True,
        mix_targets="auto",
        random_state=None,
    ):
        self.augmenter = augmenter
        self.n_copies = n_copies
        self.keep_originals = keep_originals
        self.mix_targets = mix_targets
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=False)
    def fit_resample(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple:
        """Fit the augmenter to X and return rows and their augmented copies.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; never changed in place.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels or targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, to be repeated for their copies. Rows to mix with are drawn in
            proportion to them. Pipelines do not pass resampled weights on.

        Returns
        -------
        X_resampled : ndarray or dataframe of shape (n_resampled, n_features)
            The rows, then copies of all of them, again and again; of the kind of X.

        y_resampled : array-like of shape (n_resampled,) or (n_resampled, n_outputs)
            Their labels or targets: of the kind of y, or a float64 array where they are mixed.

        sample_weight_resampled : ndarray of shape (n_resampled,)
            Their weights; only where `sample_weight` is given.

        Raises
        ------
        ValueError
            If parameters or data are not as they should be, or no rows are left.
        """
        with unchanged_on_failure(self):
            return self._fit_resample(X, y, sample_weight)

    def _fit_resample(self, X, y, sample_weight):
        given, X = X, validate_data(self, X, dtype=accepted_dtypes(X))
        labels = encode_labels(X, y)
        weights = sample_weight
        if weights is not None:
            weights = _check_sample_weight(weights, X, ensure_non_negative=True)
        kept = np.arange(X.shape[0] if self.keep_originals else 0)
        copies = self._rows_to_copy(y, labels)
        self.sample_indices_ = rows = np.concatenate([kept, copies])
        if not rows.size:
            raise ValueError(
                f"n_copies={self.n_copies!r} with keep_originals=False leaves no rows."
            )
        self.augmenter_ = clone(self.augmenter)
        self.augmenter_.fit(X if weights is None or weights.all() else X[weights > 0])
        targets = np.asarray(y, dtype=np.float64) if self._shall_mix(y) else None
        new_X, new_y = X[copies], targets if targets is None else targets[copies]
        if copies.size:
            new_X, new_y = self._draw(new_X, new_y, labels[copies], weights, copies)
        resampled = (
            _like(given, np.concatenate([X[kept], new_X])),
            _take(y, rows) if new_y is None else np.concatenate([targets[kept], new_y]),
        )
        return resampled if weights is None else (*resampled, weights[rows])

    def _draw(self, X, y, labels, weights, rows):
        """A draw of rows X and, if there are any, of their continuous targets y."""
        partners = {
            "labels": labels if y is None else None,
            "weights": None if weights is None else weights[rows],
        }
        Y = None if y is None else y.reshape(rows.size, -1)
        seed = draw_seed(self.random_state)
        new_X, new_Y = augment_in_blocks(self.augmenter_, X, Y, seed, **partners)
        return new_X, None if y is None else new_Y.reshape(y.shape)

    def _shall_mix(self, y):
        if not getattr(self.augmenter_, "_mixes_targets", True):
            return False
        return is_continuous(y) if self.mix_targets == "auto" else self.mix_targets

    def _rows_to_copy(self, y, labels):
        """Numbers of rows, once for each copy."""
        n, n_copies = labels.size, self.n_copies
        if isinstance(n_copies, Integral):
            return np.tile(np.arange(n), n_copies)
        if np.ndim(y) != 1 or is_continuous(y):
            raise ValueError(
                f"n_copies={n_copies!r} needs y to be one class per row; give an integer instead."
            )
        classes, counts = np.unique(np.asarray(y), return_counts=True)
        if n_copies == "balanced":
            wanted = np.full(counts.size, counts.max()) - self.keep_originals * counts
        else:
            wanted = counts * _copies_of(n_copies, classes)
        members = (np.flatnonzero(labels == code) for code in range(classes.size))
        return np.concatenate([np.resize(rows, size) for rows, size in zip(members, wanted)])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.estimator_type = "sampler"
        tags.target_tags.required = True
        return tags


def _copies_of(n_copies, classes):
    """Copies of each class (n_classes,) from a dict."""
    unknown = [label for label in n_copies if label not in classes]
    if unknown or not all(isinstance(n, Integral) and n >= 0 for n in n_copies.values()):
        raise ValueError(
            "n_copies must map classes of y to integers of at least 0, got "
            f"{n_copies!r} for the classes {classes}."
        )
    return np.array([n_copies.get(label, 0) for label in classes.tolist()])


def _take(y, rows):
    """Rows of y, of its kind; a pandas object is numbered anew, as the frame of X is."""
    taken = _safe_indexing(y, rows)
    return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken


def _like(given, values):
    """`values` (n, n_features) in a frame with the columns of `given`, if that is a frame."""
    for adapter in ADAPTERS_MANAGER.adapters.values():
        if adapter.is_supported_container(given):
            return adapter.create_container(values, None, columns=list(given.columns))
    return values

"""Growing the data by augmented rows, with the method that imbalanced-learn's Pipeline calls."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, clone
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import Interval
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import _check_sample_weight

from skreg._typing import Augmenter, RandomState, validating_parameters, without_annotations
from skreg._validation import AUGMENTER, Names, draw_seed, unchanged_on_failure
from skreg.augmentation._base import BaseAugmenter, augment_in_blocks
from skreg.augmentation._frames import append_rows, columns_without_numbers
from skreg.augmentation._labels import encode_labels, is_continuous
from skreg.augmentation._sampling import choose_copies
from skreg.augmentation._tags import tags_of_sampler
from skreg.augmentation._values import validate_rows


class _Checked(NamedTuple):
    """What `fit` has checked: all arrays have n rows, but `copies` has one per copy."""

    X: np.ndarray
    labels: np.ndarray | None  # codes of the labels
    weights: np.ndarray | None
    copies: np.ndarray  # the row that each copy is of


class AugmentationSampler(OneToOneFeatureMixin, BaseEstimator):
    """Add augmented copies of rows to the data.

    A transformer cannot change the number of rows, so this is a sampler, with `fit_resample` for
    imbalanced-learn's Pipeline, which resamples in `fit` only. Labels are kept: augmenters that mix
    rows mix those of equal labels. Targets of a regression are mixed with the rows.

    Columns of data frames keep their dtypes. Features hold numbers; where the augmenter only moves
    values (`SwapNoise`, `CutMix`, `FeatureDropout`), they may hold categories and missing values.

    Parameters
    ----------
    augmenter : augmenter
        Object of `skreg.augmentation`, or one with its methods `fit`, `augment` and `get_params`.

    n_copies : int, dict or "balanced", default=1
        How many augmented copies to add: an integer of at least 0 for each row; a dict from classes
        to such integers for each row of these classes; or "balanced" for as many as make each class
        as large as the largest.

    sampling_strategy : float, str, dict or callable, default=None
        How many rows of each class there shall be, in any form that over-samplers of
        imbalanced-learn take, which must be installed: the size of the smaller of two classes as a
        share of the larger; "auto" or "not majority", "minority", "not minority" or "all" for
        classes to make as large as the largest; a dict from classes to numbers of rows; or a
        function of y that returns such a dict. None leaves it to `n_copies`, which must be 1
        otherwise.

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

    sampling_strategy_ : dict or None
        Number of copies of each class that has any; None where all rows are copied alike.

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

    augmenter_: Augmenter
    sampling_strategy_: dict | None
    sample_indices_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray
    _doc_link_module = BaseAugmenter._doc_link_module
    _doc_link_template = BaseAugmenter._doc_link_template
    _parameter_constraints: ClassVar[dict] = {
        "augmenter": [AUGMENTER],
        "n_copies": [Interval(Integral, 0, None, closed="left"), dict, Names({"balanced"})],
        "sampling_strategy": [
            Interval(Real, 0, 1, closed="right"),
            Names({"auto", "minority", "not minority", "not majority", "all"}),
            dict,
            callable,
            None,
        ],
        "keep_originals": ["boolean"],
        "mix_targets": ["boolean", Names({"auto"})],
        "random_state": ["random_state"],
    }

    # Pipelines pass no resampled weights on, so none are routed here. Without these lines they
    # could be requested, but only where imbalanced-learn was imported before.
    __metadata_request__fit: ClassVar[dict] = {"sample_weight": UNUSED}
    __metadata_request__fit_resample: ClassVar[dict] = {"sample_weight": UNUSED}

    @without_annotations
    def __init__(
        self,
        augmenter: Augmenter,
        n_copies: int | dict | str = 1,
        *,
        sampling_strategy: float | str | dict | Callable | None = None,
        keep_originals: bool = True,
        mix_targets: bool | str = "auto",
        random_state: RandomState = None,
    ):
        self.augmenter = augmenter
        self.n_copies = n_copies
        self.sampling_strategy = sampling_strategy
        self.keep_originals = keep_originals
        self.mix_targets = mix_targets
        self.random_state = random_state

    @validating_parameters
    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Fit the augmenter to X and find how many copies there will be; resample nothing.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Labels or targets.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows; the augmenter learns nothing from rows of weight zero.

        Returns
        -------
        self : object
            The fitted sampler. If `fit` raises, it is as it was before.

        Raises
        ------
        ImportError
            If `sampling_strategy` is given and imbalanced-learn is not installed.
        ValueError
            If parameters or data are not as they should be, or no rows would be left.
        """
        with unchanged_on_failure(self):
            self._fit(X, y, sample_weight)
        return self

    @validating_parameters
    def fit_resample(
        self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> tuple:
        """Fit the augmenter to X and return rows and their augmented copies.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; never changed in place.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Labels or targets. A column of labels, or an indicator of one class for each row, is
            labels. Without y, any rows are mixed, and the copies cannot be counted by class.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, to be repeated for their copies. Rows to mix with are drawn in
            proportion. They cannot be routed here, since pipelines pass no resampled weights on.

        Returns
        -------
        X_resampled : ndarray, list or dataframe of shape (n_resampled, n_features)
            The rows, then copies of all of them, again and again; of the kind of X, where columns
            of data frames keep their dtypes and whole numbers are rounded.

        y_resampled : array-like of shape (n_resampled,) or (n_resampled, n_outputs)
            Their labels or targets: of the kind of y, or a float64 array where they are mixed.
            None where y is.

        sample_weight_resampled : ndarray of shape (n_resampled,)
            Their weights; only where `sample_weight` is given.

        Raises
        ------
        ImportError
            If `sampling_strategy` is given and imbalanced-learn is not installed.
        ValueError
            If parameters or data are not as they should be, or no rows are left.
        """
        with unchanged_on_failure(self):
            return self._fit_resample(X, y, sample_weight)

    def _fit(self, X, y, sample_weight):
        X = self._validate(X)
        labels = None if y is None else encode_labels(X, y)
        if (weights := sample_weight) is not None:
            weights = _check_sample_weight(weights, X, ensure_non_negative=True)
        copies, self.sampling_strategy_ = choose_copies(
            X.shape[0], y, self.n_copies, self.sampling_strategy, self.keep_originals
        )
        if not copies.size and not self.keep_originals:
            raise ValueError(f"n_copies={self.n_copies!r}, keep_originals=False leaves no rows.")
        self.augmenter_ = clone(self.augmenter)
        self.augmenter_.fit(X if weights is None or weights.all() else X[weights > 0])
        return _Checked(X, labels, weights, copies)

    def _validate(self, X):
        moves_values = getattr(self.augmenter, "_moves_values", False)
        bad = columns_without_numbers(X)
        if bad and not moves_values:
            raise ValueError(
                f"{type(self.augmenter).__name__} needs numbers, but columns {bad} of X are not "
                "numeric: encode them, or choose an augmenter that only moves values, such as "
                "SwapNoise."
            )
        return validate_rows(self, X, moves_values=moves_values)

    def _fit_resample(self, given, y, sample_weight):
        X, labels, weights, copies = self._fit(given, y, sample_weight)
        kept = np.arange(X.shape[0] if self.keep_originals else 0)
        self.sample_indices_ = rows = np.concatenate([kept, copies])
        targets = np.asarray(y, dtype=np.float64) if self._shall_mix(y) else None
        new_X, new_y = X[copies], None if targets is None else targets[copies]
        if copies.size:
            labels = None if labels is None or targets is not None else labels[copies]
            weights_of_copies = None if weights is None else weights[copies]
            new_X, new_y = self._draw(new_X, new_y, labels, weights_of_copies)
        resampled = (
            append_rows(given, np.concatenate([X[kept], new_X]), kept.size),
            _take(y, rows) if new_y is None else np.concatenate([targets[kept], new_y]),
        )
        return resampled if weights is None else (*resampled, weights[rows])

    def _draw(self, X, y, labels, weights):
        """A draw of rows X and, if there are any, of their continuous targets y."""
        Y = None if y is None else y.reshape(X.shape[0], -1)
        seed = draw_seed(self.random_state)
        new_X, new_Y = augment_in_blocks(
            self.augmenter_, X, Y, seed, labels=labels, weights=weights
        )
        return new_X, None if y is None else new_Y.reshape(y.shape)

    def _shall_mix(self, y):
        if y is None or not getattr(self.augmenter_, "_mixes_targets", True):
            return False
        return is_continuous(y) if self.mix_targets == "auto" else self.mix_targets

    @property
    def _sampling_type(self):
        """What BalancedBaggingClassifier asks for before it sets `sampling_strategy`."""
        return "over-sampling" if self.n_copies == 1 else "bypass"

    def __sklearn_tags__(self):
        tags = tags_of_sampler(super().__sklearn_tags__())
        kinds = tags.input_tags
        anything = bool(getattr(self.augmenter, "_moves_values", False))
        kinds.allow_nan = kinds.categorical = kinds.string = anything
        return tags


def _take(y, rows):
    """Rows of y, of its kind; a pandas object is numbered anew, as the frame of X is."""
    if y is None:
        return None
    taken = _safe_indexing(y, rows)
    return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken

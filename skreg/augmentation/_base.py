"""What all augmenters share: fit, the three ways to draw, and when nothing is drawn."""

from __future__ import annotations

from contextlib import suppress
from numbers import Real
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from skreg._arithmetic.generator import RowGenerator
from skreg._compiler.jit import DTYPES
from skreg._typing import RandomState, Seed, validating_parameters, without_annotations
from skreg._validation import draw_seed, unchanged_on_failure, warn_user
from skreg.augmentation._labels import are_hardly_labels, encode_labels
from skreg.augmentation._values import validate_rows

_BLOCK_BYTES = 1 << 20  # of X; what stays in the cache of a core while it is augmented


class BaseAugmenter(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Base class of augmenters: transformers that change X in `fit_transform` only.

    A child has constructor parameters, `probability` and `random_state` among them, with their
    `_parameter_constraints`, and defines `_draw` and `_apply`; it may define `_learn`,
    `_apply_to_targets` and `_has_effect`.

    Parameters
    ----------
    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws.

    See Also
    --------
    BaseImageAugmenter : The same for images.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import BaseAugmenter
    >>> class Reversal(BaseAugmenter):
    ...     def _draw(self, rng):
    ...         return rng.random((rng.n_rows, 1)) < 0.5
    ...
    ...     def _apply(self, X, draw):
    ...         return np.where(draw, X[:, ::-1], X)
    >>> Reversal(random_state=2).fit_transform([[1, 2], [3, 4]])
    array([[2., 1.],
           [3., 4.]])
    """

    n_features_in_: int
    feature_names_in_: np.ndarray

    _doc_link_module = "skreg"
    _doc_link_template = (
        "https://skreg.readthedocs.io/en/latest/api/generated/"
        "skreg.augmentation.{estimator_name}.html"
    )

    _parameter_constraints: ClassVar[dict] = {
        "probability": [Interval(Real, 0, 1, closed="both")],
        "random_state": ["random_state"],
    }
    _mixes_rows = False  # whether what becomes of a row depends on other rows
    _needs_blocks = True  # whether its work takes as much memory as X, beside the result
    _mixes_targets = False  # whether it changes what the label of a row should be
    _moves_values = False  # whether features may hold anything, as it computes with no value

    @without_annotations
    def __init__(self, *, probability: float = 1.0, random_state: RandomState = None):
        self.probability = probability
        self.random_state = random_state

    @validating_parameters
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn from X what the augmenter must know of the features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        y : array-like, default=None
            Ignored.

        Returns
        -------
        self : object
            The fitted augmenter. If `fit` raises, it is as it was before.

        Raises
        ------
        ValueError
            If parameters or X are not as they should be.
        """
        self._fit(X)
        return self

    def _fit(self, X):
        with unchanged_on_failure(self):
            X = validate_rows(self, X, moves_values=self._moves_values)
            self._learn(X)
            self._active = self._is_active()
        return X

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return X untouched: data to predict are not augmented.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            The same, as float32 if X is float32 or uint8, else as float64; as objects
            if X holds other things than numbers, where the augmenter takes these.

        Raises
        ------
        NotFittedError
            If the augmenter is not fitted.
        ValueError
            If X has other features than in `fit`.
        """
        check_is_fitted(self)
        return validate_rows(self, X, moves_values=self._moves_values, reset=False)

    @validating_parameters
    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> np.ndarray:
        """Fit to X and return one augmented draw of it.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features; never changed in place.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Labels. They cannot be changed here, so augmenters that mix labels mix rows of equal
            labels only, or any rows if there are no labels; all others ignore them.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            An augmented draw, as float32 if X is float32 or uint8, else as float64; as objects
            if X holds other things than numbers, where the augmenter takes these.

        Raises
        ------
        ValueError
            If parameters, X or y are not as they should be.
        """
        X = self._fit(X)
        labels = encode_labels(X, y) if y is not None and self._mixes_targets else None
        if not self._active:
            return X
        if labels is not None and are_hardly_labels(labels, y):
            warn_user(
                f"{type(self).__name__} cannot change y as a transformer and mixes rows of equal y "
                f"only, but y has {labels.max() + 1} values in {labels.size} rows. Give it to "
                "MLPRegressor(augmentation=...) to mix targets with the rows."
            )
        return augment_in_blocks(self, X, None, draw_seed(self.random_state), labels=labels)[0]

    def augment(
        self, X: np.ndarray, Y: np.ndarray | None, rng: RowGenerator | Seed
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return an augmented draw of a block of rows and of their targets.

        An estimator calls it for every block of every epoch.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_features)
            Rows, float32 or float64; never changed in place.

        Y : ndarray of shape (n_rows, n_outputs) or None
            Their targets: numbers, or indicators of classes, which mixing makes soft.

        rng : RowGenerator, or anything that numpy.random.default_rng takes
            Where random numbers come from.

        Returns
        -------
        X, Y : ndarray of shape (n_rows, n_features), ndarray of shape (n_rows, n_outputs) or None
            The augmented rows and their targets, in the dtypes given.

        Raises
        ------
        NotFittedError
            If the augmenter is not fitted.
        ValueError
            If X or Y is not of the shape that it should be.
        """
        if not hasattr(self, "n_features_in_"):  # as a call of check_is_fitted takes long
            check_is_fitted(self)
        self._check_block(X, Y)
        rng = _as_row_generator(rng, X.shape[0])
        if not self._active:
            return X, Y
        new_X, new_Y = self._augment(X, Y, rng)
        if self.probability < 1:
            changed = rng.random((X.shape[0], 1)) < self.probability
            new_X = np.where(changed, new_X, X)
            new_Y = Y if new_Y is Y else np.where(changed, new_Y, Y)
        return new_X, new_Y

    def _augment(self, X, Y, rng):
        draw = self._draw(rng)
        new_Y = Y if Y is None else self._apply_to_targets(Y, draw)
        return self._apply(X, draw).astype(X.dtype, copy=False), new_Y

    def _learn(self, X):
        """Check parameters against X and set fitted attributes."""

    def _draw(self, rng):
        """Everything random about the rows of a block, from a RowGenerator."""
        raise NotImplementedError(f"{type(self).__name__} must define _draw or _augment.")

    def _apply(self, X, draw):
        """New rows from rows X and what was drawn; X is not changed."""
        raise NotImplementedError(f"{type(self).__name__} must define _apply or _augment.")

    def _apply_to_targets(self, Y, draw):
        """Their targets from targets Y and what was drawn; Y is not changed."""
        return Y

    def _has_effect(self):
        """Whether the parameters, probability aside, leave anything to change."""
        return True

    def _needs_blocks_of_rows(self):
        return self._needs_blocks or self.probability < 1

    def _is_active(self):
        return self.probability > 0 and self._has_effect()

    def _check_block(self, X, Y):
        wanted = f"(n_rows, {self.n_features_in_})"
        if np.ndim(X) != 2 or X.shape[1] != self.n_features_in_:
            raise ValueError(f"X must be of shape {wanted}, got {np.shape(X)}.")
        if X.dtype not in DTYPES and not (X.dtype == object and self._moves_values):
            raise ValueError(f"X must be float32 or float64, got {X.dtype}.")
        if Y is not None and (np.ndim(Y) != 2 or Y.shape[0] != X.shape[0]):
            raise ValueError(
                "Y must be of shape (n_rows, n_outputs): numbers, or an indicator of each class, "
                f"got {np.shape(Y)} for {X.shape[0]} rows."
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.non_deterministic = True
        with suppress(IndexError, TypeError, ValueError):  # parameters that `fit` will not accept
            tags.non_deterministic = bool(self._is_active())
            kinds, anything = tags.input_tags, self._moves_values
            kinds.allow_nan = kinds.categorical = kinds.string = anything
        return tags


def augment_in_blocks(augmenter, X, Y, seed, *, labels=None, weights=None):
    """A draw of X and Y, in blocks of rows unless what becomes of a row depends on others."""
    n, size = X.shape[0], max(1, _BLOCK_BYTES // X[:1].nbytes)
    in_one = getattr(augmenter, "_mixes_rows", True)
    in_one = in_one or (X.flags.carray and not augmenter._needs_blocks_of_rows())
    if in_one or n <= size:
        return augmenter.augment(X, Y, RowGenerator(seed, n, labels=labels, weights=weights))
    new_X, new_Y = np.empty_like(X), None if Y is None else np.empty_like(Y)
    for rows in gen_batches(n, size):
        part, targets = X[rows], None if Y is None else Y[rows]
        rng = RowGenerator(seed, part.shape[0], first=rows.start)
        new_X[rows], targets = augmenter.augment(part, targets, rng)
        if Y is not None:
            new_Y[rows] = targets
    return new_X, new_Y


def _as_row_generator(rng, n_rows):
    if isinstance(rng, RowGenerator):
        if rng.n_rows != n_rows:
            raise ValueError(f"rng is for {rng.n_rows} rows, but X has {n_rows}.")
        return rng
    seed = np.random.default_rng(rng).integers(np.iinfo(np.int32).max)
    return RowGenerator(int(seed), n_rows)

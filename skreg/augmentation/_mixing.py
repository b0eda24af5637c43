"""Augmenters that mix rows, and their targets where they can."""

from functools import lru_cache
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.special import betaincinv
from sklearn.utils._param_validation import Interval

from skreg._typing import ImageShape, RandomState, without_annotations
from skreg.augmentation._base import BaseAugmenter
from skreg.augmentation._images import mask_rectangles, resolve_image_shape

_N_QUANTILES = 4096


@lru_cache(maxsize=16)
def _beta_quantiles(alpha):
    """Quantiles of Beta(alpha, alpha) at ½/n, 1½/n, …, 1 − ½/n."""
    return betaincinv(alpha, alpha, (np.arange(_N_QUANTILES) + 0.5) / _N_QUANTILES)


def _draw_shares(rng, alpha):
    """Shares (n_rows,) of the partners, from Beta(alpha, alpha)."""
    places = np.arange(_N_QUANTILES)
    return np.interp(rng.random() * _N_QUANTILES - 0.5, places, _beta_quantiles(alpha))


def _mix(rows, partners, shares):
    """rows + shares · (rows[partners] − rows), in the dtype of the rows."""
    shares = shares.astype(rows.dtype)[:, None]
    return rows + shares * (rows[partners] - rows)


class _Mixing(BaseAugmenter):
    """What mixes rows: a draw begins with partners (n,) and their shares (n,) in the targets."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
    }
    _mixes_rows = _mixes_targets = True

    def _apply_to_targets(self, Y, draw):
        return _mix(Y, *draw[:2])

    def _has_effect(self):
        return self.alpha > 0


class Mixup(_Mixing):
    r"""Replace each row by a mean of it and another, and its target likewise.

    With :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)` and a random row j, row i becomes
    :math:`\lambda x_i + (1 - \lambda) x_j`, and its target
    :math:`\lambda y_i + (1 - \lambda) y_j` [1]_.

    Inside an estimator, j is of the same mini-batch, drawn in proportion to the sample weights;
    indicators of classes or labels become soft, and targets of a regression are averaged. **As a
    transformer, in a Pipeline, it cannot change y: there it mixes rows of equal y only.**

    Parameters
    ----------
    alpha : float, default=0.2
        At least 0; the larger, the more rows are mixed in equal parts. 0 mixes nothing, and 1
        draws λ uniformly.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    CutMix : Puts parts of rows together.

    References
    ----------
    .. [1] Zhang, Cissé, Dauphin & Lopez-Paz (2018). mixup: beyond empirical risk minimization.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skreg import MLPClassifier
    >>> from skreg.augmentation import Mixup
    >>> X, y = load_wine(return_X_y=True)
    >>> mixup = Mixup(alpha=0.4)
    >>> mlp = MLPClassifier(augmentation=mixup, learning_rate_init=0.01, random_state=0)
    >>> mlp.fit(scale(X), y).score(scale(X), y) > 0.95
    True
    """

    @without_annotations
    def __init__(
        self, alpha: float = 0.2, *, probability: float = 1.0, random_state: RandomState = None
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.alpha = alpha

    def _draw(self, rng):
        return rng.partners(keep_labels=True), _draw_shares(rng, self.alpha)

    def _apply(self, X, draw):
        return _mix(X, *draw)


class CutMix(_Mixing):
    r"""Replace a part of each row by that of another, and mix the targets in proportion.

    With :math:`\lambda \sim \mathrm{Beta}(\alpha, \alpha)`, a share of about
    :math:`1 - \lambda` of row i is taken from a random row j: single features in a table, each by
    chance, and a rectangle at a random place in images [1]_. The target of j gets the share of
    values that were really replaced. In a table, features may hold categories and missing values.

    Inside an estimator, j is of the same mini-batch, drawn in proportion to the sample weights;
    indicators of classes or labels become soft, and targets of a regression are averaged. **As a
    transformer, in a Pipeline, it cannot change y: there it mixes rows of equal y only.**

    Parameters
    ----------
    alpha : float, default=1.0
        At least 0; 0 mixes nothing, and 1 draws λ uniformly.

    image_shape : (height, width) or (height, width, channels), default=None
        Shape of an image, to replace rectangles; None replaces single features.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    image_shape_ : tuple of int or None
        Height, width and channels; None for tables.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    Mixup : Averages whole rows.
    SwapNoise : Takes values from other rows and leaves targets as they are.

    References
    ----------
    .. [1] Yun, Han, Oh, Chun, Choe & Yoo (2019). CutMix: regularization strategy to train strong
       classifiers with localizable features.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import CutMix
    >>> X, y = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]), [0, 0, 1]
    >>> bool(CutMix(random_state=0).fit_transform(X, y)[:2].max() <= 2.0)
    True
    """

    image_shape_: tuple[int, int, int] | None

    _parameter_constraints: ClassVar[dict] = {
        **_Mixing._parameter_constraints,
        "image_shape": ["array-like", None],
    }
    _moves_values = True

    @without_annotations
    def __init__(
        self,
        alpha: float = 1.0,
        *,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.alpha = alpha
        self.image_shape = image_shape

    def _learn(self, X):
        given = self.image_shape is not None
        self.image_shape_ = resolve_image_shape(self.image_shape, X.shape[1]) if given else None

    def _draw(self, rng):
        partners, shares = rng.partners(keep_labels=True), _draw_shares(rng, self.alpha)
        if self.image_shape_ is None:
            numbers = rng.random((rng.n_rows, self.n_features_in_), np.float32)
            replaced = numbers < shares[:, None].astype(np.float32)
        else:
            boxes = _draw_boxes(rng, shares, self.image_shape_)
            replaced = mask_rectangles(boxes, self.image_shape_)
        return partners, replaced.mean(axis=1), replaced

    def _apply(self, X, draw):
        partners, _, replaced = draw
        return np.where(replaced, X[partners], X)


def _draw_boxes(rng, shares, image_shape):
    """Rectangles with the proportions of the image around random centers, cut at its edges."""
    sizes = np.array(image_shape[:2])
    n_axes = max(1, np.sum(sizes > 1))  # one in a signal
    center = rng.random((rng.n_rows, 2)) * sizes
    half = np.where(sizes > 1, shares[:, None] ** (1 / n_axes) / 2, 1) * sizes
    first = np.clip(np.rint(center - half), 0, sizes)
    last = np.clip(np.rint(center + half), 0, sizes)
    return (*first.T, *last.T)

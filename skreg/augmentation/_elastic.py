"""Elastic deformations of images."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._typing import ImageShape, RandomState, without_annotations
from skreg.augmentation._affine import BaseWarp
from skreg.augmentation._kernels.warping import smooth

_TRUNCATE = 4.0  # standard deviations; scipy.ndimage cuts its Gaussians there too


class ElasticDeformation(BaseWarp):
    r"""Move each pixel a little, and its neighbors alike.

    Displacements are drawn for each pixel and axis, uniform in [-1, 1], smoothed by a Gaussian of
    standard deviation σ with nothing outside of the image, and multiplied by α [1]_. Large σ moves
    the image as a whole, small σ crumples it; the displacement of a pixel has a standard deviation
    of about :math:`0.16 \alpha / \sigma`, or :math:`0.31 \alpha / \sqrt{\sigma}` in a signal.

    Parameters
    ----------
    alpha : float, default=34.0
        Strength, at least 0, in pixels. The default values suit images of 28 × 28 pixels.

    sigma : float, default=4.0
        Standard deviation of the Gaussian in pixels, above 0.

    fill : float or {"nearest", "reflect"}, default=0.0
        What is outside of an image: a value, its nearest pixel, or its mirror image.

    image_shape : (height, width) or (height, width, channels), default=None
        Shape of an image. None is a grey square; if the number of features is no square, a signal
        of shape (1, n_features), with a warning.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    image_shape_ : tuple of int
        Height, width and channels.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    RandomAffine : Moves all pixels by one map.

    References
    ----------
    .. [1] Simard, Steinkraus & Platt (2003). Best practices for convolutional neural networks
       applied to visual document analysis.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skreg.augmentation import ElasticDeformation
    >>> X = load_digits().data
    >>> ElasticDeformation(alpha=6.0, sigma=2.0, random_state=0).fit_transform(X).shape
    (1797, 64)
    """

    _needs_blocks = True
    _parameter_constraints: ClassVar[dict] = {
        **BaseWarp._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
        "sigma": [Interval(Real, 0, None, closed="neither")],
    }

    @without_annotations
    def __init__(
        self,
        alpha: float = 34.0,
        sigma: float = 4.0,
        *,
        fill: float | str = 0.0,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(
            image_shape=image_shape, probability=probability, random_state=random_state
        )
        self.alpha = alpha
        self.sigma = sigma
        self.fill = fill

    def _has_effect(self):
        return self.alpha > 0

    def _draw(self, rng):
        height, width, _ = self.image_shape_
        fields = 2 * rng.random((rng.n_rows, 2, height * width), np.float32) - 1
        planes = fields.reshape(-1, height * width)
        smooth[planes.dtype](planes, *map(self._weights, (height, width)), height, width)
        fields *= np.float32(self.alpha)
        for axis, size in enumerate((height, width)):
            if size == 1:
                fields[:, axis] = 0
        return np.tile(np.eye(2, 3), (rng.n_rows, 1, 1)), fields

    def _weights(self, size):
        """Those of the Gaussian along an axis, float32 with a sum of 1; a single 1 for size 1.

        Without those that reach beyond the image from any place.
        """
        radius = int(_TRUNCATE * self.sigma + 0.5) if size > 1 else 0
        weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / self.sigma) ** 2)
        beyond = max(0, radius - size + 1)
        return (weights / weights.sum())[beyond : weights.size - beyond].astype(np.float32)

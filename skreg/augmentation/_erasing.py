"""Erasing rectangles from images."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._typing import Floats, ImageShape, RandomState, without_annotations
from skreg._validation import Names
from skreg.augmentation._images import BaseImageAugmenter, check_fill, mask_rectangles
from skreg.augmentation._ranges import resolve_pair


class RandomErasing(BaseImageAugmenter):
    """Erase a random rectangle of each image.

    Its area and its aspect ratio are drawn, the ratio on a logarithmic scale; a rectangle that
    would be larger than the image along one axis is cut to it, and longer along the other [1]_.

    Parameters
    ----------
    area : (float, float), default=(0.02, 0.33)
        Range of the share of the image that is erased, within [0, 1].

    aspect_ratio : (float, float), default=(0.3, 3.3)
        Range of height / width of the rectangle, above 0.

    fill : float or {"random"}, default=0.0
        What replaces the pixels: a value, or random values between the lowest and the highest that
        the training data have.

    image_shape : (height, width) or (height, width, channels), default=None
        Shape of an image. None is a grey square; if the number of features is no square, a signal
        of shape (1, n_features), with a warning.

    probability : float, default=0.5
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does.

    Attributes
    ----------
    image_shape_ : tuple of int
        Height, width and channels.

    value_range_ : tuple of float
        The lowest and the highest value of the training data, for `partial_fit` of an estimator
        those of its first call.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    CutMix : Replaces rectangles by those of other images.

    References
    ----------
    .. [1] Zhong, Zheng, Kang, Li & Yang (2020). Random erasing data augmentation.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import RandomErasing
    >>> images = np.ones((1, 16))
    >>> eraser = RandomErasing(area=(0.25, 0.25), aspect_ratio=(1, 1), probability=1.0)
    >>> eraser.fit_transform(images).sum()
    np.float64(12.0)
    """

    value_range_: tuple[float, float]

    _parameter_constraints: ClassVar[dict] = {
        **BaseImageAugmenter._parameter_constraints,
        "area": ["array-like"],
        "aspect_ratio": ["array-like"],
        "fill": [Interval(Real, None, None, closed="neither"), Names({"random"})],
    }

    @without_annotations
    def __init__(
        self,
        area: Floats = (0.02, 0.33),
        aspect_ratio: Floats = (0.3, 3.3),
        *,
        fill: float | str = 0.0,
        image_shape: ImageShape = None,
        probability: float = 0.5,
        random_state: RandomState = None,
    ):
        super().__init__(
            image_shape=image_shape, probability=probability, random_state=random_state
        )
        self.area = area
        self.aspect_ratio = aspect_ratio
        self.fill = fill

    def _learn(self, X):
        super()._learn(X)
        check_fill(self.fill, X.dtype)
        self._ranges()
        self.value_range_ = float(X.min()), float(X.max())

    def _ranges(self):
        """(low, high) of the area and of the logarithm of the aspect ratio."""
        area = resolve_pair("area", self.area, lowest=0.0, highest=1.0)
        aspect_ratio = resolve_pair("aspect_ratio", self.aspect_ratio, above=0.0)
        return area, np.log(aspect_ratio)

    def _has_effect(self):
        return self._ranges()[0][1] > 0

    def _draw(self, rng):
        height, width, _ = self.image_shape_
        area, log_ratio = (rng.uniform(*ends) for ends in self._ranges())
        area = area * height * width
        rows = np.maximum(np.sqrt(area * np.exp(log_ratio)), area / width)
        rows = np.clip(np.rint(rows), 1, height)
        columns = np.clip(np.rint(area / rows), 1, width)
        top = np.floor(rng.random() * (height - rows + 1))
        left = np.floor(rng.random() * (width - columns + 1))
        boxes = top, left, top + rows, left + columns
        if self.fill != "random":
            return boxes, np.array(self.fill)
        return boxes, rng.random((rng.n_rows, self.n_features_in_), np.float32)

    def _apply(self, X, draw):
        boxes, values = draw
        values = values.astype(X.dtype)
        if self.fill == "random":
            low, high = self.value_range_
            values = np.clip(low + (high - low) * values, low, high)
        return np.where(mask_rectangles(boxes, self.image_shape_), values, X)

"""Flips and crops: moves of images by whole pixels."""

from numbers import Integral
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._typing import ImageShape, Integers, RandomState, without_annotations
from skreg._validation import Names
from skreg.augmentation._affine import BaseWarp, map_around_center
from skreg.augmentation._images import BaseImageAugmenter


class RandomFlip(BaseWarp):
    """Mirror images at random.

    For objects that look alike from both sides, and not for letters [1]_.

    Parameters
    ----------
    direction : {"horizontal", "vertical"}, default="horizontal"
        Whether left and right or top and bottom change places.

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

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    RandomCrop : Moves images by whole pixels.

    References
    ----------
    .. [1] Krizhevsky, Sutskever & Hinton (2012). ImageNet classification with deep convolutional
       neural networks.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import RandomFlip
    >>> image = np.array([[1.0, 2.0, 3.0, 4.0]])
    >>> RandomFlip(image_shape=(2, 2), probability=1.0).fit_transform(image)
    array([[2., 1., 4., 3.]])
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseImageAugmenter._parameter_constraints,
        "direction": [Names({"horizontal", "vertical"})],
    }
    _fill = 0.0  # nothing of what is outside of an image is ever seen

    @without_annotations
    def __init__(
        self,
        direction: str = "horizontal",
        *,
        image_shape: ImageShape = None,
        probability: float = 0.5,
        random_state: RandomState = None,
    ):
        super().__init__(
            image_shape=image_shape, probability=probability, random_state=random_state
        )
        self.direction = direction

    def _draw(self, rng):
        signs = np.array([-1.0, 1.0] if self.direction == "vertical" else [1.0, -1.0])
        linear = np.tile(np.diag(signs), (rng.n_rows, 1, 1))
        return map_around_center(linear, np.zeros((1, 2)), self.image_shape_), None


class RandomCrop(BaseWarp):
    """Pad images on all sides and cut them out again at a random place.

    What comes out is the image moved by up to `padding` whole pixels along each axis [1]_.

    Parameters
    ----------
    padding : int or (int, int), default=2
        Pixels to pad by, at least 0: the same for both axes, or vertically and horizontally. Where
        it is more than the image allows, at least one row or column of the image stays in sight.

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
    RandomAffine : Moves images by parts of pixels, and more.

    References
    ----------
    .. [1] He, Zhang, Ren & Sun (2016). Deep residual learning for image recognition.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import RandomCrop
    >>> signals = np.arange(1.0, 13.0).reshape(3, 4)
    >>> RandomCrop(padding=1, image_shape=(1, 4), random_state=0).fit_transform(signals)
    array([[ 1.,  2.,  3.,  4.],
           [ 5.,  6.,  7.,  8.],
           [ 0.,  9., 10., 11.]])
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseWarp._parameter_constraints,
        "padding": [Interval(Integral, 0, None, closed="left"), "array-like"],
    }

    @without_annotations
    def __init__(
        self,
        padding: int | Integers = 2,
        *,
        fill: float | str = 0.0,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(
            image_shape=image_shape, probability=probability, random_state=random_state
        )
        self.padding = padding
        self.fill = fill

    def _learn(self, X):
        super()._learn(X)
        self._paddings()

    def _paddings(self):
        """The vertical and the horizontal one."""
        is_number = isinstance(self.padding, Integral)
        pair = (self.padding, self.padding) if is_number else tuple(self.padding)
        if len(pair) != 2 or not all(isinstance(p, Integral) and p >= 0 for p in pair):
            raise ValueError(
                "padding must be an integer of at least 0, or two of them, vertical and "
                f"horizontal, got {self.padding!r}."
            )
        return pair

    def _has_effect(self):
        return any(self._paddings())

    def _draw(self, rng):
        most = np.minimum(self._paddings(), np.array(self.image_shape_[:2]) - 1)
        moves = np.stack([rng.integers(-n, n + 1) for n in most], axis=1)
        linear = np.tile(np.eye(2), (rng.n_rows, 1, 1))
        return map_around_center(linear, moves, self.image_shape_), None

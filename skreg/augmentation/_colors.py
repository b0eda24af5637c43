"""Brightness, contrast and colors of images."""

from typing import ClassVar

import numpy as np

from skreg._typing import FloatOrFloats, ImageShape, RandomState, without_annotations
from skreg.augmentation._images import BaseImageAugmenter
from skreg.augmentation._kernels.coloring import recolor
from skreg.augmentation._ranges import RANGE, resolve_range

_LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)


class RandomBrightnessContrast(BaseImageAugmenter):
    """Change the brightness and the contrast of images at random.

    Brightness multiplies the distance of each value from black, the lowest value of the training
    data; contrast then multiplies its distance from the mean luminance of the image. What leaves
    the range of the training data is clipped [1]_.

    Parameters
    ----------
    brightness : float or (float, float), default=0.2
        Range of the factor, at least 0; a number b means (1 - b, 1 + b).

    contrast : float or (float, float), default=0.2
        Range of the factor, at least 0; a number c means (1 - c, 1 + c).

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

    value_range_ : tuple of float
        The lowest and the highest value of the training data, for `partial_fit` of an estimator
        those of its first call.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    ColorJitter : Changes saturation and hue as well.

    References
    ----------
    .. [1] Howard (2013). Some improvements on deep convolutional neural network based image
       classification.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skreg.augmentation import RandomBrightnessContrast
    >>> X = load_digits().data
    >>> changed = RandomBrightnessContrast(brightness=0.5, random_state=0).fit_transform(X)
    >>> bool(changed.min() >= X.min() and changed.max() <= X.max())
    True
    """

    value_range_: tuple[float, float]

    _parameter_constraints: ClassVar[dict] = {
        **BaseImageAugmenter._parameter_constraints,
        "brightness": RANGE,
        "contrast": RANGE,
    }

    @without_annotations
    def __init__(
        self,
        brightness: FloatOrFloats = 0.2,
        contrast: FloatOrFloats = 0.2,
        *,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(
            image_shape=image_shape, probability=probability, random_state=random_state
        )
        self.brightness = brightness
        self.contrast = contrast

    def _learn(self, X):
        super()._learn(X)
        self._ranges()
        self.value_range_ = float(X.min()), float(X.max())

    def _ranges(self):
        """(low, high) of each factor."""
        names = ("brightness", "contrast")
        return {n: resolve_range(n, getattr(self, n), center=1.0, lowest=0.0) for n in names}

    def _has_effect(self):
        return set(self._ranges().values()) != {(1.0, 1.0)}

    def _draw(self, rng):
        return {name: rng.uniform(*ends) for name, ends in self._ranges().items()}

    def _apply(self, X, draw):
        channels = self.image_shape_[2]
        low, high = self.value_range_
        luma = _LUMA if channels == 3 else np.full(channels, 1 / channels)
        pixels = X.reshape(X.shape[0], -1, channels)
        gain = (draw["brightness"] * draw["contrast"])[:, None, None]
        mean = ((pixels.mean(axis=1) * luma).sum(axis=1) - low) * draw["brightness"]
        linear = self._color_matrices(draw, luma) * gain
        offset = ((1 - draw["contrast"]) * mean)[:, None] + low - linear.sum(axis=2) * low
        matrices = np.concatenate([linear, offset[:, :, None]], axis=2).astype(X.dtype)
        images = np.require(X, requirements=["C", "W"])  # read-only would be another signature
        out = np.empty_like(images)
        recolor[X.dtype](images, out, matrices, X.dtype.type(low), X.dtype.type(high))
        return out

    def _color_matrices(self, draw, luma):
        """What changes colors and leaves grey as it is, (n, channels, channels)."""
        return np.eye(luma.size)


class ColorJitter(RandomBrightnessContrast):
    """Change brightness, contrast, saturation and hue of color images at random.

    Brightness and contrast as in RandomBrightnessContrast. Saturation multiplies the distance of
    each color from the grey of the same luminance, and hue turns colors around the axis of greys
    in the YIQ space [1]_, so both keep the luminance of each pixel. All four are one linear map of
    the colors of an image; what leaves the range of the training data is clipped. On grey images,
    brightness and contrast act alone.

    Parameters
    ----------
    brightness : float or (float, float), default=0.2
        Range of the factor, at least 0; a number b means (1 - b, 1 + b).

    contrast : float or (float, float), default=0.2
        Range of the factor, at least 0; a number c means (1 - c, 1 + c).

    saturation : float or (float, float), default=0.2
        Range of the factor, at least 0; a number s means (1 - s, 1 + s).

    hue : float or (float, float), default=0.05
        Range of the turn as a share of the full circle; a number h means (-h, h).

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

    value_range_ : tuple of float
        The lowest and the highest value of the training data, for `partial_fit` of an estimator
        those of its first call.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    RandomBrightnessContrast : Changes brightness and contrast alone.

    References
    ----------
    .. [1] Haeberli (1993). Matrix operations for image processing.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import ColorJitter
    >>> red = np.tile([1.0, 0.0, 0.0], (2, 4))
    >>> jitter = ColorJitter(0.0, 0.0, saturation=(0, 0), hue=0, image_shape=(2, 2, 3))
    >>> jitter.fit_transform(red)[0, :3]
    array([0.299, 0.299, 0.299])
    """

    _parameter_constraints: ClassVar[dict] = {
        **RandomBrightnessContrast._parameter_constraints,
        "saturation": RANGE,
        "hue": RANGE,
    }

    @without_annotations
    def __init__(
        self,
        brightness: FloatOrFloats = 0.2,
        contrast: FloatOrFloats = 0.2,
        saturation: FloatOrFloats = 0.2,
        hue: FloatOrFloats = 0.05,
        *,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(
            brightness,
            contrast,
            image_shape=image_shape,
            probability=probability,
            random_state=random_state,
        )
        self.saturation = saturation
        self.hue = hue

    def _learn(self, X):
        super()._learn(X)
        if self.image_shape_[2] not in (1, 3):
            raise ValueError(
                "ColorJitter needs images of 1 or 3 channels, got image_shape="
                f"{self.image_shape!r} with {self.image_shape_[2]}."
            )

    def _ranges(self):
        saturation = resolve_range("saturation", self.saturation, center=1.0, lowest=0.0)
        return {
            **super()._ranges(),
            "saturation": saturation,
            "hue": resolve_range("hue", self.hue),
        }

    def _has_effect(self):
        ranges = self._ranges()
        return ranges.pop("hue") != (0.0, 0.0) or set(ranges.values()) != {(1.0, 1.0)}

    def _color_matrices(self, draw, luma):
        if luma.size == 1:
            return super()._color_matrices(draw, luma)
        angle = 2 * np.pi * draw["hue"]
        turn = np.zeros((angle.size, 3, 3))
        turn[:, 0, 0] = 1
        turn[:, 1, 1] = turn[:, 2, 2] = draw["saturation"] * np.cos(angle)
        turn[:, 1, 2] = -draw["saturation"] * np.sin(angle)
        turn[:, 2, 1] = -turn[:, 1, 2]
        return _FROM_YIQ @ turn @ _TO_YIQ


_TO_YIQ = np.array([_LUMA, [0.595716, -0.274453, -0.321263], [0.211456, -0.522591, 0.311135]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)

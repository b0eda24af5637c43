"""Affine maps of images, and the base of all that moves pixels."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skreg._typing import FloatOrFloats, ImageShape, RandomState, without_annotations
from skreg._validation import Names
from skreg.augmentation._images import BaseImageAugmenter, check_fill
from skreg.augmentation._kernels.warping import CONSTANT, FILLS, warp
from skreg.augmentation._ranges import RANGE, resolve_range


class BaseWarp(BaseImageAugmenter):
    """Base class of what moves pixels: `_draw` gives matrices (n, 2, 3) and displacement fields.

    See `warp` for what they mean; fields are (n, 2, pixels), or None for no displacements.
    """

    _needs_blocks = False

    _parameter_constraints: ClassVar[dict] = {
        **BaseImageAugmenter._parameter_constraints,
        "fill": [Interval(Real, None, None, closed="neither"), Names(set(FILLS))],
    }

    def _learn(self, X):
        super()._learn(X)
        check_fill(self._fill, X.dtype)

    @property
    def _fill(self):
        return self.fill

    def _apply(self, X, draw):
        matrices, fields = draw
        height, width, _ = self.image_shape_
        if fields is None:
            fields = np.empty((0, 2, 0))
        matrices, fields = (part.astype(X.dtype, copy=False) for part in (matrices, fields))
        mode = FILLS.get(self._fill, CONSTANT)  # a number is no key
        value = X.dtype.type(self._fill if mode == CONSTANT else 0)
        images = np.require(X, requirements=["C", "W"])  # read-only would be another signature
        out = np.empty_like(images)
        warp[X.dtype](images, out, matrices, fields, height, width, value, mode)
        return out


def map_around_center(linear, translation, image_shape):
    """Matrices [A | c − A·(c + t)] (n, 2, 3) from A (n, 2, 2) and t (n, 2), with the center c."""
    center = (np.array(image_shape[:2]) - 1) / 2
    y, x = (center + translation).T
    matrices = np.empty((len(linear), 2, 3))
    matrices[:, :, :2] = linear
    matrices[:, 0, 2] = center[0] - linear[:, 0, 0] * y - linear[:, 0, 1] * x
    matrices[:, 1, 2] = center[1] - linear[:, 1, 0] * y - linear[:, 1, 1] * x
    return matrices


class RandomAffine(BaseWarp):
    r"""Rotate, scale, shear and move images at random.

    An output pixel p is the image at :math:`A^{-1} (p - c - t) + c`, bilinearly interpolated,
    where c is the center of the image, t the translation, and A scales first, then shears, then
    rotates [1]_. In a signal, which has a height or width of 1, only scale and translation along
    it act.

    Parameters
    ----------
    rotation : float or (float, float), default=10.0
        Range of the angle in degrees, counterclockwise; a number r means (-r, r).

    scale : float or (float, float), default=0.2
        Range of the factor by which height and width grow alike; a number s means (1 - s, 1 + s).

    scale_x : float or (float, float), default=0.0
        Range of a further factor of the width alone; a number s means (1 - s, 1 + s).

    scale_y : float or (float, float), default=0.0
        Range of a further factor of the height alone; a number s means (1 - s, 1 + s).

    translation : float or (float, float), default=0.1
        Range of the shift along each axis as a share of the height or width; a number t means
        (-t, t).

    shear : float or (float, float), default=0.0
        Range of the angle in degrees, between -90 and 90, by which vertical lines lean, to the left
        where it is positive; a number s means (-s, s).

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
    ElasticDeformation : Moves neighboring pixels to different places.

    References
    ----------
    .. [1] Simard, Steinkraus & Platt (2003). Best practices for convolutional neural networks
       applied to visual document analysis.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skreg import MLPClassifier
    >>> from skreg.augmentation import RandomAffine
    >>> X, y = load_digits(return_X_y=True)
    >>> affine = RandomAffine(rotation=10, scale=0.1, translation=0.05)
    >>> mlp = MLPClassifier(augmentation=affine, learning_rate_init=0.01, random_state=0)
    >>> mlp.fit(X[:1000] / 16, y[:1000]).score(X[1000:] / 16, y[1000:]) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseWarp._parameter_constraints,
        **dict.fromkeys(["rotation", "scale", "scale_x", "scale_y", "translation", "shear"], RANGE),
    }

    @without_annotations
    def __init__(
        self,
        rotation: FloatOrFloats = 10.0,
        scale: FloatOrFloats = 0.2,
        *,
        scale_x: FloatOrFloats = 0.0,
        scale_y: FloatOrFloats = 0.0,
        translation: FloatOrFloats = 0.1,
        shear: FloatOrFloats = 0.0,
        fill: float | str = 0.0,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(
            image_shape=image_shape, probability=probability, random_state=random_state
        )
        self.rotation = rotation
        self.scale = scale
        self.scale_x = scale_x
        self.scale_y = scale_y
        self.translation = translation
        self.shear = shear
        self.fill = fill

    def _ranges(self):
        """(low, high) of each parameter, in the order of `_invert_affine`."""
        factor = {"center": 1.0, "above": 0.0}
        return {
            "rotation": resolve_range("rotation", self.rotation),
            "shear": resolve_range("shear", self.shear, above=-90.0, below=90.0),
            "scale": resolve_range("scale", self.scale, **factor),
            "scale_x": resolve_range("scale_x", self.scale_x, **factor),
            "scale_y": resolve_range("scale_y", self.scale_y, **factor),
            "translation": resolve_range("translation", self.translation),
        }

    def _learn(self, X):
        super()._learn(X)
        ranges = self._ranges()
        if 1 in self.image_shape_[:2]:
            ranges["rotation"] = ranges["shear"] = (0.0, 0.0)
        ranges["translation of x"] = ranges["translation"]
        self._low, self._high = np.transpose(list(ranges.values()))

    def _has_effect(self):
        ranges = self._ranges()
        factors = {ranges.pop("scale"), ranges.pop("scale_x"), ranges.pop("scale_y")}
        return factors != {(1.0, 1.0)} or set(ranges.values()) != {(0.0, 0.0)}

    def _draw(self, rng):
        drawn = rng.uniform(self._low, self._high, size=(rng.n_rows, self._low.size))
        linear, translation = _invert_affine(*drawn.T[:5]), drawn[:, 5:] * self.image_shape_[:2]
        for axis in range(2):
            if self.image_shape_[axis] == 1:
                linear[:, axis], translation[:, axis] = np.eye(2)[axis], 0
        return map_around_center(linear, translation, self.image_shape_), None


def _invert_affine(rotation, shear, scale, scale_x, scale_y):
    """Matrices (n, 2, 2), in (y, x), that undo a rotation, then a shear, then a scaling."""
    angle, lean = np.deg2rad(rotation), np.tan(np.deg2rad(shear))
    cos, sin = np.cos(angle), np.sin(angle)
    scale_x, scale_y = scale * scale_x, scale * scale_y
    linear = np.empty((angle.size, 2, 2))
    linear[:, 0, 0], linear[:, 0, 1] = cos / scale_y, sin / scale_y
    linear[:, 1, 0], linear[:, 1, 1] = -(sin + lean * cos) / scale_x, (cos - lean * sin) / scale_x
    return linear

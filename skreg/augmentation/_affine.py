"""Affine maps of images, and the base of all that moves pixels."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from skreg._kernels.warping import CONSTANT, FILLS, warp
from skreg.augmentation._images import BaseImageAugmenter
from skreg.augmentation._ranges import RANGE, resolve_range


class BaseWarp(BaseImageAugmenter):
    """Base class of what moves pixels: `_draw` gives matrices (n, 2, 3) and displacements.

    See `warp` for what they mean; displacements are fields (n, 2, pixels), or (n, 2, 0) for none.
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseImageAugmenter._parameter_constraints,
        "fill": [Interval(Real, None, None, closed="neither"), StrOptions(set(FILLS))],
    }

    def _apply(self, X, draw):
        matrices, fields = (part.astype(X.dtype, copy=False) for part in draw)
        height, width, _ = self.image_shape_
        mode = FILLS.get(self.fill, CONSTANT)
        value = X.dtype.type(self.fill if mode == CONSTANT else 0)
        images = np.require(X, requirements=["C", "W"])  # read-only would be another signature
        out = np.empty_like(images)
        warp[X.dtype](images, out, matrices, fields, height, width, value, mode)
        return out


def map_around_center(linear, translation, image_shape):
    """Matrices [A | c − A·(c + t)] (n, 2, 3) from A (n, 2, 2) and t (n, 2), with the center c."""
    center = (np.array(image_shape[:2]) - 1) / 2
    offset = center - np.einsum("nij,nj->ni", linear, center + translation)
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def no_displacement(n):
    return np.empty((n, 2, 0))


class RandomAffine(BaseWarp):
    r"""Rotate, scale, shear and move images at random.

    An output pixel p is the image at :math:`A^{-1} (p - c - t) + c`, bilinearly interpolated,
    where c is the center of the image, t the translation, and A scales first, then shears, then
    rotates [1]_. In a signal, which has a height of 1, only scale and translation along it act.

    Parameters
    ----------
    rotation : float or (float, float), default=10.0
        Range of the angle in degrees, counterclockwise; a number r means (-r, r).

    scale : float or (float, float), default=0.2
        Range of the factor by which height and width grow alike; a number s means (1 - s, 1 + s).

    scale_x, scale_y : float or (float, float), default=0.0
        Ranges of further factors, for the width and the height apart.

    translation : float or (float, float), default=0.1
        Range of the shift along each axis as a share of the height or width; a number t means
        (-t, t).

    shear : float or (float, float), default=0.0
        Range of the angle in degrees, between -90 and 90, by which vertical lines lean; a number s
        means (-s, s).

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
    >>> mlp = MLPClassifier(augmentation=affine, max_iter=50, random_state=0)
    >>> mlp.fit(X[:1000] / 16, y[:1000]).score(X[1000:] / 16, y[1000:]) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseWarp._parameter_constraints,
        **dict.fromkeys(["rotation", "scale", "scale_x", "scale_y", "translation", "shear"], RANGE),
    }

    def __init__(
        self,
        rotation=10.0,
        scale=0.2,
        *,
        scale_x=0.0,
        scale_y=0.0,
        translation=0.1,
        shear=0.0,
        fill=0.0,
        image_shape=None,
        probability=1.0,
        random_state=None,
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

    def _learn(self, X):
        super()._learn(X)
        self._ranges()

    def _ranges(self):
        """(low, high) of each parameter."""
        factor = {"center": 1.0, "above": 0.0}
        return {
            "rotation": resolve_range("rotation", self.rotation),
            "translation": resolve_range("translation", self.translation),
            "shear": resolve_range("shear", self.shear, above=-90.0, below=90.0),
            "scale": resolve_range("scale", self.scale, **factor),
            "scale_x": resolve_range("scale_x", self.scale_x, **factor),
            "scale_y": resolve_range("scale_y", self.scale_y, **factor),
        }

    def _has_effect(self):
        ranges = self._ranges()
        factors = {ranges.pop("scale"), ranges.pop("scale_x"), ranges.pop("scale_y")}
        return factors != {(1.0, 1.0)} or set(ranges.values()) != {(0.0, 0.0)}

    def _draw(self, rng):
        ranges = self._ranges()
        translation = rng.uniform(*ranges.pop("translation"), size=(rng.n_rows, 2))
        drawn = {name: rng.uniform(*ends) for name, ends in ranges.items()}
        if self.image_shape_[0] == 1:
            drawn["rotation"] = drawn["shear"] = np.zeros(rng.n_rows)
            drawn["scale_y"] = 1 / drawn["scale"]
            translation[:, 0] = 0
        linear = _invert_affine(**drawn)
        translation *= self.image_shape_[:2]
        return map_around_center(linear, translation, self.image_shape_), no_displacement(
            rng.n_rows
        )


def _invert_affine(rotation, shear, scale, scale_x, scale_y):
    """Matrices (n, 2, 2), in (y, x), that undo a rotation, then a shear, then a scaling."""
    cos, sin = np.cos(np.deg2rad(rotation)), np.sin(np.deg2rad(rotation))
    lean = np.tan(np.deg2rad(shear))
    from_y = np.stack([cos / scale_y, -(sin + lean * cos) / scale_x], axis=1)
    from_x = np.stack([sin / scale_y, (cos - lean * sin) / scale_x], axis=1)
    return np.stack([from_y, from_x], axis=2) / scale[:, None, None]

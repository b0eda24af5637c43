"""Images given as flat rows: what their shape is, and rectangles in them."""

import math
from numbers import Integral
from typing import ClassVar

import numpy as np

from skreg._typing import ImageShape, RandomState, without_annotations
from skreg._validation import warn_user
from skreg.augmentation._base import BaseAugmenter


def resolve_image_shape(image_shape, n_features):
    """(height, width, channels) from the parameter and the number of features.

    None is a grey square image if `n_features` is a square number; if not, a signal of shape
    (1, n_features), with a warning.

    Raises
    ------
    ValueError
        If `image_shape` is not two or three positive integers, or has not `n_features` numbers.
    """
    if image_shape is None:
        side = math.isqrt(n_features)
        if side * side == n_features:
            return side, side, 1
        warn_user(
            f"image_shape=None and {n_features} features make no square image: each row is taken "
            f"as a signal of shape (1, {n_features}). Give image_shape=(height, width) or (height, "
            "width, channels)."
        )
        return 1, n_features, 1
    sizes = tuple(image_shape)
    are_sizes = all(isinstance(size, Integral) and size >= 1 for size in sizes)
    if len(sizes) not in (2, 3) or not are_sizes:
        raise ValueError(
            "image_shape must be None, (height, width) or (height, width, channels) with positive "
            f"integers, got {image_shape!r}."
        )
    if math.prod(sizes) != n_features:
        raise ValueError(
            f"image_shape={image_shape!r} is an image of {math.prod(sizes)} numbers, but X has "
            f"{n_features} features."
        )
    return tuple(map(int, (*sizes, 1)[:3]))


class BaseImageAugmenter(BaseAugmenter):
    """Base class of augmenters for images given as flat rows, in the order of `image.ravel()`.

    A child finds the shape of an image in `image_shape_`.

    Parameters
    ----------
    image_shape : (height, width) or (height, width, channels), default=None
        Shape of an image. None is a grey square; if the number of features is no square, a signal
        of shape (1, n_features), with a warning.

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws.

    See Also
    --------
    BaseAugmenter : The same for rows of any kind.

    Examples
    --------
    >>> import numpy as np
    >>> from skreg.augmentation import BaseImageAugmenter
    >>> class Transposition(BaseImageAugmenter):
    ...     def _draw(self, rng):
    ...         return None
    ...
    ...     def _apply(self, X, draw):
    ...         images = X.reshape(-1, *self.image_shape_)
    ...         return images.swapaxes(1, 2).reshape(X.shape)
    >>> Transposition().fit_transform([[1, 2, 3, 4]])
    array([[1., 3., 2., 4.]])
    """

    image_shape_: tuple[int, int, int]

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "image_shape": ["array-like", None],
    }

    @without_annotations
    def __init__(
        self,
        *,
        image_shape: ImageShape = None,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.image_shape = image_shape

    def _learn(self, X):
        self.image_shape_ = resolve_image_shape(self.image_shape, X.shape[1])


def check_fill(fill, dtype):
    """Raise a ValueError if a number to fill with is none in the dtype of X."""
    with np.errstate(over="ignore"):
        if not isinstance(fill, str) and not np.isfinite(dtype.type(fill)):
            raise ValueError(
                f"fill must be a finite number in {dtype}, the dtype of X, got {fill}."
            )


def mask_rectangles(boxes, image_shape):
    """Where (n, height · width · channels) rows are inside of a rectangle each.

    `boxes` are the first row and column, and the last ones + 1, each of shape (n,).
    """
    height, width, channels = image_shape
    top, left, bottom, right = (part[:, None] for part in boxes)
    y, x = np.arange(height), np.arange(width)
    inside = ((top <= y) & (y < bottom))[:, :, None] & ((left <= x) & (x < right))[:, None, :]
    return np.repeat(inside.reshape(len(top), -1), channels, axis=1)

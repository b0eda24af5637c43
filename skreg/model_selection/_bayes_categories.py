"""Dimensions of skopt whose categories may be any objects."""

from copy import copy
from dataclasses import dataclass, field
from numbers import Number

import numpy as np
from skopt.space import Categorical, Dimension, check_dimension


@dataclass(frozen=True)
class Choice:
    """A category that skopt cannot handle, told from the others by its number alone."""

    number: int
    value: object = field(compare=False)

    def __repr__(self):
        return repr(self.value)


def as_dimension(values):
    """A new Dimension of skopt for what a search space may hold.

    skopt hashes categories and makes arrays of them, which changes or refuses many objects. Those
    become a Choice each; `as_given` has their values.
    """
    if isinstance(values, Dimension):
        dimension = copy(values)  # as skopt gives it a name and another scale
    elif _is_plain(values):
        dimension = check_dimension(values)
    else:
        return _of_choices(values)
    if isinstance(dimension, Categorical) and not _come_back(dimension.categories):
        return _of_choices(dimension.categories, dimension.prior, dimension.transform_)
    return dimension


def as_given(value):
    """A coordinate of a point of skopt as the estimator gets it."""
    return value.value if isinstance(value, Choice) else np.array(value).item()


def values_of(dimension):
    """The categories as given, or a bound."""
    given = dimension.categories if isinstance(dimension, Categorical) else [dimension.low]
    return [as_given(value) for value in given]


def _is_plain(values):
    """Whether these are numbers and texts, or nothing that could be categories."""
    if not isinstance(values, (list, tuple, np.ndarray)):
        return True
    return all(isinstance(value, (Number, str, np.bool_)) for value in values)


def _come_back(categories):
    """Whether arrays of skopt keep the categories apart and their types."""
    try:
        array = np.array(list(categories))
        if array.ndim != 1 or len(set(categories)) != len(categories):
            return False
        back = [np.array(value).item() for value in array]
    except Exception:  # whatever objects do when they are hashed, compared or iterated
        return False
    given = [c.item() if isinstance(c, np.generic) else c for c in categories]
    return all(type(a) is type(b) and (a is b or a == b) for a, b in zip(back, given))


def _of_choices(values, prior=None, transform=None):
    choices = [Choice(number, value) for number, value in enumerate(values)]
    transform = transform if transform in ("label", "normalize") else "onehot"
    return Categorical(choices, prior=prior, transform=transform)

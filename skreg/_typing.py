"""Annotations for type checkers, where scikit-learn's own code has no types."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import _fit_context
from sklearn.utils.metaestimators import available_if

Method = TypeVar("Method", bound=Callable)

RandomState = int | np.random.RandomState | None
Floats = Sequence[float] | np.ndarray
FloatOrFloats = float | Floats
Integers = Sequence[int] | np.ndarray
ImageShape = Integers | None
Seed = int | Sequence[int] | np.random.SeedSequence | np.random.Generator | None


class Sparse(Protocol):
    """A sparse matrix or array of SciPy."""

    def tocsr(self, *args: Any, **kwargs: Any) -> Any: ...


MatrixLike = ArrayLike | Sparse


class Augmenter(Protocol):
    """What may stand for an augmenter."""

    def fit(self, *args: Any, **kwargs: Any) -> Any: ...
    def augment(self, *args: Any, **kwargs: Any) -> Any: ...
    def get_params(self, *args: Any, **kwargs: Any) -> Any: ...


def without_annotations(constructor: Method) -> Method:
    """Make the signature as short as those of scikit-learn; checkers read it in the source."""
    constructor.__annotations__ = {}
    return constructor


def validating_parameters(method: Method) -> Method:
    """Check the parameters of an estimator before its method is called, unless that is off."""
    return _fit_context(prefer_skip_nested_validation=False)(method)


def only_if(condition: Callable[[Any], bool]) -> Callable[[Method], Method]:
    """Hide a method from instances for which the condition is false or raises AttributeError."""
    return available_if(condition)

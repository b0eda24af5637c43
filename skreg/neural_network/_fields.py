"""A parameter as a field of its class: name, type, default, constraint and text, each once."""

from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, TypeVar, dataclass_transform

from sklearn.utils._param_validation import Interval

from skreg._typing import without_annotations
from skreg.neural_network._docstrings import with_texts_of_parents
from skreg.neural_network._errors import explains_arguments

AT_LEAST_0 = Interval(Real, 0, None, closed="left")
ABOVE_0 = Interval(Real, 0, None, closed="neither")
FROM_0_BELOW_1 = Interval(Real, 0, 1, closed="left")
INSIDE_0_AND_1 = Interval(Real, 0, 1, closed="neither")
COUNT_FROM_0 = Interval(Integral, 0, None, closed="left")
COUNT_FROM_1 = Interval(Integral, 1, None, closed="left")

T = TypeVar("T")


def parameter(*constraints, default: Any, kw_only: bool = True) -> Any:
    """Declare a parameter of an estimator; type checkers read `default` and `kw_only` too."""
    metadata = {"constraints": list(constraints)}
    return field(default=default, metadata=metadata, kw_only=kw_only)


def with_constructor(cls: type[T]) -> type[T]:
    """Give a class the constructor, constraints and texts of the parameters of its parents.

    It inherits its constructor as far as type checkers can see. If it had fields of its own, mypy
    would let any argument pass, since scikit-learn's classes have no types.
    """
    cls = dataclass(eq=False, repr=False)(cls)
    without_annotations(cls.__init__)
    cls.__init__ = explains_arguments(cls.__init__)
    cls._parameter_constraints = {f.name: f.metadata["constraints"] for f in fields(cls)}
    return with_texts_of_parents(cls)


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(parameter,))
def with_parameters(cls: type[T]) -> type[T]:
    """The same for a class that declares parameters, which must have no untyped parents."""
    return with_constructor(cls)

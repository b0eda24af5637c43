"""Errors that name the public method, list what is valid, and offer what was probably meant."""

import inspect
from functools import wraps
from numbers import Integral, Real
from typing import Any, Self

from sklearn.utils._param_validation import (
    InvalidParameterError,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import check_is_fitted

from skreg._typing import Method
from skreg.neural_network._aliases import PARAMETERS, VALUES, find_meant, suggest
from skreg.neural_network._remembered import remember

_LAYERS = "hidden_layer_sizes is one parameter: hidden_layer_sizes=(64, 32) are two layers."
_OTHER_KINDS = {  # parameter to a type of value that tells of a misunderstanding, and what it is
    "activation": (Integral, _LAYERS),
    "learning_rate": (Real, "The rate itself is learning_rate_init."),
}


class ExplainsErrors:
    """Messages of an estimator: of its constructor parameters, and before `fit`."""

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this estimator, or of its augmentation as `augmentation__name`.

        Parameters
        ----------
        **params : dict
            Names of parameters and their values.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        try:
            return super().set_params(**params)
        except ValueError as error:
            names = self._get_param_names()
            unknown = [key for key in params if key.partition("__")[0] not in names]
            if not unknown:
                raise
            advice = suggest(unknown[0], find_meant(unknown[0], names, PARAMETERS))
            raise ValueError(f"{error}{advice}") from None

    def _check_fitted(self):
        """Refuse to predict without a fitted network."""
        check_is_fitted(self)

    def _validate_params(self):
        """Check the attributes that have constraints, whatever the constructor of a subclass."""
        _validate(type(self), {name: getattr(self, name) for name in self._parameter_constraints})


@remember
def _validate(cls, params):
    """Check parameters one by one; returns True where all are right."""
    constraints = cls._parameter_constraints
    try:
        validate_parameter_constraints(constraints, params, cls.__name__)
    except InvalidParameterError as error:
        name = str(error).split("'")[1]  # The 'name' parameter of …
        advice = _advise(name, params[name], constraints[name])
        raise InvalidParameterError(f"{error}{advice}") from None
    return True


def _advise(name, value, constraints):
    """What to do instead, for a value that no constraint allows."""
    if isinstance(value, type):
        return f" This is a class: give an object of it, {value.__name__}()."
    if isinstance(value, str):
        choices = [c.options for c in constraints if isinstance(c, StrOptions)]
        return suggest_value(name, value, set().union(*choices))
    kind, sentence = _OTHER_KINDS.get(name, (None, ""))
    return f" {sentence}" if kind and isinstance(value, kind) else ""


def suggest_value(name, value, choices):
    """A sentence that offers one of the choices of a parameter, or nothing."""
    return suggest(value, find_meant(value, choices, VALUES.get(name, {})))


def explains_arguments(method: Method) -> Method:
    """Say of arguments that do not fit a method's signature which public method they are for."""
    signature = inspect.signature(method)

    @wraps(method)
    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except TypeError:
            try:
                signature.bind(self, *args, **kwargs)
            except TypeError as mismatch:
                raise TypeError(_describe(self, method, signature, kwargs, mismatch)) from None
            raise

    return call


def _describe(estimator, method, signature, kwargs, mismatch):
    """A mismatch of a method's arguments and its signature, with what was probably meant."""
    cls, advice = type(estimator), ""
    is_constructor = method.__name__ == "__init__"
    public = cls.__name__ if is_constructor else f"{cls.__name__}.{method.__name__}"
    unknown = [key for key in kwargs if key not in signature.parameters]
    if unknown:
        names = [*signature.parameters, *cls._get_param_names()]
        meant = find_meant(unknown[0], names, PARAMETERS)
        is_here = meant and meant.split(", ")[0] in signature.parameters
        elsewhere = " of fit" if is_constructor else " of the constructor"
        advice = suggest(unknown[0], meant, "" if is_here else elsewhere)
    elif is_constructor:
        advice = f" {_LAYERS}"
    return f"{public}() {mismatch}.{advice}"

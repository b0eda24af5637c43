"""The steps of a pipeline in front of a network, as lines of C."""

from typing import NamedTuple

import numpy as np
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from skreg.augmentation import BaseAugmenter
from skreg.export._source import literal
from skreg.preprocessing import SmoothClipScaler


class _Operation(NamedTuple):
    """What happens to the value of each feature."""

    sign: str
    numbers: np.ndarray | None  # (n_features,); None changes nothing


def _standardize(scaler):
    return [
        _Operation("-", scaler.mean_ if scaler.with_mean else None),
        _Operation("/", scaler.scale_),
    ]


def _robust(scaler):
    return [_Operation("-", scaler.center_), _Operation("/", scaler.scale_)]


def _stretch(scaler):
    return [_Operation("*", scaler.scale_), _Operation("+", scaler.min_)]


_OPERATIONS = {
    StandardScaler: _standardize,
    RobustScaler: _robust,
    SmoothClipScaler: _robust,
    MinMaxScaler: _stretch,
    MaxAbsScaler: lambda scaler: [_Operation("/", scaler.scale_)],
    BaseAugmenter: lambda augmenter: [],
}


def write_steps(source, steps):
    """Lines that overwrite `value`, feature j, as the steps of a fitted Pipeline do.

    Parameters
    ----------
    steps : list of (str, transformer)

    Raises
    ------
    ValueError
        If a step cannot be written.
    """
    lines = []
    for name, step in steps:
        if step is None or isinstance(step, str):  # "passthrough"
            continue
        find = next((of for kind, of in _OPERATIONS.items() if isinstance(step, kind)), None)
        if find is None:
            known = ", ".join(sorted(kind.__name__ for kind in _OPERATIONS))
            raise ValueError(
                f"The step {name!r} of the pipeline cannot be exported to C: it is a "
                f"{type(step).__name__}, and only {known} can be."
            )
        lines += [
            f"value = (REAL)(value {sign} {source.array('steps', numbers)}[j]);"
            for sign, numbers in find(step)
            if numbers is not None
        ]
        lines += _bound(step)
    return lines


def _bound(step):
    """What scalers do behind their operations."""
    if isinstance(step, SmoothClipScaler):
        bound = literal(np.float64(step.max_absolute_value))
        return [f"value = (REAL)copysign({bound} / hypot(1.0, {bound} / value), value);"]
    if isinstance(step, MinMaxScaler) and step.clip:
        low, high = (literal(np.float64(limit)) for limit in step.feature_range)
        return [f"value = (REAL)(value < {low} ? {low} : value > {high} ? {high} : value);"]
    return []

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
# Those that round their numbers to the dtype of X; scikit-learn's does since version 1.8.
_ROUNDED = StandardScaler, SmoothClipScaler


def write_steps(source, steps, dtype):
    """Lines that overwrite `value`, feature j, as the steps of a fitted Pipeline do.

    Parameters
    ----------
    steps : list of (str, transformer)

    dtype : np.dtype
        That of X, as the network behind was fitted to it.

    Raises
    ------
    ValueError
        If a step cannot be written.
    """
    lines = []
    for place, step in steps:
        if step is None or isinstance(step, str):  # "passthrough"
            continue
        find = next((of for kind, of in _OPERATIONS.items() if isinstance(step, kind)), None)
        if find is None:
            known = ", ".join(sorted(kind.__name__ for kind in _OPERATIONS))
            raise ValueError(
                f"The step {place!r} of the pipeline cannot be exported to C: it is a "
                f"{type(step).__name__}, and only {known} can be."
            )
        rounded = dtype if isinstance(step, _ROUNDED) else np.float64
        for sign, numbers in find(step):
            if numbers is not None:
                name = source.array("steps", numbers.astype(rounded).astype(np.float64))
                lines.append(f"value = (REAL)(value {sign} {name}[j]);")
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

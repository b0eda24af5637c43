"""Regression targets in the units that a network is trained in: (y − center) / scale.

Centers and scales are computed in float64, and rounded to so few bits that they depend neither on
the order of rows nor on whether a row has a weight of 2 or is given twice: L-BFGS would blow a
difference in the last bit up.
"""

import math
from typing import NamedTuple

import numpy as np

_BITS = 24  # of centers and scales
_STEPS = 2.0**10  # numbers per standard deviation that predictions need at least
_FLOAT32 = np.finfo(np.float32)
_EPS, _TINY, _MAX = float(_FLOAT32.eps), float(_FLOAT32.tiny), float(_FLOAT32.max)


class TargetUnits(NamedTuple):
    """Center and scale of each output, (n_outputs,) in float64."""

    center: np.ndarray
    scale: np.ndarray
    method: str | None = None  # the link whose scaling it is, or None
    initial_scores: np.ndarray | None = None  # to begin with, where they are known

    @property
    def attributes(self):
        """Those of an estimator that has these units."""
        units = {"target_center_": self.center, "target_scale_": self.scale}
        return {**units, "_target_scaling": self.method}

    def encode(self, Y):
        """Targets (n_samples, n_outputs) in these units, in float64."""
        Y = Y - self.center
        Y /= self.scale
        return Y

    def decode(self, outputs):
        """Outputs in units of y: in their own dtype, unless only float64 tells them apart."""
        Y = outputs * self.scale
        Y += self.center
        if outputs.dtype == Y.dtype or not self.are_of_float32():
            return Y
        with np.errstate(over="ignore"):  # what exceeds float32 is infinite
            return Y.astype(outputs.dtype)

    def are_of_float32(self):
        """Whether float32 tells targets apart, and can hold them."""
        for center, scale in zip(self.center.tolist(), self.scale.tolist()):
            size = abs(center) + scale
            if size * _EPS * _STEPS > scale or scale < _TINY * _STEPS or size > _MAX / _STEPS:
                return False
        return True


class AugmenterInUnits:
    """An augmenter that sees targets in units of y, for a trainer that has them in TargetUnits."""

    def __init__(self, augmenter, units):
        self._augmenter, self._units = augmenter, units

    def augment(self, X, Y, rng):
        given = self._units.decode(Y)
        drawn = self._augmenter.augment(X, given, rng)
        if not isinstance(drawn, tuple) or [np.shape(part) for part in drawn[1:]] != [Y.shape]:
            return drawn  # which the trainer refuses
        new_X, new_Y = drawn[0], np.asarray(drawn[1])
        with np.errstate(over="ignore"):  # which is refused when it is cast
            return new_X, np.where(new_Y == given, Y, self._units.encode(new_Y))


def learn_units(Y, weights, link, *, is_scaled, scores_of_normal=None):
    """The TargetUnits of training targets (n_samples, n_outputs) in float64.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,) or None

    link : str
        With "exp", targets are divided by their mean, and scores begin at its link. With
        "identity", they get a mean of zero and a standard deviation of one.

    is_scaled : bool
        If not, the center is 0 and the scale 1.

    scores_of_normal : callable(mean, deviation) -> list of float, or None
        The scores of a target that stand for a normal distribution. They begin at that of y.
    """
    zeros, ones = np.zeros(Y.shape[1]), np.ones(Y.shape[1])
    unscaled = TargetUnits(zeros, ones)
    if link == "exp":
        mean = _mean_or_one(*_columns_of(Y, weights))
        if is_scaled:
            return TargetUnits(zeros, mean, link, zeros)
        return unscaled._replace(initial_scores=np.log(mean))
    if not is_scaled and scores_of_normal is None:
        return unscaled
    mean, deviation = _mean_and_deviation(*_columns_of(Y, weights))
    units = TargetUnits(mean, deviation, link) if is_scaled else unscaled
    if scores_of_normal is None:
        return units
    moments = units.encode(mean), deviation / units.scale
    scores = [scores_of_normal(*of_target) for of_target in zip(*moments)]
    return units._replace(initial_scores=np.concatenate(scores))


def units_of(estimator):
    """The TargetUnits that a regressor has, as fitted or as changed by the user since then.

    Raises
    ------
    ValueError
        If they are not of the shape (n_outputs_,).
    """
    return _check_units(estimator, estimator.n_outputs_)


def units_to_go_on_with(estimator, n_outputs, link, *, is_scaled):
    """The same, for further training.

    Raises
    ------
    ValueError
        If scales are not positive, or targets were in units of another kind before.
    """
    method = link if is_scaled else None
    before = vars(estimator).get("_target_scaling", method)
    if before != method:
        raise ValueError(
            f"target_scaling cannot change between calls with warm_start or partial_fit, and with "
            f"it, neither can the link of the loss: it was {before!r}, now it is {method!r}."
        )
    center, scale, _, _ = _check_units(estimator, n_outputs)
    if not all(map(math.isfinite, center.tolist() + scale.tolist())):
        raise ValueError(f"target_center_ and target_scale_ must be finite, got {center}, {scale}.")
    if not min(scale.tolist()) > 0:
        raise ValueError(f"target_scale_ must be above zero, got {scale}.")
    return TargetUnits(center, scale, method)


def _check_units(estimator, n_outputs):
    center = np.asarray(getattr(estimator, "target_center_", None), np.float64)
    scale = np.asarray(getattr(estimator, "target_scale_", None), np.float64)
    if not center.shape == scale.shape == (n_outputs,):
        raise ValueError(
            f"target_center_ and target_scale_ must have the shape ({n_outputs},), got {center!r} "
            f"and {scale!r}."
        )
    return TargetUnits(center, scale)


def _columns_of(Y, weights):
    """Outputs (n_outputs, n_samples) of rows with a weight, and their weights."""
    if weights is not None:
        Y, weights = Y[weights > 0], weights[weights > 0].astype(np.float64)
    return np.ascontiguousarray(Y.T), weights


def _mean_or_one(columns, weights):
    """The mean of each column, or 1 where it is zero."""
    columns, exponents = _in_unit_interval(columns)
    means = np.average(columns, axis=1, weights=weights)
    return _positive_or_one(np.ldexp(_round(means), exponents))


def _mean_and_deviation(columns, weights):
    """The mean and standard deviation of each column; 1 for the latter where it is constant."""
    columns, exponents = _in_unit_interval(columns)
    lowest = columns.min(axis=1)
    columns = columns - lowest[:, None]  # so that all errors that follow are small beside the scale
    means = np.average(columns, axis=1, weights=weights)
    squares = np.square(columns - means[:, None])
    scales = _round(np.sqrt(np.average(squares, axis=1, weights=weights)))
    steps = np.ldexp(1.0, np.frexp(scales)[1] - _BITS)
    centers = lowest + np.rint(means / steps) * steps
    return np.ldexp(centers, exponents), _positive_or_one(np.ldexp(scales, exponents))


def _in_unit_interval(columns):
    """Columns divided by powers of two, so that no square or sum overflows; and the exponents."""
    exponents = np.frexp(np.abs(columns).max(axis=1))[1]
    return np.ldexp(columns, -exponents[:, None]), exponents


def _round(values):
    mantissas, exponents = np.frexp(values)
    return np.ldexp(np.rint(np.ldexp(mantissas, _BITS)), exponents - _BITS)


def _positive_or_one(values):
    return np.where(values > 0, values, 1.0)

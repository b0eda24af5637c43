"""Parameters that were set but have no effect: a fit ignores them, and warns once.

Parameters of a solver or a schedule are exempt, because searches range over these.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import NamedTuple

import numpy as np

from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.penalties import PENALTIES
from skreg._validation import warn_user

IGNORED = "Without effect"  # how the warning begins, for those who pass over it


class Need(NamedTuple):
    """What a parameter needs to have an effect, in words and as a condition."""

    words: str
    is_met: Callable  # of the settings and of what `fit` was given


STOCHASTIC = f"solver={' or '.join(map(repr, sorted(OPTIMIZERS)))}"

NEEDS = {
    **{
        name: Need(STOCHASTIC, lambda settings, _: settings.is_stochastic)
        for name, penalty in PENALTIES.items()
        if not penalty.in_lbfgs
    },
    "weight_averaging": Need(STOCHASTIC, lambda settings, _: settings.is_stochastic),
    # Without hidden layers, dropout has nothing to act on and nothing is lost.
    "dropout": Need(STOCHASTIC, lambda settings, _: settings.is_stochastic or not settings.units),
    "input_dropout": Need(STOCHASTIC, lambda settings, _: settings.is_stochastic),
    "augmentation": Need(STOCHASTIC, lambda settings, _: settings.is_stochastic),
    "quantile": Need("loss='quantile'", lambda settings, _: settings.loss == "quantile"),
    "delta": Need("loss='huber'", lambda settings, _: settings.loss == "huber"),
    "validation_fraction": Need(
        "fit with early_stopping=True and without X_val",
        lambda settings, given: settings.early_stopping and given.X_val is None,
    ),
    "scoring": Need(
        "early_stopping=True or X_val",
        lambda settings, given: settings.early_stopping or given.X_val is not None,
    ),
}


def warn_of_ignored(estimator, settings, given, used=(), replaced=()):
    """Warn once of all parameters that have no effect, and say what each of them needs.

    Those of the names in `used` have an effect of another kind, and those in `replaced` have none,
    as several values are tried: of `l1` those of `l1s`.
    """
    needs = NEEDS | {name: Need(f"{name}s=None", lambda *_: False) for name in replaced}
    ignored = []
    for field in fields(estimator):
        need, value = needs.get(field.name), getattr(estimator, field.name)
        if (
            need
            and field.name not in used
            and _differs(value, field.default)
            and not need.is_met(settings, given)
        ):
            ignored.append(f"{field.name}={value!r} (needs {need.words})")
    if ignored:
        warn_user(f"{IGNORED} in this fit: {', '.join(ignored)}.")


def _differs(value, default):
    """Whether a value, or one of several, is not the default."""
    return bool(np.any(np.asarray(value, dtype=object) != default))

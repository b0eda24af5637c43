"""How training ended, and what to tell the user of it."""

import warnings
from typing import NamedTuple

from sklearn.exceptions import ConvergenceWarning

_MESSAGES = {
    "max_iter": (
        "Maximum iterations ({settings.max_iter}) reached with solver={settings.solver!r} and the "
        "optimization hasn't converged yet. Increase max_iter or scale the data."
    ),
    "stalled": (
        "solver='lbfgs' ended after {n_epochs} iterations without convergence: {reason}. Increase "
        "max_fun or tol, or scale the data."
    ),
    "interrupted": "Training interrupted by user after {n_epochs} epochs; the best is kept.",
    "diverged": (
        "Training diverged: the loss or the weights were not finite after {n_epochs} epochs; the "
        "best finite weights are kept. Try a smaller learning_rate_init (it is "
        "{settings.learning_rate_init}) or scale the data."
    ),
    "infinite": (
        "The loss of the initial weights is not finite, so nothing was learned: scale X or y."
    ),
}


class Outcome(NamedTuple):
    """How a call of a trainer ended: "converged", or one of the messages above."""

    n_epochs: int
    end: str
    reason: str = ""


def warn_of(outcome, settings):
    """Tell the user how training ended where it did not end well."""
    if outcome.end in _MESSAGES:
        message = _MESSAGES[outcome.end].format(settings=settings, **outcome._asdict())
        warnings.warn(message, ConvergenceWarning, stacklevel=6)  # where the user called fit

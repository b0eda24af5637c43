"""How training ended, and what to tell the user about it."""

from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skreg._training.constant import find_loss_of_constant
from skreg._training.scales import advise_on_scales
from skreg._training.schedules import PLANNED
from skreg._validation import warn_user

# How warnings begin, for those who pass over them.
FEW_EPOCHS, INTERRUPTED = "Maximum iterations", "Training interrupted"

_MESSAGES = {
    "max_iter": (
        FEW_EPOCHS + " ({settings.max_iter}) reached with solver={settings.solver!r} and the "
        "optimization hasn't converged yet{progress}. Increase max_iter{or_scale}."
    ),
    "stalled": (
        "solver='lbfgs' ended after {n_epochs} iterations without convergence: {reason}. Increase "
        "max_fun or tol{or_scale}."
    ),
    "interrupted": INTERRUPTED + " by user after {n_epochs} epochs; the best is kept.",
    "diverged": (
        "Training diverged: the loss or the weights were not finite after {n_epochs} epochs; the "
        "best finite weights are kept. Try a smaller learning_rate_init (it is "
        "{settings.learning_rate_init}){or_scale}."
    ),
    "rose": (
        "Training diverged: the loss rose from {progress.first:.3g} to {progress.last:.3g}. Try a "
        "smaller learning_rate_init (it is {settings.learning_rate_init}){or_scale}."
    ),
    "useless": (
        "The training loss ended at {learned.loss:.3g}, but predicting the same for all rows has a "
        "loss of {learned.of_constant:.3g}. {scale_or_try} {remedy}."
    ),
    "infinite": (
        "The loss of the initial weights is not finite, so nothing was learned{and_scale}."
    ),
}
_WORTHWHILE = 0.05  # of the total decrease of the loss
_FAR = 10.0  # times the loss of the first epoch, which noise does not reach
# Shares of the loss of a constant by which that of a network is no better at all: if X or y is not
# scaled, and otherwise, where dropout may be all there is to it.
_WORSE, _WORSE_BY_DROPOUT = 0.1, 1.0


class Outcome(NamedTuple):
    """How a call of a trainer ended: "converged", or one of the messages above."""

    n_epochs: int
    end: str
    reason: str = ""


class Learned(NamedTuple):
    """The training loss, and what it is without learning anything from X."""

    loss: float
    of_constant: float

    def is_worse(self, share):
        return self.loss - self.of_constant > share * abs(self.of_constant)


class Progress(NamedTuple):
    """How a loss has decreased; as many further epochs gain less than the second half did.

    Where X is not scaled, a loss begins so far above that of a constant prediction that nothing
    that is learned later would count. So it counts from twice that loss at most.
    """

    first: float
    middle: float
    last: float
    highest: float

    @classmethod
    def of(cls, curve, of_constant):
        highest = 2 * of_constant if of_constant > 0 else np.inf  # of a density, nothing is known
        return cls(curve[0], curve[(len(curve) - 1) // 2], curve[-1], highest)

    @property
    def late_share(self):
        """The share of the total decrease that the second half of the epochs brought."""
        late = self.middle - self.last
        whole = max(late, min(self.first, self.highest) - self.last)
        return late / whole if late > 0 else 0.0

    def __str__(self):
        since = f" below {self.highest:.3g}" if self.first > self.highest else ""
        return (
            f": the second half of the epochs lowered the loss from {self.middle:.3g} to "
            f"{self.last:.3g}, {self.late_share:.0%} of its total decrease{since}"
        )


def warn_of(outcome, settings, losses, deciding, data):
    """Warn the user if training did not end well.

    Reaching `max_iter` only counts if more epochs are worthwhile. A schedule that is planned for
    `max_iter` epochs has ended as it should.

    Parameters
    ----------
    losses : list of float
        The training loss of each epoch.

    deciding : list of float
        The loss that training is judged by: the same, or the validation loss with early stopping.
    """
    end, learned, progress = outcome.end, None, ""
    if end in ("converged", "max_iter"):
        learned = _compare(settings, losses, data)
        if len(deciding) > 1:
            progress = Progress.of(deciding, learned.of_constant)
        end = _find_end(end, settings, progress)
    if end == "converged" and not learned.is_worse(_WORSE):
        return
    advice = advise_on_scales(data, settings.loss)
    if _is_useless(end, learned, advice):
        end = "useless"
    if end not in _MESSAGES:
        return
    message = _MESSAGES[end].format(
        settings=settings,
        progress=progress,
        learned=learned,
        n_epochs=outcome.n_epochs,
        reason=outcome.reason,
        or_scale=f" or {advice}" if advice else "",
        and_scale=f": {advice}" if advice else "",
        scale_or_try=f"{advice[0].upper()}{advice[1:]}, or try" if advice else "Try",
        remedy=_advise_to_go_on(settings, outcome.end),
    )
    warn_user(message, ConvergenceWarning)


def _find_end(end, settings, progress):
    """How training ended in the end: "rose", or "converged" if more epochs would gain little."""
    if _has_risen(settings, progress):
        return "rose"
    is_over = end == "converged" or _has_gone_far_enough(settings, progress)
    return "converged" if is_over else end


def _compare(settings, losses, data):
    """What was learned; with early stopping in the best epoch, which is kept."""
    loss = min(losses) if settings.early_stopping else losses[-1]
    return Learned(loss, find_loss_of_constant(settings, data))


def _is_useless(end, learned, advice):
    """Whether nothing was learned, and more epochs are not the obvious advice."""
    if end == "converged":
        return learned.is_worse(_WORSE if advice else _WORSE_BY_DROPOUT)
    return end == "max_iter" and bool(advice) and learned.is_worse(_WORSE)


def _advise_to_go_on(settings, end):
    """What lets a solver come closer to the minimum."""
    name = "learning_rate_init" if settings.is_stochastic else "tol"
    more = f" or a larger max_iter (it is {settings.max_iter})" if end == "max_iter" else ""
    return f"a smaller {name} (it is {getattr(settings, name)}){more}"


def _has_risen(settings, progress):
    """Whether the training loss grew; a validation loss may, as the best epoch is kept."""
    if settings.early_stopping or not progress:
        return False
    return progress.last > _FAR * max(progress.first, settings.tol)


def _has_gone_far_enough(settings, progress):
    """Whether more epochs would gain little; a single epoch does not tell."""
    if settings.is_stochastic and settings.learning_rate in PLANNED:
        return True
    if not progress:
        return False
    fall = progress.middle - progress.last
    return fall <= settings.tol or progress.late_share <= _WORTHWHILE

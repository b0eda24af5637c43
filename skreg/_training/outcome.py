"""How training ended, and what to tell the user about it."""

from typing import NamedTuple

from sklearn.exceptions import ConvergenceWarning

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
    "infinite": (
        "The loss of the initial weights is not finite, so nothing was learned{and_scale}."
    ),
}
_WORTHWHILE = 0.05  # of the total decrease of the loss
_FAR = 10.0  # times the loss of the first epoch, which noise does not reach


class Outcome(NamedTuple):
    """How a call of a trainer ended: "converged", or one of the messages above."""

    n_epochs: int
    end: str
    reason: str = ""


class Progress(NamedTuple):
    """How a loss has decreased; as many further epochs gain less than the second half did."""

    first: float
    middle: float
    last: float

    @classmethod
    def of(cls, curve):
        return cls(curve[0], curve[(len(curve) - 1) // 2], curve[-1])

    @property
    def late_share(self):
        """The share of the total decrease that the second half of the epochs brought."""
        whole = self.first - self.last
        return (self.middle - self.last) / whole if whole > 0 else 0.0

    def __str__(self):
        return (
            f": the second half of the epochs lowered the loss from {self.middle:.3g} to "
            f"{self.last:.3g}, {self.late_share:.0%} of its total decrease"
        )


def warn_of(outcome, settings, curve, data):
    """Warn the user if training did not end well.

    Reaching `max_iter` only counts if more epochs are worthwhile, judged by `curve`, the loss of
    each epoch. A schedule that is planned for `max_iter` epochs has ended as it should.
    """
    progress = Progress.of(curve) if len(curve) > 1 else ""
    if outcome.end in ("converged", "max_iter") and _has_risen(settings, progress):
        outcome = outcome._replace(end="rose")
    if outcome.end not in _MESSAGES:
        return
    if outcome.end == "max_iter" and _has_gone_far_enough(settings, progress):
        return
    advice = advise_on_scales(data, settings.loss)
    message = _MESSAGES[outcome.end].format(
        settings=settings,
        progress=progress,
        or_scale=f" or {advice}" if advice else "",
        and_scale=f": {advice}" if advice else "",
        **outcome._asdict(),
    )
    warn_user(message, ConvergenceWarning)


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

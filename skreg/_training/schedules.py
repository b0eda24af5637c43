"""Numbers that change from epoch to epoch: the learning rate, and what else has a schedule.

Each schedule is a function of the number to start with, the settings, and the state, which says
what has been trained. A new one is a function and a row in the table at the end.
"""

import math

SMALLEST_RATE = 1e-6  # where "adaptive" gives up
_RISING, _FIRST, _LAST = 0.3, 1 / 25, 1e-5  # of one cycle: its part, and shares of the rate


def constant(start, settings, state):
    """Always the same."""
    return start


def invscaling(start, settings, state):
    """start / (t + 1)^power_t with t the weight of all rows trained on so far."""
    return start * float(state.mass + 1) ** -settings.power_t


def adaptive(start, settings, state):
    """Divided by 5 each time that the monitor sees no improvement."""
    return start / 5.0**state.n_reductions


def cosine(start, settings, state):
    """½·start·(1 + cos(π·x)), with x the share of a cycle that is over in the middle of the epoch;
    max_iter epochs are n_restarts + 1 cycles (Loshchilov & Hutter, 2017).
    """
    return start * _fall(_share_of_cycle(settings, state, settings.n_restarts + 1))


def flat_cosine(start, settings, state):
    """Constant for half of max_iter epochs, then half a cosine down to zero."""
    x = _share_of_cycle(settings, state, 1)
    return start * _fall(max(2 * x - 1, 0.0))


def one_cycle(start, settings, state):
    """From 1/25 of the start up to it in three tenths of max_iter epochs, then down to 1/100 000,
    along half a cosine each (Smith & Topin, 2019).
    """
    x = _share_of_cycle(settings, state, 1)
    if x < _RISING:
        share = _FIRST + (1 - _FIRST) * (1 - _fall(x / _RISING))
    else:
        share = _LAST + (1 - _LAST) * _fall((x - _RISING) / (1 - _RISING))
    return start * share


def _share_of_cycle(settings, state, n_cycles):
    """How much of a cycle is over in the middle of the epoch; after the last begins another."""
    n_epochs = max(settings.max_iter - settings.warmup, 1)
    epoch = max(state.epoch - settings.warmup, 0)
    return (epoch + 0.5) * n_cycles % n_epochs / n_epochs


def _fall(x):
    """From 1 to 0 as x goes from 0 to 1."""
    return 0.5 * (1 + math.cos(math.pi * x))


SCHEDULES = {
    "constant": constant,
    "invscaling": invscaling,
    "adaptive": adaptive,
    "cosine": cosine,
    "flat_cosine": flat_cosine,
    "one_cycle": one_cycle,
}
# For max_iter epochs, at whose end the number is nearly zero.
PLANNED = ("cosine", "flat_cosine", "one_cycle")
# Of the part of training that is over alone, and nowhere above what they start with.
FOR_ALL = ("constant", "flat_cosine")


def learning_rate(settings, state):
    """The rate of the schedule; in the epochs of the warmup a growing part of its first rate."""
    rate = SCHEDULES[settings.learning_rate](settings.learning_rate_init, settings, state)
    return rate * min(1.0, (state.epoch + 1) / (settings.warmup + 1))


def reduce_rate(settings, state):
    """Lower the rate of an adaptive schedule; False where there is nothing left to lower."""
    if settings.learning_rate != "adaptive":
        return False
    if adaptive(settings.learning_rate_init, settings, state) <= SMALLEST_RATE:
        return False
    state.n_reductions += 1
    return True

"""The moving average of the weights, as an option: compiled when it is first used.

See `options.py`.
"""

from skreg._compiler.options import Option, number_of, vector_of
from skreg._compiler.vectors import sweep


def _mix(average, theta, velocity, keep, ahead):
    mixed = keep * average + (1 - keep) * (theta - ahead * velocity)
    return mixed, mixed


_mix_all = sweep(_mix)


def _average(average, theta, velocity, keep, ahead):
    """Exponential moving average (Polyak & Juditsky, 1992) of the weights.

    Those are `ahead` times the velocity behind theta.
    """
    return _mix_all((average, theta, velocity), (keep, ahead))


AVERAGE = Option(_average, "weights", (vector_of, vector_of, vector_of, number_of, number_of))

"""How many candidates of successive halving are trained up to which epoch."""

from math import ceil
from typing import NamedTuple


class Plan(NamedTuple):
    """The rungs of a search."""

    n_candidates: list  # of each rung
    n_epochs: list  # since the start of training
    min_resources: int
    n_required: int  # rungs, to be left with at most `factor` candidates
    n_possible: int  # rungs, for the epochs that there are


def make_plan(n_candidates, min_resources, max_resources, factor, *, aggressive):
    """The Plan of a search, whose last rung always trains up to `max_resources`.

    Parameters
    ----------
    min_resources : int, "smallest" or "exhaust"
        Epochs of the first rung: "smallest" is 1, and "exhaust" is as many as make all rungs grow
        by `factor`.

    aggressive : bool
        Whether the first rung is repeated until few enough candidates are left.
    """
    n_required = 1 + _floor_log(n_candidates, factor)
    first = {"smallest": 1}.get(min_resources, min_resources)
    if min_resources == "exhaust":
        first = max(1, max_resources / factor ** (n_required - 1))
    n_possible = 1 + _floor_log(max_resources / first, factor)
    n_rungs = n_required if aggressive else min(n_required, n_possible)
    powers = [max(0, i - max(0, n_rungs - n_possible)) for i in range(n_rungs)]
    counts = [n_candidates]
    for _ in range(n_rungs - 1):
        counts.append(ceil(counts[-1] / factor))
    n_epochs = [int(first * factor**power) for power in powers]
    return Plan(counts, [*n_epochs[:-1], max_resources], int(first), n_required, n_possible)


def _floor_log(number, base):
    """The largest k with base^k <= number, up to rounding errors."""
    k = 0
    while base ** (k + 1) <= number * (1 + 1e-9):
        k += 1
    return k

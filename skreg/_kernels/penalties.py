"""Penalties and constraints of weights: a row of a table each, and maps that follow the step.

What acts on each weight alone is part of the step: it is a column of `numbers`, see
`optimizers.py`. What acts on a whole matrix is a map behind the step, with these conventions:
`theta` (n_in, n_out) are the weights of a layer, or the point ahead of them by `ahead` times
`velocity`, of the same shape. The map changes the weights themselves, and where velocities are
`carried`, they remain the changes of the weights. Where it asks for the metric, `steps`, of the
same shape and free to overwrite, have the distance by which each weight moves for a derivative of
one; `sums` is room for n_out numbers in float64. A value is the term of a penalty in J.

A new penalty or constraint is a row in the table at the end, with a map or a column.
"""

from typing import NamedTuple

import numpy as np

from skreg._compiler.jit import helper
from skreg._compiler.options import Option, matrix_of, number_of, sums_of
from skreg._compiler.views import vector_at

RATE, L1, L2, DECAY = range(4)  # columns of `numbers`
_MOST_ITERATIONS = 50  # of Newton's method, which needs a few


@helper
def _advance(row, velocity, ahead):
    for j in range(row.size):
        row[j] += ahead * velocity[j]


@helper
def _find_norm(row, pulls, norm, start):
    """The root t of Σⱼ (wⱼ / (t + pullⱼ))² = 1, from a start below it.

    Newton's method for 1 / √Σ(t) = 1, which is concave, so that iterates only grow (Moré &
    Sorensen, 1983).
    """
    t, precision = np.float64(start), np.float64(np.finfo(row.dtype).eps)
    for _ in range(_MOST_ITERATIONS):
        squares, slope = 0.0, 0.0
        for j in range(row.size):
            share = 1.0 / (t + np.float64(pulls[j]))
            square = (np.float64(row[j]) * share) ** 2
            squares += square
            slope += square * share
        change = squares * (np.sqrt(squares) - 1.0) / slope
        t += change
        if not change > precision * t:
            break
    return row.dtype.type(t)


@helper
def _norm_of_prox(row, pulls):
    """The norm of the w that minimizes Σⱼ ½·(wⱼ − rowⱼ)² / pullⱼ + ‖w‖, zero where that is."""
    one = row.dtype.type(1)
    squares = pulled = varied = one - one
    for j in range(row.size):
        square = row[j] * row[j]
        squares += square
        pulled += square * pulls[j]
        varied += square * pulls[j] * pulls[j]
    if squares == 0:
        return squares
    norm, mean = np.sqrt(squares), pulled / squares
    start = norm - mean  # at most the root, by the inequality of Jensen
    if start > 0 and varied / squares - mean * mean <= np.finfo(row.dtype).eps * start * norm:
        return start  # and then no further below than it is rounded
    if not start > 0:
        excess = 0.0
        for j in range(row.size):
            share = np.float64(row[j]) / np.float64(pulls[j])
            excess += share * share
        if excess <= 1:
            return one - one
        start = one - one
    return _find_norm(row, pulls, norm, start)


def _group_l1(theta, velocity, steps, sums, strength, ahead, carried):
    """The proximal map of strength·Σᵢ ‖row i‖₂ in the metric of the step.

    With pullⱼ = strength · stepⱼ, a row w becomes wⱼ · t / (t + pullⱼ), where t is the norm of what
    it becomes; or zero where Σⱼ (wⱼ / pullⱼ)² ≤ 1.
    """
    n_out = theta.shape[1]
    for i in range(theta.shape[0]):
        row, pulls = vector_at(theta, i * n_out, n_out), vector_at(steps, i * n_out, n_out)
        change = vector_at(velocity, i * n_out, n_out)
        if carried > 0:
            _advance(row, change, -ahead)
        for j in range(n_out):
            pulls[j] *= strength
        t = _norm_of_prox(row, pulls)
        for j in range(n_out):
            pulls[j] = row[j] if t == 0 else row[j] * (pulls[j] / (t + pulls[j]))
            row[j] -= pulls[j]
        if carried > 0:
            for j in range(n_out):
                change[j] -= pulls[j]
            _advance(row, change, ahead)


def _sum_of_norms(theta, strength):
    total, n_out = strength - strength, theta.shape[1]
    for i in range(theta.shape[0]):
        row, squares = vector_at(theta, i * n_out, n_out), strength - strength
        for j in range(n_out):
            squares += row[j] * row[j]
        total += np.sqrt(squares)
    return strength * total


def _max_norm(theta, velocity, steps, sums, strength, ahead, carried):
    """Shorten each column to at most a norm, and leave others alone (Srivastava et al., 2014)."""
    (n_in, n_out), one = theta.shape, type(strength)(1)
    squares, scales = vector_at(sums, 0, n_out), vector_at(steps, 0, n_out)
    for j in range(n_out):
        squares[j] = 0.0
    for i in range(n_in):
        row, change = vector_at(theta, i * n_out, n_out), vector_at(velocity, i * n_out, n_out)
        if carried > 0:
            for j in range(n_out):
                squares[j] += np.float64(row[j] - ahead * change[j]) ** 2
        else:
            for j in range(n_out):
                squares[j] += np.float64(row[j]) ** 2
    # A little less than what the user gave, which `strength` rounds, and whoever adds squares too.
    gap, is_within = np.finfo(theta.dtype).eps + n_in * np.finfo(np.float64).eps, True
    bound, below = np.float64(strength) * (1.0 - gap), np.float64(strength) * (1.0 - 2.0 * gap)
    for j in range(n_out):
        scales[j] = one
        if squares[j] > bound * bound:
            scales[j], is_within = type(strength)(below / np.sqrt(squares[j])), False
    if is_within:
        return
    for i in range(n_in):
        row, change = vector_at(theta, i * n_out, n_out), vector_at(velocity, i * n_out, n_out)
        if carried > 0:
            for j in range(n_out):
                if scales[j] < one:
                    weight = row[j] - ahead * change[j]
                    change[j] -= weight - weight * scales[j]
                    row[j] = weight * scales[j] + ahead * change[j]
        else:
            for j in range(n_out):
                row[j] *= scales[j]


class Numbers(NamedTuple):
    """The columns of `numbers`: what multiplies the rate, and the strengths of some parameters."""

    rate: float = 1.0
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0


class Penalty(NamedTuple):
    """What a parameter of strengths, one per weight matrix, means.

    One number may stand for those of "all" matrices, those into "hidden" units, or the "first"; a
    strength that is `off` has no effect. `settles` says that the weights themselves are wanted at
    the end, and not a point ahead of them; `projects`, that its map holds for what is made of them.
    """

    off: float = 0.0
    layers: str = "all"
    in_lbfgs: bool = False
    settles: bool = False
    projects: bool = False
    move: Option | None = None  # the map
    in_metric: bool = False
    value: Option | None = None


_MATRICES = matrix_of, matrix_of, matrix_of
_TYPES = (*_MATRICES, sums_of, number_of, number_of, number_of)
_TYPES_OF_VALUE = matrix_of, number_of

# Maps follow each other in this order, so that bounds hold at the end.
PENALTIES = {
    "l1": Penalty(in_lbfgs=True, settles=True),
    "l2": Penalty(in_lbfgs=True),
    "weight_decay": Penalty(),
    "group_l1": Penalty(
        layers="first",
        settles=True,
        move=Option(_group_l1, "move", _TYPES),
        in_metric=True,
        value=Option(_sum_of_norms, "value", _TYPES_OF_VALUE),
    ),
    "max_norm": Penalty(
        off=np.inf,
        layers="hidden",
        settles=True,
        projects=True,
        move=Option(_max_norm, "move", _TYPES),
    ),
}

"""Everything that training changes: enough to go on later as if it had never stopped."""

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from skreg._kernels.entries import State
from skreg._kernels.optimizers import OPTIMIZERS


@dataclass
class TrainingState:
    """Plain arrays, lists and numbers, so that `vars` of it is all there is to store."""

    seed: int
    theta: np.ndarray
    best_theta: np.ndarray  # of the best epoch so far
    first: np.ndarray  # moments of the optimizer
    second: np.ndarray
    solver: str
    n_steps: int = 0  # of the optimizer
    epoch: int = 0
    t: float = 0  # rows trained on, each counted by its weight
    n_reductions: int = 0  # of an adaptive rate
    n_without_improvement: int = 0
    loss_curve: list = field(default_factory=list)
    best_loss: float = np.inf
    validation_scores: list = field(default_factory=list)
    best_score: float = -np.inf

    @classmethod
    def start(cls, theta, seed, solver):
        return cls(seed, theta, theta.copy(), *_moments(theta, solver), solver)

    def copy(self, solver):
        """A state that can be trained on without touching this one."""
        twin = deepcopy(self)
        if solver != self.solver:  # the moments of one optimizer mean nothing to another
            twin.solver = solver
            twin.restart_from(twin.theta)
        return twin

    def restart_from(self, theta):
        """Go on from another theta, with the moments of a start."""
        self.theta = theta.copy()
        self.first, self.second = _moments(self.theta, self.solver)
        self.n_steps = 0

    @property
    def vectors(self):
        """The same arrays as jitted code wants them."""
        return State(self.theta, self.first, self.second)


class Undo:
    """What a state was at the end of an epoch, in memory made once."""

    def __init__(self, state):
        self._vectors = {name: v.copy() for name, v in vars(state).items() if _is_vector(v)}

    def save(self, state):
        self._others = {name: v for name, v in vars(state).items() if not _is_vector(v)}
        self._lengths = {name: len(v) for name, v in self._others.items() if isinstance(v, list)}
        for name, vector in self._vectors.items():
            np.copyto(vector, getattr(state, name))

    def restore(self, state):
        vars(state).update(self._others)
        for name, length in self._lengths.items():  # curves only ever grow
            del getattr(state, name)[length:]
        for name, vector in self._vectors.items():
            np.copyto(getattr(state, name), vector)


def _is_vector(value):
    return isinstance(value, np.ndarray)


def _moments(theta, solver):
    """Two vectors of moments, the second the same as the first where the solver needs but one."""
    first = np.zeros_like(theta if solver in OPTIMIZERS else theta[:0])
    return first, np.zeros_like(theta) if solver == "adam" else first

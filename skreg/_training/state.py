"""Everything that training changes, which is enough to continue later as if uninterrupted."""

from dataclasses import dataclass, field

import numpy as np

from skreg._compiler.jit import DTYPES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.penalties import PENALTIES
from skreg._kernels.steps import State
from skreg._training.segments import acting, project

VECTORS = ("theta", "best_theta", "first", "second", "average")
RATES = ("learning_rate", "learning_rate_init", "n_restarts", "warmup")
_OF_OBJECTIVE = ("dropout", "loss", "activations", "early_stopping", "digest")
_NOT_OURS = "Training cannot go on from the state in `_training_state`: it was changed"


@dataclass
class TrainingState:
    """Plain arrays, tuples and numbers, so that `vars` of it is all there is to store."""

    seed: int
    theta: np.ndarray
    best_theta: np.ndarray  # of the best epoch so far
    first: np.ndarray  # moments of the optimizer
    second: np.ndarray
    solver: str
    average: np.ndarray = field(default_factory=lambda: np.empty(0))  # of the weights, if wanted
    n_steps: int = 0  # of the optimizer
    epoch: int = 0
    t: int = 0  # rows trained on
    mass: float = 0.0  # the weight of those trained on since the warmup
    n_reductions: int = 0  # of an adaptive rate
    n_without_improvement: int = 0
    loss_curve: tuple = ()  # as in `curves.py`
    best_loss: float = np.inf
    validation_loss_curve: tuple = ()
    validation_scores: tuple = ()
    best_score: float = -np.inf
    best_validation_loss: float = np.inf  # of the epochs with that score
    objective: tuple = (0,)  # what "best" refers to; the first is of the data
    rates: tuple = ()  # what the number of reductions refers to

    @classmethod
    def start(cls, theta, seed, solver):
        return cls(seed, theta, theta.copy(), *_moments(theta, solver), solver, theta[:0].copy())

    @classmethod
    def restore(cls, stored, solver):
        """A copy of a stored state, which may come from another machine or have been changed.

        Raises
        ------
        ValueError
            If it is no state, or has vectors that compiled code cannot take.
        """
        try:
            state = cls(**stored)
        except TypeError as error:
            raise ValueError(f"{_NOT_OURS}: {error}") from error
        vars(state).update({name: np.asarray(getattr(state, name)) for name in VECTORS})
        if state.average.size == 0:
            state.average = state.theta.ravel()[:0]
        state._check_vectors()
        return state.copy(solver)

    def _check_vectors(self):
        vectors = [getattr(self, name) for name in VECTORS]
        size, dtype = vectors[0].size, _native(vectors[0])
        size_of_moments = size if _n_moments(self.solver) else 0
        size_of_average = size if self.average.size else 0
        sizes = size, size, size_of_moments, size_of_moments, size_of_average
        wanted = [(dtype, (n,)) for n in sizes]
        given = [(_native(vector), vector.shape) for vector in vectors]
        if dtype not in DTYPES or given != wanted:
            raise ValueError(f"{_NOT_OURS}: {', '.join(VECTORS)} are {given}.")

    def copy(self, solver):
        """A state that can be trained on without touching this one."""
        values = {name: _copy(value) for name, value in vars(self).items()}
        twin = type(self)(**values)
        if self.second is self.first:
            twin.second = twin.first
        if solver != self.solver:  # the moments of one optimizer mean nothing to another
            twin.solver = solver
            twin.restart_from(twin.theta)
        return twin

    def refer_to(self, settings, data, held_out):
        """Forget what was best and how often rates were reduced, if that was of something else.

        `data` is None for the parts of a stream, which count as more of the same; `held_out` is the
        data to validate on, or None.
        """
        names = (*PENALTIES, *_OF_OBJECTIVE)
        rows = data.fingerprint if data else self.objective[0]
        objective = (rows, held_out and held_out.fingerprint)
        objective += tuple(getattr(settings, name) for name in names)
        rates = tuple(getattr(settings, name) for name in RATES)
        if objective != self.objective:
            self.best_loss = self.best_validation_loss = np.inf
            self.best_score = -np.inf
            np.copyto(self.best_theta, self.theta)
        if objective != self.objective or rates != self.rates:
            self.n_without_improvement = self.n_reductions = 0
        self.objective, self.rates = objective, rates

    def settled(self, settings):
        """The weights to predict with: theta, their average, or what is behind theta.

        That is where Nesterov's momentum put it ahead of exact zeros.
        """
        if settings.weight_averaging and self.average.size:
            return project(self.average, settings)
        if any(row.settles for row in acting(settings)):
            return project(self._weights(settings), settings)
        return self.theta

    def _weights(self, settings):
        """Theta, or what is behind it."""
        ahead = OPTIMIZERS[self.solver].ahead(settings) if self.solver in OPTIMIZERS else 0
        return self.theta - self.theta.dtype.type(ahead) * self.first if ahead else self.theta

    def begin_average(self, settings):
        """Have an average if one is wanted, which begins with the weights."""
        size = self.theta.size if settings.weight_averaging else 0
        if self.average.size != size:
            self.average = self._weights(settings)[:size].copy()

    def move_to(self, theta):
        """Go on from another theta of the same network, with the moments of this one."""
        self.theta[:] = theta
        self.average = theta[: self.average.size].copy()

    def restart_from(self, theta):
        """Go on from another theta, with the moments of a start."""
        self.theta = theta.copy()
        self.first, self.second = _moments(self.theta, self.solver)
        self.average = theta[:0].copy()
        self.n_steps = 0

    def begin_at(self, theta):
        """Go on from the theta of another network, of which nothing is known yet."""
        self.restart_from(theta)
        self.best_theta, self.objective = theta.copy(), (0,)

    @property
    def vectors(self):
        """The same arrays as jitted code wants them."""
        return State(self.theta, self.first, self.second, self.average)


class Undo:
    """The curves and numbers of a state at the end of an epoch; vectors are not restored."""

    def __init__(self, state):
        self._values = dict(vars(state))

    def restore(self, state):
        old = {k: v for k, v in self._values.items() if not isinstance(v, np.ndarray)}
        vars(state).update(old)


def _native(vector):
    """The dtype of a vector as this machine orders bytes."""
    return vector.dtype.newbyteorder("=")


def _copy(value):
    """A copy of a value, as compiled code wants arrays."""
    return np.array(value, _native(value)) if isinstance(value, np.ndarray) else value


def _n_moments(solver):
    return OPTIMIZERS[solver].n_moments if solver in OPTIMIZERS else 0


def _moments(theta, solver):
    """Two vectors of moments, the second the same as the first where the solver needs but one."""
    n_moments = _n_moments(solver)
    first = np.zeros_like(theta if n_moments else theta[:0])
    return first, np.zeros_like(theta) if n_moments == 2 else first

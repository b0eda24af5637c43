"""What others hear of the networks of a path: scikit-learn's callbacks, and a line for each."""

from skreg._training.outcome import FEW_EPOCHS, INTERRUPTED
from skreg._validation import kind_of_warning
from skreg.neural_network._ignored import IGNORED
from skreg.neural_network._tabular.callbacks import EnsembleCallbacks

# Steps have few epochs, and of the others the estimator warns itself.
_KNOWN = FEW_EPOCHS, IGNORED, INTERRUPTED


class Progress:
    """Tell callbacks of each network and, if wanted, the user.

    Parameters
    ----------
    estimator : PathCV or None
        None has no callbacks.

    verbose : bool
        Whether to print a line for each network.
    """

    def __init__(self, estimator, *, verbose):
        self.callbacks = EnsembleCallbacks(estimator, "network")
        self._verbose, self._n_told = verbose, 0

    def begin(self, X, rows, grid, n_folds, *, refit):
        """Tell of X as it was given and of its Rows, once it is known what will be tried."""
        self._grid, self._n_folds = grid, n_folds
        self.n_fits = n_folds * len(grid.points)
        self.callbacks.begin_fit(X, rows.y, rows.weights, self.n_fits + refit)

    def train(self, fold, point, network, fit):
        """Call `fit`, which trains a network; returns whether there should be no more of them.

        A fold of None is the final network.
        """
        n_points = len(self._grid.points)
        number = self.n_fits if fold is None else fold * n_points + self._grid.points.index(point)
        return self.callbacks.fit_member(number, network, fit)

    def tell(self, fold, point, fit):
        """Tell how good a network is."""
        self._n_told += 1
        if self._verbose:
            varied = self._grid.params(point).items()
            parts = [f"{name} {value:.3g}" for name, value in varied if name in self._grid.varied]
            parts += [f"fold {fold + 1} of {self._n_folds}", f"score {fit.score:.4f}"]
            parts += [f"sparsity {fit.sparsity:.2f}", f"epochs {fit.n_iter}"]
            print(f"Network {self._n_told} of {self.n_fits}  {'  '.join(parts)}")


def summarize(warned, n_fits):
    """What networks warned of, alike warnings once: a list of messages and categories."""
    alike = {}
    for message, category in leave_out(warned, *_KNOWN):
        alike.setdefault(kind_of_warning(message, category), []).append(message)
    return [
        (f"{len(messages)} of {n_fits} networks: {messages[0]}", category)
        for (category, _), messages in alike.items()
    ]


def of_other_kinds(warned, before):
    """Warnings, alike ones once, without those that `summarize` has told of before."""
    told = {kind_of_warning(*each) for each in leave_out(before, *_KNOWN)}
    found = {kind_of_warning(*each): each for each in reversed(warned)}
    return [each for kind, each in reversed(found.items()) if kind not in told]


def leave_out(warned, *beginnings):
    """Warnings whose message begins otherwise."""
    return [each for each in warned if not each[0].startswith(beginnings)]

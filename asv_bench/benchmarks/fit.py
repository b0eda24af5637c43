"""Time of training, and on real data what the trained networks are worth."""

import numpy as np
from sklearn.metrics import accuracy_score, log_loss

from .common import DATASETS, LIBRARIES, SHAPES, Compiled, load_split, make_net, make_noise

SOLVERS = {"adam": {}, "sgd": {"learning_rate_init": 0.05}, "lbfgs": {}}
REGULARIZERS = {
    **{f"l1, {solver}": {"l1": 1e-3, "solver": solver, **more} for solver, more in SOLVERS.items()},
    "dropout, adam": {"dropout": 0.5},
}
L2 = 1e-4
BATCH_SIZE = 200


class Epochs(Compiled):
    """A few epochs of Adam in float32 on problems of five shapes (rows x units, batch size)."""

    param_names = ("shape", "library")
    params = (list(SHAPES), list(LIBRARIES))

    def setup(self, name, library, **parameters):
        self.load_kernels()
        shape = SHAPES[name]
        self.X, self.y = make_noise(shape.n_samples, shape.n_features, shape.n_classes)
        parameters["batch_size"] = shape.batch_size
        self.net = make_net(library, shape.hidden, shape.epochs, **parameters)

    def time_fit(self, *_):
        """Seconds of the epochs and of what surrounds them in `fit`."""
        self.net.fit(self.X, self.y)


class EpochsWithDropout(Epochs):
    """The same with dropout, which scikit-learn does not have."""

    param_names = ("shape",)
    params = (list(SHAPES),)

    def setup(self, name):
        super().setup(name, "skreg", dropout=0.5)


class Dtypes(Compiled):
    """The second shape in both precisions."""

    param_names = ("dtype", "library")
    params = (["float32", "float64"], list(LIBRARIES))

    def setup(self, dtype, library):
        self.load_kernels(np.dtype(dtype))
        shape = SHAPES["20000x100-100-10, 200"]
        sizes = shape.n_samples, shape.n_features, shape.n_classes
        self.X, self.y = make_noise(*sizes, np.dtype(dtype))
        self.net = make_net(library, shape.hidden, shape.epochs, batch_size=shape.batch_size)

    def time_fit(self, *_):
        """Seconds of a fit to float32 and float64."""
        self.net.fit(self.X, self.y)


class _Learning(Compiled):
    """Fits to real data, timed and judged with the same settings: speed must not buy error.

    Scores are means over a few seeds: those of one network jump by more than a change is worth.
    """

    seeds = range(3)
    epochs = 60

    def load(self, dataset, library, **parameters):
        self.load_kernels()
        self.X, self.X_test, self.y, self.y_test = load_split(dataset)
        self.net = make_net(library, (100,), self.epochs, batch_size=BATCH_SIZE, **parameters)

    def fit_seeds(self):
        for seed in self.seeds:
            yield self.net.set_params(random_state=seed).fit(self.X, self.y)

    def time_fit(self, *_):
        """Seconds of a fit."""
        self.net.fit(self.X, self.y)

    def track_test_score(self, *_):
        """Accuracy on the test rows; more is better, which asv cannot know."""
        scores = [accuracy_score(self.y_test, net.predict(self.X_test)) for net in self.fit_seeds()]
        return float(np.mean(scores))

    track_test_score.unit = "accuracy"

    def track_test_loss(self, *_):
        """Log-loss on the test rows: less is better, so that asv finds regressions of it."""
        losses = [log_loss(self.y_test, net.predict_proba(self.X_test)) for net in self.fit_seeds()]
        return float(np.mean(losses))

    track_test_loss.unit = "log-loss"


class Solvers(_Learning):
    """Each solver of both libraries, which minimize the same objective."""

    param_names = ("dataset", "solver", "library")
    params = (list(DATASETS), list(SOLVERS), list(LIBRARIES))

    def setup(self, dataset, solver, library):
        self.load(dataset, library, solver=solver, **SOLVERS[solver])
        if library == "skreg":
            self.net.set_params(l2=L2)
        else:  # which divides its penalty by the size of a batch, and that of "lbfgs" is all rows
            rows = len(self.y) if solver == "lbfgs" else BATCH_SIZE
            self.net.set_params(alpha=L2 * rows)


class Regularizers(_Learning):
    """What scikit-learn does not have, each alone."""

    param_names = ("dataset", "regularizer")
    params = (list(DATASETS), list(REGULARIZERS))

    def setup(self, dataset, regularizer):
        self.load(dataset, "skreg", l2=0.0, **REGULARIZERS[regularizer])

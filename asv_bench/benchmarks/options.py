"""What options of training add to an epoch: regularizers, activations, losses, schedules."""

import numpy as np

import skreg
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._training.schedules import SCHEDULES

from .common import Compiled, make_net, make_noise

SIZES = 10_000, 50, 5  # rows, features, classes
HIDDEN, BATCH_SIZE = (64, 64), 128
EXTRAS = {
    "none": {},
    "l1": {"l1": 1e-5},
    "weight_decay": {"weight_decay": 1e-2},
    "group_l1": {"group_l1": 1e-5},
    "max_norm": {"max_norm": 2.0},
    "weight_averaging": {"weight_averaging": 0.99},
    "dropout": {"dropout": 0.2},
    "clip_norm": {"clip_norm": 1.0},
    "label_smoothing": {"label_smoothing": 0.1},
    "cosine, warmup": {"learning_rate": "cosine", "warmup": 1},
    "early_stopping": {"early_stopping": True},
}
EXTRAS["all"] = {name: value for extra in EXTRAS.values() for name, value in extra.items()}


class Extras(Compiled):
    """Two epochs of Adam with each extra, with all of them, and with none."""

    param_names = ("extra", "sample_weight")
    params = (list(EXTRAS), [False, True])

    def setup(self, extra, weighted):
        self.load_kernels()
        self.X, self.y = make_noise(*SIZES)
        self.weights = np.linspace(0.5, 1.5, SIZES[0]) if weighted else None
        self.net = make_net("skreg", HIDDEN, 2, batch_size=BATCH_SIZE, **EXTRAS[extra])

    def time_fit(self, *_):
        """Seconds of the epochs and of what surrounds them in `fit`."""
        self.net.fit(self.X, self.y, self.weights)


class Activations(Compiled):
    """Two epochs with each activation, in both precisions."""

    param_names = ("activation", "dtype")
    params = (list(ACTIVATIONS), ["float32", "float64"])

    def setup(self, activation, dtype):
        self.X, self.y = make_noise(*SIZES, np.dtype(dtype))
        self.net = make_net("skreg", HIDDEN, 2, batch_size=BATCH_SIZE, activation=activation)
        self.net.fit(self.X, self.y)  # which compiles, if nothing did before

    def time_fit(self, *_):
        """Seconds of the epochs and of what surrounds them in `fit`."""
        self.net.fit(self.X, self.y)

    def time_predict(self, *_):
        """Seconds of `predict` for all rows."""
        self.net.predict(self.X)


class RegressionLosses(Compiled):
    """Two epochs with each loss of regression, for three positive targets."""

    param_names = ("loss",)
    params = (list(REGRESSION_LOSSES),)

    def setup(self, loss):
        self.X, _ = make_noise(*SIZES)
        self.y = np.random.default_rng(1).exponential(size=(SIZES[0], 3))
        fixed = {"max_iter": 2, "n_iter_no_change": np.inf, "random_state": 0}
        self.net = skreg.MLPRegressor(HIDDEN, loss=loss, batch_size=BATCH_SIZE, **fixed)
        self.net.fit(self.X, self.y)  # which compiles, if nothing did before

    def time_fit(self, *_):
        """Seconds of the epochs and of what surrounds them in `fit`."""
        self.net.fit(self.X, self.y)


class Schedules(Compiled):
    """What learning rates are worth: the objective after so many epochs, with the same settings."""

    param_names = ("learning_rate",)
    params = (list(SCHEDULES),)

    def setup(self, learning_rate):
        self.load_kernels()
        self.X, _ = make_noise(2_000, 20, 3)
        self.y = (self.X[:, :3] + self.X[:, 3:6] ** 2).argmax(axis=1)
        parameters = {"learning_rate": learning_rate, "learning_rate_init": 0.01}
        self.net = make_net("skreg", (64,), 30, batch_size=BATCH_SIZE, **parameters)

    def track_loss(self, *_):
        """The objective of the last epoch: less is better."""
        return self.net.fit(self.X, self.y).loss_

    track_loss.unit = "loss"

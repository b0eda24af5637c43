"""Time of `partial_fit` of a few rows, also after many calls: what a stream of rows waits for."""

from functools import reduce
from itertools import repeat

import numpy as np

from skreg._training.curves import extend

from .common import LIBRARIES, REGRESSORS, Compiled

KINDS = {"classifier": LIBRARIES, "regressor": REGRESSORS}


def pretend_calls(net, library, n_calls):
    """Let a network have as many losses in its curve as after `n_calls` calls."""
    if library == "skreg":
        net._training_state["loss_curve"] = reduce(extend, repeat(0.5, n_calls), ())
    else:
        net.loss_curve_ = [0.5] * n_calls


class PartialFit(Compiled):
    """A default network for 20 features, in float64."""

    param_names = ("rows", "calls before", "kind", "library")
    params = ([1, 10, 1_000], [0, 10_000, 1_000_000], list(KINDS), list(LIBRARIES))

    def setup(self, rows, n_calls, kind, library):
        self.load_kernels(np.float64)
        rng = np.random.default_rng(0)
        self.X, numbers = rng.normal(size=(rows, 20)), rng.normal(size=rows)
        self.y, first = numbers, {}
        if kind == "classifier":
            self.y, first = (numbers > 0).astype(int), {"classes": [0, 1]}
        self.net = KINDS[kind][library](random_state=0)
        for _ in range(3):
            self.net.partial_fit(self.X, self.y, **first)
        pretend_calls(self.net, library, n_calls)

    def time_partial_fit(self, *_):
        """Seconds of a call."""
        self.net.partial_fit(self.X, self.y)

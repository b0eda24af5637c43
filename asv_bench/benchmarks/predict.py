"""Time of predictions: of many rows, and of one."""

import pandas as pd

from .common import LIBRARIES, REGRESSORS, Compiled, make_net, make_noise


class Predict(Compiled):
    """A network 100-100-10 in float32; with one row the time is that of a call."""

    param_names = ("rows", "library")
    params = ([100_000, 1], list(LIBRARIES))

    def setup(self, rows, library):
        self.load_kernels()
        X, y = make_noise(1_000, 100, 10)
        self.net = make_net(library, (100,), 1).fit(X, y)
        self.X, _ = make_noise(rows, 100, 10)
        self.net.predict(self.X[:1])

    def time_predict(self, *_):
        """Seconds of `predict`."""
        self.net.predict(self.X)

    def time_predict_proba(self, *_):
        """Seconds of `predict_proba`."""
        self.net.predict_proba(self.X)


class PredictFrame(Predict):
    """The same for a row of a pandas data frame, which has names of features to check."""

    params = ([1], list(LIBRARIES))

    def setup(self, rows, library):
        super().setup(rows, library)
        X, y = make_noise(1_000, 100, 10)
        names = [f"feature {j}" for j in range(100)]
        self.net.fit(pd.DataFrame(X, columns=names), y)
        self.X = pd.DataFrame(self.X, columns=names)


class PredictNumbers(Compiled):
    """The same by a regressor."""

    param_names = Predict.param_names
    params = Predict.params

    def setup(self, rows, library):
        self.load_kernels()
        X, _ = make_noise(1_000, 100, 10)
        self.net = REGRESSORS[library](max_iter=1, random_state=0).fit(X, X[:, 0])
        self.X, _ = make_noise(rows, 100, 10)
        self.net.predict(self.X[:1])

    def time_predict(self, *_):
        """Seconds of `predict`."""
        self.net.predict(self.X)

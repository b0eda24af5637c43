"""How the time of an epoch grows with rows, features, units and layers, beside scikit-learn's."""

from .common import LIBRARIES, Compiled, make_net, make_noise

BATCH_SIZE = 200


class _Scaling(Compiled):
    """An epoch of Adam in float32, of 10 000 rows of 50 features and 100 units but for one size."""

    def load(self, library, n_samples=10_000, n_features=50, hidden=(100,)):
        self.load_kernels()
        self.X, self.y = make_noise(n_samples, n_features, 10)
        self.net = make_net(library, hidden, 1, batch_size=BATCH_SIZE)

    def time_fit(self, *_):
        """Seconds of the epoch and of what surrounds it in `fit`."""
        self.net.fit(self.X, self.y)


class Rows(_Scaling):
    """By the number of rows; the most are 20 MB."""

    param_names = ("rows", "library")
    params = ([1_000, 10_000, 100_000], list(LIBRARIES))

    def setup(self, rows, library):
        self.load(library, n_samples=rows)

    def peakmem_fit(self, *_):
        """Bytes of the process, with the interpreter, the libraries and the data."""
        self.net.fit(self.X, self.y)


class Features(_Scaling):
    """By the number of features."""

    param_names = ("features", "library")
    params = ([10, 100, 1_000], list(LIBRARIES))

    def setup(self, features, library):
        self.load(library, n_features=features)


class Width(_Scaling):
    """By the number of units of two hidden layers, which the products grow with the square of."""

    param_names = ("units", "library")
    params = ([16, 64, 256], list(LIBRARIES))

    def setup(self, units, library):
        self.load(library, hidden=(units, units))


class Depth(_Scaling):
    """By the number of hidden layers of 64 units."""

    param_names = ("layers", "library")
    params = ([1, 2, 4, 8], list(LIBRARIES))

    def setup(self, layers, library):
        self.load(library, hidden=(64,) * layers)

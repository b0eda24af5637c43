"""What the benchmarks share: data, networks, and the base class that compiles before they start."""

import warnings
from typing import NamedTuple

import numpy as np
import sklearn.neural_network
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import skreg


def warm_blas():
    """Touch the buffers of NumPy's OpenBLAS, which scikit-learn multiplies with.

    In a new process products of medium size can be several times slower until a larger one was
    computed.
    """
    np.dot(np.ones((64, 384)), np.ones((384, 384)))


threadpool_limits(1)
warm_blas()

# All networks here stop after a fixed number of epochs; asv reports what is printed as an error.
warnings.simplefilter("ignore", ConvergenceWarning)

LIBRARIES = {
    "skreg": skreg.MLPClassifier,
    "sklearn": sklearn.neural_network.MLPClassifier,
}
REGRESSORS = {
    "skreg": skreg.MLPRegressor,
    "sklearn": sklearn.neural_network.MLPRegressor,
}


class Shape(NamedTuple):
    """Sizes of a training problem, and epochs enough to time and few enough to wait for."""

    n_samples: int
    n_features: int
    hidden: tuple
    batch_size: int
    n_classes: int
    epochs: int


SHAPES = {
    "20000x20-64-10, 32": Shape(20_000, 20, (64,), 32, 10, 3),
    "20000x100-100-10, 200": Shape(20_000, 100, (100,), 200, 10, 3),
    "20000x50-256-256-10, 256": Shape(20_000, 50, (256, 256), 256, 10, 2),
    "20000x784-512-512-10, 128": Shape(20_000, 784, (512, 512), 128, 10, 1),
    "1797x64-100-10, 200": Shape(1_797, 64, (100,), 200, 10, 30),
}

DATASETS = {"digits": load_digits, "breast cancer": load_breast_cancer}


def make_net(library, hidden, epochs, **parameters):
    """A network of a library that trains for exactly so many epochs, and is otherwise default."""
    fixed = {"max_iter": epochs, "tol": 0.0, "n_iter_no_change": epochs, "random_state": 0}
    return LIBRARIES[library](hidden, **{**fixed, **parameters})


def make_noise(n_samples, n_features, n_classes, dtype=np.float32):
    """Features and labels without relation: the time of an epoch does not depend on them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_samples, n_features), dtype=dtype)
    return X, rng.integers(0, n_classes, n_samples)


def load_split(dataset):
    """Scaled X_train, X_test and y_train, y_test of a data set; half of the rows in each."""
    X, y = DATASETS[dataset](return_X_y=True)
    parts = train_test_split(X.astype(np.float32), y, test_size=0.5, stratify=y, random_state=0)
    scaler = StandardScaler().fit(parts[0])
    return scaler.transform(parts[0]), scaler.transform(parts[1]), *parts[2:]


class Compiled:
    """Benchmarks that find all kernels compiled.

    asv runs `setup_cache` once, in a process of its own, so that compiling counts neither as the
    time nor as the memory of anything that follows; `setup` then loads kernels from the disk.
    """

    param_names: tuple = ()
    params: tuple = ()

    def setup_cache(self):
        for dtype in (np.float32, np.float64):
            self.load_kernels(dtype)

    setup_cache.timeout = 300

    def load_kernels(self, dtype=np.float32):
        X, y = make_noise(40, 3, 3, dtype)
        for solver in ("adam", "lbfgs"):
            make_net("skreg", (4,), 2, solver=solver, batch_size=20).fit(X, y).predict(X)

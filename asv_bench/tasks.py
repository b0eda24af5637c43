"""What `figures.py` asks of its workers: one short measurement of one library each.

A worker keeps the data and the networks of the last task, so that only the first question about a
task pays for data and compilation; those are not part of what it returns.
"""

import time
from functools import lru_cache

import numpy as np
import scipy.sparse
import sklearn.neural_network
from epochs import seconds_of
from measuring import FOREVER, N_CLASSES, SHAPES, make_noise, serve, versions, warm_blas
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.model_selection import GridSearchCV

BATCH_SIZE = 200
N_ROWS, N_WORDS, N_TOPICS, WORDS_PER_ROW = 11_314, 17_797, 20, 60
ALPHA = 1e-4
LEAST_SECONDS = 0.2  # that a measurement of something short takes


def make_net(library, hidden, epochs, **parameters):
    """A network that trains for exactly so many epochs."""
    if library == "skreg":
        from skreg import MLPClassifier
    else:
        MLPClassifier = sklearn.neural_network.MLPClassifier
    fixed = {"max_iter": epochs, "tol": 0, "n_iter_no_change": FOREVER, "random_state": 0}
    return MLPClassifier(hidden, **{**fixed, **parameters})


def mean_seconds(function, *arguments):
    """Seconds of a call, the mean of as many as take the least time together."""
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < LEAST_SECONDS:
        function(*arguments)
        calls += 1
    return (time.perf_counter() - start) / calls


def epoch_seconds(library, hidden, X, y, **parameters):
    """Seconds of an epoch: of a fit of three less those of a fit of one, so that set-up cancels."""
    one, three = (make_net(library, hidden, epochs, **parameters) for epochs in (1, 3))
    short = seconds_of(one.fit, X, y)
    return (seconds_of(three.fit, X, y) - short) / 2


@lru_cache(maxsize=1)
def noise(n_samples, n_features):
    return make_noise(n_samples, n_features)


@lru_cache(maxsize=1)
def digits(dtype="float64"):
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(dtype), y


def fit(library, shape):
    """Seconds of a whole fit of a few epochs."""
    shape = SHAPES[shape]
    X, y = noise(shape.n_samples, shape.n_features)
    net = make_net(library, shape.hidden, shape.epochs, batch_size=shape.batch_size)
    return mean_seconds(net.fit, X, y)


def make_text():
    """Counts of words like those of short texts: frequent ones first, some of a topic alone."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, N_TOPICS, N_ROWS)
    n_own = WORDS_PER_ROW // 4
    common = N_WORDS ** rng.random((N_ROWS, WORDS_PER_ROW - n_own)) - 1
    own = rng.integers(0, N_WORDS // N_TOPICS, (N_ROWS, n_own)) * N_TOPICS + y[:, None]
    words = np.hstack([common.astype(int), own]).ravel()
    ends = np.arange(0, len(words) + 1, WORDS_PER_ROW)
    counts = scipy.sparse.csr_matrix((np.ones(len(words)), words, ends), (N_ROWS, N_WORDS))
    counts.sum_duplicates()
    return counts, y


def read_text(path):
    """Counts of the training rows of a file with the arrays of a CSR matrix, y and test_mask."""
    with np.load(path) as arrays:
        parts = tuple(arrays[f"X_{name}"] for name in ("data", "indices", "indptr"))
        counts = scipy.sparse.csr_matrix(parts, tuple(arrays["X_shape"])).astype(float)
        is_train = ~arrays["test_mask"][0]
        return counts[is_train], arrays["y"][is_train]


@lru_cache(maxsize=1)
def text(path, dtype):
    counts, y = read_text(path) if path else make_text()
    return TfidfTransformer().fit_transform(counts).astype(dtype), y


def text_epoch(library, path, dtype):
    """Seconds of an epoch over sparse rows."""
    return epoch_seconds(library, (100,), *text(path, dtype), batch_size=BATCH_SIZE)


def fit_few(library, X, y):
    """Load or compile the code, with a network and rows that need next to no memory."""
    few = slice(None, None, len(y) // BATCH_SIZE)
    make_net(library, (2,), 1, batch_size=BATCH_SIZE).fit(X[few], y[few])


def prepare_text(library, path, dtype):
    """Load the rows and the code."""
    fit_few(library, *text(path, dtype))


def fit_text(library, path, dtype):
    """An epoch over sparse rows, for its memory."""
    make_net(library, (100,), 1, batch_size=BATCH_SIZE).fit(*text(path, dtype))


@lru_cache(maxsize=1)
def fitted(library, n_features, hidden):
    return make_net(library, hidden, 1).fit(*make_noise(1_000, n_features))


def predict_milliseconds(library, n_features, hidden, method, n_rows):
    """Milliseconds of predictions of so many rows: the median of as many calls as take a while."""
    X, _ = noise(n_rows, n_features)
    call = getattr(fitted(library, n_features, tuple(hidden)), method)
    call(X[:1])
    seconds = [seconds_of(call, X)]
    while sum(seconds) < LEAST_SECONDS:
        seconds.append(seconds_of(call, X))
    return 1e3 * float(np.median(seconds))


def lbfgs(library, dtype, seeds):
    """Means over seeds of seconds of a fit, milliseconds of an iteration, and the objective."""
    X, y = digits(dtype)
    penalty = {"l2": ALPHA / len(y)} if library == "skreg" else {"alpha": ALPHA}
    parameters = {"solver": "lbfgs", "tol": 1e-4, **penalty}
    fits = []
    for seed in range(seeds):
        net = make_net(library, (100,), 200, random_state=seed, **parameters)
        seconds = seconds_of(net.fit, X, y)
        fits.append((seconds, 1e3 * seconds / net.n_iter_, net.loss_))
    return np.mean(fits, axis=0).tolist()


@lru_cache(maxsize=1)
def map_rows(path, n_rows):
    """The first rows of a file, which stays on the disk, and labels."""
    rng = np.random.default_rng(1)
    return np.load(path, mmap_mode="r")[:n_rows], rng.integers(0, N_CLASSES, n_rows)


def row_nanoseconds(library, path, n_rows):
    """Nanoseconds per row of an epoch; few rows are measured more often."""
    X, y = map_rows(path, n_rows)
    repeats = 1 + 200_000 // n_rows
    rounds = range(repeats)
    seconds = [epoch_seconds(library, (100,), X, y, batch_size=BATCH_SIZE) for _ in rounds]
    return 1e9 * float(np.median(seconds)) / n_rows


def prepare_rows(library, path, n_rows):
    """Load the labels and the code."""
    fit_few(library, *map_rows(path, n_rows))


def fit_rows(library, path, n_rows):
    """An epoch over the rows, for its memory."""
    make_net(library, (100,), 1, batch_size=BATCH_SIZE).fit(*map_rows(path, n_rows))


def grid_search(library, n_jobs, epochs, dtype):
    """Seconds of a search of twelve candidates in five folds."""
    alphas = np.array([1e-3, 1e-1])  # scikit-learn divides them by the size of a batch
    grid = {
        "hidden_layer_sizes": [(50,), (100,), (100, 50)],
        "learning_rate_init": [1e-3, 3e-3],
        **({"l2": alphas / BATCH_SIZE} if library == "skreg" else {"alpha": alphas}),
    }
    net = make_net(library, (100,), epochs, batch_size=BATCH_SIZE)
    search = GridSearchCV(net, grid, cv=5, n_jobs=n_jobs, refit=False)
    return seconds_of(search.fit, *digits(dtype))


TASKS = (fit, text_epoch, prepare_text, fit_text, predict_milliseconds, lbfgs)
TASKS += (row_nanoseconds, prepare_rows, fit_rows, grid_search, versions)

if __name__ == "__main__":
    warm_blas()
    serve({task.__name__: task for task in TASKS})

"""Training on bags of words: sparse rows of many features, of which each row has few."""

import timeit
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from .common import LIBRARIES, Compiled, make_net

# Rows, words of the vocabulary, words per row, hidden units and batch size.
TEXTS = {
    "4000x2000, 40 words, 50 units, 200": (4_000, 2_000, 40, 50, 200),
    "4000x20000, 80 words, 100 units, 200": (4_000, 20_000, 80, 100, 200),
    "4000x20000, 80 words, 100 units, 1000": (4_000, 20_000, 80, 100, 1_000),
}
N_CLASSES = 4
L2 = 1e-6


def make_text(n_samples, n_features, n_words, dtype=np.float32):
    """Rows like those of TF-IDF, and classes that follow from them.

    A quarter of the words of a row is drawn from the part of the vocabulary that belongs to its
    class, all others from the whole, frequent ones first (Zipf's law); rows have a norm of 1.
    """
    rng = np.random.default_rng(0)
    y = rng.integers(0, N_CLASSES, n_samples)
    n_own = n_words // 4
    common = n_features ** rng.random((n_samples, n_words - n_own)) - 1
    own = rng.integers(0, n_features // N_CLASSES, (n_samples, n_own))
    words = np.hstack([common.astype(int), own * N_CLASSES + y[:, None]])
    n_entries = n_samples * n_words
    ends = np.arange(0, n_entries + 1, n_words)
    X = csr_matrix((np.ones(n_entries), words.ravel(), ends), (n_samples, n_features))
    X.sum_duplicates()
    X.data *= np.log(1 + n_features / (1 + X.indices))
    return normalize(X).astype(dtype), y


class _Text(Compiled):
    """A network for a text, with the kernels for sparse rows compiled before."""

    def load_kernels(self, dtype=np.float32):
        super().load_kernels(dtype)
        X, y = make_text(40, 20, 4, dtype)
        for solver in ("adam", "lbfgs"):
            make_net("skreg", (4,), 2, solver=solver, batch_size=20).fit(X, y).predict(X)

    def load(self, name, library):
        self.load_kernels()
        *sizes, n_units, batch_size = TEXTS[name]
        self.X, self.y = make_text(*sizes)
        penalty = {"l2": L2} if library == "skreg" else {"alpha": L2 * batch_size}
        self.net = make_net(library, (n_units,), 1, batch_size=batch_size, **penalty)


class SparseEpochs(_Text):
    """An epoch of Adam in float32."""

    param_names = ("text", "library")
    params = (list(TEXTS), list(LIBRARIES))

    def setup(self, name, library):
        self.load(name, library)

    def time_fit(self, *_):
        """Seconds of the epoch and of what surrounds it in `fit`."""
        self.net.fit(self.X, self.y)

    def peakmem_fit(self, *_):
        """Bytes of the process, with the interpreter, the libraries and the data."""
        self.net.fit(self.X, self.y)

    def track_test_score(self, *_):
        """Accuracy on every fourth row after five epochs on the others; more is better."""
        is_test = np.arange(len(self.y)) % 4 == 0
        self.net.set_params(max_iter=5, learning_rate_init=0.01)
        self.net.fit(self.X[~is_test], self.y[~is_test])
        return self.net.score(self.X[is_test], self.y[is_test])

    track_test_score.unit = "accuracy"


class SparseBesideOthers(_Text):
    """How much faster an epoch is than others of the same rows: best of three, in turn."""

    param_names = ("text",)
    params = (list(TEXTS),)

    def setup(self, name):
        self.load(name, "sklearn")
        self.sklearn = self.net
        self.load(name, "skreg")

    def _ratio(self, net, X):
        pairs = [(net, X), (self.net, self.X)] * 3
        seconds = [timeit.timeit(partial(n.fit, rows, self.y), number=1) for n, rows in pairs]
        return min(seconds[::2]) / min(seconds[1::2])

    def track_speedup_over_sklearn(self, *_):
        """Time of scikit-learn's epoch over that of ours."""
        return self._ratio(self.sklearn, self.X)

    track_speedup_over_sklearn.unit = "times faster"

    def track_speedup_over_dense(self, *_):
        """Time of our epoch with dense rows over that with sparse ones."""
        return self._ratio(self.net, self.X.toarray())

    track_speedup_over_dense.unit = "times faster"


class SparsePredict(_Text):
    """Predictions of the probabilities of all rows."""

    param_names = ("text", "library")
    params = (list(TEXTS)[:2], list(LIBRARIES))

    def setup(self, name, library):
        self.load(name, library)
        self.net.fit(self.X[:1_000], self.y[:1_000])

    def time_predict_proba(self, *_):
        """Seconds of `predict_proba`."""
        self.net.predict_proba(self.X)

    def time_predict_proba_of_one_row(self, *_):
        """Seconds of `predict_proba` of a single row."""
        self.net.predict_proba(self.X[:1])

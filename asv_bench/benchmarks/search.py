"""Time of tuning by cross-validation: searches fit many small networks, set-up included."""

import joblib
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from skopt.space import Categorical, Integer, Real

from skreg.model_selection import BayesSearchCV, EpochHalvingSearchCV, MLPClassifierCV

from .common import LIBRARIES, Compiled, make_net

BATCH_SIZE = 200
ALPHAS = [1e-3, 1e-1]
GRID = {"hidden_layer_sizes": [(50,), (100,)], "learning_rate_init": [1e-3, 3e-3]}
PENALTIES = {
    "skreg": {"l2": [alpha / BATCH_SIZE for alpha in ALPHAS]},
    "sklearn": {"alpha": ALPHAS},
}
STRENGTHS = [1e-1, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4]
SPACE = {
    "hidden_layer_sizes": Categorical(["50", "100", "50-50"]),
    "learning_rate_init": Real(1e-3, 1e-2, prior="log-uniform"),
    "l1": Real(1e-6, 1e-3, prior="log-uniform"),
    "dropout": Real(0.0, 0.5),
    "warmup": Integer(0, 2),
}


class _Search(Compiled):
    """Searches of digits in three folds, timed and judged: speed must not buy error."""

    timeout = 300

    def load(self, library):
        self.load_kernels()
        X, self.y = load_digits(return_X_y=True)
        self.X = (X / 16).astype("float32")
        self.net = make_net(library, (50,), 10, batch_size=BATCH_SIZE)

    def time_search(self, *_):
        """Seconds of the search."""
        self.search.fit(self.X, self.y)

    def track_best_score(self, *_):
        """Mean accuracy of the best candidate on held-out folds; more is better."""
        return float(self.search.fit(self.X, self.y).best_score_)

    track_best_score.unit = "accuracy"


class GridSearch(_Search):
    """Eight candidates of both libraries, which minimize the same objective, by one process."""

    param_names = ("library",)
    params = (list(LIBRARIES),)

    def setup(self, library):
        self.load(library)
        grid = {**GRID, **PENALTIES[library]}
        self.search = GridSearchCV(self.net, grid, cv=3, refit=False)


class GridSearchInThreads(_Search):
    """The same by two threads, which share X: kernels let go of Python's lock."""

    def setup(self):
        self.load("skreg")
        self.search = GridSearchCV(
            self.net, {**GRID, **PENALTIES["skreg"]}, cv=3, n_jobs=2, refit=False
        )

    def time_search(self):
        """Seconds of the search."""
        with joblib.parallel_config("threading"):
            super().time_search()


class PathSearch(_Search):
    """Six strengths of L1 in three folds: a grid, or each begins with the weights of another."""

    param_names = ("search",)
    params = (["grid", "path"],)

    def setup(self, search):
        self.load("skreg")
        net = self.net.set_params(max_iter=100)
        if search == "grid":
            self.search = GridSearchCV(net, {"l1": STRENGTHS}, cv=3, refit=False)
        else:
            parameters = net.get_params(deep=False)
            self.search = MLPClassifierCV(**parameters, l1s=STRENGTHS, cv=3, refit=False)


class BayesSearch(_Search):
    """Six candidates that scikit-optimize chooses, most of whose time is its own."""

    def setup(self):
        self.load("skreg")
        parameters = {"n_iter": 6, "cv": 3, "refit": False, "random_state": 0}
        self.search = BayesSearchCV(self.net, SPACE, **parameters)


class BayesSearchOfLayers(_Search):
    """Six candidates whose layers and class weights are objects, by three folds at once."""

    def setup(self):
        self.load("skreg")
        layers, weights = [(50,), (100,), (50, 50)], [None, {0: 2.0}]
        space = {**SPACE, "hidden_layer_sizes": layers, "class_weight": weights}
        parameters = {"n_iter": 6, "cv": 3, "refit": False, "random_state": 0, "n_points": 2}
        self.search = BayesSearchCV(self.net, space, **parameters)


class HalvingSearch(_Search):
    """27 random candidates: all of them in full, or the worst ones dropped after some epochs."""

    param_names = ("search",)
    params = (["random", "halving"],)

    def setup(self, search):
        self.load("skreg")
        net = self.net.set_params(max_iter=54)
        space = {"learning_rate_init": loguniform(1e-3, 1e-1), "dropout": uniform(0, 0.5)}
        parameters = {"cv": 3, "refit": False, "random_state": 0}
        if search == "random":
            self.search = RandomizedSearchCV(net, space, n_iter=27, **parameters)
        else:
            self.search = EpochHalvingSearchCV(net, space, n_candidates=27, **parameters)

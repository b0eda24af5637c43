"""
Quickstart: what regularization buys
====================================

A network with thousands of weights and a few hundred rows to learn them from knows its training
rows by heart. This example gives the same network to two small data sets without regularization,
with L2, with L1, with dropout, and with all three at once as a search finds them, and counts what
each does to unseen rows. It takes about a minute on two cores: ``python examples/quickstart.py``.
"""

import time
import warnings

import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit
from sklearn.neural_network import MLPClassifier as SklearnMLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from skopt import BayesSearchCV
from skopt.space import Categorical, Real
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier

N_SPLITS = 6  # pairs of a random split and a random initial network, the same for every row
DATA = {  # loader and number of training rows: few of them, or there is nothing to overfit
    "breast cancer": (load_breast_cancer, 150),
    "digits": (load_digits, 300),
}

# %%
# The models
# ----------
# Every model is an ordinary scikit-learn pipeline: networks want scaled features. All networks
# train for the same 100 epochs, so what differs is regularization and not when training stopped.

EPOCHS = 100
SHARED = {"batch_size": 32, "max_iter": EPOCHS, "n_iter_no_change": EPOCHS}


def scale_then(net):
    return Pipeline([("scale", StandardScaler()), ("mlp", net)])


def skreg_net(seed, l1=0.0, l2=0.0, dropout=0.0):
    net = MLPClassifier((128, 64), l1=l1, l2=l2, dropout=dropout, random_state=seed, **SHARED)
    return scale_then(net)


def sklearn_net(seed):
    return scale_then(SklearnMLPClassifier((128, 64), random_state=seed, **SHARED))


# %%
# The searches tune all regularizers together. They judge candidates by the log-loss in
# three-fold cross-validation: on so few rows accuracy is too coarse to tell neighbors apart.
# Sizes of hidden layers are strings here because scikit-optimize cannot search over tuples.


def grid_search(seed):
    grid = {
        "mlp__l1": [0, 1e-4, 1e-3],
        "mlp__l2": [1e-3, 1e-2],
        "mlp__dropout": [0, 0.5],
        "mlp__hidden_layer_sizes": ["128-64", "256"],
    }
    return GridSearchCV(skreg_net(seed), grid, scoring="neg_log_loss", cv=3)


def bayes_search(seed):
    space = {
        "mlp__l1": Real(1e-5, 1e-2, prior="log-uniform"),
        "mlp__l2": Real(1e-4, 1e-1, prior="log-uniform"),
        "mlp__dropout": Real(0, 0.7),
        "mlp__hidden_layer_sizes": Categorical(["64", "128-64", "256"]),
    }
    options = {"n_iter": 20, "scoring": "neg_log_loss", "cv": 3, "random_state": seed}
    return BayesSearchCV(skreg_net(seed), space, **options)


NETS = {  # name: function from a seed to a model
    "scikit-learn": sklearn_net,
    "no regularization": skreg_net,
    "l2 = 0.003": lambda seed: skreg_net(seed, l2=0.003),
    "l1 = 0.001": lambda seed: skreg_net(seed, l1=0.001),
    "dropout = 0.6": lambda seed: skreg_net(seed, dropout=0.6),
}
SEARCHES = {"all, GridSearchCV": grid_search, "all, BayesSearchCV": bayes_search}

# %%
# The measurement
# ---------------


def evaluate(model, X, y, train, test):
    """Fit on training rows; returns the numbers of one row of the table and the loss curve."""
    with warnings.catch_warnings(), threadpool_limits(1):  # products this small want one thread
        # Ending after a fixed number of epochs is the plan here, not a failure to converge.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # scikit-optimize tells when it meets a point again and tries a random one instead.
        warnings.filterwarnings("ignore", "The objective has been evaluated", UserWarning)
        start = time.perf_counter()
        model.fit(X[train], y[train])
        seconds = time.perf_counter() - start
    train_accuracy = accuracy_score(y[train], model.predict(X[train]))
    test_accuracy = accuracy_score(y[test], model.predict(X[test]))
    loss = log_loss(y[test], model.predict_proba(X[test]))
    net = getattr(model, "best_estimator_", model)["mlp"]
    zeros = np.mean(np.concatenate([coef.ravel() for coef in net.coefs_]) == 0)
    gap = train_accuracy - test_accuracy
    return (train_accuracy, test_accuracy, gap, loss, zeros, seconds), net.loss_curve_


def print_row(results):
    """Mean over the splits; behind ± the standard error of that mean."""
    table = np.array([numbers for numbers, _ in results])
    train, test, gap, loss, zeros, seconds = table.mean(axis=0)
    _, test_se, _, loss_se, _, _ = table.std(axis=0, ddof=1) / np.sqrt(len(table))
    print(
        f"{train:6.1%}  {test:.1%} ± {test_se:4.2%}  {gap:5.1%}  {loss:.3f} ± {loss_se:.3f}"
        f"  {zeros:6.1%}  {seconds:7.2f}",
        flush=True,
    )


def measure(name, make_model, X, y, splits, n_jobs):
    """Print one row of the table as soon as it is there; returns the first loss curve."""
    print(f"{name:18}", end="  ", flush=True)
    jobs = (delayed(evaluate)(make_model(k), X, y, *split) for k, split in enumerate(splits))
    results = Parallel(n_jobs=n_jobs)(jobs)
    print_row(results)
    return results[0][1]


# %%
# The first fit on a machine compiles the training loop; later ones read it from disk.

print("Compiling (ten seconds the first time, none later) ...", end=" ", flush=True)
begin = time.perf_counter()
toy = np.eye(40, dtype=np.float32)
skreg_net(seed=0).fit(toy, toy[0] > 0).predict(toy)
print(f"{time.perf_counter() - begin:.1f} s")

# %%
# The results
# -----------
# Single networks run one after the other, which keeps their seconds comparable; searches run on
# two cores, one split each, and their seconds are those of the whole search.

curves = {}
for title, (load, n_train) in DATA.items():
    X, y = load(return_X_y=True)
    X = X.astype(np.float32)  # networks need no more digits, and half the bytes are twice as fast
    cv = StratifiedShuffleSplit(N_SPLITS, train_size=n_train, random_state=0)
    splits = list(cv.split(X, y))
    print(f"\n{title}: {n_train} training rows of {len(y)}, {N_SPLITS} splits, ± standard error")
    print(" " * 21 + "train   test           gap    log-loss        zeros   seconds")
    curves[title] = {name: measure(name, net, X, y, splits, n_jobs=1) for name, net in NETS.items()}
    for name, search in SEARCHES.items():
        measure(name, search, X, y, splits, n_jobs=2)

# %%
# The loss curves
# ---------------
# Without regularization the objective falls toward zero: the network has learned its training rows
# by heart. Penalties are part of the objective, so theirs levels off; dropout makes it noisy.

try:
    import matplotlib.pyplot as plt
except ImportError:
    print("\nNo figure: matplotlib is missing, install it by `pip install matplotlib`.")
else:
    figure, panels = plt.subplots(1, len(curves), figsize=(10, 4), layout="constrained")
    for axes, (title, of_nets) in zip(panels, curves.items()):
        for name, curve in of_nets.items():
            axes.plot(range(1, len(curve) + 1), curve, label=name)
        axes.set(title=title, xlabel="epoch", ylabel="training objective", yscale="log")
    panels[0].legend()
    figure.savefig("quickstart.png", dpi=150)
    print("\nLoss curves saved as quickstart.png.")

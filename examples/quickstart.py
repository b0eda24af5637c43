"""
Quickstart: what regularization buys
====================================

A network of thousands of weights learns a few hundred rows by heart. Here the same network learns
two data sets without regularization, with L2, L1, dropout, and all three as a search tunes them;
the tables tell how it does on unseen rows. About a minute on two cores.
"""

import time
import warnings

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
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

# Few training rows out of many: of plenty there would be nothing to learn by heart.
DATA = {"breast cancer": (load_breast_cancer, 150), "digits": (load_digits, 300)}
N_SPLITS = 5  # random splits, each with another random network; the same for every model

# %%
# The models
# ----------
# Every model is a scikit-learn pipeline, because networks want scaled features. All networks train
# for 100 epochs, so that they differ in regularization and not in when training stopped. The
# strengths had the best log-loss in cross-validation on training rows, over both data sets.


def scaled(net_class, **parameters):
    net = net_class((128, 64), batch_size=32, max_iter=100, n_iter_no_change=100, **parameters)
    return Pipeline([("scale", StandardScaler()), ("mlp", net)])


NETS = {
    "scikit-learn": scaled(SklearnMLPClassifier),
    "no regularization": scaled(MLPClassifier, l2=0),
    "l2 = 0.003": scaled(MLPClassifier, l2=0.003),
    "l1 = 0.001": scaled(MLPClassifier, l2=0, l1=0.001),
    "dropout = 0.6": scaled(MLPClassifier, l2=0, dropout=0.6),
}

# %%
# Both searches try 16 candidates and judge them by log-loss: on so few rows accuracy is too coarse.
# Layer sizes may be strings, since scikit-optimize cannot search over tuples.

GRID = {
    "mlp__l1": [1e-4, 1e-3],
    "mlp__l2": [1e-3, 1e-2],
    "mlp__dropout": [0, 0.5],
    "mlp__hidden_layer_sizes": ["128-64", "256"],
}
SPACE = {
    "mlp__l1": Real(1e-5, 1e-2, prior="log-uniform"),
    "mlp__l2": Real(1e-4, 1e-1, prior="log-uniform"),
    "mlp__dropout": Real(0, 0.7),
    "mlp__hidden_layer_sizes": Categorical(["64", "128-64", "256"]),
}
JUDGE = {"scoring": "neg_log_loss", "cv": 3}
BAYES = {"n_iter": 16, "optimizer_kwargs": {"acq_func": "EI"}, **JUDGE}  # the cheapest criterion
SEARCHES = {
    "all, GridSearchCV": GridSearchCV(scaled(MLPClassifier), GRID, **JUDGE),
    "all, BayesSearchCV": BayesSearchCV(scaled(MLPClassifier), SPACE, **BAYES),
}

# %%
# The measurement
# ---------------


def evaluate(model, X, y, train, test, seed):
    """Fit on training rows; returns the numbers of one row of the table, and the loss curve."""
    seeds = {name: seed for name in model.get_params() if name.endswith("random_state")}
    model = clone(model).set_params(**seeds)
    with warnings.catch_warnings(), threadpool_limits(1):  # products this small want one thread
        warnings.simplefilter("ignore", ConvergenceWarning)  # 100 epochs are the plan here
        # scikit-optimize warns when it meets a point again, and takes a random one instead.
        warnings.filterwarnings("ignore", "The objective has been evaluated", UserWarning)
        start = time.perf_counter()
        model.fit(X[train], y[train])
        seconds = time.perf_counter() - start
    net = getattr(model, "best_estimator_", model)["mlp"]
    zeros = np.mean(np.concatenate([coef.ravel() for coef in net.coefs_]) == 0)
    on_train = accuracy_score(y[train], model.predict(X[train]))
    on_test = accuracy_score(y[test], model.predict(X[test]))
    loss = log_loss(y[test], model.predict_proba(X[test]))
    return (on_train, on_test, on_train - on_test, loss, zeros, seconds), net.loss_curve_


def measure(name, model, X, y, splits, n_jobs=1):
    """Print the row of a model, means over the splits; returns the first of its loss curves."""
    print(f"{name:18}", end="  ", flush=True)
    evaluations = (delayed(evaluate)(model, X, y, *s, seed) for seed, s in enumerate(splits))
    results = Parallel(n_jobs=n_jobs)(evaluations)
    table = np.array([numbers for numbers, _ in results])
    train, test, gap, loss, zeros, seconds = table.mean(axis=0)
    errors = table.std(axis=0, ddof=1) / len(splits) ** 0.5
    print(f"{train:6.1%}  {test:.1%} ± {errors[1]:.1%}  {gap:4.1%}", end="  ")
    print(f"{loss:.3f} ± {errors[3]:.3f}  {zeros:5.1%}  {seconds:7.2f}", flush=True)
    return results[0][1]


# %%
# The first fit on a machine compiles the training loop and stores it for all later ones. Networks
# are fitted one after the other, which times them well, and searches two at a time.
print("Compiling: about ten seconds, once per machine.", flush=True)
rows, toy = range(40), np.eye(40, dtype=np.float32)
evaluate(NETS["no regularization"], toy, toy[0] + toy[1], rows, rows, seed=0)

curves = {}
for title, (load, n_train) in DATA.items():
    X, y = load(return_X_y=True)
    X = X.astype(np.float32)  # precise enough for networks, and faster
    splits = [*StratifiedShuffleSplit(N_SPLITS, train_size=n_train, random_state=0).split(X, y)]
    print(f"\n{title}: {n_train} training rows of {len(y)}, {N_SPLITS} splits, ± standard error")
    print(f"{'':20} train   test          gap   log-loss       zeros  seconds")
    curves[title] = {name: measure(name, net, X, y, splits) for name, net in NETS.items()}
    for name, search in SEARCHES.items():
        measure(name, search, X, y, splits, n_jobs=2)

# %%
# The loss curves
# ---------------
# Without regularization the objective falls toward zero: the training rows are learned by heart.
# L1 and L2 are part of it, so theirs levels off; dropout makes it noisy.

try:
    import matplotlib.pyplot as plt
except ImportError:
    print("\nNo figure: matplotlib is not installed (`pip install matplotlib`).")
else:
    figure, panels = plt.subplots(1, len(curves), figsize=(10, 4), layout="constrained")
    for axes, (title, of_nets) in zip(panels, curves.items()):
        for name, curve in of_nets.items():
            axes.semilogy(range(1, len(curve) + 1), curve, label=name)
        axes.set(title=title, xlabel="epoch", ylabel="training objective")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    figure.savefig("quickstart.png", dpi=150)
    print("\nThe loss curves are in quickstart.png.")

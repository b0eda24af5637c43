"""
Quickstart: what regularization buys
====================================

A network with thousands of weights can memorize a few hundred training rows. Here the same network
is trained on two small data sets: without regularization, with L2, L1 or dropout, and with all
three tuned by a search. The tables and the figure show how each one does on unseen rows. Running
it takes about a minute on two cores.
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

# Train on few of the rows: with plenty of data there is little to gain from regularization.
DATA = {"breast cancer": (load_breast_cancer, 150), "digits": (load_digits, 300)}
N_SPLITS = 5  # random splits, the same for every model

# %%
# The models
# ----------
# Every model is a scikit-learn pipeline that scales the features and fits a network. All networks
# train for 100 epochs, so that they differ only in their regularization. The strengths below had
# the best log-loss in cross-validation on the training rows of both data sets.


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
# Both searches try 16 candidates. They compare them by log-loss, because with so few rows many
# candidates have the same accuracy. Layer sizes are given as strings, since scikit-optimize cannot
# search over tuples.

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
SCORING = {"scoring": "neg_log_loss", "cv": 3}
BAYES = {"n_iter": 16, "optimizer_kwargs": {"acq_func": "EI"}, **SCORING}  # the fastest criterion
SEARCHES = {
    "all, GridSearchCV": GridSearchCV(scaled(MLPClassifier), GRID, **SCORING),
    "all, BayesSearchCV": BayesSearchCV(scaled(MLPClassifier), SPACE, **BAYES),
}

# %%
# The comparison
# --------------
# Each model is fitted to the training rows of every split and evaluated on all other rows.


def evaluate(model, X, y, train, test, seed):
    """Fit on the training rows; return the numbers of one row of the table."""
    seeds = {name: seed for name in model.get_params() if name.endswith("random_state")}
    model = clone(model).set_params(**seeds)
    with warnings.catch_warnings(), threadpool_limits(1):  # small products are faster in one thread
        warnings.simplefilter("ignore", ConvergenceWarning)  # every network stops after 100 epochs
        # scikit-optimize warns when it proposes a point again, and then takes a random one.
        warnings.filterwarnings("ignore", "The objective has been evaluated", UserWarning)
        start = time.perf_counter()
        model.fit(X[train], y[train])
        seconds = time.perf_counter() - start
    net = getattr(model, "best_estimator_", model)["mlp"]
    zeros = np.mean(np.concatenate([coef.ravel() for coef in net.coefs_]) == 0)
    on_train = accuracy_score(y[train], model.predict(X[train]))
    on_test = accuracy_score(y[test], model.predict(X[test]))
    loss = log_loss(y[test], model.predict_proba(X[test]))
    return on_train, on_test, on_train - on_test, loss, zeros, seconds


def print_row(name, model, X, y, splits, n_jobs=1):
    """Print the means over the splits."""
    print(f"{name:18}", end="  ", flush=True)
    evaluations = (delayed(evaluate)(model, X, y, *s, seed) for seed, s in enumerate(splits))
    table = np.array(Parallel(n_jobs=n_jobs)(evaluations))
    train, test, gap, loss, zeros, seconds = table.mean(axis=0)
    errors = table.std(axis=0, ddof=1) / len(splits) ** 0.5
    print(f"{train:6.1%}  {test:.1%} ± {errors[1]:.1%}  {gap:4.1%}", end="  ")
    print(f"{loss:.3f} ± {errors[3]:.3f}  {zeros:5.1%}  {seconds:7.2f}", flush=True)


# %%
# The first fit on a machine compiles the training loop, and later fits load it from disk. Networks
# are fitted one after the other, so that their times are comparable, and searches two at a time.
print("Compiling: about five seconds, once per machine.", flush=True)
rows, toy = range(40), np.eye(40, dtype=np.float32)
evaluate(NETS["no regularization"], toy, toy[0] + toy[1], rows, rows, seed=0)

arrays = {}
for title, (load, n_train) in DATA.items():
    X, y = load(return_X_y=True)
    X = X.astype(np.float32)  # precise enough for networks, and faster
    splits = [*StratifiedShuffleSplit(N_SPLITS, train_size=n_train, random_state=0).split(X, y)]
    arrays[title] = X, y, splits
    print(f"\n{title}: {n_train} training rows of {len(y)}, {N_SPLITS} splits, ± standard error")
    print(f"{'':20} train   test          gap   log-loss       zeros  seconds")
    for name, net in NETS.items():
        print_row(name, net, X, y, splits)
    for name, search in SEARCHES.items():
        print_row(name, search, X, y, splits, n_jobs=2)

# %%
# Training and validation loss
# ----------------------------
# ``validation_loss_curve_`` holds the log-loss, without penalties and without dropout, on the rows
# given as ``X_val`` and ``y_val``. Unless ``early_stopping`` is on, these rows do not influence the
# fit. So two fits of the same network, one watching the training rows and one watching unseen rows,
# measure the gap between the two.


def loss_curves(net, X, y, train, test):
    """Log-loss on the training rows and on unseen rows after each epoch."""
    X = StandardScaler().fit(X[train]).transform(X)
    for rows in (train, test):
        mlp = clone(net["mlp"]).set_params(random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            mlp.fit(X[train], y[train], X_val=X[rows], y_val=y[rows])
        yield mlp.validation_loss_curve_


try:
    import matplotlib.pyplot as plt
except ImportError:
    print("\nNo figure: matplotlib is not installed (`pip install matplotlib`).")
else:
    nets = {name: net for name, net in NETS.items() if name != "scikit-learn"}
    size = {"figsize": (10, 5), "layout": "constrained"}
    figure, panels = plt.subplots(len(DATA), len(nets), sharex=True, sharey="row", **size)
    for row, (title, (X, y, splits)) in zip(panels, arrays.items()):
        for axes, (name, net) in zip(row, nets.items()):
            on_train, on_test = loss_curves(net, X, y, *splits[0])
            epochs = range(1, len(on_train) + 1)
            axes.semilogy(epochs, on_train, label="training rows")
            axes.semilogy(epochs, on_test, label="unseen rows")
            axes.fill_between(epochs, on_train, on_test, color="0.9", label="gap")
            final = {"xy": (epochs[-1], on_test[-1]), "xytext": (0, 5)}
            axes.annotate(f"{on_test[-1]:.3f}", **final, textcoords="offset points", ha="right")
            axes.set_title(name, fontsize="medium")
        row[0].set_ylabel(f"log-loss, {title}")
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.savefig("quickstart.png", dpi=150)
    print("\nThe loss curves are in quickstart.png.")

# %%
# Each panel names the loss on unseen rows after the last epoch. Without regularization the loss on
# the training rows falls toward zero and the gap keeps growing: the network memorizes. L2 and L1
# hold the training loss up and keep the loss on unseen rows low. Dropout mainly slows training
# down: on breast cancer the loss on unseen rows still rises after forty epochs.

"""
What regularizers do
====================

The same network with one regularizer at a time: what they do to predictions, and what they do to
weights. :doc:`Which regularizer? </regularizers>` says when to use which.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, make_moons
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier
from skreg.augmentation import GaussianNoise

# %%
# Predictions
# -----------
# Two noisy half-moons with 150 points. Without a regularizer, a network with two layers of 64 units
# learns every one of them, and is sure of islands that are there by chance. The black line is where
# both classes are equally probable, and the title has the accuracy on 2000 other points.

X, y = make_moons(150, noise=0.35, random_state=1)
X_test, y_test = make_moons(2000, noise=0.35, random_state=2)
fixed = {"learning_rate": "cosine", "n_iter_no_change": np.inf, "random_state": 0}
net = MLPClassifier((64, 64), learning_rate_init=0.01, batch_size=50, max_iter=400, l2=0.0, **fixed)
stop = {"early_stopping": True, "validation_fraction": 0.2, "n_iter_no_change": 30}
regularizers = {
    "none": {},
    "l2=0.01": {"l2": 0.01},
    "weight_decay=0.3": {"weight_decay": 0.3},
    "l1=0.001": {"l1": 0.001},
    "max_norm=1": {"max_norm": 1.0},
    "dropout=0.5": {"dropout": 0.5},
    "normalization='batch'": {"normalization": "batch"},
    "early_stopping=True": stop,
    "label_smoothing=0.2": {"label_smoothing": 0.2},
    "GaussianNoise(0.4)": {"augmentation": GaussianNoise(sigma=0.4)},
}

grid = np.stack(np.meshgrid(np.linspace(-2.2, 3.2, 120), np.linspace(-1.8, 2.2, 120)), axis=-1)
figure, axes = plt.subplots(2, 5, figsize=(11, 5), layout="constrained")
for axis, (name, setting) in zip(axes.flat, regularizers.items(), strict=True):
    fitted = clone(net).set_params(**setting).fit(X, y)
    probability = fitted.predict_proba(grid.reshape(-1, 2))[:, 1].reshape(120, 120)
    axis.contourf(*grid.T, probability.T, np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.8)
    axis.contour(*grid.T, probability.T, [0.5], colors="black", linewidths=1)
    axis.scatter(*X.T, c=y, cmap="RdBu_r", s=9, edgecolors="white", linewidths=0.4)
    axis.set_title(f"{name}\n{fitted.score(X_test, y_test):.1%}", fontsize=10)
    axis.set(xticks=[], yticks=[])
plt.show()

# %%
# L2 and noise make the boundary smooth, and probabilities near it moderate. The other penalties,
# dropout and early stopping remove islands and leave a steeper boundary. Label smoothing changes
# how sure the network is, rather than the boundary.
#
# Weights
# -------
# The first weight matrix of networks for the breast cancer data: a row for each of 30 features, a
# column for each of 32 units. Weights that are exactly zero are gray.

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
net = MLPClassifier(32, learning_rate_init=0.01, max_iter=200, l2=0.0, **fixed)
regularizers = {
    "none": {},
    "l2=0.01": {"l2": 0.01},
    "l1=0.003": {"l1": 0.003},
    "group_l1=0.01": {"group_l1": 0.01, "l2": [0.0, 0.01]},
    "max_norm=1": {"max_norm": 1.0},
    "dropout=0.5": {"dropout": 0.5},
}
colors = plt.get_cmap("RdBu_r").with_extremes(bad="0.8")
figure, axes = plt.subplots(1, 6, figsize=(11, 3), layout="constrained", sharey=True)
for axis, (name, setting) in zip(axes, regularizers.items(), strict=True):
    weights = clone(net).set_params(**setting).fit(X, y).coefs_[0]
    shown = np.ma.masked_equal(weights, 0)
    picture = axis.imshow(shown, cmap=colors, vmin=-1, vmax=1, interpolation="none")
    axis.set_title(f"{name}\n{np.mean(weights == 0):.0%} zero", fontsize=10)
    axis.set(xticks=[], yticks=[], xlabel="units")
axes[0].set_ylabel("features")
figure.colorbar(picture, ax=axes, extend="both", shrink=0.8)
plt.show()

# %%
# L2 makes all weights small. L1 makes single weights zero, and the group lasso whole features. This
# network also has an L2 penalty on its output layer, which could otherwise make up for small
# weights in the first layer. Max-norm shortens the columns that are too long.

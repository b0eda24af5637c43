"""
Losses of regression
====================

The loss decides what a network estimates: the mean, the median, a quantile, or the mean of counts.
Here are one feature and one target, so that a network is a curve.
"""

import matplotlib.pyplot as plt
import numpy as np

from skreg import MLPRegressor

# %%
# Quantiles
# ---------
# The spread of this target grows with x. A network of five quantiles, which cannot cross, shows how
# much: a share of 10% of the targets is below the lowest curve, and of 90% below the highest.

rng = np.random.default_rng(0)
x = np.sort(rng.uniform(0, 4, 600))
y = np.sin(2 * x) + 0.1 + (0.1 + 0.2 * x) * rng.standard_normal(600)
X = x[:, None]
fixed = {"solver": "lbfgs", "l2": 3e-4, "max_iter": 3000, "random_state": 0}

figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
axes.plot(x, y, ".", color="0.7", markersize=4)
levels = [0.1, 0.25, 0.5, 0.75, 0.9]
net = MLPRegressor((32, 32), "tanh", loss="quantile", quantile=levels, **fixed).fit(X, y)
quantiles = net.predict(X)
for curve, level in reversed([*zip(quantiles.T, levels)]):
    axes.plot(x, curve, label=f"{level:g}")
axes.set(title='loss="quantile"', xlabel="x", ylabel="y")
axes.legend(title="quantile")
plt.show()

# %%
# The shares of targets below each curve:

for level, share in zip(levels, (y[:, None] <= quantiles).mean(axis=0)):
    print(f"{level:4.0%} {share:6.1%}")

# %%
# Outliers
# --------
# Every tenth target went wrong by a large amount. The squared error pulls the curve up toward them;
# the absolute error and Huber's loss hardly notice. Its ``delta`` is in units of the standard
# deviation of y, here 1.4.

truth = np.sin(2 * x)
y = truth + 0.1 * rng.standard_normal(600)
y[::10] += rng.uniform(2, 6, 60)

figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
axes.plot(x, y, ".", color="0.7", markersize=4)
axes.plot(x, truth, "k--", label="truth")
for loss, own in {"squared_error": {}, "absolute_error": {}, "huber": {"delta": 0.1}}.items():
    net = MLPRegressor((32, 32), "tanh", loss=loss, **own, **fixed).fit(X, y)
    axes.plot(x, net.predict(X), label=loss)
axes.set(title="One target of ten is wrong", xlabel="x", ylabel="y")
axes.legend(title="loss")
plt.show()

# %%
# Counts
# ------
# Counts have a mean that is positive and a spread that grows with it, and where it is small most of
# them are zero. With ``loss="poisson"`` predictions are the exponential of the scores, so they are
# positive; with the squared error, some are not.

few = slice(None, None, 3)
mean = np.exp(2 * np.sin(2 * x) - 0.5)
y = rng.poisson(mean)

figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
axes.plot(x[few], y[few], ".", color="0.7", markersize=4)
axes.plot(x, mean, "k--", label="truth")
for loss in ("squared_error", "poisson"):
    net = MLPRegressor((32, 32), "tanh", loss=loss, **fixed | {"l2": 3e-3}).fit(X[few], y[few])
    axes.plot(x, net.predict(X), label=loss)
    print(f"{loss:14} least prediction {net.predict(X).min():6.3f}")
axes.set(title="Counts", xlabel="x", ylabel="y")
axes.legend(title="loss")
plt.show()

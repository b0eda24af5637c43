"""
Standard deviations, intervals and probabilities
================================================

A prediction is a number. How far off may it be, and how much of that would more data remove? This
example draws standard deviations and intervals around a curve, shows what each of them can and
cannot tell, and ends with probabilities that mean what they say. Running it takes about ten
seconds. :doc:`The guide <../uncertainty>` explains the methods.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibrationDisplay
from sklearn.ensemble import BaggingRegressor
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor

# %%
# A curve with a gap
# ------------------
# There are no training rows in the middle, nor beyond the ends. The noise is the same everywhere.


def curve(x):
    return np.sin(2 * x) + x / 2


def draw_rows(n_rows, seed):
    rng = np.random.default_rng(seed)
    x = rng.choice([-1, 1], n_rows) * rng.uniform(0.7, 3, n_rows)
    return x[:, np.newaxis], curve(x) + rng.normal(0, 0.2, n_rows)


X, y = draw_rows(400, seed=0)
grid = np.linspace(-4.5, 4.5, 400)[:, np.newaxis]

# %%
# Two parts of a standard deviation
# ---------------------------------
# ``predict(X, return_std=True)`` returns a standard deviation with each prediction, and
# ``predict_std_parts`` its two parts. The noise is estimated on rows that early stopping holds out.
# The spread is how much predictions vary if other hidden units are left out each time: MC dropout,
# which needs ``dropout`` in training.

network = {
    "hidden_layer_sizes": "64-64",
    "learning_rate_init": 0.01,
    "learning_rate": "cosine",
    "batch_size": 32,
    "max_iter": 150,
    "n_iter_no_change": np.inf,
}
held_out = {"early_stopping": True, "validation_fraction": 0.25}
net = MLPRegressor(**network, **held_out, dropout=0.1, random_state=0)
dropping = make_pipeline(StandardScaler(), net).fit(X, y)
mean, std = dropping.predict(grid, return_std=True)

# %%
# An ensemble is several networks that begin at other random weights. For plain networks,
# scikit-learn's ``BaggingRegressor`` trains them, with ``bootstrap=False`` each on all rows. Their
# spread is the standard deviation of their predictions. The errors of each contain it, so it is
# subtracted from the noise. ``TabularMLPRegressor`` has ``n_members`` and does this by itself.

one = make_pipeline(StandardScaler(), MLPRegressor(**network, **held_out))
ensemble = BaggingRegressor(one, n_estimators=8, bootstrap=False, random_state=0).fit(X, y)
each = np.array([member.predict(grid) for member in ensemble.estimators_])
between = np.var([member.predict(X) for member in ensemble.estimators_], axis=0).mean()
errors = np.mean([member[-1].noise_variance_ for member in ensemble.estimators_])
noise = np.sqrt(max(errors - between, 0))
print(f"noise that was put in  0.20, found by networks {noise:.2f}")

panels = {
    "One network with dropout": (mean, std),
    "Eight networks": (each.mean(axis=0), np.hypot(each.std(axis=0), noise)),
}
figure, axes = plt.subplots(ncols=2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, (title, (middle, sigma)) in zip(axes, panels.items()):
    ax.fill_between(grid[:, 0], middle - 2 * sigma, middle + 2 * sigma, alpha=0.25, label="± 2 std")
    ax.plot(grid, middle, label="prediction")
    ax.plot(grid, curve(grid), "k--", linewidth=1, label="truth")
    ax.plot(X, y, ".", color="0.5", markersize=2, label="training rows")
    ax.set(title=title, xlabel="x", ylim=(-4, 4))
axes[0].set_ylabel("y")
axes[0].legend(loc="upper left")
plt.show()

# %%
# Where there are rows, the bands are as wide as the noise. Between and beyond them they widen, but
# not everywhere as far as the networks are wrong: a spread says how far networks differ, and they
# may all go the same wrong way. So take a large spread as a warning, and a small one as no promise
# where there are no rows.
#
# Intervals that keep their promise
# ---------------------------------
# ``predict_interval`` looks at errors on held-out rows only, so that it holds whatever the network
# is worth, for rows like those held out: here 500 of their own, given as ``X_val``. Of these two
# networks, one is good and one was hardly trained. The intervals of both contain about as many of
# two thousand new targets as they promise, and the better network has narrower ones.

X_held, y_held = draw_rows(500, seed=2)
X_test, y_test = draw_rows(2000, seed=1)
print(f"{'':14}{'promised':>10}{'inside':>10}{'width':>8}")
figure, axes = plt.subplots(ncols=2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, (title, epochs) in zip(axes, {"150 epochs": 150, "5 epochs": 5}.items()):
    net = MLPRegressor(**network | {"max_iter": epochs}, random_state=0)
    net.fit(X, y, X_val=X_held, y_val=y_held)
    levels = [0.5, 0.8, 0.95]
    _, intervals = net.predict_interval(X_test, levels)
    for level, (lower, upper) in zip(levels, intervals.T):
        inside = np.mean((lower <= y_test) & (y_test <= upper))
        print(f"{title:14}{level:10.0%}{inside:10.1%}{np.mean(upper - lower):8.2f}")
    middle, intervals = net.predict_interval(grid, levels)
    for level, (lower, upper) in zip(levels, intervals.T):
        ax.fill_between(grid[:, 0], lower, upper, color="C0", alpha=0.2, label=f"{level:.0%}")
    ax.plot(grid, middle, color="C0")
    ax.plot(X_test, y_test, ".", color="0.4", markersize=1.5, label="new rows")
    ax.set(title=title, xlabel="x", ylim=(-4, 4))
axes[0].set_ylabel("y")
axes[0].legend(loc="upper left")
plt.show()

# %%
# The intervals are equally wide everywhere, since so is the noise here. Coverage is a mean over
# rows: in the gap and beyond the ends, where no row was held out, nothing is promised.
#
# Probabilities that mean something
# ---------------------------------
# A network without regularization learns its training rows by heart, and is then too sure of
# others. ``calibration="temperature"`` divides its scores by one number, which suits the validation
# set. Classes stay the same.

rng = np.random.default_rng(2)
X = rng.normal(size=(6000, 10))
chance = 1 / (1 + np.exp(-1.5 * X[:, 0] - X[:, 1] * X[:, 2]))
y = (rng.random(6000) < chance).astype(int)
train, held, test = slice(0, 1000), slice(1000, 2000), slice(2000, None)

figure, ax = plt.subplots(figsize=(5.5, 5), layout="constrained")
print(f"{'calibration':14}{'accuracy':>10}{'log-loss':>10}{'temperature':>13}")
for calibration in (None, "temperature"):
    net = MLPClassifier("64-64", l2=0.0, max_iter=30, calibration=calibration, random_state=0)
    net.set_params(learning_rate="cosine", learning_rate_init=0.01)
    net.fit(X[train], y[train], X_val=X[held], y_val=y[held])
    proba = net.predict_proba(X[test])[:, 1]
    accuracy, loss = accuracy_score(y[test], proba > 0.5), log_loss(y[test], proba)
    print(f"{calibration!s:14}{accuracy:10.1%}{loss:10.3f}{net.temperature_:13.2f}")
    name = f"calibration={calibration!r}"
    CalibrationDisplay.from_predictions(
        y[test], proba, n_bins=10, strategy="quantile", name=name, ax=ax
    )
ax.set(xlabel="predicted probability", ylabel="share of rows that were so")
ax.legend(loc="upper left")
plt.show()

# %%
# Without a temperature, the curve is flatter than the diagonal: of rows said to be of class 1 with
# a probability of 0.95, far fewer are. With it, probabilities are close to what happens. There are
# as many errors as before, but the log-loss, which counts how wrong probabilities are, is lower.

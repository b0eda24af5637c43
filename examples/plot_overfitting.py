"""
Seeing overfitting
==================

A network overfits if it is much better on the rows that it was trained on than on others. Several
plots show it from different sides, and each of them also tells what to do about it. Running this
takes about ten seconds.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import (
    LearningCurveDisplay,
    RepeatedKFold,
    ValidationCurveDisplay,
    train_test_split,
)
from sklearn.preprocessing import StandardScaler

from skreg import MLPRegressor, MLPRegressorCV
from skreg.inspection import LossCurveDisplay, RegularizationPathDisplay, SearchDisplay
from skreg.model_selection import EpochHalvingSearchCV, param_distributions

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X.astype("float32"), y, train_size=250, random_state=0
)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
schedule = {"learning_rate": "cosine", "learning_rate_init": 0.003, "max_iter": 81}
mlp = MLPRegressor(64, batch_size=32, random_state=0, **schedule)

# %%
# Epoch by epoch
# --------------
# :class:`~skreg.inspection.LossCurveDisplay` plots the losses of one fit. The gap between the two
# curves is overfitting. Where the validation loss rises, each further epoch makes it worse.

mlp.fit(X_train, y_train, X_val=X_test, y_val=y_test)
LossCurveDisplay.from_estimator(mlp)
plt.show()

# %%
# The easiest remedy is to stop in time, with ``early_stopping=True``. The better ones are more rows
# and a penalty.
#
# More rows
# ---------
# scikit-learn's ``LearningCurveDisplay`` trains on more and more rows, by cross-validation. If the
# test score still rises with the last rows, more rows help. If both curves are flat and close
# together, they do not: then the network is too small or too strongly regularized.

cv = RepeatedKFold(n_splits=5, n_repeats=3, random_state=0)
how = {"cv": cv, "score_name": "R²"}
sizes = np.linspace(0.2, 1, 5)
LearningCurveDisplay.from_estimator(
    mlp, X_train, y_train, train_sizes=sizes, score_type="both", **how
)
plt.show()

# %%
# A penalty
# ---------
# scikit-learn's ``ValidationCurveDisplay`` does the same for the values of one parameter. On the
# left the network overfits, on the right it underfits, and the test score is highest in between.
# The gap need not be closed there.

strengths = np.geomspace(1e-4, 1, 9)
ValidationCurveDisplay.from_estimator(
    mlp, X_train, y_train, param_name="l2", param_range=strengths, **how
)
plt.xscale("log")
plt.show()

# %%
# Fewer weights
# -------------
# :class:`~skreg.MLPRegressorCV` chooses ``l1`` by cross-validation, and
# :class:`~skreg.inspection.RegularizationPathDisplay` shows the scores beside the share of weights
# that are exactly zero. Here, a network without most of its weights is better than a full one.

path = MLPRegressorCV(64, batch_size=32, l1s=12, random_state=0, **schedule)
path.fit(X_train, y_train)
RegularizationPathDisplay.from_estimator(path)
plt.show()

# %%
# All at once
# -----------
# Penalties, dropout and the learning rate depend on each other, so in the end they are searched
# together. :class:`~skreg.inspection.SearchDisplay` shows what was tried. Here,
# :class:`~skreg.model_selection.EpochHalvingSearchCV` drops most candidates after a few epochs.

distributions = param_distributions(mlp, X_train, include=("l2", "dropout", "learning_rate"))
search = EpochHalvingSearchCV(mlp, distributions, n_candidates=27, random_state=0)
search.fit(X_train, y_train)
SearchDisplay.from_estimator(search, ["l2", "dropout"])
plt.show()

# %%
# What it has bought
# ------------------
# The best network is trained once more, with a look at the unseen rows. Its validation loss no
# longer rises and ends lower.

best = search.best_estimator_.fit(X_train, y_train, X_val=X_test, y_val=y_test)
nets = {"before": mlp, "after": best}
LossCurveDisplay.from_estimator(nets)
plt.show()

for name, net in nets.items():
    train, test = net.score(X_train, y_train), net.score(X_test, y_test)
    print(f"{name:6}  R² on the training rows {train:.2f}, on unseen rows {test:.2f}")

# %%
# In short
# --------
# - The validation loss rises: stop early, or regularize.
# - The gap is wide, and scores rise with more rows: get more rows, augment them, or regularize.
# - Both scores are low and close together: the network underfits. Take a larger network, more
#   epochs or weaker penalties.
# - The best value of a parameter is at the edge of its range: widen the range.

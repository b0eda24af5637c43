"""
Tuning, and seeing what it did
==============================

A network with thousands of weights overfits a few hundred rows. Here we see that it does, let a
random search over a ready-made search space find better parameters, and look at what the search has
tried. Running this takes about ten seconds.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPClassifierCV
from skreg.inspection import LossCurveDisplay, RegularizationPathDisplay, SearchDisplay
from skreg.model_selection import param_distributions

X, y = load_breast_cancer(return_X_y=True)
X = X.astype("float32")
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=150, stratify=y, random_state=0
)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

# %%
# See overfitting
# ---------------
# With ``X_val`` and ``y_val``, the loss on unseen rows is recorded after every epoch. It does not
# influence the fit.

schedule = {"learning_rate": "cosine", "learning_rate_init": 0.01, "max_iter": 60}
mlp = MLPClassifier(64, batch_size=32, random_state=0, **schedule)
mlp.fit(X_train, y_train, X_val=X_test, y_val=y_test)
LossCurveDisplay.from_estimator(mlp)
plt.show()

# %%
# The training loss falls toward zero, but the validation loss is lowest after a few epochs and
# rises from then on: the network learns its training rows by heart.
#
# Search
# ------
# ``param_distributions`` returns a dictionary of parameters, and of distributions to draw them
# from. It is ours to change. The search scores candidates by cross-validation on the training rows.

distributions = param_distributions(mlp, X_train, include=("l1", "l2", "dropout"))
search = RandomizedSearchCV(
    mlp, distributions, n_iter=40, cv=3, scoring="neg_log_loss", n_jobs=2, random_state=0
)
search.fit(X_train, y_train)
print({name: float(f"{value:.2g}") for name, value in search.best_params_.items()})

# %%
# What has been tried
# -------------------
# With two parameters, the color of a candidate is its score. With one, the bars are the standard
# deviations of the scores over the folds. If the star were at the edge of a range, we would widen
# that range and search again.

figure, (left, right) = plt.subplots(ncols=2, figsize=(11, 4.5), layout="constrained")
SearchDisplay.from_estimator(search, ["l2", "dropout"], ax=left)
SearchDisplay.from_estimator(search, "dropout", ax=right)
plt.show()

# %%
# What it has bought
# ------------------
# The best network is trained once more, with a look at the unseen rows.

best = search.best_estimator_.fit(X_train, y_train, X_val=X_test, y_val=y_test)
nets = {"before": mlp, "after": best}
LossCurveDisplay.from_estimator(nets)
plt.show()

for name, net in nets.items():
    loss, accuracy = log_loss(y_test, net.predict_proba(X_test)), net.score(X_test, y_test)
    print(f"{name:6}  log-loss {loss:.3f}  accuracy {accuracy:.1%}")

# %%
# The training loss now stays near the validation loss, which no longer rises. Accuracy hardly tells
# the difference, but the log-loss does: the network is no longer sure of what it gets wrong.
#
# Fewer weights
# -------------
# ``MLPClassifierCV`` chooses penalties by itself, from a weak one to one at which all weights are
# zero. With ``one_standard_error``, it takes the strongest that is about as good as the best.

sparse = MLPClassifierCV(
    64, batch_size=32, l1s=12, cv=5, one_standard_error=True, n_jobs=2, random_state=0, **schedule
)
sparse.fit(X_train, y_train)
RegularizationPathDisplay.from_estimator(sparse)
plt.show()

loss = log_loss(y_test, sparse.predict_proba(X_test))
print(f"l1 {sparse.l1_:.2g}  log-loss {loss:.3f}  accuracy {sparse.score(X_test, y_test):.1%}")
print(f"weights that are zero, per layer: {', '.join(f'{s:.0%}' for s in sparse.sparsity_)}")

# %%
# One weight in a hundred is left, and the network is no worse.

"""
From a table to calibrated predictions
======================================

You have a table of flats with numbers, categories and gaps, and two questions: what is a flat
worth, and will it be sold within a month at the price asked? Networks answer both from the table as
it is. Running this takes about ten seconds.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split

from skreg import TabularMLPClassifier, TabularMLPRegressor

# %%
# The table
# ---------
# The flats are made up, so that this example needs no download. Districts and heatings are
# categories, and some years and heatings are unknown. Nothing has to be filled in, scaled or
# encoded.

DISTRICTS = {"Old Town": 1.5, "Harbor": 1.3, "Hills": 1.2, "Station": 0.9, "Mill": 0.8}
HEATINGS = ["gas", "electric", "district", None]


def make_flats(n_flats, seed=0):
    """A table of flats, and what they were sold for in dollars."""
    rng = np.random.default_rng(seed)
    district = rng.choice(list(DISTRICTS), n_flats)
    built = rng.integers(1900, 2024, n_flats)
    flats = pd.DataFrame(
        {
            "district": pd.Categorical(district),
            "square_feet": rng.lognormal(6.7, 0.35, n_flats).round(),
            "floor": rng.integers(0, 12, n_flats),
            "lift": rng.random(n_flats) < 0.5,
            "built": np.where(rng.random(n_flats) < 0.15, np.nan, built),
            "heating": pd.Categorical(rng.choice(HEATINGS, n_flats, p=[0.5, 0.2, 0.2, 0.1])),
        }
    )
    per_square_foot = 300 * np.array([DISTRICTS[name] for name in district])
    per_square_foot *= 1 + 0.004 * np.maximum(built - 1960, 0)
    per_square_foot *= 1 - 0.03 * flats["floor"] * ~flats["lift"]
    price = per_square_foot * flats["square_feet"] * rng.lognormal(0, 0.1, n_flats)
    return flats, price.round(-2)


flats, price = make_flats(1000)
print(flats.head())

# %%
# Predict a price
# ---------------
# Keep a quarter of the flats for a test. The estimator does the rest by its defaults: it trains
# several networks and averages what they say. Only ``hidden_layer_sizes`` and ``max_iter``, the
# number of passes over the table, are smaller here, to keep this example short. Leave them out for
# your own table.

X_train, X_test, y_train, y_test = train_test_split(flats, price, random_state=0)
quick = {"hidden_layer_sizes": "64-64", "max_iter": 40, "random_state": 0}
regressor = TabularMLPRegressor(**quick).fit(X_train, y_train)
predicted = regressor.predict(X_test)
print(f"R² on test flats          {r2_score(y_test, predicted):.3f}")
print(f"typical error in dollars  {mean_absolute_error(y_test, predicted):,.0f}")
print(f"average price in dollars  {y_test.mean():,.0f}")

# %%
# No test set to spare?
# ---------------------
# In a table of fewer than 1500 rows, every row is left out by one of the networks, which predicts
# it without having seen it. These out-of-fold predictions tell how good the model is, on all
# training rows. They are a little pessimistic, since each is made by a single network.

unseen = regressor.oof_predictions_
print(f"R² on rows left out       {r2_score(y_train, unseen):.3f}")

figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
axes.plot(unseen / 1000, y_train / 1000, ".", markersize=4)
axes.axline((0, 0), slope=1, color="k", linestyle="--", linewidth=1)
axes.set(title="Each flat, by a network that has not seen it")
axes.set(xlabel="predicted price in 1000 dollars", ylabel="price in 1000 dollars")
plt.show()

# %%
# The points are around the dashed line, so prices are right on average for cheap and for expensive
# flats. If they bent away from it, something would be missing in the table. Flats far from the line
# are the ones to look at: typing errors in a table show up here.
#
# Predict a probability
# ---------------------
# Flats have now been advertised, and we know which were sold within a month: more often if the
# price asked is low for what they are worth. The price asked is one more column.

flats, worth = make_flats(7000, seed=1)
rng = np.random.default_rng(2)
markup = rng.normal(0, 0.2, 7000)
flats["asked"] = (worth * np.exp(markup)).round(-3)
chance = 1 / (1 + np.exp(8 * markup - flats["lift"]))
sold = np.where(rng.random(7000) < chance, "sold", "not yet")

X_train, X_test, y_train, y_test = train_test_split(flats, sold, train_size=2000, random_state=0)
classifier = TabularMLPClassifier(**quick).fit(X_train, y_train)
table = X_test[["district", "square_feet", "asked"]].head()
print(table.assign(chance_of_sale=classifier.predict_proba(X_test.head())[:, 1].round(2)))

# %%
# A chance of 0.9 says more than the word "sold": nine in ten such flats should be sold.
# Probabilities for which that holds are called calibrated. Networks that learned their training
# rows too well are too sure of themselves, and ``calibration="temperature"``, the default, makes
# them as sure as they were right on rows that they were not trained on.
#
# Does it hold? A reliability diagram sorts the test flats by their predicted chance into ten groups
# of the same size, and shows the share of each group that was really sold. On the diagonal, both
# agree. On the left are the defaults. On the right dropout and the L2 penalty are off, which keep
# networks from learning rows by heart.

settings = {
    "By default": {},
    "Without regularization": {"dropout": 0.0, "l2": 0.0, "max_iter": 100},
}
is_sold = y_test == "sold"
figure, panels = plt.subplots(
    ncols=2, figsize=(9, 4.8), sharex=True, sharey=True, layout="constrained"
)
print(f"{'':24}calibration  accuracy  log-loss  temperature")
for ax, (title, changes) in zip(panels, settings.items()):
    for calibration in (None, "temperature"):
        model = TabularMLPClassifier(**quick | changes, calibration=calibration)
        proba = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
        CalibrationDisplay.from_predictions(
            is_sold, proba, n_bins=10, strategy="quantile", name=str(calibration), ax=ax
        )
        accuracy = accuracy_score(is_sold, proba > 0.5)
        loss, temperature = log_loss(is_sold, proba), model.temperature_
        print(f"{title:24}{calibration!s:11}{accuracy:10.1%}{loss:10.3f}{temperature:13.2f}")
    ax.set(title=title, xlabel="predicted chance of a sale", ylabel="")
    ax.legend(title="calibration", loc="upper left")
panels[0].set_ylabel("share that was sold")
plt.show()

# %%
# By default the networks are nearly calibrated to begin with, and there is little left to do.
# Without regularization they are far too sure: the curve is flatter than the diagonal. Its
# temperature, well above 1, brings it close to the diagonal. The classes stay the same, and the
# log-loss, which counts how wrong probabilities are, falls.
#
# What to do next
# ---------------
# - Take the defaults: leave out ``hidden_layer_sizes`` and ``max_iter``.
# - Before you change anything, find the rows for which ``oof_predictions_`` are furthest off. In
#   larger tables an eighth of the rows have such predictions, and the others are NaN. A column that
#   is missing in the table is worth more than any parameter.
# - Decide by probabilities: call the owner of a flat if its chance is below 0.3, rather than if the
#   class is "not yet".
# - :doc:`The guide to tables <../tabular>` tells what happens inside, and what to try if this is
#   not enough.

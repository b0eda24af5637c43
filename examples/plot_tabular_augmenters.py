"""
Augmenters for tables and signals
=================================

What augmenters make of rows that are no images: as points, where two features of a table are
enough, and as lines, where a row is a signal.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris

from skreg.augmentation import (
    CutMix,
    ElasticDeformation,
    FeatureDropout,
    GaussianNoise,
    Mixup,
    RandomAffine,
    RandomErasing,
    ScaleJitter,
    SwapNoise,
)
from skreg.inspection import AugmentationDisplay

# %%
# Tables
# ------
# Two features of the irises. ``augment`` takes a block of rows and their targets, as an estimator
# gives them: targets are indicators of the three species, and the color of a point is its target.

X, y = load_iris(return_X_y=True)
X, Y = X[:, 2:], np.eye(3)[y]
COLORS = np.array([[0.9, 0.6, 0.0], [0.0, 0.4, 0.7], [0.8, 0.1, 0.4]])


def scatter(*augmenters):
    """The data, and one draw of each augmenter."""
    draws = {"data": (X, Y)}
    for augmenter in augmenters:
        name = type(augmenter).__name__
        draws[name] = augmenter.fit(X).augment(X, Y, 0)
    _, panels = plt.subplots(
        ncols=len(draws),
        figsize=(9, 3.4),
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    for ax, (name, (rows, targets)) in zip(panels, draws.items()):
        ax.scatter(*rows.T, c=targets @ COLORS, s=14)
        ax.set(title=name, xlabel="petal length")
    panels[0].set_ylabel("petal width")


# %%
# ``GaussianNoise`` moves each point in units of the standard deviation of each feature.
# ``ScaleJitter`` moves it toward zero or away from it.

scatter(GaussianNoise(sigma=0.1), ScaleJitter(sigma=0.1))

# %%
# ``FeatureDropout`` puts the mean in place of single values, so points fall onto two lines.
# ``SwapNoise`` puts in the value of another row, so each coordinate is one that the data have.

scatter(FeatureDropout(rate=0.2), SwapNoise(rate=0.2))

# %%
# ``Mixup`` and ``CutMix`` mix targets with the rows, and colors with them: ``Mixup`` on the line
# between two points, ``CutMix`` by taking single values of another row.

scatter(Mixup(alpha=1.0), CutMix(alpha=1.0))

# %%
# Signals
# -------
# Two signals of 100 values each, in black, with five draws of each.

time = np.linspace(0, 1, 100)
peaks = np.exp(-400 * (time - 0.3) ** 2)
peaks += 0.6 * np.exp(-100 * (time - 0.7) ** 2)
wave = np.sin(12 * time) * np.exp(-2 * time)
signals = np.array([peaks, wave])
shape = (1, 100)


def show(augmenter):
    AugmentationDisplay.from_augmenter(
        augmenter,
        signals,
        n_rows=2,
        random_state=0,
    )


# %%
# ``GaussianNoise`` is added to every value. It is in units of the standard deviation of each
# feature over the rows: where the two signals are alike, there is little of it.

show(GaussianNoise(sigma=0.3))

# %%
# ``ScaleJitter`` draws a factor for each row.

show(ScaleJitter(sigma=0.2))

# %%
# A signal is an image of height 1, so pixels can be moved. ``RandomAffine`` stretches and moves the
# whole.

show(RandomAffine(image_shape=shape, fill="nearest"))

# %%
# ``ElasticDeformation`` makes some parts faster and others slower.

show(ElasticDeformation(alpha=32, sigma=6, image_shape=shape))

# %%
# ``RandomErasing`` sets a part to a value.

show(RandomErasing(area=(0.05, 0.2), image_shape=shape))

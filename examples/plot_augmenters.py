"""
Augmenters for images
=====================

Each picture shows some images on the left, and beside each what an augmenter makes of it in several
draws: what a network would see in several epochs. Some strengths are larger than one would train
with, so that they are easy to see.
"""

import numpy as np
from sklearn.datasets import load_digits, load_sample_image

from skreg.augmentation import (
    ColorJitter,
    Compose,
    CutMix,
    ElasticDeformation,
    Mixup,
    RandomAffine,
    RandomBrightnessContrast,
    RandomCrop,
    RandomErasing,
    RandomFlip,
)
from skreg.inspection import AugmentationDisplay

# Flat rows of 8 × 8 pixels
digits = load_digits().data[[0, 6, 9, 42, 50]] / 16


def show(augmenter, images=digits, shape=(8, 8)):
    AugmentationDisplay.from_augmenter(
        augmenter,
        images,
        n_rows=3,
        n_draws=7,
        image_shape=shape,
        random_state=0,
    )


# %%
# Moving pixels
# -------------
# ``RandomAffine`` rotates, scales and moves, and shears if you let it.

show(RandomAffine(rotation=25, scale=0.2, translation=0.1))

# %%
# One of its parameters alone: vertical lines lean by up to 30 degrees.

show(RandomAffine(rotation=0, scale=0, translation=0, shear=30))

# %%
# ``ElasticDeformation`` moves each pixel a little, and its neighbors by similar amounts. Its
# default strengths are for images of 28 × 28 pixels; these have 8 × 8.

show(ElasticDeformation(alpha=8, sigma=2))

# %%
# ``RandomCrop`` moves by whole pixels, as if the image were padded and cut out again elsewhere.

show(RandomCrop(padding=2))

# %%
# ``RandomFlip`` mirrors half of the images. Mirrored digits are often no digits; this is for
# objects that look alike from both sides.

show(RandomFlip())

# %%
# Overwriting and mixing
# ----------------------
# ``RandomErasing`` overwrites a rectangle in half of the images, by a value or by noise.

show(RandomErasing(fill="random"))

# %%
# ``Mixup`` averages two images. In an estimator, their labels are averaged too.

show(Mixup(alpha=1.0))

# %%
# ``CutMix`` takes a rectangle from another image, and as much of its label.

show(CutMix(image_shape=(8, 8)))

# %%
# Brightness and colors
# ---------------------
# Patches of two photographs, in numbers from 0 to 255, for what needs more than a few shades.


def cut(name, top, left):
    """A square of 144 pixels, every third of them, as a flat row."""
    image = load_sample_image(name)[top:, left:]
    return image[:144:3, :144:3].ravel()


patches = np.array(
    [
        cut("china.jpg", 180, 240),
        cut("flower.jpg", 150, 250),
        cut("china.jpg", 250, 30),
    ]
)
shape = (48, 48, 3)

# %%
# ``RandomBrightnessContrast`` leaves the colors as they are.

brightness = RandomBrightnessContrast(0.5, 0.5, image_shape=shape)
show(brightness, patches, shape)

# %%
# ``ColorJitter`` changes saturation and hue as well.

colors = ColorJitter(saturation=0.8, hue=0.15, image_shape=shape)
show(colors, patches, shape)

# %%
# Outside of an image
# -------------------
# What is moved leaves an edge behind. ``fill`` is a value, the nearest pixel, or the mirror image.

affine = RandomAffine(rotation=30, image_shape=shape)
show(affine, patches[:1], shape)

# %%
show(affine.set_params(fill="nearest"), patches[:1], shape)

# %%
show(affine.set_params(fill="reflect"), patches[:1], shape)

# %%
# Several at once
# ---------------
# ``Compose`` applies one after the other.

augmenters = [
    affine.set_params(rotation=15),
    RandomFlip(image_shape=shape),
    ColorJitter(image_shape=shape),
    RandomErasing(image_shape=shape),
]
show(Compose(augmenters), patches, shape)

"""Time of drawing augmented data, alone and inside of training."""

import timeit

import numpy as np
from scipy import ndimage

from skreg.augmentation import (
    ColorJitter,
    Compose,
    CutMix,
    ElasticDeformation,
    FeatureDropout,
    GaussianNoise,
    Mixup,
    RandomAffine,
    RandomBrightnessContrast,
    RandomCrop,
    RandomErasing,
    RandomFlip,
    ScaleJitter,
    SwapNoise,
)

from .common import SHAPES, Compiled, make_net, make_noise

IMAGE, COLOR_IMAGE = (28, 28), (32, 32, 3)
FULL_AFFINE = RandomAffine(rotation=10, scale=0.2, translation=0.1, shear=10, random_state=0)
AUGMENTERS = {
    "GaussianNoise": GaussianNoise(),
    "FeatureDropout": FeatureDropout(),
    "SwapNoise": SwapNoise(),
    "ScaleJitter": ScaleJitter(),
    "Mixup": Mixup(),
    "CutMix, features": CutMix(),
    "CutMix, rectangles": CutMix(image_shape=IMAGE),
    "RandomAffine": FULL_AFFINE,
    "RandomAffine, reflect": RandomAffine(fill="reflect"),
    "RandomFlip": RandomFlip(),
    "RandomCrop": RandomCrop(),
    "ElasticDeformation": ElasticDeformation(),
    "RandomErasing": RandomErasing(),
    "RandomBrightnessContrast": RandomBrightnessContrast(),
    "ColorJitter, 32x32x3": ColorJitter(image_shape=COLOR_IMAGE),
    "Compose": Compose([RandomFlip(), RandomAffine(), RandomErasing()]),
}
N_IMAGES = 10_000


class Draws(Compiled):
    """One draw of 10 000 images of 28 x 28 pixels (where it says so, 3 000 of 32 x 32 colors)."""

    param_names = ("augmenter",)
    params = (list(AUGMENTERS),)

    def setup(self, name):
        n_rows, n_features = (3_000, 3_072) if "x3" in name else (N_IMAGES, 784)
        self.X, self.y = make_noise(n_rows, n_features, 10)
        self.augmenter = AUGMENTERS[name]
        self.augmenter.fit_transform(self.X[:10], self.y[:10])

    def time_fit_transform(self, *_):
        """Seconds of a draw, as a Pipeline makes it."""
        self.augmenter.fit_transform(self.X, self.y)

    def peakmem_fit_transform(self, *_):
        """Peak memory of the process, 30 MB of it X."""
        self.augmenter.fit_transform(self.X, self.y)


class BesideScipy(Compiled):
    """A full random affine map of 28 x 28 images beside a loop of scipy.ndimage, on one thread."""

    def setup(self):
        self.X, _ = make_noise(60_000, 784, 10)
        FULL_AFFINE.fit_transform(self.X[:10])

    def time_random_affine(self):
        """Seconds for 60 000 images."""
        FULL_AFFINE.fit_transform(self.X)

    def time_loop(self):
        """Seconds of the loop for 6 000 images."""
        loop_over_images(self.X[:6_000])

    def track_speedup(self):
        """Time of the loop over that of RandomAffine, for as many images; the best of three."""
        ours = min(timeit.repeat(self.time_random_affine, number=1, repeat=3))
        theirs = min(timeit.repeat(self.time_loop, number=1, repeat=3))
        return 10 * theirs / ours

    track_speedup.unit = "times faster"


def loop_over_images(X):
    """What RandomAffine does, with one call of scipy.ndimage.affine_transform per image."""
    rng, center = np.random.default_rng(0), (np.array(IMAGE) - 1) / 2
    low, high = np.array([[-10, 0.8, -10, -2.8, -2.8], [10, 1.2, 10, 2.8, 2.8]])
    out = np.empty_like(X).reshape(-1, *IMAGE)
    for image, target in zip(X.reshape(-1, *IMAGE), out):
        rotation, scale, shear, *translation = rng.uniform(low, high)
        cos, sin = np.cos(np.deg2rad(rotation)), np.sin(np.deg2rad(rotation))
        lean = np.tan(np.deg2rad(shear))
        matrix = np.array([[cos, sin], [-sin - lean * cos, cos - lean * sin]]) / scale
        offset = center - matrix @ (center + translation)
        ndimage.affine_transform(image, matrix, offset, order=1, output=target)
    return out.reshape(X.shape)


class EpochsWithAugmentation(Compiled):
    """Training of the 784-512-512-10 net with nothing, and with each augmenter for its features."""

    param_names = ("augmenter",)
    params = (["none", *(name for name in AUGMENTERS if "x3" not in name)],)

    def setup(self, name):
        self.load_kernels()
        shape = SHAPES["20000x784-512-512-10, 128"]
        X, self.y = make_noise(5_000, shape.n_features, shape.n_classes)
        self.X = np.abs(X)
        parameters = {"batch_size": shape.batch_size, "augmentation": AUGMENTERS.get(name)}
        self.net = make_net("skreg", shape.hidden, 1, **parameters)
        make_net("skreg", (4,), 1, **parameters).fit(self.X[:200], self.y[:200])

    def time_fit(self, *_):
        """Seconds of an epoch over 5 000 rows and of what surrounds it in `fit`."""
        self.net.fit(self.X, self.y)

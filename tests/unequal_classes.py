"""Three classes of unequal sizes, which X gives away, and a sampler of them."""

import numpy as np

from skreg.augmentation import AugmentationSampler, GaussianNoise

COUNTS = [40, 12, 5]
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], COUNTS))
N = LABELS.size
X = np.random.default_rng(1).uniform(0, 1, (N, 4)) + 10 * LABELS[:, None]
TARGETS = X[:, 0] * 2


def make(augmenter=None, n_copies=1, **params):
    noise = GaussianNoise(0.01) if augmenter is None else augmenter
    return AugmentationSampler(noise, n_copies, random_state=0, **params)

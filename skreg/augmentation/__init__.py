"""Augmenters: transformers that change X while a model is fitted, and never afterwards."""

from skreg._arithmetic.generator import RowGenerator
from skreg.augmentation._affine import RandomAffine
from skreg.augmentation._base import BaseAugmenter
from skreg.augmentation._colors import ColorJitter, RandomBrightnessContrast
from skreg.augmentation._compose import Compose
from skreg.augmentation._elastic import ElasticDeformation
from skreg.augmentation._erasing import RandomErasing
from skreg.augmentation._images import BaseImageAugmenter
from skreg.augmentation._mixing import CutMix, Mixup
from skreg.augmentation._noise import GaussianNoise, ScaleJitter
from skreg.augmentation._sampler import AugmentationSampler
from skreg.augmentation._shifts import RandomCrop, RandomFlip
from skreg.augmentation._tabular import FeatureDropout, SwapNoise

__all__ = [
    "AugmentationSampler",
    "BaseAugmenter",
    "BaseImageAugmenter",
    "ColorJitter",
    "Compose",
    "CutMix",
    "ElasticDeformation",
    "FeatureDropout",
    "GaussianNoise",
    "Mixup",
    "RandomAffine",
    "RandomBrightnessContrast",
    "RandomCrop",
    "RandomErasing",
    "RandomFlip",
    "RowGenerator",
    "ScaleJitter",
    "SwapNoise",
]

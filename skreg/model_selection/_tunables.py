"""The parameters worth tuning: a row of a table each, with what a grid and a search try.

A new row is offered by all searches and appears in the documentation.

References
----------
.. [1] Bengio (2012). Practical recommendations for gradient-based training of deep architectures.
.. [2] Bishop (1995). Training with noise is equivalent to Tikhonov regularization.
.. [3] Chen, Kornblith, Norouzi & Hinton (2020). A simple framework for contrastive learning of
   visual representations.
.. [4] Cubuk, Zoph, Shlens & Le (2020). RandAugment: practical automated data
   augmentation with a reduced search space.
.. [5] Gorishniy, Rubachev, Khrulkov & Babenko (2021). Revisiting deep learning models for tabular
   data.
.. [6] Gorishniy, Kotelnikov & Babenko (2025). TabM: advancing tabular deep learning
   with parameter-efficient ensembling.
.. [7] He, Zhang, Ren & Sun (2016). Deep residual learning for image recognition.
.. [8] Simard, Steinkraus & Platt (2003). Best practices for convolutional neural networks.
.. [9] Srivastava et al. (2014). Dropout: a simple way to prevent networks from overfitting.
.. [10] Um et al. (2017). Data augmentation of wearable sensor data.
.. [11] Vincent, Larochelle, Bengio & Manzagol (2008). Extracting and composing robust features with
   denoising autoencoders.
.. [12] Yoon, Zhang, Jordon & van der Schaar (2020). VIME: extending the success of self- and
   semi-supervised learning to tabular domain.
.. [13] Yun et al. (2019). CutMix: regularization strategy to train strong classifiers with
   localizable features.
.. [14] Zhang, Cisse, Dauphin & Lopez-Paz (2018). mixup: beyond empirical risk minimization.
.. [15] Zhong, Zheng, Kang, Li & Yang (2020). Random erasing data augmentation.
"""

from collections.abc import Callable
from math import floor, log2, sqrt
from typing import NamedTuple

import numpy as np

from skreg.augmentation import (
    BaseAugmenter,
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
from skreg.model_selection._domains import Choices, Integers, Range
from skreg.neural_network._settings import PER_LAYER, resolve_hidden_units

_WIDEST = 128, 512  # units of the widest layers that are tried, for few rows and for many
_USUAL_ROWS = 4096  # of data that are not given
_MOST_WEIGHTS = 2**22  # of the first layer, beyond which a fit takes long
_DEPTHS = 1, 2, 3
_DEPTH_OF_AUTO = 3  # of `hidden_layer_sizes="auto"`, whatever the rows


class Tunable(NamedTuple):
    """The values that a grid tries, if any, and the domain that other searches draw from."""

    grid: tuple
    domain: Range | Integers | Choices
    source: str = ""


class Row(NamedTuple):
    """A parameter of networks: its name, what to try, why, and whether "lbfgs" heeds it.

    What to try may be a function of the network, the number of rows and that of features, which
    are None if unknown, and the names of all parameters that are searched.
    """

    parameter: str
    tunable: Tunable | Callable
    why: str
    in_lbfgs: bool = False


def _tune_rate(network, n_rows, n_features, searched):
    """A factor of ten around the rate that is set, which suits the solver and the schedule."""
    rate = network.learning_rate_init
    grid = (_round(rate * factor) for factor in (0.3, 1, 3))
    return Tunable(tuple(grid), Range(_round(rate / 10), _round(rate * 10), is_log=True))


def _round(number):
    return float(f"{number:.3g}")


def _tune_sizes(network, n_rows, n_features, searched):
    """Layers of equal width: three widths, at the depth that is set or at several depths."""
    depth = _depth_of(network.hidden_layer_sizes)
    fixed = [name for name in PER_LAYER if name not in searched and _has_several(network, name)]
    widest = _find_widest(n_rows or _USUAL_ROWS, n_features or 1)
    widths = widest // 4, widest // 2, widest
    grid = [_name(width, depth if fixed else max(depth, 1)) for width in widths]
    depths = [depth] if fixed else _DEPTHS
    names = [_name(width, depth) for depth in depths for width in widths]
    return Tunable(tuple(dict.fromkeys(grid)), Choices(tuple(dict.fromkeys(names))))


def _depth_of(sizes):
    is_auto = isinstance(sizes, str) and sizes == "auto"
    return _DEPTH_OF_AUTO if is_auto else len(resolve_hidden_units(sizes))


def _has_several(network, name):
    """Whether a parameter has one value per layer, so that the number of layers is fixed."""
    return np.ndim(getattr(network, name)) > 0


def _find_widest(n_rows, n_features):
    """A power of two: up to 16 weights per row between two layers, and a first layer in bounds."""
    fewest, most = _WIDEST
    width = min(max(4 * sqrt(n_rows), fewest), most, _MOST_WEIGHTS / n_features)
    return max(2 ** floor(log2(width)), fewest // 4)


def _name(width, depth):
    return "-".join([str(width)] * depth) or "linear"


def _log(low, high):
    return Range(low, high, is_log=True)


TUNABLES = {
    "l1": Row(
        "l1",
        Tunable((0.0, 1e-4, 1e-3), _log(1e-6, 1e-2)),
        "Watch `sparsity_` in larger networks: at 1, every weight is zero.",
        in_lbfgs=True,
    ),
    "l2": Row(
        "l2",
        Tunable((1e-5, 1e-3, 1e-2), _log(1e-6, 1e-1)),
        "Does not depend on the batch size. The fewer the rows, the stronger [1]_.",
        in_lbfgs=True,
    ),
    "dropout": Row(
        "dropout",
        Tunable((0.0, 0.25, 0.5), Range(0.0, 0.6)),
        "Wide layers tolerate higher rates [5]_ [9]_. Training needs more epochs.",
    ),
    "architecture": Row(
        "hidden_layer_sizes",
        _tune_sizes,
        "Layers of equal width [1]_ [6]_. With enough regularization, too wide is better than too "
        "narrow.",
        in_lbfgs=True,
    ),
    "learning_rate": Row(
        "learning_rate_init",
        _tune_rate,
        "The most important of all [1]_ [5]_. The range is a factor of 10 around the rate that is "
        "set.",
    ),
    "input_dropout": Row(
        "input_dropout",
        Tunable((0.0, 0.1, 0.2), Range(0.0, 0.3)),
        "Useful if many features are redundant [9]_.",
    ),
    "weight_decay": Row(
        "weight_decay",
        Tunable((0.0, 1e-2, 1e-1), _log(1e-4, 1.0)),
        "Each step also multiplies it by the learning rate [6]_.",
    ),
    "group_l1": Row(
        "group_l1",
        Tunable((0.0, 1e-3, 1e-2), _log(1e-5, 1e-1)),
        "Count the rows of `coefs_[0]` that are not zero.",
    ),
    "max_norm": Row(
        "max_norm",
        Tunable((None, 2.0, 4.0), Range(1.0, 4.0)),
        "Suits high rates of dropout and of learning [9]_.",
    ),
    "normalization": Row(
        "normalization",
        Tunable((None, "batch", "layer"), Choices((None, "batch", "layer"))),
        "For several hidden layers. Allows higher learning rates.",
    ),
}

# A grid tries one parameter of each augmenter, as each more takes three times as long.
AUGMENTERS = {
    BaseAugmenter: {"probability": Tunable((0.0, 0.5, 1.0), Range(0.0, 1.0))},
    Compose: {},  # its parts have rows of their own
    ColorJitter: {
        "brightness": Tunable((0.0, 0.2, 0.4), Range(0.0, 0.8), "[3]_"),
        "contrast": Tunable((), Range(0.0, 0.8), "[3]_"),
        "saturation": Tunable((), Range(0.0, 0.8), "[3]_"),
        "hue": Tunable((), Range(0.0, 0.2), "[3]_"),
    },
    CutMix: {"probability": Tunable((0.0, 0.5, 1.0), Range(0.0, 1.0), "[13]_")},
    ElasticDeformation: {
        "alpha": Tunable((0.0, 17.0, 34.0), Range(0.0, 50.0), "[8]_"),
        "sigma": Tunable((), Range(3.0, 6.0), "[8]_"),
    },
    FeatureDropout: {"rate": Tunable((0.0, 0.1, 0.25), Range(0.0, 0.4), "[11]_")},
    GaussianNoise: {"sigma": Tunable((0.0, 0.1, 0.3), Range(0.0, 0.5), "[2]_")},
    Mixup: {"alpha": Tunable((0.0, 0.2, 1.0), Range(0.0, 1.0), "[14]_")},
    RandomAffine: {
        "rotation": Tunable((0.0, 10.0, 20.0), Range(0.0, 30.0), "[4]_"),
        "translation": Tunable((), Range(0.0, 0.2), "[4]_"),
        "scale": Tunable((), Range(0.0, 0.3), "[4]_"),
        "shear": Tunable((), Range(0.0, 17.0), "[4]_"),
    },
    RandomBrightnessContrast: {
        "brightness": Tunable((0.0, 0.2, 0.4), Range(0.0, 0.8), "[3]_"),
        "contrast": Tunable((), Range(0.0, 0.8), "[3]_"),
    },
    RandomCrop: {"padding": Tunable((0, 2, 4), Integers(0, 4), "[7]_")},
    RandomErasing: {"probability": Tunable((0.0, 0.25, 0.5), Range(0.0, 1.0), "[15]_")},
    RandomFlip: {"probability": Tunable((0.0, 0.5), Range(0.0, 0.5), "[7]_")},
    ScaleJitter: {"sigma": Tunable((0.0, 0.1, 0.2), Range(0.0, 0.3), "[10]_")},
    SwapNoise: {"rate": Tunable((0.0, 0.1, 0.2), Range(0.0, 0.3), "[12]_")},
}

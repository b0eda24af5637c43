"""All augmenters of skreg, found rather than listed: with noise on, and with noise off."""

import inspect
import re

from sklearn.utils._param_validation import Interval

from skreg import augmentation
from skreg.augmentation import (
    BaseAugmenter,
    Compose,
    GaussianNoise,
    Mixup,
    RandomAffine,
    SwapNoise,
)

PUBLIC = [getattr(augmentation, name) for name in sorted(augmentation.__all__)]
CLASSES = [
    cls for cls in PUBLIC if issubclass(cls, BaseAugmenter) and not cls.__name__.startswith("Base")
]
KINDS = [RandomAffine, SwapNoise, Mixup, Compose]  # rows alone, of others, with targets, and all
PARTS = [("noise", GaussianNoise(0.3)), SwapNoise(0.2), ("mixup", Mixup(0.5))]
NOISY = {Compose: {"augmenters": PARTS}}  # what leaves no row as it is, where defaults do
STILL_RANGES = {"area": (0, 0)}  # what changes nothing and is not zero


def parameters(cls):
    """The constructor parameters of a class, in their order."""
    return list(inspect.signature(cls).parameters)


def noisy(cls, **params):
    """An instance that changes all rows, or as many as its `probability` says."""
    return cls(**{"random_state": 0, "probability": 1.0, **NOISY.get(cls, {}), **params})


def still_params(cls):
    """Parameters, other than `probability`, with which nothing changes; {} if there are none."""
    names = [name for name in parameters(cls) if name != "probability"]
    zeros = {name: 0 for name in names if _may_be_zero(cls._parameter_constraints[name])}
    ranges = {name: value for name, value in STILL_RANGES.items() if name in names}
    return {**zeros, **ranges, **({"augmenters": ()} if cls is Compose else {})}


def _may_be_zero(constraints):
    intervals = [c for c in constraints if isinstance(c, Interval)]
    return any(c.left == 0 and c.closed in ("left", "both") for c in intervals)


def still(cls):
    """Instances that change nothing, for one reason each."""
    instances = [noisy(cls, probability=0.0)]
    if still_params(cls):
        instances.append(noisy(cls, **still_params(cls)))
    if cls is Compose:
        instances.append(noisy(cls, augmenters=[GaussianNoise(0), Mixup(probability=0)]))
        instances.append(noisy(cls, augmenters=[("noise", "passthrough")]))
    return instances


def name_of(value):
    """What tells instances and classes apart in the names of tests."""
    return value.__name__ if inspect.isclass(value) else "".join(str(value).split())


def documented(cls, section):
    """The names in a section of a numpydoc docstring, in their order."""
    text = inspect.getdoc(cls).split(f"\n{section}\n{'-' * len(section)}\n")[1]
    text = re.split(r"\n\S.*\n-+\n", text)[0]
    lines = re.findall(r"^(\w+(?:, \w+)*) : ", text, re.MULTILINE)
    return [name for line in lines for name in line.split(", ")]

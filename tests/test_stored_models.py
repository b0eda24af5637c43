"""Pickles outlive the version that wrote them: they name nothing private, and old ones load."""

import importlib
import io
import json
import pickle
from inspect import isclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

import skreg
from skreg import augmentation, model_selection, preprocessing
from skreg.augmentation import AugmentationSampler
from tests import stored_models

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.InconsistentVersionWarning",  # of scikit-learn's own classes
)
FOREIGN = {"numpy", "scipy", "sklearn", "builtins", "collections"}
PARTS = skreg, augmentation, model_selection, preprocessing
PUBLIC = [getattr(part, name) for part in PARTS for name in part.__all__]
OURS = {each for each in PUBLIC if isclass(each)}
MODELS = {name: unfitted.fit() for name, unfitted in stored_models.UNFITTED.items()}
parametrize_models = pytest.mark.parametrize("name", MODELS)


class _Reader(pickle.Unpickler):
    """Reads a pickle and records which classes and functions it names."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.named = set()

    def find_class(self, module, name):
        self.named.add((module, name))
        return super().find_class(module, name)


def private_names(model):
    """What the pickle of a model names that is neither ours and public nor of a library."""
    reader = _Reader(pickle.dumps(model))
    reader.load()
    return {
        (module, name)
        for module, name in reader.named
        if module.split(".")[0] not in FOREIGN
        and getattr(importlib.import_module(module), name) not in OURS
    }


@parametrize_models
def test_a_pickled_network_names_nothing_private(name):
    assert private_names(MODELS[name]) == set()


def test_a_state_of_training_names_no_class_at_all():
    for model in filter(lambda model: hasattr(model, "_training_state"), MODELS.values()):
        reader = _Reader(pickle.dumps(model._training_state))
        reader.load()
        assert {module.split(".")[0] for module, _ in reader.named} <= {"numpy"}


def make(kind):
    return clone(stored_models.AUGMENTATION) if kind is augmentation.Compose else kind()


AUGMENTERS = [
    getattr(augmentation, name)
    for name in augmentation.__all__
    if hasattr(getattr(augmentation, name), "augment") and not name.startswith("Base")
]


@pytest.mark.parametrize("kind", AUGMENTERS)
def test_a_pickled_augmenter_names_nothing_private(kind):
    augmenter = make(kind)
    augmenter.fit_transform(stored_models.X, stored_models.Y)
    assert private_names(augmenter) == set()


def test_a_pickled_sampler_names_nothing_private():
    sampler = AugmentationSampler(stored_models.AUGMENTATION)
    sampler.fit_resample(stored_models.X, stored_models.Y)
    assert private_names(sampler) == set()


def load_pickle(path):
    return pickle.loads(path.with_suffix(".pickle").read_bytes())


def load_skops(path):
    io = pytest.importorskip("skops.io")
    return io.load(path.with_suffix(".skops"), trusted=skreg.TRUSTED_TYPES)


@pytest.mark.skipif(np.__version__ < "2", reason="the models were stored with NumPy 2")
@pytest.mark.parametrize("load", [load_pickle, load_skops])
@parametrize_models
def test_a_stored_model_loads_predicts_and_trains_on(name, load):
    stem, unfitted = stored_models.FOLDER / name, stored_models.UNFITTED[name]
    model = load(stem)
    expected = json.loads(stem.with_suffix(".json").read_text())
    actual = stored_models.outputs_of(name, model)
    assert actual.keys() == expected.keys()
    for method, values in expected.items():
        if np.asarray(values).dtype.kind == "f":
            assert_allclose(actual[method], values, rtol=1e-4)
        else:
            assert_array_equal(actual[method], values)
    if not unfitted.goes_on:
        return
    curves = [network.loss_curve_ for network in getattr(model, "estimators_", [model])]
    model.set_params(warm_start=True, max_iter=1).fit(unfitted.X, unfitted.y)
    for network, curve in zip(getattr(model, "estimators_", [model]), curves, strict=True):
        assert network.loss_curve_[: len(curve)] == curve
        assert len(network.loss_curve_) == len(curve) + 1

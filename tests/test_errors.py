"""Errors that know what people type: the names of other libraries, slips, and misunderstandings."""

import inspect
import re
from itertools import chain

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

import skreg.augmentation
import skreg.preprocessing
from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier
from skreg.augmentation import Compose, GaussianNoise
from skreg.neural_network._aliases import PARAMETERS, VALUES, find_meant, suggest

ESTIMATORS = [MLPClassifier, MLPRegressor]
X, Y = make_classification(30, 4, random_state=0)
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS)


def options(estimator, name):
    constraints = estimator._parameter_constraints[name]
    return set().union(*(c.options for c in constraints if isinstance(c, StrOptions)))


@pytest.mark.parametrize(("name", "typed"), [(n, t) for n in VALUES for t in VALUES[n]])
def test_every_alias_of_a_value_stands_for_a_valid_one(name, typed):
    estimator = MLPRegressor if name == "loss" else MLPClassifier
    assert VALUES[name][typed] in options(estimator, name)
    assert typed not in options(estimator, name)
    with pytest.raises(InvalidParameterError, match=f"Did you mean '{VALUES[name][typed]}'"):
        estimator(**{name: typed}).fit(X, Y)


@pytest.mark.parametrize("typed", PARAMETERS)
def test_every_alias_of_a_parameter_stands_for_one_of_the_constructor_or_of_fit(typed):
    of_tables = PARAMETERS[typed] == "n_members"
    estimator = TabularMLPClassifier if of_tables else MLPClassifier
    known = {*inspect.signature(estimator).parameters, "X_val", "y_val"}
    assert set(PARAMETERS[typed].split(", ")) <= known
    assert typed not in known
    with pytest.raises(TypeError, match=rf"MLPClassifier\(\) got an unexpected .*'{typed}'. Did"):
        estimator(**{typed: 1})


def test_what_an_estimator_does_not_have_is_not_offered():
    with pytest.raises(TypeError, match=r"argument 'n_estimators'\.$"):
        MLPClassifier(n_estimators=8)


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("activation", "ReLU", "relu"),
        ("activation", "Leaky ReLU", "leaky_relu"),
        ("solver", "Adam", "adam"),
        ("solver", "L-BFGS", "lbfgs"),
        ("learning_rate", "one-cycle", "one_cycle"),
        ("batch_size", "Auto", "auto"),
        ("loss", "squared_eror", "squared_error"),
        ("scoring", "roc-auc", "roc_auc"),
    ],
)
def test_the_nearest_name_is_offered(name, typed, meant):
    with pytest.raises(
        InvalidParameterError, match=f"Got '{typed}' instead. Did you mean '{meant}'"
    ):
        MLPRegressor(**{name: typed}).fit(X, Y)
    assert find_meant(typed, [meant, "other"], {}) is not None or meant == "lbfgs"


def test_what_is_like_nothing_is_not_guessed_at():
    assert suggest("xyz", find_meant("xyz", ["relu", "tanh"], {"swish": "silu"})) == ""


def test_valid_names_are_listed_in_order():
    for name in ("activation", "solver", "learning_rate", "scoring"):
        with pytest.raises(InvalidParameterError) as error:
            MLPClassifier(**{name: "?"}).fit(X, Y)
        listed = re.findall("'([a-z_0-9]+)'", str(error.value).split("{")[1].split("}")[0])
        assert listed == sorted(options(MLPClassifier, name))


def test_estimators_of_every_kind_list_valid_names_in_order():
    modules = skreg, skreg.augmentation, skreg.preprocessing
    public = [vars(module)[name] for module in modules for name in module.__all__]
    constraints = chain(
        *chain(*(getattr(cls, "_parameter_constraints", {}).values() for cls in public))
    )
    sets = [each for each in constraints if isinstance(each, StrOptions)]
    assert len(sets) > 20
    for each in sets:
        listed = re.findall("'([^']+)'", str(each))
        assert listed == sorted(each.options)


def test_one_name_of_several_is_advised_on_too():
    with pytest.raises(InvalidParameterError, match="got 'swish'. Did you mean 'silu'"):
        MLPRegressor((3, 3), activation=["relu", "swish"]).fit(X, Y)


@parametrize_estimators
def test_alpha_is_translated_wherever_it_is_set(estimator):
    formula = r"'l2'\? l2 is alpha / batch_size, or alpha / n_samples with solver='lbfgs'"
    with pytest.raises(TypeError, match=rf"{estimator.__name__}\(\) got .*'alpha'.*{formula}"):
        estimator(alpha=1e-4)
    with pytest.raises(ValueError, match=f"Invalid parameter 'alpha' for.*{formula}"):
        estimator().set_params(alpha=1e-4)
    pipeline = make_pipeline(StandardScaler(), estimator())
    with pytest.raises(ValueError, match=formula):
        pipeline.set_params(**{f"{estimator.__name__.lower()}__alpha": 1e-4})


def test_units_given_as_several_arguments_are_explained():
    wanted = re.escape("hidden_layer_sizes=(64, 32) are two layers")
    with pytest.raises(TypeError, match=rf"MLPClassifier\(\) too many positional.*{wanted}"):
        MLPClassifier(64, 32, 16)
    with pytest.raises(InvalidParameterError, match=rf"Got 32 instead. .*{wanted}"):
        MLPClassifier(64, 32).fit(X, Y)


def test_a_rate_as_the_schedule_is_explained():
    with pytest.raises(InvalidParameterError, match="Got 0.01 instead. .* learning_rate_init"):
        MLPClassifier(learning_rate=0.01).fit(X, Y)


@pytest.mark.parametrize(
    "wrap", [lambda part: part, lambda part: Compose([part]), lambda part: Compose([("own", part)])]
)
def test_a_class_in_place_of_an_augmenter_is_refused(wrap):
    with pytest.raises(ValueError, match="augment.*GaussianNoise"):
        MLPClassifier(augmentation=wrap(GaussianNoise)).fit(X, Y)
    with pytest.raises(InvalidParameterError, match=r"give an object of it, GaussianNoise\(\)"):
        MLPClassifier(augmentation=GaussianNoise).fit(X, Y)


def test_a_class_in_place_of_a_splitter_is_refused():
    with pytest.raises(InvalidParameterError, match=r"give an object of it, KFold\(\)"):
        MLPClassifier(early_stopping=True, validation_fraction=KFold).fit(X, Y)


@parametrize_estimators
def test_arguments_of_methods_are_advised_on_by_their_public_names(estimator):
    name = estimator.__name__
    with pytest.raises(TypeError, match=rf"^{name}.fit\(\) missing a required argument: 'y'\.$"):
        estimator().fit(X)
    with pytest.raises(TypeError, match=rf"^{name}.fit\(\) .*mean 'X_val' and 'y_val'\?$"):
        estimator().fit(X, Y, validation_data=(X, Y))
    with pytest.raises(TypeError, match=rf"^{name}.fit\(\) .*mean 'max_iter' of the constructor"):
        estimator().fit(X, Y, epochs=3)
    with pytest.raises(TypeError, match=rf"^{name}.partial_fit\(\) .*mean 'sample_weight'\?$"):
        estimator().partial_fit(X, Y, sample_weights=Y)
    with pytest.raises(TypeError, match=rf"^{name}\(\) .*mean 'X_val' and 'y_val' of fit\?$"):
        estimator(validation_data=(X, Y))


def test_a_type_error_from_inside_a_method_is_not_touched():
    def scoring(mlp, X, y):
        raise TypeError("own")

    with pytest.raises(TypeError) as error:
        MLPRegressor(early_stopping=True, scoring=scoring).fit(X, Y)
    assert str(error.value) == "own"  # whatever notes it has


@parametrize_estimators
def test_the_constructor_is_what_its_signature_says(estimator):
    parameters = inspect.signature(estimator).parameters
    assert {p.kind for p in parameters.values()} == {
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    }
    mlp = estimator((3,), "tanh", l2=0.1)
    assert clone(mlp).get_params() == mlp.get_params()


def as_objects(labels):
    return np.array(labels, dtype=object)


@pytest.mark.parametrize("given", [list, as_objects])
@pytest.mark.parametrize("labels", [["a", 1], [1, "a"], ["a", 1.0], ["a", True]], ids=str)
def test_labels_of_several_types_are_refused_in_one_sentence(labels, given):
    kinds = ", ".join(sorted(type(label).__name__ for label in labels))
    message = (
        rf"mixes labels of several types \({kinds}\): make them all strings, or all numbers\.$"
    )
    y = given(labels * 15)
    with pytest.raises(ValueError, match=f"^y {message}"):
        MLPClassifier().fit(X, y)
    with pytest.raises(ValueError, match=f"^classes {message}"):
        MLPClassifier().partial_fit(X, Y, classes=given(labels))
    with pytest.raises(ValueError, match=f"^y_val {message}"):
        MLPClassifier().fit(X, Y, X_val=X, y_val=y)


def as_frame(labels):
    return pd.DataFrame({"label": labels})


def as_polars(labels):
    return pl.Series([None if label is np.nan else label for label in labels])


@pytest.mark.parametrize(
    "given", [list, as_objects, pd.Series, pd.Categorical, as_frame, as_polars]
)
@pytest.mark.parametrize("labels", [[None, "a"], ["a", np.nan]], ids=str)
def test_missing_labels_are_called_missing(labels, given):
    y = given(labels * 15)
    with pytest.raises(ValueError, match="^y has missing labels, 15 of 30: leave"):
        MLPClassifier().fit(X, y)
    with pytest.raises(ValueError, match="^y_val has missing labels"):
        MLPClassifier().fit(X, Y, X_val=X, y_val=y)


@pytest.mark.parametrize("given", [list, as_objects, pd.Series])
def test_nothing_among_numbers_is_called_missing(given):
    y = given([1, None] * 15)
    message = "has missing labels, 15 of 30|contains NaN"
    for estimator in ESTIMATORS:
        with pytest.raises(ValueError, match=f"y ({message})"):
            estimator().fit(X, y)
        with pytest.raises(ValueError, match=f"y(_val)? ({message})|y_val: .*NaN"):
            estimator().fit(X, Y, X_val=X, y_val=y)


@pytest.mark.parametrize("y", [["a", "b"], [np.str_("a"), "b"], [1, 2.0], [True, False]], ids=str)
def test_lists_of_labels_of_one_kind_are_fine(y):
    assert len(MLPClassifier((2,), max_iter=1).fit(X, y * 15).classes_) == 2

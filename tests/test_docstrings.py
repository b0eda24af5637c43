"""The texts of parameters: complete, in the order of the signature, with the true defaults."""

import inspect
import pydoc
import re

import pytest
from numpydoc.validate import validate

import skreg.augmentation
import skreg.export
import skreg.inspection
import skreg.model_selection
import skreg.onnx
import skreg.preprocessing
from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import SCHEDULES
from skreg.neural_network import _docstrings
from skreg.neural_network._attributes import FittedAttributes
from skreg.neural_network._parameters import NetworkParameters
from skreg.neural_network._training_parameters import TrainingParameters

ESTIMATORS = [MLPClassifier, MLPRegressor]
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.__name__)


def section(estimator, title):
    """The text below a title up to the next."""
    doc = inspect.cleandoc(estimator.__doc__)
    pattern = rf"^{title}\n-{{{len(title)}}}\n(.*?)(?=\n\n\w[\w ]*\n---|\Z)"
    found = re.findall(pattern, doc, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{title} comes {len(found)} times"
    return found[0]


def entries(text):
    """Name to (type, text) of each entry."""
    text = text.replace("\\\n", "")
    found = re.findall(r"^(\w+) : (.*)\n((?:    .*\n?|\n)*)", text, re.MULTILINE)
    return {name: (kind, body.strip()) for name, kind, body in found}


def parameters(estimator):
    return dict(inspect.signature(estimator).parameters)


@parametrize_estimators
def test_every_parameter_is_documented_in_the_order_of_the_signature(estimator):
    documented = entries(section(estimator, "Parameters"))
    assert list(documented) == list(parameters(estimator))
    assert all(len(text.split()) > 3 for _, text in documented.values())


@parametrize_estimators
def test_parameters_are_those_that_are_validated_and_got(estimator):
    names = list(parameters(estimator))
    assert list(estimator._parameter_constraints) == names
    assert sorted(names) == sorted(estimator().get_params(deep=False))


@parametrize_estimators
def test_documented_defaults_are_those_of_the_signature(estimator):
    for name, (kind, _) in entries(section(estimator, "Parameters")).items():
        assert eval(kind.split("default=")[1]) == parameters(estimator)[name].default, name


@parametrize_estimators
def test_only_the_first_two_parameters_may_be_positional(estimator):
    kinds = {name: p.kind for name, p in parameters(estimator).items()}
    positional = [name for name, kind in kinds.items() if kind != kind.KEYWORD_ONLY]
    assert positional == ["hidden_layer_sizes", "activation"]


CHOICES = {
    "activation": set(ACTIVATIONS),
    "solver": {*OPTIMIZERS, "lbfgs"},
    "learning_rate": set(SCHEDULES),
    "loss": set(REGRESSION_LOSSES),
}


@pytest.mark.parametrize("name", CHOICES)
@parametrize_estimators
def test_every_choice_of_a_table_is_named(estimator, name):
    documented = entries(section(estimator, "Parameters"))
    if name == "loss" and estimator is MLPClassifier:
        assert name not in documented
        return
    kind, text = documented[name]
    listed = kind if kind.startswith("{") else text
    assert CHOICES[name] == set(re.findall(r'"(\w+)"', listed.split("default=")[0]))


@parametrize_estimators
def test_every_fitted_attribute_is_documented_and_every_documented_one_exists(estimator):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame({"a": range(12), "b": range(0, 24, 2)})
    mlp = estimator((2,), max_iter=1, early_stopping=True).fit(X, [0, 1] * 6)
    fitted = {name for name in dir(mlp) if name.endswith("_") and not name.startswith("_")}
    assert set(entries(section(estimator, "Attributes"))) == fitted


@parametrize_estimators
def test_every_reference_is_cited_and_every_citation_has_its_reference(estimator):
    listed = re.findall(r"^\.\. \[(\d+)\] .*\(\d{4}\)\.", estimator.__doc__, re.MULTILINE)
    cited = re.findall(r"\[(\d+)\]_", estimator.__doc__)
    assert sorted(map(int, listed)) == list(range(1, len(listed) + 1))
    assert set(cited) == set(listed)


@pytest.mark.parametrize("estimator", [getattr(skreg, name) for name in skreg.__all__[1:]])
def test_parameters_mention_only_what_the_estimator_has(estimator):
    text = section(estimator, "Parameters")
    mentioned = set(re.findall(r"`(\w+_)(?:\[\d\])?`", text))
    assert mentioned <= set(entries(section(estimator, "Attributes")))
    assert ("`X_val`" in text) == ("X_val" in inspect.signature(estimator.fit).parameters)


def references(cls):
    """Number to text of each reference."""
    return dict(re.findall(r"^ *\.\. \[(\d+)\] (.*)$", cls.__doc__ or "", re.MULTILINE))


@pytest.mark.parametrize("estimator", [getattr(skreg, name) for name in skreg.__all__])
def test_no_reference_takes_the_number_of_another_that_is_shared(estimator):
    if inspect.isclass(estimator):
        parents = [references(parent) for parent in estimator.__mro__[1:]]
        assert all(shared.items() <= references(estimator).items() for shared in parents)


@parametrize_estimators
def test_sections_come_once_and_in_the_order_of_numpydoc(estimator):
    doc = inspect.cleandoc(estimator.__doc__)
    titles = ["Parameters", "Attributes", "See Also", "References", "Examples"]
    assert re.findall(r"^(\w[\w ]*)\n-{3,}$", doc, re.MULTILINE) == titles
    assert doc.splitlines()[0].endswith(".")


@pytest.mark.parametrize(
    ("parent", "title"),
    [
        (NetworkParameters, "Parameters"),
        (TrainingParameters, "Parameters"),
        (FittedAttributes, "Attributes"),
    ],
)
@parametrize_estimators
def test_shared_texts_are_those_of_the_parent(estimator, parent, title):
    shared = entries(section(parent, title))
    assert shared
    assert shared.items() <= entries(section(estimator, title)).items()


MODULES = (
    skreg,
    skreg.augmentation,
    skreg.inspection,
    skreg.model_selection,
    skreg.export,
    skreg.onnx,
    skreg.preprocessing,
)


def public_paths():
    """Path of every public function and class, and of its methods that skreg defines."""
    for module in MODULES:
        for name in module.__all__:
            cls, path = getattr(module, name), f"{module.__name__}.{name}"
            if inspect.isfunction(cls):
                yield path
            if not inspect.isclass(cls):
                continue
            own = {m for c in cls.__mro__ if c.__module__.startswith("skreg") for m in vars(c)}
            public = [m for m in sorted(own) if not m.startswith("_")]
            yield path
            yield from (f"{path}.{m}" for m in public if inspect.isroutine(getattr(cls, m)))


parametrize_public = pytest.mark.parametrize("path", list(public_paths()))

# What numpydoc would like beyond scikit-learn's own docstrings.
NOT_WANTED = {
    "RT02": "scikit-learn names what a function returns",
}
NOT_WANTED_OF_METHODS = {
    "ES01": "one sentence can be enough",
    "SA01": "the class has links",
    "EX01": "the class has examples",
}


@parametrize_public
def test_docstrings_are_valid_numpydoc(path):
    is_method = inspect.isclass(pydoc.locate(path.rpartition(".")[0]))
    unwanted = {**NOT_WANTED, **NOT_WANTED_OF_METHODS} if is_method else NOT_WANTED
    errors = validate(path)["errors"]
    assert [text for code, text in errors if code not in unwanted] == []


@parametrize_public
def test_every_parameter_and_attribute_has_an_entry_of_its_own(path):
    """An entry such as `a, b : …` has no link in scikit-learn's display of estimators."""
    doc = pydoc.locate(path).__doc__.split("Returns\n")[0]
    assert re.findall(r"^ *\w+, \w[\w, ]* : .*", doc, re.MULTILINE) == []


def test_sections_are_joined_with_parameters_of_the_parent_first_and_its_attributes_last():
    own = "Title.\n\nParameters\n----------\nb : int\n    B.\n\nAttributes\n----------\nd_ : int\n"
    shared = "No.\n\nParameters\n----------\na : int\n    A.\n\nAttributes\n----------\nc_ : int\n"
    joined = _docstrings.join_sections(own, shared)
    assert re.sub(r"\s+", " ", joined) == (
        "Title. Parameters ---------- a : int A. b : int B. Attributes ---------- d_ : int "
        "c_ : int "
    )


def test_an_entry_of_its_own_takes_the_place_of_that_of_the_parent():
    own, shared = (
        f"{text}.\n\nParameters\n----------\na : int\n    {text}\n\n"
        f"Attributes\n----------\nb_ : int\n    {text}\n"
        for text in ("Own", "No")
    )
    joined = _docstrings.join_sections(own, shared)
    assert joined.count("Own") == 3 and "No" not in joined


@pytest.mark.parametrize(("doc", "shared"), [(None, "x"), ("", "x"), ("x", None)])
def test_without_texts_to_join_there_is_nothing_to_do(doc, shared):
    assert _docstrings.join_sections(doc, shared) == doc

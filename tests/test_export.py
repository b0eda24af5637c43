"""Files of C, compiled without a warning, predict what their models predict."""

import ctypes
import re
import shutil
import subprocess
from numbers import Real
from pathlib import Path
from textwrap import dedent
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import __version__ as sklearn_version
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.fixes import parse_version

from skreg import (
    MLPClassifier,
    MLPRegressor,
    TabularMLPClassifier,
    TabularMLPRegressor,
    TabularMLPRegressorCV,
)
from skreg._exporting.models import describe
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.links import LINKS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg.augmentation import GaussianNoise
from skreg.export import _networks, to_c
from skreg.export._tables import find_levels
from skreg.preprocessing import SmoothClipScaler, TableEncoder
from tests.tables import make_table, unlike

COMPILER = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no compiler of C")
FLAGS = "-std=c99 -pedantic -Wall -Wextra -Werror -Wmissing-prototypes -Wshadow -O1".split()
PARAMS = {"max_iter": 2, "random_state": 0}
X = np.random.default_rng(0).normal(size=(40, 4))
CODES, NUMBERS = np.arange(40) % 3, np.exp(X @ [1.0, -1.0, 0.5, 0.0])
TOLERANCES = {np.float32: 1e-6, np.float64: 1e-12}


class Library:
    """Files of C, compiled as one, since no name is in two of them."""

    def __init__(self, folder, sources):
        path, library = folder / "all.c", folder / "all.so"
        path.write_text("".join(sources), encoding="ascii")
        command = [COMPILER, *FLAGS, "-shared", "-fPIC", path, "-o", library, "-lm"]
        subprocess.run(command, check=True)
        self.functions = ctypes.CDLL(str(library))

    def fill(self, name, rows, n_out, dtype):
        """What a function (row, out) writes for each row."""
        out = np.empty((len(rows), n_out), dtype)
        function = getattr(self.functions, name)
        for row, place in zip(rows, out):
            function(*(ctypes.c_void_p(each.ctypes.data) for each in (row, place)))
        return out

    def places(self, name, rows):
        """What a function (row) returns for each row."""
        function = getattr(self.functions, name)
        return [function(ctypes.c_void_p(row.ctypes.data)) for row in rows]

    def level(self, name, column, level):
        """What stands for a string in a column."""
        function = getattr(self.functions, f"{name}_level")
        function.restype = ctypes.c_double
        return function(column, None if pd.isna(level) else level.encode())


def assert_predicts_as(library, name, model, rows, X, tolerance):
    """Compare with a model, where `rows` are X as C takes them."""
    expected, predict = model.predict(X), f"{name}_predict"
    rows = np.ascontiguousarray(rows)
    if not is_classifier(model):
        expected = expected.reshape(len(X), -1)
        actual = library.fill(predict, rows, expected.shape[1], expected.dtype)
        return assert_allclose(actual, expected, tolerance, tolerance * np.abs(expected).max())
    proba = model.predict_proba(X)
    actual = library.fill(f"{predict}_proba", rows, proba.shape[1], proba.dtype)
    assert_allclose(actual, proba, rtol=10 * tolerance, atol=tolerance)
    if expected.ndim == 2:
        labels = library.fill(predict, rows, expected.shape[1], np.int32)
        return assert_array_equal(labels, expected)
    assert_array_equal(model.classes_[library.places(predict, rows)], expected)


def fit_all_kinds(dtype):
    """Models of all activations, normalizations, losses and kinds of targets."""
    given = X.astype(dtype)
    models = [MLPRegressor(3, name, **PARAMS).fit(given, NUMBERS) for name in ACTIVATIONS]
    for model in models:
        model.coefs_[0] *= 30
    models += [
        MLPRegressor((6, 3, 5), normalization=name, **PARAMS).fit(given, NUMBERS)
        for name in NORMALIZATIONS
    ]
    several = np.stack([CODES > 0, CODES < 2, CODES == 1], axis=1).astype(int)
    targets = [several, CODES == 0, np.array(["é?", '"\\', "*/ @ REAL"])[CODES]]
    targets += [0 * CODES, CODES.astype(float), CODES - 2**40]
    models += [MLPClassifier(3, **PARAMS).fit(given, target) for target in targets]
    several = NUMBERS[:, None] + np.arange(2.0)
    models += [
        MLPRegressor(loss=loss, **PARAMS).fit(given, target)
        for loss in REGRESSION_LOSSES
        for target in (NUMBERS + 1e9, 1e-30 * NUMBERS, several)
    ]
    models.append(MLPRegressor((), target_scaling=False, **PARAMS).fit(given, NUMBERS))
    params = {**PARAMS, "loss": "quantile", "quantile": [0.2, 0.5, 0.9]}
    models += [MLPRegressor(**params).fit(given, target) for target in (NUMBERS, several)]
    return models


@needs_compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_activation_normalization_loss_and_kind_of_target(dtype, tmp_path):
    models, rows = fit_all_kinds(dtype), X.astype(dtype)
    library = Library(tmp_path, [to_c(mlp, name=f"m{i}") for i, mlp in enumerate(models)])
    for i, mlp in enumerate(models):
        assert_predicts_as(library, f"m{i}", mlp, rows, rows, TOLERANCES[dtype])


def rows_of(table, library, name):
    """Rows as C takes them: numbers, and what stands for strings."""
    rows = np.empty(table.shape)
    for j, column in enumerate(table.columns):
        rows[:, j] = [
            value if isinstance(value, Real | np.bool_) else library.level(name, j, value)
            for value in table[column]
        ]
    return rows


def make_categories():
    """A table with so many levels that they have mean targets, and with levels that are numbers."""
    codes, years = np.arange(140) % 70, [1999, 2004, None]
    columns = {"city": codes.astype(str), "year": np.array(years, object)[codes % 3]}
    return pd.DataFrame(columns).assign(size=np.sin(codes)).astype({"year": "category"})


def make_tabular(dtype):
    """Networks for tables, and two tables to predict for."""
    params = {**PARAMS, "hidden_layer_sizes": (4,), "n_members": 2, "dtype": dtype}
    table, other = make_table(), make_categories()
    y, y_of_other = np.arange(len(table)) % 2, other["size"] > 0
    y[0] = 2  # which some member misses
    warm = TabularMLPClassifier(**params).fit(table, y)
    warm.temperature_, warm.doubt_ = 1.7, 0.01
    cold = TabularMLPClassifier(**params, calibration=None).fit(other, y_of_other)
    clipped = TabularMLPRegressor(**params).fit(other, y_of_other.astype(float))
    free = TabularMLPRegressor(**params, clip_predictions=False, loss="poisson").fit(table, y)
    several = {"loss": "quantile", "quantile": [0.2, 0.5]}
    quantiles = TabularMLPRegressor(**params, **several).fit(other, y_of_other.astype(float))
    search = TabularMLPRegressorCV(
        **{**params, "n_members": 1},
        validation_fraction=0.3,
        max_candidates=4,
        time_limit=None,
        param_distributions={"n_bins": [2, 5]},
    ).fit(table, y)
    assert len({encoder.n_bins for encoder in search.encoders_}) > 1
    unseen = other.assign(city="nowhere", year=pd.Categorical([2004, 2005] * 70))
    return [
        *((mlp, table, unlike(table)) for mlp in (warm, free, search)),
        *((mlp, other, unseen) for mlp in (cold, clipped, quantiles)),
    ]


@needs_compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_networks_for_tables(dtype, tmp_path):
    models = make_tabular(dtype)
    library = Library(tmp_path, [to_c(mlp, name=f"m{i}") for i, (mlp, *_) in enumerate(models)])
    for i, (mlp, *tables) in enumerate(models):
        for table in tables:
            rows = rows_of(table, library, f"m{i}")
            assert_predicts_as(library, f"m{i}", mlp, rows, table, TOLERANCES[dtype])


@needs_compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pipelines_of_scalers_and_a_network(dtype, tmp_path):
    steps = [
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        RobustScaler(with_centering=False),
        MinMaxScaler((-1, 2), clip=True),
        MaxAbsScaler(),
        SmoothClipScaler(max_absolute_value=2),
        "passthrough",
        GaussianNoise(),
    ]
    rows = (1000 + 10 * X).astype(dtype)
    mlp = MLPClassifier((6, 5), normalization="layer", **PARAMS)
    models = [make_pipeline(step, mlp).fit(rows, CODES) for step in steps]
    models.append(make_pipeline(*steps, MLPRegressor(3, **PARAMS)).fit(rows[:20], NUMBERS[:20]))
    library = Library(tmp_path, [to_c(each, name=f"m{i}") for i, each in enumerate(models)])
    for i, model in enumerate(models):
        assert_predicts_as(library, f"m{i}", model, rows, rows, 10 * TOLERANCES[dtype])


@needs_compiler
@pytest.mark.parametrize("scaler", [SmoothClipScaler(), StandardScaler()], ids=str)
def test_numbers_far_from_zero_are_scaled_in_their_own_precision(scaler, tmp_path):
    if isinstance(scaler, StandardScaler) and parse_version(sklearn_version) < parse_version("1.8"):
        pytest.skip("which scaled float32 by float64")
    rows = (1e5 + X).astype(np.float32)
    model = make_pipeline(scaler, MLPClassifier(6, **PARAMS)).fit(rows, CODES)
    library = Library(tmp_path, [to_c(model, name="far")])
    assert_predicts_as(library, "far", model, rows, rows, 1e-6)


@needs_compiler
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_a_number_predicts_nothing(dtype, tmp_path):
    network = MLPClassifier(3, **PARAMS)
    steps = make_pipeline(StandardScaler(), MinMaxScaler(clip=True), SmoothClipScaler(), network)
    several = np.stack([CODES > 0, CODES < 2], axis=1).astype(int)
    models = [clone(steps).fit(X.astype(dtype), y) for y in (CODES, CODES > 0, several)]
    library = Library(tmp_path, [to_c(each, name=f"m{i}") for i, each in enumerate(models)])
    for i, n in enumerate((3, 2, 2)):
        assert np.isnan(
            library.fill(f"m{i}_predict_proba", np.full((1, 4), np.nan, dtype), n, dtype)
        ).all()


@needs_compiler
def test_huge_values_are_bounded(tmp_path):
    params = {**PARAMS, "hidden_layer_sizes": (3,)}
    plain = make_pipeline(SmoothClipScaler(), MLPRegressor(**params))
    models = [plain, TabularMLPRegressor(**params, n_members=1)]
    models = [model.fit(X, NUMBERS) for model in models]
    library = Library(tmp_path, [to_c(each, name=f"m{i}") for i, each in enumerate(models)])
    for i, model in enumerate(models):
        assert_predicts_as(library, f"m{i}", model, 1e250 * X, 1e250 * X, 1e-6)


@needs_compiler
def test_a_network_of_float64_in_float32(tmp_path):
    mlp = MLPRegressor(3, **PARAMS).fit(X, NUMBERS)
    path = tmp_path / "mlp.c"
    source = to_c(mlp, path, name="small", dtype=np.float32)
    assert path.read_text() == source
    assert "void small_predict(const float x[4], float y[1]);" in source
    rows = X.astype(np.float32)
    actual = Library(tmp_path, [source]).fill("small_predict", rows, 1, np.float32)
    assert_allclose(actual[:, 0], mlp.predict(X), rtol=1e-5)


@needs_compiler
def test_classes_can_be_read(tmp_path):
    strings = MLPClassifier(3, **PARAMS).fit(X, np.array(["é?", '"\\', "*/ @ REAL"])[CODES])
    numbers = MLPClassifier(3, **PARAMS).fit(X, np.array([-(2**63), 5, 2**63 - 1])[CODES])
    library = Library(tmp_path, [to_c(strings, name="s"), to_c(numbers, name="n")]).functions
    found = (ctypes.c_char_p * 3).in_dll(library, "s_classes")
    assert [each.decode() for each in found] == strings.classes_.tolist()
    found = (ctypes.c_longlong * 3).in_dll(library, "n_classes")
    assert list(found) == numbers.classes_.tolist()


def test_the_comment_names_inputs_and_cannot_be_left():
    table = make_table(20).assign(**{"*/ ??/": 1.5})
    source = to_c(TabularMLPRegressor(max_iter=1, n_members=1).fit(table, np.arange(20)))
    about = source.partition("#include")[0]
    assert about.count("*/") == 1 and "??" not in about
    assert "row[0], 'number', is a number." in about
    assert "row[1], 'pet', is model_level(1, \"...\")." in about


def test_the_comment_says_which_columns_are_not_looked_at():
    table = pd.DataFrame({"size": NUMBERS, "one": "same", "always": 1.5})
    source = to_c(TabularMLPRegressor(max_iter=1, n_members=1).fit(table, NUMBERS))
    for line in ("row[1], 'one', is not looked at.", "row[2], 'always', is not looked at."):
        assert line in source


def test_no_array_has_the_name_of_another():
    table = pd.DataFrame({f"text{j}": np.array(["a", "b", "c"])[CODES] for j in range(12)})
    table["year"] = pd.Categorical(CODES + 2000)
    source = to_c(TabularMLPRegressor(max_iter=1, n_members=1).fit(table, NUMBERS))
    names = re.findall(r"^static const .*?(\w+)\[", source, re.MULTILINE)
    assert len(names) == len(set(names))


def test_thousands_of_levels_are_written_at_once():
    table = pd.DataFrame({"user": pd.Categorical(np.arange(30_000).astype(str)), "n": 1.0})
    encoder = TableEncoder().fit(table)
    start = perf_counter()
    (levels,) = find_levels([describe(encoder)]).values()
    assert perf_counter() - start < 2
    assert len(levels.values) == 30_000


def test_every_activation_link_and_normalization_can_be_written():
    assert set(_networks.ACTIVATIONS) == set(ACTIVATIONS)
    assert set(_networks.LINKS) == set(LINKS) - {"gaussian", "quantiles"}  # which become "identity"
    without = {name for name, each in NORMALIZATIONS.items() if each.fold is None}
    assert set(_networks.NORMALIZATIONS) == without


def test_what_cannot_be_written_is_named(monkeypatch):
    mlp = MLPRegressor(3, **PARAMS).fit(X, NUMBERS)
    with pytest.raises(NotFittedError):
        to_c(MLPClassifier())
    with pytest.raises(TypeError, match="TabularMLPRegressor, got SmoothClipScaler"):
        to_c(SmoothClipScaler().fit(X))
    with pytest.raises(ValueError, match="The step 'pca' of the pipeline .* it is a PCA, and only"):
        to_c(make_pipeline(PCA(2), mlp).fit(X, NUMBERS))
    with pytest.raises(TypeError, match="last step .* MLPRegressor, got LinearRegression"):
        to_c(make_pipeline(SmoothClipScaler(), LinearRegression()).fit(X, NUMBERS))
    tabular = TabularMLPRegressor(max_iter=1, n_members=1)
    with pytest.raises(TypeError, match="last step .* MLPRegressor, got TabularMLPRegressor"):
        to_c(make_pipeline(SmoothClipScaler(), tabular).fit(X, NUMBERS))
    with pytest.raises(NotFittedError):
        to_c(make_pipeline(SmoothClipScaler(), MLPRegressor()))
    with pytest.raises(TypeError, match="got GridSearchCV: pass its best_estimator_"):
        to_c(GridSearchCV(mlp, {"l1": [0]}, cv=2).fit(X, NUMBERS))
    for name in ("2nd", None):
        with pytest.raises(ValueError, match=f"name must be a name in C, got {name!r}"):
            to_c(mlp, name=name)
    with pytest.raises(ValueError, match="dtype must be np.float32, np.float64 or None, got 'f'"):
        to_c(mlp, dtype="f")
    mlp.coefs_[0][0, 0] = np.inf
    with pytest.raises(ValueError, match="weights cannot be exported to C: they must be finite"):
        to_c(mlp)
    mixed = pd.DataFrame({"a": np.array([1, "x", 2.5], object)[CODES], "b": NUMBERS})
    mlp = TabularMLPRegressor(max_iter=1, n_members=1, categorical_features=["a"])
    with pytest.raises(ValueError, match="Column 'a' cannot be .* got float, int, str"):
        to_c(mlp.fit(mixed, NUMBERS))
    large = pd.DataFrame({"a": pd.Categorical(2**53 + CODES), "b": NUMBERS})
    with pytest.raises(
        ValueError, match="Column 'a' cannot .* float64 cannot tell its levels apart"
    ):
        to_c(TabularMLPRegressor(max_iter=1, n_members=1).fit(large, NUMBERS))
    monkeypatch.delitem(_networks.ACTIVATIONS, "relu")
    with pytest.raises(ValueError, match="The activation 'relu' cannot be exported to C, only"):
        to_c(MLPRegressor(3, **PARAMS).fit(X, NUMBERS))


@needs_compiler
def test_the_program_of_the_guide_predicts(tmp_path):
    guide = Path(__file__).parents[1] / "docs" / "production.rst"
    (program,) = re.findall(r"\.\. code-block:: c\n\n((?:   .*\n|\n)+)", guide.read_text())
    (tmp_path / "main.c").write_text(dedent(program))
    iris = load_iris()
    mlp = MLPClassifier(16, l2=0.01, solver="lbfgs", max_iter=500, random_state=0)
    flowers = make_pipeline(StandardScaler(), mlp)
    flowers.fit(iris.data.astype(np.float32), iris.target_names[iris.target])
    to_c(flowers, tmp_path / "flowers.c", name="flowers")
    files = tmp_path / "main.c", tmp_path / "flowers.c", "-o", tmp_path / "flowers"
    subprocess.run([COMPILER, "-std=c99", "-O2", *files, "-lm"], check=True)
    said = subprocess.run([tmp_path / "flowers"], capture_output=True, text=True).stdout.split()
    x = np.array([[6.1, 2.9, 4.7, 1.4]], np.float32)
    assert said[0] == flowers.predict(x)[0]
    assert_allclose(float(said[1]), flowers.predict_proba(x).max(), atol=1e-3)

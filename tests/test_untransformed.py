"""A validation set that missed a transformation is warned of, and an ordinary one is not."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn import config_context, datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skreg import MLPClassifier, MLPRegressor
from skreg.neural_network._untransformed import Columns, find_unlike, warn_of_untransformed

BUNDLED = {
    name: getattr(datasets, f"load_{name}")(return_X_y=True)
    for name in ("breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine")
}
BUNDLED["diabetes in units"] = datasets.load_diabetes(return_X_y=True, scaled=False)
SCALERS = [
    MinMaxScaler(),
    PowerTransformer(),
    QuantileTransformer(n_quantiles=20),
    RobustScaler(),
    StandardScaler(),
]


def is_alarming(training, validation):
    rows = (SimpleNamespace(data=SimpleNamespace(X=X), y=None) for X in (training, validation))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_untransformed(*rows, "X")
    return len(caught) == 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of PowerTransformer
@pytest.mark.parametrize("scaler", SCALERS, ids=lambda scaler: type(scaler).__name__)
@pytest.mark.parametrize("name", ["breast_cancer", "diabetes in units", "digits", "iris", "wine"])
def test_rows_that_were_not_scaled_are_noticed(name, scaler):
    X, _ = BUNDLED[name]
    rows = np.random.default_rng(0).permutation(len(X))
    training, validation = X[rows[30:]], X[rows[:30]]
    assert is_alarming(scaler.fit_transform(training), validation)
    assert not is_alarming(scaler.transform(training), scaler.transform(validation))


def test_counts_that_were_not_weighted_are_noticed():
    rng = np.random.default_rng(0)
    counts = csr_array(rng.poisson(rng.gamma(0.05, 2, (1, 500)), (1000, 500)).astype(float))
    training, validation = counts[:800], counts[800:]
    weighted = TfidfTransformer().fit_transform(training)
    assert is_alarming(weighted, validation)
    assert not is_alarming(training, validation)
    assert not is_alarming(csr_matrix(training), validation.toarray())


@pytest.mark.parametrize("n_val", [1, 8, 30, 100])
@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_data_raise_no_alarm_however_they_are_split(name, n_val):
    for columns in BUNDLED[name]:
        columns = columns.reshape(len(columns), -1).astype(float)
        n_val = min(n_val, len(columns) // 2)
        for seed in range(10):
            rows = np.random.default_rng(seed).permutation(len(columns))
            assert not is_alarming(columns[rows[n_val:]], columns[rows[:n_val]])
        if columns.shape[1] > 3:  # those in their own order; labels and targets are sorted
            assert not is_alarming(columns[n_val:], columns[:n_val])
            assert not is_alarming(columns[:-n_val], columns[-n_val:])


def clusters(rng, n, d):
    return rng.normal(size=(n, d)) + 1000 * (rng.uniform(size=(n, 1)) < 0.25)


ORDINARY = {
    "normal": lambda rng, n, d: rng.normal(size=(n, d)),
    "Cauchy": lambda rng, n, d: rng.standard_cauchy((n, d)),
    "rows of any size": lambda rng, n, d: (
        rng.normal(size=(n, d)) * np.abs(rng.standard_cauchy((n, 1)))
    ),
    "lognormal": lambda rng, n, d: np.exp(2 * rng.normal(size=(n, d))),
    "Pareto": lambda rng, n, d: rng.pareto(0.7, (n, d)),
    "clusters": clusters,
    "indicators": lambda rng, n, d: (rng.uniform(size=(n, d)) < rng.uniform(0, 0.2, d)) * 1.0,
    "one-hot": lambda rng, n, d: (rng.integers(d + 1, size=(n, 1)) == np.arange(d)) * 1.0,
    "many zeros": lambda rng, n, d: (rng.uniform(size=(n, d)) < 0.3) * rng.lognormal(size=(n, d)),
    "counts": lambda rng, n, d: rng.poisson(rng.gamma(0.3, 3, (n, d))) * 1.0,
    "constant": lambda rng, n, d: np.full((n, d), 3.0),
    "zero": lambda rng, n, d: np.zeros((n, d)),
}


@pytest.mark.parametrize(("n", "n_val"), [(1, 100), (20, 10), (100, 10), (200, 50), (1000, 12)])
@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_columns_raise_no_alarm(name, form, n, n_val):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        for d in (1, 10):
            X = ORDINARY[name](rng, n + n_val, d)
            assert not is_alarming(form(X[:n]), form(X[n:]))


def test_moderate_drift_raises_no_alarm():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    for shift, scale in [(2.0, 1.0), (-2.0, 0.5), (0.0, 3.0), (0.0, 1 / 3)]:
        assert not is_alarming(X[:200], shift + scale * X[200:])
    time = np.arange(500.0)[:, None]
    assert not is_alarming(time[:400], time[400:])
    assert not is_alarming(4 ** (time[:400] / 400), 4 ** (time[400:] / 400))
    walks = np.cumsum(rng.normal(size=(500, 5)), axis=0)
    assert not is_alarming(walks[:400], walks[400:])


def test_a_few_columns_of_another_kind_raise_no_alarm():
    X = np.random.default_rng(0).normal(size=(300, 10))
    X[200:, :2] += 1e6  # such as numbers of rows, and times
    assert find_unlike(X[:200], X[200:])[0].tolist() == [0, 1]
    assert not is_alarming(X[:200], X[200:])


def test_columns_are_quantiles_of_what_is_not_zero():
    X = np.array([[0.0, 5, 0], [2, 0, 0], [1, -5, 0], [3, 1, 0]])
    for form in (np.asarray, csr_array, csr_matrix):
        columns = Columns(form(X))
        assert columns.counts.tolist() == [3, 3, 0]
        np.testing.assert_array_equal(columns.quantile(0.5), [2, 1, np.nan])
        np.testing.assert_array_equal(columns.width(1), [2, 10, np.nan])


def test_the_cost_does_not_grow_with_the_rows():
    assert Columns(np.ones((200_000, 3))).counts.max() <= 512
    assert Columns(np.ones((2_000, 1_000))).counts.max() <= 70
    assert Columns(csr_array(np.eye(3, 50_000))).counts.sum() == 3


@pytest.fixture
def halves():
    X, y = BUNDLED["breast_cancer"]
    return X[:400], X[400:], y[:400], y[400:]


def test_a_pipeline_without_transform_input_is_warned_of(halves):
    X, X_val, y, y_val = halves
    mlp = MLPClassifier((2,), max_iter=1)
    model = make_pipeline(StandardScaler(), mlp)
    with pytest.warns(UserWarning, match=r"X_val does not seem .* transform_input=\['X_val'\]"):
        model.fit(X, y, mlpclassifier__X_val=X_val, mlpclassifier__y_val=y_val)
    with config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.filterwarnings("error", "X_val does not seem")
        mlp.set_fit_request(X_val=True, y_val=True)
        model = make_pipeline(StandardScaler(), mlp, transform_input=["X_val"])
        model.fit(X, y, X_val=X_val, y_val=y_val)


def test_a_warning_made_an_error_comes_before_the_training(halves):
    X, X_val, y, y_val = halves
    mlp = MLPClassifier((2,), max_iter=1)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "X_val does not seem")
        with pytest.raises(UserWarning, match="X_val does not seem"):
            mlp.fit(X, y, X_val=1000 * X_val, y_val=y_val)
    assert not hasattr(mlp, "coefs_")


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_targets_that_were_not_transformed_are_warned_of(n_outputs):
    X, y = BUNDLED["diabetes"]
    y = y if n_outputs == 1 else np.stack([y, 2 * y], axis=1)
    mlp = MLPRegressor((2,), max_iter=1)
    model = TransformedTargetRegressor(mlp, transformer=StandardScaler())
    given = {"X_val": X[300:], "y_val": y[300:]}
    with pytest.warns(
        UserWarning, match="y_val does not seem .* TransformedTargetRegressor transforms y"
    ):
        model.fit(X[:300], y[:300], **given)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "._val does not seem")
        mlp.fit(X[:300], y[:300], **given)


def test_classes_are_not_looked_at_and_neither_are_batches_of_a_stream(halves):
    X, X_val, y, y_val = halves
    scaled = StandardScaler().fit_transform(X)
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "._val does not seem")
        MLPRegressor((2,)).partial_fit(scaled[:1], y[:1], X_val=X_val, y_val=y_val)
        MLPRegressor((2,)).partial_fit(scaled[:300], y[:300], X_val=X_val, y_val=y_val)
        classes = np.where(np.arange(400) % 40, 1, 100_000)
        MLPClassifier((2,), max_iter=1).fit(X, classes, X_val=X[:200], y_val=np.full(200, 100_000))


def test_categories_as_indicators_raise_no_alarm_where_some_are_rare():
    rng = np.random.default_rng(0)
    names = rng.zipf(1.5, (600, 3)).clip(max=50)
    X = OneHotEncoder().fit_transform(names)
    assert not is_alarming(X[:500], X[500:])

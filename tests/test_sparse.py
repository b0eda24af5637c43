"""Sparse X is trained on and predicted for as the same X in an array, without being made dense."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training import data as data_module
from skreg._training import predict as predict_module
from skreg._training.rows import csr
from skreg._training.schedules import SCHEDULES
from skreg.augmentation import GaussianNoise

N, N_FEATURES = 60, 25
RNG = np.random.default_rng(0)
X = np.where(RNG.random((N, N_FEATURES)) < 0.2, RNG.normal(size=(N, N_FEATURES)), 0.0)
X[7] = X[:, 3] = 0.0
Y = X @ RNG.normal(size=(N_FEATURES, 3))
Y_CLASS, Y_REG = Y.argmax(axis=1), Y[:, 0]
WEIGHTS = RNG.integers(0, 4, N).astype(float)
SOLVERS = [*OPTIMIZERS, "lbfgs"]
FORMATS = [
    getattr(sparse, f"{kind}_{container}")
    for kind in ("csr", "csc", "coo")
    for container in ("matrix", "array")
]
SWITCHES = [
    *({"solver": solver} for solver in SOLVERS),
    *({"solver": solver, "hidden_layer_sizes": ()} for solver in SOLVERS),
    *({"solver": solver, "l1": 0.01, "l2": 0.01} for solver in SOLVERS),
    *({"solver": solver, "early_stopping": True, "tol": 0.0} for solver in SOLVERS),
    *({"solver": solver, "clip_norm": 0.1} for solver in OPTIMIZERS),
    *({"solver": solver, "input_dropout": 0.3, "dropout": 0.2} for solver in OPTIMIZERS),
    *({"solver": "sgd", "learning_rate": name, "warmup": 2} for name in SCHEDULES),
    {"solver": "sgd", "nesterovs_momentum": False},
    {"l1": [0.1, 0.0, 0.01], "hidden_layer_sizes": (5, 4)},
    {"clip_norm": 0.1, "input_dropout": 0.3, "l1": 0.01, "batch_size": 60},
    {"shuffle": False, "batch_size": 1, "max_iter": 2},
    *(
        {"solver": solver, "group_l1": 0.02, "max_norm": 0.8, "weight_decay": 0.1}
        for solver in OPTIMIZERS
    ),
    {"solver": "sgd", "weight_averaging": 0.9, "dropout": 0.3, "dropout_schedule": "flat_cosine"},
]


def make(estimator, **params):
    fixed = {"hidden_layer_sizes": (6,), "max_iter": 8, "batch_size": 16, "random_state": 0}
    return estimator(**{**fixed, "learning_rate_init": 0.02, "n_iter_no_change": 99, **params})


def parts_of(mlp):
    return [*mlp.coefs_, *mlp.intercepts_]


def assert_same_network(one, other, tolerance=1e-8):
    for mine, others in zip(parts_of(one), parts_of(other), strict=True):
        assert mine.dtype == others.dtype
        assert_allclose(mine, others, rtol=tolerance, atol=tolerance)
    assert_allclose(one.loss_curve_, other.loss_curve_, rtol=tolerance)
    for name in ("validation_loss_curve_", "validation_scores_"):
        mine, others = getattr(one, name), getattr(other, name)
        assert (mine is None) == (others is None)
        if mine is not None:
            assert_allclose(mine, others, rtol=tolerance, atol=tolerance)


@pytest.fixture(autouse=True)
def nothing_is_made_dense(monkeypatch):
    def refuse_if_of_rows(real):
        def make_dense(matrix, *args, **kwargs):
            assert matrix.shape[1] <= Y.shape[1], "sparse X was made dense"
            return real(matrix, *args, **kwargs)

        return make_dense

    for container in FORMATS:
        for name in ("toarray", "todense"):
            real = getattr(container, name)
            monkeypatch.setattr(container, name, refuse_if_of_rows(real))


def test_the_tests_of_this_file_would_see_it_if_rows_were_made_dense():
    for container in FORMATS:
        with pytest.raises(AssertionError, match="made dense"):
            container(X).toarray()


@pytest.mark.parametrize("y", [Y_CLASS, Y_CLASS > 0, (Y > 0).astype(int)], ids=["3", "2", "labels"])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("params", SWITCHES, ids=str)
def test_a_classifier_of_sparse_rows_is_that_of_dense_rows(params, weights, y):
    dense = make(MLPClassifier, **params).fit(X, y, sample_weight=weights)
    fitted = make(MLPClassifier, **params).fit(sparse.csr_array(X), y, sample_weight=weights)
    assert_same_network(fitted, dense)
    X_any = sparse.csr_array(X)
    assert_allclose(fitted.predict_proba(X_any), dense.predict_proba(X), rtol=1e-8)
    assert_array_equal(fitted.predict(X_any), dense.predict(X))
    assert_array_equal(fitted.predict(X), fitted.predict(X_any))
    assert fitted.score(X_any, y, WEIGHTS) == dense.score(X, y, WEIGHTS)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_a_regressor_of_sparse_rows_is_that_of_dense_rows(n_outputs, solver, loss):
    y = np.abs(Y[:, :n_outputs]) + 0.1
    y = y[:, 0] if n_outputs == 1 else y
    dense = make(MLPRegressor, loss=loss, solver=solver).fit(X, y)
    fitted = make(MLPRegressor, loss=loss, solver=solver).fit(sparse.csr_array(X), y)
    assert_same_network(fitted, dense)
    assert_allclose(fitted.predict(sparse.csr_array(X)), dense.predict(X), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_any_activation_may_follow_sparse_rows(activation):
    dense = make(MLPRegressor, activation=activation).fit(X, Y)
    assert_same_network(
        make(MLPRegressor, activation=activation).fit(sparse.csr_array(X), Y), dense
    )


@pytest.mark.parametrize("params", SWITCHES, ids=str)
def test_sparse_rows_in_single_precision_are_trained_on_in_it(params):
    X_32 = X.astype(np.float32)
    params = {**params, "max_iter": min(4, params.get("max_iter", 4))}
    dense = make(MLPRegressor, **params).fit(X_32, Y_REG)
    fitted = make(MLPRegressor, **params).fit(sparse.csr_array(X_32), Y_REG)
    assert fitted.coefs_[0].dtype == fitted.predict(sparse.csr_array(X_32)).dtype == np.float32
    assert_same_network(fitted, dense, tolerance=1e-4)


@pytest.mark.parametrize("bytes_of_tile", [1, 256])
@pytest.mark.parametrize("params", SWITCHES, ids=str)
def test_sizes_of_blocks_and_tiles_do_not_matter(params, bytes_of_tile, monkeypatch):
    whole = make(MLPRegressor, **params).fit(sparse.csr_array(X), Y)
    predicted = whole.predict(sparse.csr_array(X))
    for module in (csr, predict_module):
        monkeypatch.setattr(module, "_TILE_BYTES", bytes_of_tile)
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", bytes_of_tile)
    assert_same_network(make(MLPRegressor, **params).fit(sparse.csr_array(X), Y), whole)
    assert_allclose(whole.predict(sparse.csr_array(X)), predicted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("params", [{"solver": solver} for solver in OPTIMIZERS], ids=str)
def test_epochs_of_partial_fit_on_sparse_rows_are_those_on_dense_rows(params):
    dense, fitted = make(MLPClassifier, **params), make(MLPClassifier, **params)
    for rows in (slice(0, 25), slice(25, 31), slice(31, N)):
        classes = np.unique(Y_CLASS)
        dense.partial_fit(X[rows], Y_CLASS[rows], classes)
        fitted.partial_fit(sparse.csr_array(X)[rows], Y_CLASS[rows], classes)
    assert_same_network(fitted, dense)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("forms", [(1, 0), (0, 1), (1, 1)], ids=["X", "X_val", "both"])
def test_either_of_training_and_validation_rows_may_be_sparse(forms, solver):
    def fit(*are_sparse):
        training, validation = (
            sparse.csr_array(part) if is_sparse else part
            for part, is_sparse in zip((X[:40], X[40:]), are_sparse)
        )
        mlp = make(MLPClassifier, solver=solver, early_stopping=True)
        return mlp.fit(training, Y_CLASS[:40], X_val=validation, y_val=Y_CLASS[40:])

    assert_same_network(fit(*forms), fit(False, False))


def with_format(make_format, index_dtype, dtype):
    given = make_format(X.astype(dtype))
    names = ("row", "col") if given.format == "coo" else ("indices", "indptr")
    coords = tuple(getattr(given, name).astype(index_dtype) for name in names)
    if given.format == "coo":
        given.coords = coords
    else:
        given.indices, given.indptr = coords
    return given


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
@pytest.mark.parametrize("make_format", FORMATS)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_every_format_of_sparse_rows_gives_the_same_network(
    solver, make_format, index_dtype, dtype
):
    given = with_format(make_format, index_dtype, dtype)
    dense = make(MLPRegressor, solver=solver, max_iter=3).fit(X.astype(dtype), Y_REG)
    fitted = make(MLPRegressor, solver=solver, max_iter=3).fit(given, Y_REG)
    assert fitted.coefs_[0].dtype == (np.float32 if dtype in (np.float32, np.uint8) else float)
    assert_same_network(fitted, dense, 1e-8 if fitted.coefs_[0].dtype == float else 1e-4)
    assert fitted.predict(given).dtype == dense.predict(X.astype(dtype)).dtype
    assert_allclose(fitted.predict(given), dense.predict(X.astype(dtype)), rtol=1e-3, atol=1e-4)


def unsorted():
    """Rows whose entries are in decreasing order of columns."""
    csr = sparse.csr_array(X)
    reverse = np.concatenate([np.arange(a, b)[::-1] for a, b in zip(csr.indptr, csr.indptr[1:])])
    given = sparse.csr_array((csr.data[reverse], csr.indices[reverse], csr.indptr), csr.shape)
    assert not given.has_sorted_indices
    return given


def in_parts():
    """Each entry twice, as parts of 1/4 and 3/4 of it."""
    csr = sparse.csr_array(X)
    data = np.stack([csr.data / 4, csr.data * 0.75], axis=1).ravel()
    return sparse.csr_array((data, np.repeat(csr.indices, 2), 2 * csr.indptr), csr.shape)


def with_zeros():
    """Some of the zeros as entries of their own."""
    csr = sparse.csr_array(np.where(X == 0, np.arange(N_FEATURES) % 3 == 0, X))
    csr.data[sparse.csr_array(csr).data == 1] = 0
    assert csr.nnz > np.count_nonzero(X)
    return csr


@pytest.mark.parametrize("make_X", [unsorted, in_parts, with_zeros])
@pytest.mark.parametrize("params", SWITCHES, ids=str)
def test_it_does_not_matter_how_sparse_rows_list_their_entries(params, make_X):
    fitted = make(MLPClassifier, **params).fit(make_X(), Y_CLASS, WEIGHTS)
    assert_same_network(fitted, make(MLPClassifier, **params).fit(X, Y_CLASS, WEIGHTS))
    assert_allclose(fitted.predict_proba(make_X()), fitted.predict_proba(X), rtol=1e-10)


@pytest.mark.parametrize("make_X", [unsorted, in_parts, with_zeros])
@pytest.mark.parametrize("solver", SOLVERS)
def test_nothing_given_is_written_to(solver, make_X):
    given = make_X()
    parts = given.data, given.indices, given.indptr
    before = [part.copy() for part in parts]
    params = {} if solver == "lbfgs" else {"input_dropout": 0.5, "shuffle": False}
    make(MLPRegressor, solver=solver, **params).fit(given, Y_REG).predict(given)
    make(MLPRegressor, solver=solver, early_stopping=True).fit(given, Y_REG)
    assert all(mine is kept for mine, kept in zip((given.data, given.indices, given.indptr), parts))
    for part, kept in zip(parts, before):
        assert_array_equal(part, kept)


@pytest.mark.parametrize("params", SWITCHES, ids=str)
def test_read_only_files_may_be_trained_on(params, tmp_path):
    csr, parts = sparse.csr_array(X), []
    for name in ("data", "indices", "indptr"):
        np.save(tmp_path / f"{name}.npy", getattr(csr, name))
        parts.append(np.load(tmp_path / f"{name}.npy", mmap_mode="r"))
    mapped = sparse.csr_array(tuple(parts), csr.shape)
    mapped.data.setflags(write=False)
    fitted = make(MLPRegressor, **params).fit(mapped, Y_REG)
    assert_same_network(fitted, make(MLPRegressor, **params).fit(X, Y_REG))
    assert_array_equal(fitted.predict(mapped), fitted.predict(csr))


def test_an_epoch_may_have_no_entries():
    empty = sparse.csr_array((N, N_FEATURES))
    for solver in SOLVERS:
        dense = make(MLPRegressor, solver=solver).fit(0 * X, Y_REG)
        assert_same_network(make(MLPRegressor, solver=solver).fit(empty, Y_REG), dense)


@pytest.mark.parametrize("solver", SOLVERS)
def test_memory_is_that_of_the_entries_and_of_the_weights(solver):
    n, n_features, n_hidden = 2000, 200_000, 2
    rng = np.random.default_rng(0)
    places = rng.integers(n, size=20_000), rng.integers(n_features, size=20_000)
    many = sparse.csr_array((rng.uniform(size=20_000), places), (n, n_features))
    y, theta = np.arange(n) % 2, 8 * n_features * n_hidden
    params = {"solver": solver, "hidden_layer_sizes": (n_hidden,), "max_iter": 2}
    make(MLPClassifier, **params).fit(X, Y_CLASS > 0)  # compiled before it is measured
    make(MLPClassifier, **params).fit(sparse.csr_array(X), Y_CLASS > 0)
    tracemalloc.start()
    try:
        make(MLPClassifier, **params, early_stopping=True).fit(many, y).predict(many)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    vectors = 60 if solver == "lbfgs" else 10  # of the size of the weights
    assert peak < vectors * theta < 8 * n * n_features / 10


def test_augmentation_of_sparse_rows_is_refused_before_any_work():
    mlp = make(MLPClassifier, augmentation=GaussianNoise())
    for call, first in [(mlp.fit, ()), (mlp.partial_fit, ([0, 1, 2],))]:
        with pytest.raises(TypeError, match=r"augmentation needs dense X.*toarray"):
            call(sparse.csr_array(X), Y_CLASS, *first)
    assert not any(name.endswith("_") for name in vars(mlp))


def test_augmented_networks_are_tagged_as_dense():
    assert MLPClassifier().__sklearn_tags__().input_tags.sparse
    assert not MLPClassifier(augmentation=GaussianNoise()).__sklearn_tags__().input_tags.sparse


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_entries_that_are_not_finite_are_refused(bad):
    given = sparse.csr_array(X)
    given.data[3] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        make(MLPClassifier).fit(given, Y_CLASS)


TEXTS = ["spam eggs spam", "eggs and toast", "toast with jam", "spam spam", "jam and toast", "eggs"]
IS_SPAM = np.array([1, 0, 0, 1, 0, 0] * 4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_bags_of_words_are_classified_in_a_pipeline(solver):
    mlp = make(MLPClassifier, solver=solver, max_iter=60, batch_size=8)
    pipeline = make_pipeline(TfidfVectorizer(), mlp).fit(TEXTS * 4, IS_SPAM)
    assert pipeline.score(TEXTS * 4, IS_SPAM) == 1
    assert pipeline.predict(["spam jam spam", "toast"]).tolist() == [1, 0]


def test_a_search_over_sparse_rows_is_that_over_dense_rows():
    grid = {"l1": [0.0, 0.3], "solver": ["adam", "lbfgs"]}
    searches = [
        GridSearchCV(make(MLPRegressor), grid, cv=3, n_jobs=n_jobs).fit(X_any, Y_REG)
        for X_any, n_jobs in [(sparse.csr_array(X), 2), (X, 1)]
    ]
    scores = [search.cv_results_["mean_test_score"] for search in searches]
    assert_allclose(scores[0], scores[1], rtol=1e-7)
    assert searches[0].best_params_ == searches[1].best_params_

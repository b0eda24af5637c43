"""Gradients that are scaled down to a norm, alike for dense and sparse rows."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.utils import check_random_state

from skreg import MLPRegressor
from skreg._compiler.jit import DTYPES
from skreg._kernels.entries import train_on_block
from skreg._kernels.inputs.picked import Picked
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.steps import State
from skreg._training import arguments
from skreg._training.layout import Layout
from skreg._training.rows import csr
from skreg._training.rows.csr import as_csr
from skreg._training.rows.piecewise import PiecewiseRows
from tests import naive
from tests.forms import FORMS
from tests.switched_off import OFF, make_vectors

N, N_FEATURES, N_OUT, RATE = 12, 9, 2, 0.5
parametrize_forms = pytest.mark.parametrize("form", FORMS)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)
parametrize_hidden = pytest.mark.parametrize("hidden", [(), (5,), (4, 3)], ids=str)


@pytest.fixture(autouse=True)
def _small_tiles(monkeypatch):
    """So that gradients of sparse rows come in several tiles."""
    monkeypatch.setattr(csr, "_TILE_BYTES", 100)


def seed_of(random_state):
    """The seed that an estimator draws from its random_state."""
    return check_random_state(random_state).randint(np.iinfo(np.int32).max)


def as_piecewise(X):
    """X as numbers and categories, each of one column that may have any entry."""
    places = np.zeros((N, N_FEATURES - 3), np.uint16)
    columns = np.arange(3, N_FEATURES), np.zeros(N_FEATURES - 3)
    return PiecewiseRows(X[:, :3], places, X[:, 3:], *columns, N_FEATURES)


class Problem:
    """One step of sgd on one batch of rows with many zeros."""

    def __init__(self, hidden, dtype=DTYPES[1], *, loss="squared_error", size=1.0):
        rng = np.random.default_rng(0)
        self.loss, self.dtype, self.layout = loss, dtype, Layout((N_FEATURES, *hidden, N_OUT))
        self.X = size * rng.normal(size=(N, N_FEATURES)) * (rng.uniform(size=(N, N_FEATURES)) < 0.4)
        self.Y = rng.normal(size=(N, N_OUT))
        self.theta = rng.normal(size=self.layout.size)

    def step(self, form, clip_norm, l2=0.0):
        """What a step adds to theta, by RATE."""
        n_layers = len(self.layout.shapes)
        settings = SimpleNamespace(
            activations=("tanh",) * (n_layers - 1),
            loss=self.loss,
            dropout=(0.0,) * n_layers,
            **{**OFF, "l2": (l2,) * n_layers},
            solver="sgd",
            momentum=0.0,
            nesterovs_momentum=False,
            beta_1=0.9,
            beta_2=0.999,
            epsilon=1e-8,
            clip_norm=clip_norm,
        )
        X, dtype = self.X.astype(self.dtype), self.dtype
        matrix, rows = X, X.copy()
        if form == "csr":
            matrix = csr_matrix(X)
            rows = as_csr(matrix, dtype)
        elif form == "picked":
            rows = Picked(X, np.arange(N), np.empty_like(X))
        elif form == "piecewise":
            matrix = as_piecewise(X)
            rows = matrix.tile(0, N, dtype)
        theta = self.theta.astype(dtype)
        value = train_on_block[form][dtype](
            State(*make_vectors(theta)),
            arguments.make_net(self.layout, settings, 0, dtype),
            arguments.make_segments(self.layout, settings, dtype),
            arguments.make_rule(settings, dtype),
            arguments.make_work(self.layout, settings, N, dtype),
            arguments.make_scratch(self.layout, settings, matrix, N),
            rows,
            self.Y.astype(dtype),
            np.ones(N, dtype),
            dtype.type(1),
            dtype.type(RATE),
            N,
            0,
        )
        assert np.isfinite(value)
        return (theta.astype(float) - self.theta.astype(dtype)) / RATE

    def gradient(self):
        coefs, intercepts = naive.unflatten(self.theta, self.layout.units)
        factors = np.full(N, 1 / N)
        parts = coefs, intercepts, self.X, self.Y, factors, "tanh", self.loss
        return naive.flatten(*naive.loss_and_gradients(*parts)[1:])


@parametrize_hidden
@parametrize_forms
def test_gradients_shorter_than_the_norm_stay_as_they_are(form, hidden):
    problem = Problem(hidden)
    norm = np.linalg.norm(problem.gradient())
    assert_array_equal(problem.step(form, 1.001 * norm), problem.step(form, None))
    assert_allclose(problem.step(form, None), -problem.gradient(), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("share", [0.999, 0.5, 1e-3])
@parametrize_hidden
@parametrize_forms
def test_longer_gradients_get_that_norm_and_keep_their_direction(form, hidden, share):
    problem = Problem(hidden)
    gradient = problem.gradient()
    norm = share * np.linalg.norm(gradient)
    step = problem.step(form, norm)
    assert_allclose(np.linalg.norm(step), norm, rtol=1e-11)
    assert_allclose(step, -share * gradient, rtol=1e-7, atol=1e-13)


@parametrize_dtypes
@parametrize_hidden
def test_dense_and_sparse_rows_are_clipped_alike(hidden, dtype):
    problem = Problem(hidden, dtype)
    tolerance = 32 * np.finfo(dtype).eps
    dense, sparse = (problem.step(form, 0.3) for form in ("dense", "csr"))
    assert_allclose(sparse, dense, rtol=0, atol=tolerance)
    assert_allclose(np.linalg.norm(sparse), 0.3, rtol=tolerance)


@parametrize_forms
def test_penalties_do_not_count_and_are_not_clipped(form):
    problem = Problem((5,))
    n_weights = problem.layout.n_weights
    shrunk = 3.0 * problem.theta * (np.arange(problem.layout.size) < n_weights)
    expected = problem.step(form, 0.1) - shrunk
    assert_allclose(problem.step(form, 0.1, l2=3.0), expected, rtol=1e-9, atol=1e-13)


@parametrize_forms
def test_huge_gradients_do_not_overflow_in_float32(form):
    problem = Problem((), np.dtype(np.float32), loss="absolute_error", size=1e25)
    step = problem.step(form, 2.0)  # its square is beyond float32
    gradient = problem.gradient()
    assert np.linalg.norm(gradient) > 1e24
    assert_allclose(np.linalg.norm(step), 2.0, rtol=1e-5)
    assert_allclose(step, -2.0 * gradient / np.linalg.norm(gradient), rtol=0, atol=1e-6)


@parametrize_forms
def test_gradients_of_zero_stay_zero(form):
    problem = Problem(())
    problem.X[:] = 0
    problem.theta[:] = 0
    problem.Y[:] = 0
    assert_array_equal(problem.step(form, 1e-3), 0)


def test_an_outlier_moves_clipped_weights_by_no_more_than_rate_and_norm_allow():
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = X[:, 0].copy()
    y[7] = 1e8
    shared = {"solver": "sgd", "learning_rate_init": 0.01, "momentum": 0.0, "random_state": 0}
    shared["target_scaling"] = False
    moved = {}
    for clip_norm in (0.5, None):
        mlp = MLPRegressor((), clip_norm=clip_norm, l2=0.0, max_iter=20, **shared).fit(X, y)
        start = naive.draw_initial_weights((3, 1), (), seed_of(0))
        moved[clip_norm] = np.linalg.norm(
            naive.flatten(mlp.coefs_, mlp.intercepts_) - naive.flatten(*start)
        )
    assert_allclose(moved[0.5], 20 * 0.01 * 0.5, rtol=0.01)  # always in much the same direction
    assert moved[None] > 1e4


@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_sparse_fits_are_clipped_as_dense_ones(solver):
    problem = Problem(())
    y = problem.Y[:, 0]
    shared = {"solver": solver, "batch_size": 5, "max_iter": 4, "random_state": 0, "l1": 1e-3}
    fits = [
        MLPRegressor((5,), clip_norm=norm, **shared).fit(X, y).coefs_[0]
        for norm in (0.2, None)
        for X in (problem.X, csr_matrix(problem.X))
    ]
    assert_allclose(fits[0], fits[1], rtol=0, atol=1e-12)
    assert np.abs(fits[0] - fits[2]).max() > 1e-6

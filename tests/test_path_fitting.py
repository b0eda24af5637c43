"""Networks of all folds in threads: order, shared rows, Ctrl-C, and what users hear of them."""

import signal
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from sklearn.exceptions import ConvergenceWarning

from skreg import MLPClassifierCV
from skreg import _interrupts as interrupts
from skreg._interrupts import as_part
from skreg._training import stochastic
from skreg.model_selection._path import fitting
from skreg.model_selection._path.fitting import find_max_iter
from skreg.neural_network import MLPClassifier
from tests.test_callbacks import Recorder, needs_callbacks

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)
Y_OF_MANY = np.arange(20_000) % 2


@pytest.fixture(autouse=True)
def handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def make(**params):
    small = {"hidden_layer_sizes": 4, "max_iter": 3, "l1s": [0.1, 0.01, 1e-3], "cv": 2}
    return MLPClassifierCV(**{**small, "random_state": 0, **params})


def interrupt_epoch(monkeypatch, number):
    """Interrupt the epoch of that number, of all that any network begins."""
    real, begun, lock = stochastic.learning_rate, [], threading.Lock()

    def learning_rate(settings, state):
        with lock:
            begun.append(state.epoch)
            is_due = len(begun) == number
        if is_due:
            signal.raise_signal(signal.SIGINT)
            until = time.monotonic() + 10  # if the main thread has to take note of it
            while threading.main_thread() != threading.current_thread() and (
                not interrupts._keyboard.is_noted and time.monotonic() < until
            ):
                time.sleep(0.01)
        return real(settings, state)

    monkeypatch.setattr(stochastic, "learning_rate", learning_rate)
    return begun


@pytest.fixture
def trained_on(monkeypatch):
    """The l1 of each network and the X that it is trained on, in order."""
    seen, real = [], MLPClassifier.fit

    def fit(self, X, *args, **kwargs):
        seen.append((self.l1, X))
        return real(self, X, *args, **kwargs)

    monkeypatch.setattr(MLPClassifier, "fit", fit)
    return seen


def test_all_folds_are_trained_from_weak_to_strong_at_the_same_pace(trained_on):
    make(refit=False).fit(X, Y)
    assert [l1 for l1, _ in trained_on] == [1e-3, 1e-3, 0.01, 0.01, 0.1, 0.1]


@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_folds_in_threads_take_less_memory_than_another_copy_of_x(form):
    X = form(np.random.default_rng(0).normal(size=(20_000, 80)).astype(np.float32))
    mlp = make(max_iter=1, cv=5, n_jobs=2, l1s=2, batch_size=1000)
    mlp.fit(X[:2000], Y_OF_MANY[:2000])  # compiles
    tracemalloc.start()
    mlp.fit(X, Y_OF_MANY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = X.nbytes if form is np.asarray else X.data.nbytes + X.indices.nbytes
    assert peak < 0.9 * size


@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_all_networks_share_the_rows_that_were_given(form, trained_on):
    given = form(X)
    make(n_jobs=2).fit(given, Y)
    matrices = [getattr(rows, "_X", rows) for _, rows in trained_on]
    assert len(matrices) == 6 + 3  # of two folds, and of the way to the final network
    arrays = [
        matrix if matrix.ndim == 2 and form is np.asarray else matrix.data for matrix in matrices
    ]
    assert all(
        np.shares_memory(array, given if form is np.asarray else given.data) for array in arrays
    )


def test_interrupted_the_best_of_the_points_of_all_folds_is_kept(monkeypatch):
    whole = make(l1s=[1e-3]).fit(X, Y)
    interrupt_epoch(monkeypatch, 8)  # the second of the third network
    with pytest.warns(ConvergenceWarning, match="Training interrupted by user: 2 of 6 networks"):
        mlp = make().fit(X, Y)
    assert mlp.l1_ == 1e-3
    assert np.isfinite(mlp.scores_[:, -1]).all() and np.isnan(mlp.scores_[:, :-1]).all()
    assert_array_equal(mlp.coefs_[0], whole.coefs_[0])


def test_ctrl_c_ends_networks_in_other_threads(monkeypatch):
    begun = interrupt_epoch(monkeypatch, 3 * 60 + 2)
    with pytest.warns(ConvergenceWarning, match="Training interrupted by user: .* of 200 networks"):
        mlp = make(l1s=np.linspace(0.01, 0.02, 100), n_jobs=2).fit(X, Y)
    assert len(begun) < 3 * 400
    finite = np.isfinite(mlp.scores_).all(axis=0).ravel()
    assert mlp.l1_ in mlp.l1s_[finite] and not finite.all()


def test_interrupted_before_a_point_is_trained_in_all_folds_nothing_changes(monkeypatch):
    mlp = make().fit(X, Y)
    before = dict(vars(mlp))
    interrupt_epoch(monkeypatch, 5)
    with pytest.raises(KeyboardInterrupt):
        mlp.fit(X, Y)
    assert vars(mlp).keys() == before.keys()
    assert all(vars(mlp)[name] is value for name, value in before.items())


def test_interrupted_as_a_part_of_a_search_it_ends_as_a_whole(monkeypatch):
    interrupt_epoch(monkeypatch, 8)
    with pytest.raises(KeyboardInterrupt), as_part():
        make().fit(X, Y)


def test_interrupted_in_the_last_fit_its_best_epoch_is_kept(monkeypatch):
    interrupt_epoch(monkeypatch, 3 * 6 + 3)
    with pytest.warns(ConvergenceWarning, match="Training interrupted by user after 2 epochs"):
        mlp = make().fit(X, Y)
    assert mlp.n_iter_ == 2
    assert np.isfinite(mlp.scores_).all()


def test_a_warning_of_an_interruption_made_an_error_undoes_no_training(monkeypatch):
    interrupt_epoch(monkeypatch, 8)
    mlp = make()
    with warnings.catch_warnings(), pytest.raises(ConvergenceWarning, match="interrupted"):
        warnings.simplefilter("error")
        mlp.fit(X, Y)
    assert mlp.predict(X).shape == Y.shape


def test_an_error_in_one_thread_ends_all(monkeypatch):
    judged, real = [], fitting.judge

    def judge(network, *rows):
        judged.append(network)
        if len(judged) == 3:
            raise ZeroDivisionError
        return real(network, *rows)

    monkeypatch.setattr(fitting, "judge", judge)
    with pytest.raises(ZeroDivisionError):
        make(n_jobs=2).fit(X, Y)
    assert len(judged) <= 4


def test_a_thread_waits_for_networks_that_others_make_possible():
    """Of one fold, only one network can be trained at first, and then two at once."""
    cv = [(np.arange(40), np.arange(40, 60))]
    mlp = make(l2s=[1e-2, 1e-3], cv=cv, n_jobs=3).fit(X, Y)
    assert np.isfinite(mlp.scores_).all()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_line_tells_of_each_network(n_jobs, capsys):
    make(verbose=True, n_jobs=n_jobs).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("Network 1 of 6  l1 0.001  fold ")
    assert all("score 0." in line and "epochs 3" in line for line in lines)


@pytest.mark.parametrize(
    ("params", "given", "n_rows", "wanted"),
    [
        ({}, "auto", 10_000, 20),
        ({}, "auto", 1_000, 40),
        ({}, "auto", 100, 200),
        ({"max_iter": 30}, "auto", 100, 30),
        ({"batch_size": 10}, "auto", 500, 20),
        ({"solver": "lbfgs"}, "auto", 10_000, 200),
        ({"solver": "lbfgs"}, 7, 10_000, 200),
        ({}, 7, 100, 7),
        ({}, None, 10_000, 200),
    ],
)
def test_steps_along_the_path_have_a_tenth_of_the_epochs_but_enough_batches(
    params, given, n_rows, wanted
):
    assert find_max_iter(MLPClassifier(**params), given, n_rows) == wanted


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_callbacks_hear_of_each_network_as_a_task_that_changes_nothing(n_jobs):
    recorder, plain = Recorder(), make().fit(X, Y)
    mlp = make(n_jobs=n_jobs).set_callbacks(recorder).fit(X, Y)
    for hook in ("begin", "end"):
        tasks = sorted(call[1:] for call in recorder.calls if call[0] == hook)
        assert tasks == [("fit", 0), *(("network", i) for i in range(7))]
    assert_array_equal(mlp.predict(X), plain.predict(X))
    (whole,) = recorder.fitted("end", "fit")
    assert_array_equal(whole.predict(X), mlp.predict(X))
    assert all(each.score(X, Y) > 0 for each in recorder.fitted("end", "network"))


@needs_callbacks
def test_a_callback_that_returns_true_ends_the_path():
    class Satisfied(Recorder):
        n_networks = 0

        def on_fit_task_end(self, estimator, context):
            self.n_networks += context.task_name == "network"
            return self.n_networks == 4

    mlp = make().set_callbacks(Satisfied()).fit(X, Y)
    assert np.isnan(mlp.scores_[:, 0]).all() and np.isfinite(mlp.scores_[:, 1:]).all()

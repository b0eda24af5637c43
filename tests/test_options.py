"""Options: functions called by their address do what they do when called by their name."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError

import numba
import numpy as np
import pytest
from numba.core.errors import NumbaError, TypingError
from numpy.testing import assert_array_equal

from skreg._compiler import options
from skreg._compiler.jit import DTYPES, helper
from skreg._compiler.options import Option, evaluate, matrix_of, number_of, run, vector_of
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.dropout import DROP, UNDO
from skreg._kernels.links import LINKS
from skreg._kernels.losses import LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._kernels.penalties import Numbers

N, K = 5, 3
uncounted = pytest.mark.skipif(
    bool(numba.config.DISABLE_JIT or numba.config.BOUNDSCHECK), reason="then references are counted"
)
parametrize_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def draw(dtype, *shape):
    return np.random.default_rng(len(shape)).uniform(0.1, 0.9, shape).astype(dtype)


def for_activation(dtype):
    return 1 + draw(dtype, N, K), draw(dtype, K)


def for_slope(dtype):
    return 1 + draw(dtype, N, K), draw(dtype, N, K), draw(dtype, K), draw(dtype, K), dtype.type(2)


def for_loss(dtype, n_scores=1):
    vectors, parameters = (draw(dtype, N), draw(dtype, N)), draw(dtype, 1)
    scores, Y = 1 + draw(dtype, N, K * n_scores), draw(dtype, N, K)
    return scores, Y, *vectors, dtype.type(0.125), parameters


def for_dropout(dtype):
    return 1 + draw(dtype, N * K), 12345, 6, 1, dtype.type(0.5)


def for_undo(dtype):
    vector, *place = for_dropout(dtype)
    return vector, vector.copy(), *place


def for_optimizer(dtype):
    vectors = [1 + draw(dtype, N) for _ in range(4)]
    ends, numbers = np.array([[0, 2], [2, N]]), np.array([Numbers(l2=0.25), Numbers(l1=0.5)], dtype)
    return *vectors, ends, numbers, draw(dtype, 9), dtype.type(0.125), dtype.type(0.75), 3


WITHOUT_RESULT = {
    **{f"{name}-activate": (a.activate, for_activation) for name, a in ACTIVATIONS.items()},
    **{f"{name}-slope": (a.multiply_by_slope, for_slope) for name, a in ACTIVATIONS.items()},
    **{f"{name}-link": (link, for_activation) for name, link in LINKS.items()},
    "dropout": (DROP, for_dropout),
    "undo": (UNDO, for_undo),
}
WITH_RESULT = {
    **{name: (loss.option, for_loss) for name, loss in LOSSES.items() if name != "gaussian"},
    "gaussian": (LOSSES["gaussian"].option, partial(for_loss, n_scores=2)),
    **{name: (step.option, for_optimizer) for name, step in OPTIMIZERS.items()},
    **{f"{name}-l1": (step.option_of_l1, for_optimizer) for name, step in OPTIMIZERS.items()},
}
OPTIONS = {key: option for key, (option, _) in {**WITHOUT_RESULT, **WITH_RESULT}.items()}


@numba.njit
def run_on(address, arguments):
    run(address, arguments)


@numba.njit
def evaluate_on(address, arguments):
    return evaluate(address, arguments)


def assert_all_equal(arguments, others):
    for mine, other in zip(arguments, others, strict=True):
        assert_array_equal(mine, other)


@parametrize_dtypes
@pytest.mark.parametrize("key", WITHOUT_RESULT)
def test_a_function_at_its_address_does_what_it_does_by_its_name(key, dtype):
    option, make_arguments = WITHOUT_RESULT[key]
    by_address, by_name = make_arguments(dtype), make_arguments(dtype)
    run_on(option.address(dtype), by_address)
    option.by_dtype[dtype](*by_name)
    assert_all_equal(by_address, by_name)
    assert not np.array_equal(by_name[0], make_arguments(dtype)[0])


@parametrize_dtypes
@pytest.mark.parametrize("key", WITH_RESULT)
def test_a_function_at_its_address_returns_what_it_returns_by_its_name(key, dtype):
    option, make_arguments = WITH_RESULT[key]
    by_address, by_name = make_arguments(dtype), make_arguments(dtype)
    value = evaluate_on(option.address(dtype), by_address)
    assert value == option.by_dtype[dtype](*by_name) > 0
    assert_all_equal(by_address, by_name)
    assert not np.array_equal(by_name[0], make_arguments(dtype)[0])


@pytest.mark.parametrize("key", OPTIONS)
def test_addresses_differ_by_dtype_and_asking_again_compiles_nothing(key):
    option = OPTIONS[key]
    addresses = [option.address(dtype) for dtype in DTYPES]
    compiled = [len(option.by_dtype[dtype].signatures) for dtype in DTYPES]
    assert min(compiled) > 0
    assert addresses == [option.address(dtype) for dtype in DTYPES]
    assert len(set(addresses)) == len(DTYPES)
    assert compiled == [len(option.by_dtype[dtype].signatures) for dtype in DTYPES]


@parametrize_dtypes
def test_no_two_options_have_one_address(dtype):
    addresses = [option.address(dtype) for option in OPTIONS.values()]
    assert len(set(addresses)) == len(addresses)


def _add(out, vector, number):
    for j in range(vector.size):
        out[0, j] += vector[j] * _factor * number


_factor = 1.0  # in an option, its own


@parametrize_dtypes
def test_an_option_is_a_template_with_names_of_its_own(dtype):
    types_of = matrix_of, vector_of, number_of
    by_factor = [Option(_add, f"by_{f}", types_of, _factor=f) for f in (2.0, 3.0)]
    assert by_factor[0].by_dtype[dtype].__name__ == f"add_by_2.0_{dtype}"
    for option, expected in zip(by_factor, (8, 12)):
        out = np.ones((1, 2), dtype)
        run_on(option.address(dtype), (out, np.ones(2, dtype), dtype.type(4)))
        assert_array_equal(out, 1 + expected)
    assert _factor == 1.0


def test_two_threads_that_ask_at_once_are_given_the_same_functions(monkeypatch):
    """Compiled code is freed with the last reference to its function."""
    both_ask = Barrier(2)

    def slow_entry(function, **counting):
        with suppress(BrokenBarrierError):  # where only one may make them
            both_ask.wait(5)
        return real_entry(function, **counting)

    real_entry = options.entry
    monkeypatch.setattr(options, "entry", slow_entry)
    option = Option(_add, "asked_for_at_once", (matrix_of, vector_of, number_of))
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: option.by_dtype, range(2))
    assert first is second is option.by_dtype


def _assign(units, bias):
    bias[:] = units[0, :]


def _allocate(units, bias):
    bias[0] = np.zeros(2).size


@helper
def _tail(vector):
    return vector[1:]


def _take_view(units, bias):
    bias[0] = _tail(bias)[0]


@uncounted
@pytest.mark.parametrize("function", [_assign, _allocate, _take_view], ids=lambda f: f.__name__)
def test_errors_say_why_an_option_makes_no_arrays(function):
    option = Option(function, "in_vain", (matrix_of, vector_of))
    with pytest.raises(NumbaError) as caught:
        option.address(np.dtype(np.float64))
    assert "Write a loop" in caught.value.__notes__[0]


def test_an_option_may_be_allowed_to_make_arrays():
    option = Option(_allocate, "allowed", (matrix_of, vector_of), makes_arrays=True)
    units, bias = np.ones((1, 2)), np.ones(2)
    run_on(option.address(bias.dtype), (units, bias))
    assert_array_equal(bias, [2, 1])


def _sum_halves(vector):
    total = 0.0
    for j in range(vector.size):
        total += 0.5 * vector[j]
    return total


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="then numbers have no types to check")
def test_a_result_of_another_dtype_is_refused():
    option = Option(_sum_halves, "in_float64", (vector_of,))
    assert evaluate_on(option.address(np.dtype(np.float64)), (np.ones(3),)) == 1.5
    with pytest.raises(TypeError, match="sum_halves_in_float64_float32 must return .* got float64"):
        option.address(np.dtype(np.float32))


READ_ONLY = np.ones((2, 2))
READ_ONLY.setflags(write=False)
REFUSED = {
    "another order": np.ones((2, 2), order="F"),
    "read-only": READ_ONLY,
    "parts of rows": np.ones((2, 4))[:, ::2],
    "no array": (np.ones(2),),
    "an integer of 32 bits": np.int32(1),
    "integers of 32 bits": np.ones(2, np.int32),
}


@pytest.mark.parametrize("given", REFUSED)
def test_other_arguments_than_options_take_are_refused_when_compiled(given):
    address = ACTIVATIONS["relu"].activate.address(np.dtype(np.float64))
    with pytest.raises(TypingError, match="an option cannot be called with"):
        run_on(address, (REFUSED[given],))
    with pytest.raises(TypingError, match="an option cannot be called with"):
        run_on(address, (np.ones((2, 2)), REFUSED[given]))
    address, good = LOSSES["squared_error"].option.address(np.dtype(np.float64)), np.ones((2, 2))
    with pytest.raises(TypingError, match="an option cannot be called with"):
        evaluate_on(address, (good, REFUSED[given], np.ones(2), 1.0, 0.0))


FIT = """
import warnings
warnings.simplefilter("ignore")
import numpy as np
from scipy.sparse import csr_matrix
from skreg import MLPClassifier
X = np.random.default_rng(0).normal(size=(12, 3))
for X_any in (X, csr_matrix(X)):
    mlp = MLPClassifier((3, 2), activation=["gelu", "tanh"], dropout=0.2, input_dropout=0.2,
                        max_iter=3, batch_size=6, random_state=0)
    mlp.fit(X_any, np.arange(12) % 3)
    print(*mlp.predict_proba(X_any).ravel())
"""


def test_everything_works_where_numba_is_switched_off(capsys):
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FIT], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    exec(compile(FIT, "fit", "exec"), {})
    interpreted, compiled = done.stdout.split(), capsys.readouterr().out.split()
    assert len(compiled) == 2 * 12 * 3
    np.testing.assert_allclose(np.float64(interpreted), np.float64(compiled), rtol=1e-6)


def test_no_option_is_compiled_before_it_is_used():
    code = """
from numba.core.dispatcher import Dispatcher
import gc
import skreg
print(sum(len(f.signatures) for f in gc.get_objects() if isinstance(f, Dispatcher)))
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["0"], done.stderr

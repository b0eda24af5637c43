"""Parameters are checked and resolved once, and again after any change of them."""

import numpy as np
import pytest
from sklearn.datasets import make_classification

from skreg import MLPClassifier
from skreg.neural_network import _errors, _settings
from skreg.neural_network._remembered import identify, remember

X, Y = make_classification(20, 4, random_state=0)
DISTINCT = [
    *(1, 1.0, True, np.float64(1), np.float32(1), np.int64(1), "1", None),
    *((1,), (1.0,), (True,), [1], (1, 1), ((1,),), [[1]], (), []),
    *({0: 1}, {0: 1.0}, {0.0: 1}, {0: [1]}, {}),
    *(np.array([1]), np.array([[1]]), np.array([1.0]), np.array([1], object)),
]


def test_what_differs_in_type_or_contents_has_another_identity():
    assert len({identify(value) for value in DISTINCT}) == len(DISTINCT)
    assert identify([{0: (1, np.float64(2))}]) == identify([{0: (1, np.float64(2))}])


@pytest.mark.parametrize("value", [object(), len, lambda: 1, [object()], {0: object()}, {1, 2}])
def test_what_may_hold_anything_has_no_identity(value):
    with pytest.raises(TypeError):
        identify(value)


def test_a_function_is_called_once_for_equal_parameters():
    calls = []
    count = remember(lambda cls, params: calls.append((cls, *params.values())) or len(calls))
    assert [count(int, {"a": 1, "b": [2]}) for _ in range(3)] == [1, 1, 1]
    assert count(str, {"a": 1, "b": [2]}) == 2
    assert count(int, {"a": 1, "b": [3]}) == 3
    assert [count(int, {"a": object()}) for _ in range(3)] == [4, 5, 6]


def test_the_number_of_remembered_results_is_limited():
    calls = []
    count = remember(lambda cls, params: calls.append(1) or len(calls))
    for number in range(1000):
        count(int, {"a": number})
    assert count(int, {"a": 999}) == 1000
    assert count(int, {"a": 0}) == 1001


def test_an_error_is_raised_each_time():
    @remember
    def fail(cls, params):
        raise ValueError(params["a"])

    for _ in range(2):
        with pytest.raises(ValueError, match="wrong"):
            fail(int, {"a": "wrong"})


@pytest.mark.parametrize(
    "wrong", [{"l2": -1.0}, {"l2": "1e-4"}, {"dropout": 1.5}, {"shuffle": 1}, {"max_iter": 200.0}]
)
def test_partial_fit_refuses_what_was_set_after_many_good_calls(wrong):
    mlp = MLPClassifier((3,)).partial_fit(X, Y, [0, 1])
    for _ in range(3):
        mlp.partial_fit(X, Y)
    for name, value in wrong.items():
        setattr(mlp, name, value)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        mlp.partial_fit(X, Y)


def test_partial_fit_sees_changes_inside_of_a_parameter():
    mlp = MLPClassifier((3,), dropout=[0.5], class_weight={0: 1.0, 1: 2.0})
    digest = mlp.partial_fit(X, Y, [0, 1])._training_state["objective"]
    mlp.class_weight[1] = 3.0
    assert mlp.partial_fit(X, Y)._training_state["objective"] != digest
    mlp.dropout[0] = 1.5
    with pytest.raises(ValueError, match="dropout"):
        mlp.partial_fit(X, Y)


def test_partial_fit_hashes_nothing_while_parameters_stay_the_same(monkeypatch):
    mlp = MLPClassifier((3,)).partial_fit(X, Y, [0, 1])
    monkeypatch.setattr(_settings, "joblib", None)
    monkeypatch.setattr(_errors, "validate_parameter_constraints", None)
    mlp.partial_fit(X, Y)

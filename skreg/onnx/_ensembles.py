"""Ensembles over an encoded table, as nodes of a graph."""

import numpy as np

from skreg.neural_network._temperature import LEAST
from skreg.onnx._networks import (
    add_labels,
    add_numbers,
    add_probabilities,
    add_scores,
    end_regressor,
)
from skreg.onnx._tables import add_table


def add_tabular_classifier(graph, model, columns):
    """The labels and probabilities of a TabularClassifier."""
    proba = _add_probabilities(graph, model, columns)
    return add_labels(graph, model.classes, proba), graph.cast(proba, graph.dtype)


def add_tabular_decisions(graph, model, columns):
    """The labels of a TabularClassifier and the logarithms of probabilities; of two classes, those
    of their odds.
    """
    proba = _add_probabilities(graph, model, columns)
    scores = graph.add("Log", graph.add("Max", proba, np.finfo(np.float64).tiny))
    if len(model.classes) == 2:
        scores = graph.add("MatMul", scores, np.array([[1.0, -1.0], [-1.0, 1.0]]))
    return add_labels(graph, model.classes, proba), graph.cast(scores, graph.dtype)


def _add_probabilities(graph, model, columns):
    """Probabilities (n, n_classes) in float64."""
    n_classes = len(model.classes)
    probas = []
    for member, places, x in zip(model.members, model.places, _add_tables(graph, model, columns)):
        proba = add_probabilities(graph, member, add_scores(graph, member.network, x))
        proba = graph.cast(proba, np.float64)
        if len(places) < n_classes:
            proba = graph.add("MatMul", proba, np.eye(n_classes)[places])
        probas.append(proba)
    return _calibrate(graph, model, _mean(graph, probas, model.votes))


def _add_tables(graph, model, columns):
    """What each member takes of Columns."""
    encoded = [add_table(graph, table, columns) for table in model.tables]
    return [encoded[place] for place in model.table_of]


def _calibrate(graph, model, proba):
    n_classes = len(model.classes)
    if model.temperature == 1:
        total = graph.add("MatMul", proba, np.ones((n_classes, 1)))
        proba = graph.add("Div", proba, total)
    else:
        scores = graph.add("Log", graph.add("Max", proba, np.float64(LEAST)))
        scores = graph.add("Div", scores, np.float64(model.temperature))
        proba = graph.add("Softmax", scores, axis=1)
    if not model.doubt:
        return proba
    kept = graph.add("Mul", proba, np.float64(1 - model.doubt))
    return graph.add("Add", kept, np.float64(model.doubt / n_classes))


def add_tabular_regressor(graph, model, columns):
    """The predictions of a TabularRegressor."""
    predictions = [
        graph.clip(add_numbers(graph, member, x), model.low, model.high)
        for member, x in zip(model.members, _add_tables(graph, model, columns))
    ]
    return end_regressor(graph, model, _mean(graph, predictions, model.votes))


def _mean(graph, values, votes):
    weighted = [graph.add("Mul", each, np.float64(vote)) for each, vote in zip(values, votes)]
    return graph.add("Sum", *weighted)

"""Networks as nodes of a graph."""

import math

import numpy as np

from skreg._exporting.labels import labels_of
from skreg._exporting.refusals import choose
from skreg._kernels.normalizing import EPSILON


def _gelu(graph, z):
    half, one, root, curve = map(graph.dtype.type, (0.5, 1, math.sqrt(2 / math.pi), 0.044715))
    bent = graph.add("Add", graph.add("Mul", graph.add("Mul", z, z), curve), one)
    gate = graph.add("Tanh", graph.add("Mul", graph.add("Mul", z, root), bent))
    return graph.add("Mul", graph.add("Mul", z, half), graph.add("Add", gate, one))


def _silu(graph, z):
    """z / (1 + exp(−z)), since versions of onnxruntime take z · Sigmoid(z) for a QuickGelu, which
    they cannot compute in float64.
    """
    if graph.dtype == np.float32:
        return graph.add("Mul", z, graph.add("Sigmoid", z))
    power = graph.add("Exp", graph.add("Neg", z))
    return graph.add("Div", z, graph.add("Add", power, np.float64(1)))


def _mish(graph, z):
    return graph.add("Mul", z, graph.add("Tanh", graph.add("Softplus", z)))


def _normalize_layer(graph, products, scales, bias):
    """Normalized rows, multiplied by scales, plus a bias."""
    return graph.add("LayerNormalization", products, scales, bias, axis=-1, epsilon=EPSILON)


def _node(op, **attributes):
    return lambda graph, z: graph.add(op, z, **attributes)


ACTIVATIONS = {
    "identity": lambda graph, z: z,
    "logistic": _node("Sigmoid"),
    "tanh": _node("Tanh"),
    "relu": _node("Relu"),
    "leaky_relu": _node("LeakyRelu", alpha=0.01),
    "elu": _node("Elu"),
    "selu": _node("Selu"),
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": _node("Softplus"),
}
NORMALIZATIONS = {"layer": _normalize_layer}
LINKS = {
    "identity": lambda graph, scores: scores,
    "logistic": _node("Sigmoid"),
    "softmax": _node("Softmax", axis=1),
    "exp": _node("Exp"),
}


def add_scores(graph, network, x):
    """The scores of a Network for inputs x (n, n_in), in the dtype of the graph.

    Raises
    ------
    ValueError
        If it has an activation or a normalization that there are no nodes for.
    """
    for layer in network.layers:
        x = graph.add("MatMul", x, layer.weights.astype(graph.dtype))
        bias = layer.bias.astype(graph.dtype)
        if layer.normalization is None:
            x = graph.add("Add", x, bias)
        else:
            normalize = choose(NORMALIZATIONS, "normalization", layer.normalization, "ONNX")
            x = normalize(graph, x, layer.scales.astype(graph.dtype), bias)
        x = choose(ACTIVATIONS, "activation", layer.activation, "ONNX")(graph, x)
    return x


def add_outputs(graph, network, scores):
    """The outputs behind the link of a Network."""
    return choose(LINKS, "link", network.link, "ONNX")(graph, scores)


def add_probabilities(graph, classifier, scores):
    """Probabilities (n, n_classes), or (n, n_labels) if multilabel."""
    scores = _add_both(graph, scores) if classifier.is_binary else scores
    return add_outputs(graph, classifier.network, scores)


def add_classifier(graph, classifier, x):
    """The labels and probabilities of a Classifier."""
    scores = add_scores(graph, classifier.network, x)
    labels = _add_labels_of(graph, classifier, scores)
    return labels, add_probabilities(graph, classifier, scores)


def add_decisions(graph, classifier, x):
    """The labels of a Classifier and what its `decision_function` says, of both of two classes."""
    scores = add_scores(graph, classifier.network, x)
    labels = _add_labels_of(graph, classifier, scores)
    if classifier.network.link == "logistic":
        least = 1.5 * np.finfo(classifier.network.dtype).eps
        scores = graph.add("Min", scores, graph.dtype.type(-math.log(least)))
    return labels, _add_both(graph, scores) if classifier.is_binary else scores


def _add_both(graph, scores):
    """Scores (n, 2) of two classes, given that of the second."""
    return graph.concatenate([graph.add("Neg", scores), scores])


def _add_labels_of(graph, classifier, scores):
    if not (classifier.is_multilabel or classifier.is_binary):
        return add_labels(graph, classifier.classes, scores)
    places = graph.cast(graph.add("Greater", scores, graph.dtype.type(0)), np.int64)
    if classifier.is_multilabel:
        return places
    return graph.add("Gather", labels_of(classifier.classes), graph.reshape(places, []))


def add_labels(graph, classes, scores):
    """The label of the largest score of each row."""
    places = graph.add("ArgMax", scores, axis=1, keepdims=0)
    return graph.add("Gather", labels_of(classes), places)


def add_regressor(graph, regressor, x):
    """The predictions of a Regressor, in the dtype of the graph or in float64 if they need it."""
    return end_regressor(graph, regressor, add_numbers(graph, regressor, x))


def add_numbers(graph, regressor, x):
    """The predictions (n, n_outputs) of a Regressor in float64."""
    outputs = add_outputs(graph, regressor.network, add_scores(graph, regressor.network, x))
    numbers = graph.add("Mul", graph.cast(outputs, np.float64), regressor.scale)
    return graph.add("Add", numbers, regressor.center)


def end_regressor(graph, regressor, numbers):
    """Predictions (n, n_outputs) in their own shape and dtype."""
    if len(regressor.shape) > 1:
        numbers = graph.reshape(numbers, regressor.shape)
    return graph.cast(numbers, dtype_of_predictions(graph.dtype, regressor))


def dtype_of_predictions(dtype, regressor):
    """That of the graph, unless only float64 tells targets apart."""
    return np.dtype(np.float64) if regressor.needs_float64 else dtype

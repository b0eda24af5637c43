"""Descriptions of single networks."""

import numpy as np

from skreg._exporting.description import Classifier, Layer, Network, Regressor
from skreg._training.normalization import fold
from skreg.neural_network._fitted import weights_to_predict_with
from skreg.neural_network._normalization import normalization_to_predict_with
from skreg.neural_network._sparsify import as_dense
from skreg.neural_network._targets import units_of


def describe_network(estimator):
    """The Network of a fitted MLPClassifier or MLPRegressor, as its owner may have changed it."""
    estimator._check_fitted()
    coefs, biases = weights_to_predict_with(estimator, estimator.n_features_in_)
    dtype = np.float32 if np.can_cast(coefs[0].dtype, np.float32) else np.float64
    coefs = [as_dense(coef).astype(dtype) for coef in coefs]
    biases = [bias.astype(dtype) for bias in biases]
    rest = [(None, None)] * len(coefs)  # of each layer, a normalization and its scales
    if normalization := normalization_to_predict_with(estimator):
        name, owned = normalization
        coefs, biases, left = fold(name, coefs, biases, [own.astype(dtype) for own in owned])
        if left is not None:
            rest[:-1] = [(name, scales) for scales in left[1]]
    parts = zip(coefs, biases, [*estimator._activations, "identity"], rest)
    layers = [Layer(coef, bias, activation, *left) for coef, bias, activation, left in parts]
    return Network(layers, estimator.out_activation_)


def _keep_means(network, n_each):
    """The Network that predicts the means of the link "gaussian" alone."""
    *hidden, last = network.layers
    last = last._replace(weights=last.weights[:, ::n_each], bias=last.bias[::n_each])
    return Network([*hidden, last], "identity")


def _add_steps(network, n_each):
    """The Network of the link "quantiles" with sums of steps as a layer of its own.

    The lowest quantile, which is z, is softplus(z) − softplus(−z).
    """
    *hidden, last = network.layers
    weights, bias = last.weights, last.bias
    weights = np.hstack([weights, -weights[:, ::n_each]])
    bias = np.concatenate([bias, -bias[::n_each]])
    targets = np.eye(last.bias.size // n_each)
    sums = np.kron(targets, np.triu(np.ones((n_each, n_each))))
    sums = np.vstack([sums, np.kron(targets, -np.ones((1, n_each)))]).astype(weights.dtype)
    steps = last._replace(weights=weights, bias=bias, activation="softplus")
    total = Layer(sums, np.zeros_like(last.bias), "identity", None, None)
    return Network([*hidden, steps, total], "identity")


_WITH_LINK_IDENTITY = {"gaussian": _keep_means, "quantiles": _add_steps}


def describe_classifier(estimator):
    """The Classifier of a fitted MLPClassifier."""
    network = describe_network(estimator)
    *hidden, last = network.layers
    weights, bias = last.weights / estimator._temperature, last.bias / estimator._temperature
    network = network._replace(layers=[*hidden, last._replace(weights=weights, bias=bias)])
    return Classifier(network, estimator.classes_, estimator._is_multilabel)


def describe_regressor(estimator):
    """The Regressor of a fitted MLPRegressor."""
    network, units = describe_network(estimator), units_of(estimator)
    if network.link in _WITH_LINK_IDENTITY:
        network = _WITH_LINK_IDENTITY[network.link](network, estimator._scores_per_target)
    n_each = network.layers[-1].bias.size // units.center.size  # quantiles
    center, scale = (np.repeat(part, n_each) for part in units[:2])
    shape = units.center.shape
    if estimator.out_activation_ == "quantiles":
        shape = (n_each,) if shape == (1,) else (*shape, n_each)
    return Regressor(network, center, scale, shape, not units.are_of_float32())

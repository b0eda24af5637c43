"""What networks predict, on their own or as members of an ensemble, as functions of C."""

import numpy as np

from skreg.export._networks import write_function, write_link, write_scores
from skreg.export._source import literal, loop

_BOUND = """
static void NAME(REAL *proba, int n, REAL highest)
{{
    const REAL lowest = {};
    for (int j = 0; j < n; j++)
        proba[j] = proba[j] < lowest ? lowest : proba[j] > highest ? highest : proba[j];
}}
"""


def write_probabilities(source, classifier, name=""):
    """Write a Classifier; returns the name of a function (x, proba) that finds probabilities.

    As in `predict_proba`, none is zero, and none is one unless there is but one class.
    """
    scores = write_scores(source, classifier.network, f"scores{name}")
    n, limits = len(classifier.classes), np.finfo(source.dtype)
    highest = literal(source.dtype.type(1 if n == 1 else 1 - limits.eps))
    bound = source.function("bound", _BOUND.format(literal(limits.tiny)))
    lines = [f"{scores}(x, proba);"]
    if classifier.is_binary:
        lines = [f"{scores}(x, proba + 1);", "proba[0] = -proba[1];"]
    lines += write_link(source, classifier.network.link, "proba", n)
    lines.append(f"{bound}(proba, {n}, {highest});")
    return write_function(source, f"proba{name}", "const REAL *x, REAL *proba", lines)


def write_predictions(source, regressor, name=""):
    """Write a Regressor; returns the name of a function (x, y), where y are `type_of` it."""
    scores, n = write_scores(source, regressor.network, f"scores{name}"), regressor.n_outputs
    scale, center = (source.array("units", part) for part in (regressor.scale, regressor.center))
    kind = type_of(source, regressor)
    lines = [f"REAL outputs[{n}];", f"{scores}(x, outputs);"]
    lines += write_link(source, regressor.network.link, "outputs", n)
    number = f"outputs[j] * {scale}[j] + {center}[j]"
    lines += loop(n, f"y[j] = ({kind})({number});")
    return write_function(source, f"predictions{name}", f"const REAL *x, {kind} *y", lines)


def type_of(source, regressor):
    """The type of predictions, in which their targets can be told apart."""
    return "double" if regressor.needs_float64 else source.real

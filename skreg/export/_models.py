"""The functions of C that programs call, for each kind of model."""

from skreg._exporting.labels import labels_of
from skreg.export._members import type_of, write_predictions, write_probabilities
from skreg.export._networks import write_scores
from skreg.export._source import literal, loop

_LARGEST = """
static int NAME(const {0} *values, int n)
{{
    int best = 0;
    for (int j = 1; j < n; j++)
        if (values[j] > values[best])
            best = j;
    return best;
}}
"""
CLASS = "The place of the most probable class in {}_classes."
PROBABILITIES = "Write the probability of each class."
PREDICTIONS = "Write the predictions."
_LABELS = "Write 1 for each label that is more probable than not, and 0 for the others."


def write_classifier(source, model):
    """Write `predict` and `predict_proba` of a Classifier."""
    n, name, x = len(model.classes), source.name, f"const REAL x[{model.n_features}]"
    proba = write_probabilities(source, model)
    scores = write_scores(source, model.network)
    lines = [f"REAL scores[{n}];", f"{scores}(x, scores);"]
    if model.is_multilabel:
        lines += loop(n, "labels[j] = scores[j] > 0.0@;")
        source.publish(f"void {name}_predict({x}, int labels[{n}])", _LABELS, lines)
    else:
        if model.is_binary:
            lines.append("return scores[0] > 0.0@;")
        else:
            lines.append(f"return {write_largest(source, 'REAL')}(scores, {n});")
        write_classes(source, model.classes)
        source.publish(f"int {name}_predict({x})", CLASS.format(name), lines)
    head = f"void {name}_predict_proba({x}, REAL proba[{n}])"
    source.publish(head, PROBABILITIES, [f"{proba}(x, proba);"])


def write_regressor(source, model):
    """Write `predict` of a Regressor."""
    kind, n = type_of(source, model), model.n_outputs
    predictions = write_predictions(source, model)
    head = f"void {source.name}_predict(const REAL x[{model.network.n_in}], {kind} y[{n}])"
    source.publish(head, PREDICTIONS, [f"{predictions}(x, y);"])


def write_largest(source, kind):
    """The name of a function (values, n) that finds the place of the largest number."""
    return source.function("largest", _LARGEST.format(kind))


def write_classes(source, classes):
    """Write an array of the classes, which programs may read.

    Raises
    ------
    ValueError
        If they are neither all strings nor all integers of 64 bits.
    """
    labels = labels_of(classes)
    kind = "char *const" if labels.dtype == object else "long long"
    head = f"const {kind} {source.name}_classes[{labels.size}]"
    values = ", ".join(map(literal, labels.tolist()))
    source.add_as_it_is(f"extern {head};\n{head} = {{\n{values}\n}};")

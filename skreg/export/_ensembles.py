"""Ensembles over an encoded table as functions of C."""

import numpy as np

from skreg.export._members import type_of, write_predictions, write_probabilities
from skreg.export._models import (
    CLASS,
    PREDICTIONS,
    PROBABILITIES,
    write_classes,
    write_largest,
)
from skreg.export._source import block, literal, loop
from skreg.export._tables import find_levels, write_encoding, write_finding_of_strings
from skreg.neural_network._temperature import LEAST


def write_tabular_classifier(source, model):
    """Write `predict` and `predict_proba` of a TabularClassifier."""
    n, row = len(model.classes), _row_of(model)

    def add_member(i, member, vote):
        proba = write_probabilities(source, member, i)
        places, size = source.array("places", model.places[i]), len(member.classes)
        lines = [f"REAL own[{size}];", f"{proba}(z, own);"]
        return [*lines, *loop(size, f"proba[{places}[j]] += {vote} * own[j];")]

    lines = _add_members(source, model, "proba", n, add_member) + _calibrate(model, n)
    head = f"void {source.name}_predict_proba({row}, double proba[{n}])"
    source.publish(head, PROBABILITIES, lines)
    largest = write_largest(source, "double")
    write_classes(source, model.classes)
    lines = [f"double proba[{n}];", f"{source.name}_predict_proba(row, proba);"]
    lines.append(f"return {largest}(proba, {n});")
    source.publish(f"int {source.name}_predict({row})", CLASS.format(source.name), lines)


def _calibrate(model, n):
    """Lines behind the mean: a softmax of logarithms / temperature is a share of powers."""
    lines = []
    if model.temperature != 1:
        power = literal(np.float64(1 / model.temperature))
        lines = [f"proba[j] = pow(fmax(proba[j], {LEAST}), {power});"]
    lines = ["double mass = 0.0;", *loop(n, *lines, "mass += proba[j];")]
    share = ["proba[j] /= mass;"]
    if model.doubt:
        doubt = literal(np.float64(model.doubt))
        share.append(f"proba[j] += {doubt} * (1.0 / {n} - proba[j]);")
    return [*lines, *loop(n, *share)]


def write_tabular_regressor(source, model):
    """Write `predict` of a TabularRegressor."""
    n = model.low.size

    def add_member(i, member, vote):
        predictions, value = write_predictions(source, member, i), "own[j]"
        for function, limit in ("fmax", model.low), ("fmin", model.high):
            if np.isfinite(limit).any():
                value = f"{function}({value}, {source.array('limits', limit)}[j])"
        lines = [f"{type_of(source, member)} own[{n}];", f"{predictions}(z, own);"]
        return [*lines, *loop(n, f"y[j] += {vote} * {value};")]

    lines = _add_members(source, model, "y", n, add_member)
    head = f"void {source.name}_predict({_row_of(model)}, double y[{n}])"
    source.publish(head, PREDICTIONS, lines)


def _row_of(model):
    return f"const double row[{len(model.tables[0].levels)}]"


def _add_members(source, model, out, n, add_member):
    """Lines that overwrite n numbers by the weighted mean of members: z is the encoded row."""
    levels = find_levels(model.tables)
    write_finding_of_strings(source, levels)
    lines = loop(n, f"{out}[j] = 0.0;")
    for place, table in enumerate(model.tables):
        encode = write_encoding(source, table, levels, f"encode{place}")
        inside = [f"REAL z[{table.n_features_out}];", f"{encode}(row, z);"]
        for i, member in enumerate(model.members):
            if model.table_of[i] == place:
                of_member = add_member(i, member, literal(np.float64(model.votes[i])))
                inside += block(*of_member)
        lines += block(*inside)
    return lines

"""What goes in and out of the graph of each kind of description, and what writes it."""

import numpy as np

from skreg._exporting.description import (
    Classifier,
    PiecewiseLinear,
    Regressor,
    SmoothClip,
    Table,
    TabularClassifier,
    TabularRegressor,
    Unchanged,
)
from skreg._exporting.labels import labels_of
from skreg._exporting.refusals import check_levels
from skreg.onnx._ensembles import (
    add_tabular_classifier,
    add_tabular_decisions,
    add_tabular_regressor,
)
from skreg.onnx._graph import STRING, Port
from skreg.onnx._networks import (
    add_classifier,
    add_decisions,
    add_regressor,
    dtype_of_predictions,
)
from skreg.onnx._tables import Columns, add_matrix, add_piecewise, add_scaled, add_table


def write(graph, description, inputs, *, raw_scores=False):
    """Add all nodes of a description to a graph; returns the names of its results.

    With `raw_scores`, those of a classifier are labels and scores, not probabilities.
    """
    kind = type(description)
    add = _DECISIONS[kind] if raw_scores else _KINDS[kind][0]
    table = _table_of(description)
    if table is None:
        given = add_matrix(graph, inputs)
    else:
        given = Columns(graph, inputs, len(table.levels))
    results = add(graph, description, given)
    return [results] if isinstance(results, str) else list(results)


def inputs_of(description, dtype):
    """The Ports of a graph that stands alone: one matrix X, or one for each column of a table."""
    table = _table_of(description)
    if table is None:
        return [Port("X", dtype, (description.n_features,))]
    dtypes = [_dtype_of_column(table, j, dtype) for j in range(len(table.levels))]
    if table.names is None and STRING not in dtypes:
        return [Port("X", dtype, (len(dtypes),))]
    names = [f"x{j}" for j in range(len(dtypes))] if table.names is None else table.names
    if "" in names:
        raise ValueError(f"Column {names.index('')} cannot be exported: its name is empty.")
    return [Port(name, each, (1,)) for name, each in zip(names, dtypes)]


def _dtype_of_column(table, j, dtype):
    """STRING for levels that are strings; else that of the graph."""
    levels = [] if table.levels[j] is None else table.levels[j].tolist()
    check_levels(levels, table.name_of(j), "ONNX")
    if levels and isinstance(levels[0], str):
        return STRING
    return dtype


def outputs_of(description, dtype):
    """The Ports of the results, named as by skl2onnx."""
    _, find_outputs = _KINDS[type(description)]
    return find_outputs(description, dtype)


def _table_of(description):
    """The first Table, whose columns are those of all others, or None if there is none."""
    if isinstance(description, Table):
        return description
    return description.tables[0] if hasattr(description, "tables") else None


def _outputs_of_classifier(model, dtype):
    if getattr(model, "is_multilabel", False):
        label = Port("output_label", np.dtype(np.int64), (len(model.classes),))
    else:
        label = Port("output_label", labels_of(model.classes).dtype, ())
    return [label, Port("output_probability", dtype, (len(model.classes),))]


def _outputs_of_regressor(model, dtype):
    return [Port("variable", dtype_of_predictions(dtype, model), model.shape)]


def _outputs_of_transformer(transformer, dtype):
    return [Port("variable", dtype, (transformer.n_features_out,))]


def _add_scaled(graph, scaler, x):
    return add_scaled(graph, scaler, x, graph.dtype)


def _add_nothing(graph, description, x):
    return x


# What writes a description, and its outputs.
_KINDS = {
    Classifier: (add_classifier, _outputs_of_classifier),
    Regressor: (add_regressor, _outputs_of_regressor),
    TabularClassifier: (add_tabular_classifier, _outputs_of_classifier),
    TabularRegressor: (add_tabular_regressor, _outputs_of_regressor),
    Table: (add_table, _outputs_of_transformer),
    SmoothClip: (_add_scaled, _outputs_of_transformer),
    PiecewiseLinear: (add_piecewise, _outputs_of_transformer),
    Unchanged: (_add_nothing, _outputs_of_transformer),
}
# What writes labels and scores.
_DECISIONS = {Classifier: add_decisions, TabularClassifier: add_tabular_decisions}

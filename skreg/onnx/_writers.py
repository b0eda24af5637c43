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
from skreg.onnx._ensembles import add_tabular_classifier, add_tabular_regressor
from skreg.onnx._graph import STRING, Port
from skreg.onnx._networks import (
    add_classifier,
    add_regressor,
    dtype_of_predictions,
    labels_of,
)
from skreg.onnx._tables import (
    Columns,
    add_matrix,
    add_piecewise,
    add_scaled,
    add_table,
    name_column,
)


def write(graph, description, inputs):
    """Add all nodes of a description to a graph; returns the names of its results."""
    add, _, _ = _KINDS[type(description)]
    table = _table_of(description)
    given = add_matrix(graph, inputs) if table is None else Columns(graph, inputs)
    results = add(graph, description, given)
    return [results] if isinstance(results, str) else list(results)


def inputs_of(description, dtype):
    """The Ports of a graph that stands alone: one matrix X, or one for each column of a table."""
    table = _table_of(description)
    if table is None:
        _, find_width, _ = _KINDS[type(description)]
        return [Port("X", dtype, find_width(description))]
    dtypes = [_dtype_of_column(table, j, dtype) for j in range(len(table.levels))]
    if table.names is None and STRING not in dtypes:
        return [Port("X", dtype, len(dtypes))]
    names = [f"x{j}" for j in range(len(dtypes))] if table.names is None else table.names
    return [Port(name, each, 1) for name, each in zip(names, dtypes)]


def _dtype_of_column(table, j, dtype):
    """STRING for levels that are strings; else that of the graph."""
    levels = [] if table.levels[j] is None else table.levels[j].tolist()
    if levels and all(isinstance(level, str) for level in levels):
        return STRING
    if not all(isinstance(level, int | float | np.number | np.bool_) for level in levels):
        kinds = ", ".join(sorted({type(level).__name__ for level in levels}))
        raise ValueError(
            f"{name_column(table, j)} cannot be exported: its levels must be all strings or all "
            f"numbers, got {kinds}."
        )
    return dtype


def outputs_of(description, dtype):
    """The Ports of the results, named as by skl2onnx."""
    _, _, find_outputs = _KINDS[type(description)]
    return find_outputs(description, dtype)


def _table_of(description):
    return description if isinstance(description, Table) else getattr(description, "table", None)


def _outputs_of_classifier(model, dtype):
    if getattr(model, "is_multilabel", False):
        label = Port("output_label", np.dtype(np.int64), len(model.classes))
    else:
        label = Port("output_label", labels_of(model.classes).dtype, None)
    return [label, Port("output_probability", dtype, len(model.classes))]


def _outputs_of_regressor(model, dtype):
    members = getattr(model, "members", [model])
    n_outputs = len(members[0].center)
    return [Port("variable", dtype_of_predictions(dtype, members), n_outputs)]


def _n_of_network(model):
    return model.network.n_in


def _n_of_scaler(scaler):
    return len(scaler.center)


def _n_of_encoder(encoder):
    return encoder.n_features


def _of_width(find_width):
    return lambda description, dtype: [Port("variable", dtype, find_width(description))]


def _width_of_piecewise(encoder):
    return len(encoder.bins.places) + encoder.n_features * encoder.passthrough


def _width_of_table(table):
    n_scaled = 0 if table.scaler is None else len(table.scaler.center)
    n_bins = 0 if table.bins is None else len(table.bins.places)
    n_one_hot = sum(category.n_one_hot for category in table.categories)
    return n_scaled + table.with_holes.size + n_bins + n_one_hot


def _add_scaled(graph, scaler, x):
    return add_scaled(graph, scaler, x, graph.dtype)


def _add_nothing(graph, description, x):
    return x


# What writes a description, the width of X where it is no table, and its outputs.
_KINDS = {
    Classifier: (add_classifier, _n_of_network, _outputs_of_classifier),
    Regressor: (add_regressor, _n_of_network, _outputs_of_regressor),
    TabularClassifier: (add_tabular_classifier, None, _outputs_of_classifier),
    TabularRegressor: (add_tabular_regressor, None, _outputs_of_regressor),
    Table: (add_table, None, _of_width(_width_of_table)),
    SmoothClip: (_add_scaled, _n_of_scaler, _of_width(_n_of_scaler)),
    PiecewiseLinear: (add_piecewise, _n_of_encoder, _of_width(_width_of_piecewise)),
    Unchanged: (_add_nothing, _n_of_encoder, _of_width(_n_of_encoder)),
}

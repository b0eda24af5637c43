"""Tables and the numbers that they become, as nodes of a graph."""

import numpy as np

from skreg._exporting.refusals import as_floats
from skreg.onnx._graph import STRING

_ZERO, _ONE = np.float64(0), np.float64(1)
# How a missing value among strings reaches a graph, where these are no levels themselves.
_MISSING = "", "nan", "None", "<NA>"


class Columns:
    """The n columns of a table, which come by several Ports, or by one that may be of any width.

    Raises
    ------
    ValueError
        If there are more or fewer columns.
    """

    def __init__(self, graph, ports, n):
        if len(ports) == 1 and ports[0].width is None:
            ports = [ports[0]._replace(shape=(n,))]
        widths = {port.name: port.width for port in ports}
        if None in widths.values() or sum(widths.values()) != n:
            raise ValueError(f"Inputs must have the {n} columns of the table in fit, got {widths}.")
        self._graph, self._ports = graph, ports
        self._sources = [(port, k) for port in ports for k in range(port.width)]

    def take(self, j):
        """Column j (n, 1) and its dtype."""
        port, k = self._sources[j]
        column = port.name if port.width == 1 else self._graph.take(port.name, [k])
        return column, port.dtype

    def numbers(self, places):
        """Some columns (n, n_some) of numbers, in float64."""
        if len(self._ports) == 1:
            return self._graph.cast(self._graph.take(self._ports[0].name, places), np.float64)
        columns, dtypes = zip(*map(self.take, places))
        if len(set(dtypes)) == 1:
            return self._graph.cast(self._graph.concatenate(columns), np.float64)
        return self._graph.concatenate([self._graph.cast(each, np.float64) for each in columns])


def add_matrix(graph, ports):
    """All columns (n, n_features) in the dtype of the graph."""
    return graph.concatenate(
        [
            port.name if port.dtype == graph.dtype else graph.cast(port.name, graph.dtype)
            for port in ports
        ]
    )


def add_scaled(graph, scaler, x, dtype):
    """What a SmoothClip makes of x (n, n_features) in a dtype.

    It is sign(z) · bound / √(1 + (bound / z)²), which huge numbers do not overflow.
    """
    center, scale = scaler.center.astype(dtype), scaler.scale.astype(dtype)
    bound, one = dtype.type(scaler.bound), dtype.type(1)
    z = graph.add("Div", graph.add("Sub", x, center), scale)
    inverse = graph.add("Div", bound, z)
    size = graph.add("Sqrt", graph.add("Add", graph.add("Mul", inverse, inverse), one))
    return graph.add("Div", graph.add("Mul", graph.add("Sign", z), bound), size)


def add_bins(graph, bins, x):
    """What Bins make of x (n, n_features) in float64; NaN stays NaN."""
    x = graph.add("Sub", graph.take(x, bins.places), bins.lower)
    return graph.clip(graph.add("Div", x, bins.width), bins.low, bins.high)


def add_piecewise(graph, encoder, x):
    """What a PiecewiseLinear makes of x (n, n_features)."""
    shares = add_bins(graph, encoder.bins, graph.cast(x, np.float64))
    shares = graph.add("Where", graph.add("IsNaN", shares), _ZERO, shares)
    shares = graph.cast(shares, graph.dtype)
    return graph.concatenate([x, shares] if encoder.passthrough else [shares])


def add_table(graph, table, columns):
    """What a Table makes of Columns, in the dtype of the graph."""
    codes = [_add_codes(graph, table, each, columns) for each in table.categories]
    parts = []
    if table.scaler is not None:
        numbers = _add_numbers(graph, table, columns) if table.numbers.size else None
        means = [
            graph.add("Gather", each.means, graph.reshape(rows, []))
            for each, rows in zip(table.categories, codes)
            if each.means.size
        ]
        values = graph.concatenate(means if numbers is None else [numbers, *means])
        parts.append(add_scaled(graph, table.scaler, values, np.dtype(np.float64)))
    if table.with_holes.size:
        is_missing = graph.add("IsNaN", columns.numbers(table.with_holes))
        parts.append(graph.cast(is_missing, np.float64))
    if table.bins is not None:
        parts.append(add_bins(graph, table.bins, numbers))
    encoded = [graph.cast(graph.concatenate(parts), graph.dtype)] if parts else []
    if codes:
        encoded.append(_add_one_hot(graph, table.categories, graph.concatenate(codes)))
    return graph.concatenate(encoded)


def _add_numbers(graph, table, columns):
    """Numbers (n, n_numbers), the center in place of missing ones."""
    numbers = columns.numbers(table.numbers)
    center = table.scaler.center[: table.numbers.size]
    return graph.add("Where", graph.add("IsNaN", numbers), center, numbers)


def _add_codes(graph, table, category, columns):
    """The rows (n, 1) of a Category's tables for a column."""
    column, dtype = columns.take(category.column)
    levels, n = list(category.levels), len(category.levels)
    if dtype == STRING:
        missing = [word for word in _MISSING if word not in levels]
        keys = {"keys_strings": [*levels, *missing]}
        values = [*range(1, n + 1), *[n + 1] * len(missing)]
    else:
        if any(isinstance(level, str) for level in levels):
            raise ValueError(f"{table.name_of(category.column)} must be an input of strings.")
        column = column if dtype == np.float32 else graph.cast(column, np.float32)
        floats = as_floats(levels, np.float32, table.name_of(category.column), "ONNX")
        keys, values = {"keys_floats": floats.tolist()}, range(1, n + 1)
    how = {**keys, "values_int64s": values, "default_int64": 0}
    codes = graph.add("LabelEncoder", column, domain="ai.onnx.ml", **how)
    if dtype == STRING:
        return codes
    return graph.add("Where", graph.add("IsNaN", column), np.int64(n + 1), codes)


def _add_one_hot(graph, categories, rows):
    """One-hot columns of all categories, whose rows (n, n_categories) are given."""
    widths = np.array([each.n_one_hot for each in categories])
    lengths = np.array([len(each.places) for each in categories])
    starts, first = np.cumsum(widths) - widths, np.cumsum(lengths) - lengths
    places = np.concatenate([each.places + start for each, start in zip(categories, starts)])
    values = np.concatenate([each.values for each in categories]).astype(graph.dtype)
    entries = graph.add("Add", rows, first)
    shape = graph.add("Mul", graph.add("Shape", rows), np.array([1, 0]))
    shape = graph.add("Add", shape, np.array([0, widths.sum()]))
    zeros = graph.add("Expand", graph.dtype.type(0), shape)
    places = graph.add("Gather", places, entries)
    values = graph.add("Gather", values, entries)
    return graph.add("ScatterElements", zeros, places, values, axis=1)

"""A graph of ONNX: nodes and constants, and what goes in and out.

Values in a graph are known by name. Where a node takes a value, an array may be given instead.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

OPSETS = {  # of each domain
    "": 18,  # the first in which onnxruntime computes every activation in float64
    "ai.onnx.ml": 3,  # of LabelEncoder
}
_IR_VERSION = 8  # which readers of these opsets understand
STRING = np.dtype(object)


class Port(NamedTuple):
    """An input or an output of a graph."""

    name: str
    dtype: np.dtype  # of its numbers; STRING for strings
    shape: tuple  # of a row: its number of columns, or nothing for a vector

    @property
    def width(self):
        return self.shape[0]


class Graph:
    """Nodes, each of which has one result, and constants.

    Parameters
    ----------
    dtype : np.float32 or np.float64
        What networks compute in.

    name : callable (str) -> str
        Makes a name that is not taken yet from another.
    """

    def __init__(self, dtype, name: Callable[[str], str]):
        self._onnx = import_onnx()
        self.dtype, self._name = np.dtype(dtype), name
        self.nodes, self.constants, self.domains = [], [], set()

    def add(self, op, *inputs, domain="", **attributes):
        """Append a node; returns the name of its result."""
        result = self._name(op.lower())
        self._append(op, inputs, result, domain, attributes)
        return result

    def end(self, name, value):
        """Give a value a name from outside of the graph."""
        self._append("Identity", [value], name, "", {})

    def cast(self, value, dtype):
        """A value as numbers of a dtype."""
        return self.add("Cast", value, to=self._type_of(dtype))

    def concatenate(self, values):
        """Matrices side by side."""
        return values[0] if len(values) == 1 else self.add("Concat", *values, axis=1)

    def take(self, values, places):
        """Some columns of a matrix."""
        return self.add("Gather", values, np.asarray(places, np.int64), axis=1)

    def reshape(self, values, shape):
        """Values whose rows have another shape; there may be more or fewer rows."""
        return self.add("Reshape", values, np.array([-1, *shape]))

    def clip(self, values, low, high):
        """Values between limits that broadcast to them, where these are finite for some."""
        for op, limit in ("Max", low), ("Min", high):
            if np.isfinite(limit).any():
                values = self.add(op, values, limit)
        return values

    def _append(self, op, inputs, result, domain, attributes):
        inputs = [each if isinstance(each, str) else self._constant(each) for each in inputs]
        self.domains.add(domain)
        make = self._onnx.helper.make_node
        self.nodes.append(make(op, inputs, [result], domain=domain, **attributes))

    def _constant(self, array):
        name, array = self._name("constant"), np.asarray(array)
        if array.dtype.kind in "OU":
            strings = [string.encode() for string in array.ravel().tolist()]
            make = self._onnx.helper.make_tensor
            self.constants.append(make(name, self._type_of(STRING), array.shape, strings))
        else:
            self.constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def _type_of(self, dtype):
        if dtype == STRING:
            return self._onnx.TensorProto.STRING
        return self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))

    def as_model(self, inputs, outputs, **facts):
        """The graph as a ModelProto, between Ports.

        Raises
        ------
        onnx.checker.ValidationError
            If the graph is wrong.
        """
        helper = self._onnx.helper

        def describe(port):
            shape = ["n_samples", *port.shape]
            return helper.make_tensor_value_info(port.name, self._type_of(port.dtype), shape)

        graph = helper.make_graph(
            self.nodes,
            "skreg",
            list(map(describe, inputs)),
            list(map(describe, outputs)),
            self.constants,
        )
        opsets = [helper.make_opsetid(domain, OPSETS[domain]) for domain in sorted(self.domains)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, **facts)
        self._onnx.checker.check_model(model)
        return model


def import_onnx():
    """The package onnx.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            "to_onnx needs the package onnx. Install it with `pip install skreg[onnx]`."
        ) from error
    return onnx

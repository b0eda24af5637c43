"""Converters for skl2onnx, which converts whole pipelines."""

import numpy as np

import skreg.augmentation
import skreg.model_selection
import skreg.preprocessing
from skreg._exporting.models import DESCRIBED, describe
from skreg.onnx._graph import OPSETS, STRING, Graph, Port
from skreg.onnx._writers import outputs_of, write

_MODULES = skreg, skreg.augmentation, skreg.model_selection, skreg.preprocessing
_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [False],
    "raw_scores": [True, False],  # which CalibratedClassifierCV sets
}


def register() -> None:
    """Teach skl2onnx to convert the estimators and transformers of skreg.

    Afterwards, `skl2onnx.to_onnx` and `skl2onnx.convert_sklearn` convert what contains them: a
    pipeline, a `ColumnTransformer`, a `GridSearchCV`, a `BaggingRegressor`. Call it once per
    process; more calls change nothing.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    See Also
    --------
    to_onnx : Convert a model of skreg, without skl2onnx.

    Examples
    --------
    >>> from skreg.onnx import register
    >>> register()  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError(
            "register needs the package skl2onnx. Install it with `pip install skl2onnx`."
        ) from error
    for kind in _list_kinds():
        options = _OPTIONS if hasattr(kind, "predict_proba") else None
        update_registered_converter(
            kind, f"Skreg{kind.__name__}", _set_types, _convert, options=options
        )


def _list_kinds():
    """All public classes that can be converted, since skl2onnx does not look at parents."""
    public = (getattr(module, name) for module in _MODULES for name in module.__all__)
    return [
        each for each in public if isinstance(each, type) and issubclass(each, tuple(DESCRIBED))
    ]


def _set_types(operator):
    """Tell skl2onnx the types and shapes of results."""
    from skl2onnx.common import data_types

    types = {
        np.dtype(np.float32): data_types.FloatTensorType,
        np.dtype(np.float64): data_types.DoubleTensorType,
        np.dtype(np.int64): data_types.Int64TensorType,
        STRING: data_types.StringTensorType,
    }
    n_samples = operator.inputs[0].get_first_dimension()
    ports = outputs_of(describe(operator.raw_operator), _dtype_of(operator))
    for output, port in zip(operator.outputs, ports, strict=True):
        output.set_type(types[port.dtype]([n_samples, *port.shape]))


def _convert(scope, operator, container):
    """Add the nodes of a model to a container of skl2onnx."""
    graph = Graph(_dtype_of(operator), scope.get_unique_variable_name)
    inputs = [_port_of(variable) for variable in operator.inputs]
    model = operator.raw_operator
    options = {"raw_scores": False}
    if hasattr(model, "predict_proba"):
        options = scope.get_options(model, options)
    results = write(graph, describe(model), inputs, raw_scores=options["raw_scores"])
    for output, result in zip(operator.outputs, results):
        graph.end(output.full_name, result)
    container.nodes.extend(graph.nodes)
    container.initializers.extend(graph.constants)
    container.node_domain_version_pair_sets.update((each, OPSETS[each]) for each in graph.domains)


def _port_of(variable):
    from skl2onnx.common.data_types import StringTensorType, guess_numpy_type

    is_string = isinstance(variable.type, StringTensorType)
    dtype = STRING if is_string else np.dtype(guess_numpy_type(variable.type))
    return Port(variable.full_name, dtype, (variable.get_second_dimension(),))


def _dtype_of(operator):
    """float64 if some input is, else float32."""
    dtypes = {_port_of(variable).dtype for variable in operator.inputs}
    return np.dtype(np.float64 if np.dtype(np.float64) in dtypes else np.float32)

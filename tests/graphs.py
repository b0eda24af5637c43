"""Little data to fit models to, and graphs of ONNX that predict for it."""

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
NUMBERS = np.exp(X @ [1.0, -1.0, 0.5])
CODES = np.arange(40) % 3
TABULAR = {"hidden_layer_sizes": 8, "n_members": 2, "max_iter": 2, "random_state": 0}


def run(model, feeds):
    """The outputs of a graph by their names."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return dict(zip([port.name for port in session.get_outputs()], session.run(None, feeds)))


def feeds_of(table):
    """A column of a frame for each input."""
    return {
        name: table[[name]].to_numpy(np.float32 if table[name].dtype.kind in "fbi" else object)
        for name in table.columns
    }

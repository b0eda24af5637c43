"""Predictions of a trained network, tile by tile: no more of X is copied than a tile."""

from contextlib import nullcontext

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import predict_layer, predict_outputs
from skreg._kernels.losses import LINKS
from skreg._training.threads import single_blas_thread

_TILE_BYTES = 1 << 19  # of the widest layer
_SMALL_PRODUCT = 1 << 18  # multiplications of a product that BLAS never splits among threads


def predict(X, coefs, intercepts, activations, link):
    """Outputs (n, n_outputs) for X (n, n_features), in the dtype of the weights.

    Parameters
    ----------
    activations : sequence of str, one per hidden layer
    link : str, a key of LINKS
    """
    dtype = coefs[0].dtype
    coefs, intercepts = ([_own(part, dtype) for part in parts] for parts in (coefs, intercepts))
    n, widest = X.shape[0], max(max(coef.shape) for coef in coefs)
    outputs = np.empty((n, coefs[-1].shape[1]), dtype)
    rows = max(1, _TILE_BYTES // (widest * dtype.itemsize))
    is_small = n * max(coef.size for coef in coefs) <= _SMALL_PRODUCT
    with nullcontext() if is_small else single_blas_thread():
        for start in range(0, n, rows):
            tile = _own(X[start : start + rows], dtype)
            target = outputs[start : start + rows]
            _predict_tile(tile, coefs, intercepts, activations, link, target)
    return outputs


def _own(array, dtype):
    """The array itself where jitted code can take it, else a copy: C order, writeable, of dtype."""
    flags = array.flags
    if array.dtype == dtype and flags.c_contiguous and flags.writeable:
        return array
    return np.array(array, dtype, order="C")


def _predict_tile(inputs, coefs, intercepts, activations, link, outputs):
    dtype = outputs.dtype
    for coef, intercept, activation in zip(coefs, intercepts, activations):
        units = np.empty((inputs.shape[0], coef.shape[1]), dtype)
        predict_layer[dtype](inputs, coef, intercept, units, ACTIVATIONS[activation])
        inputs = units
    predict_outputs[dtype](inputs, coefs[-1], intercepts[-1], outputs, LINKS[link])

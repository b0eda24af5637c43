"""Predictions of a trained network, tile by tile: no more of X is copied than a tile."""

from contextlib import nullcontext

import numpy as np

from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import predict_layer
from skreg._kernels.links import LINKS
from skreg._training.rows import form_of, own, take
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
    coefs, intercepts = ([own(part, dtype) for part in parts] for parts in (coefs, intercepts))
    n, form = X.shape[0], form_of(X)
    widest = max(X.shape[1] if form == "dense" else 1, *(coef.shape[1] for coef in coefs))
    outputs = np.empty((n, coefs[-1].shape[1]), dtype)
    rows = max(1, _TILE_BYTES // (widest * dtype.itemsize))
    is_small = n * max(coef.size for coef in coefs) <= _SMALL_PRODUCT
    with nullcontext() if is_small else single_blas_thread():
        for start in range(0, n, rows):
            tile = take(X, start, start + rows, dtype)
            target = outputs[start : start + rows]
            _predict_tile(form, tile, coefs, intercepts, activations, link, target)
    return outputs


def _predict_tile(form, inputs, coefs, intercepts, activations, link, outputs):
    dtype = outputs.dtype
    for coef, intercept, name in zip(coefs, intercepts, activations):
        units = np.empty((outputs.shape[0], coef.shape[1]), dtype)
        activate = ACTIVATIONS[name].activate.address(dtype)
        predict_layer[form][dtype](inputs, coef, intercept, units, activate)
        form, inputs = "dense", units
    link = LINKS[link].address(dtype)
    predict_layer[form][dtype](inputs, coefs[-1], intercepts[-1], outputs, link)

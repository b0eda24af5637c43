"""Predictions of a trained network, tile by tile: no more of X is copied than a tile a thread."""

from contextlib import nullcontext
from functools import partial

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import issparse

from skreg._interrupts import answer, watch
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.entries import predict_layer
from skreg._kernels.links import LINKS
from skreg._kernels.losses import LOSSES
from skreg._products.blas import product
from skreg._products.threads import single_blas_thread
from skreg._training.normalization import fold
from skreg._training.rows import rows_of
from skreg._training.rows.copies import own

# Links of the scores of one target, be it one score or several.
LINKS_OF_TARGETS = {loss.link for loss in LOSSES.values() if loss.scores_of_normal is not None}
_TILE_BYTES = 1 << 19  # of the widest layer
_SMALL_PRODUCT = 1 << 18  # multiplications of a product that BLAS never splits among threads
_LARGE_WORK = 1 << 27  # multiplications, some ten milliseconds, that are worth several threads


def predict(X, coefs, intercepts, activations, link, normalization=None, owned=(), n_targets=1):
    """Outputs (n, n_outputs) for X (n, n_features), in the dtype of the weights.

    That is float32 if it holds all values of the first matrix's dtype, else float64.

    Parameters
    ----------
    coefs : list of ndarray or SciPy matrix
    intercepts : list of ndarray, whose shapes fit those of coefs
    activations : sequence of str, one per hidden layer
    link : str, a key of LINKS
    normalization : str, a key of NORMALIZATIONS, or None
    owned : what it owns, an ndarray of shape (n_owned, n_units) per hidden layer
    n_targets : int, the equal parts of each row of outputs that the link is applied to
    """
    dtype = np.dtype(np.float32 if np.can_cast(coefs[0].dtype, np.float32) else np.float64)
    n, X = X.shape[0], rows_of(X)
    if X.form != "dense" and issparse(coefs[0]):  # such products take time by the entries of X
        coefs = [coefs[0].toarray(), *coefs[1:]]
    coefs, intercepts = ([_cast(part, dtype) for part in parts] for parts in (coefs, intercepts))
    normalize = None
    if normalization is not None:
        owned = [own(part, dtype) for part in owned]
        coefs, intercepts, normalize = fold(normalization, coefs, intercepts, owned)
    coefs[0] = X.prepare(coefs[0])
    widest = max(X.width, *(coef.shape[1] for coef in coefs))
    outputs = np.empty((n, coefs[-1].shape[1]), dtype)
    rows = max(1, _TILE_BYTES // (widest * dtype.itemsize))
    tile_of = X.form, coefs, intercepts, activations, product(dtype), normalize, link, n_targets
    predict_tile = partial(_predict_tile, *tile_of)

    def predict_rows(start):
        if is_interrupted():
            return
        predict_tile(X.tile(start, start + rows, dtype), outputs[start : start + rows])

    is_small = n * max(coef.size for coef in coefs) <= _SMALL_PRODUCT
    with nullcontext(1) if is_small else single_blas_thread() as n_threads:
        is_interrupted = watch()
        if n_threads == 1 or n * sum(coef.size for coef in coefs) < _LARGE_WORK:
            for start in range(0, n, rows):
                predict_rows(start)
        else:
            jobs = (delayed(predict_rows)(start) for start in range(0, n, rows))
            Parallel(n_threads, backend="threading")(jobs)
        answer()
    return outputs


def _cast(part, dtype):
    """Weights or biases as kernels want them, or a sparse matrix of weights for SciPy."""
    return part.tocsr().astype(dtype, copy=False) if issparse(part) else own(part, dtype)


def _predict_layer(form, inputs, coef, intercept, outputs, function, gemm):
    dtype = outputs.dtype
    if issparse(coef):
        outputs[:] = inputs @ coef
        function.by_dtype[dtype](outputs, intercept)
    else:
        address = function.address(dtype)
        predict_layer[form][dtype](inputs, coef, intercept, outputs, address, gemm)


def _predict_tile(
    form, coefs, intercepts, activations, gemm, normalize, link, n_targets, inputs, outputs
):
    dtype = outputs.dtype
    for k, (coef, intercept, name) in enumerate(zip(coefs, intercepts, activations)):
        units = np.empty((outputs.shape[0], coef.shape[1]), dtype)
        activate = ACTIVATIONS[name].activate
        if normalize is None:
            _predict_layer(form, inputs, coef, intercept, units, activate, gemm)
        else:
            option, scales = normalize
            _predict_layer(form, inputs, coef, scales[k], units, option, gemm)
            activate.by_dtype[dtype](units, intercept)
        form, inputs = "dense", units
    of_whole_rows = LINKS[link if n_targets == 1 else "identity"]
    _predict_layer(form, inputs, coefs[-1], intercepts[-1], outputs, of_whole_rows, gemm)
    if n_targets > 1:
        parts = outputs.reshape(-1, outputs.shape[1] // n_targets)
        LINKS[link].by_dtype[dtype](parts, np.zeros(parts.shape[1], dtype))

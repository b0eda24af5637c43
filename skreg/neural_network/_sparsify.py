"""Weight matrices in CSR format, for networks in which most weights are zero."""

from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted


def as_dense(matrix):
    """A weight matrix as an array, in which form it is trained."""
    return matrix.toarray() if issparse(matrix) else np.asarray(matrix)


def _is_fitted(estimator):
    """Whether there are weights to convert.

    Where there is a method `sparsify` before `fit`, scikit-learn's checks want a `coef_` after it.
    """
    check_is_fitted(estimator)
    return True


class SparsifyMixin:
    """The two methods of scikit-learn's linear models for their `coef_`."""

    @available_if(_is_fitted)
    def sparsify(self) -> Self:
        """Convert `coefs_` to sparse matrices.

        Predictions of many rows by layers of several hundred units take less time if at least about
        90% of the weights are zero, as with a strong `l1`; see `sparsity_`. For single rows, and
        for layers of a hundred units, hardly any share is enough. Further training, with
        `partial_fit` or `warm_start`, makes them dense again.

        Returns
        -------
        self : object
            The fitted estimator, with `coefs_` as a list of `scipy.sparse.csr_matrix`.
        """
        self.coefs_ = [csr_matrix(coef) for coef in self.coefs_]
        return self

    @available_if(_is_fitted)
    def densify(self) -> Self:
        """Convert `coefs_` back to arrays, after `sparsify`.

        Returns
        -------
        self : object
            The fitted estimator, with `coefs_` as a list of ndarray.
        """
        self.coefs_ = [as_dense(coef) for coef in self.coefs_]
        return self

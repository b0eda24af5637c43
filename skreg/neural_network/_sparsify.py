"""Weight matrices in CSR format, for networks in which most weights are zero."""

from typing import Self

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.utils.validation import check_is_fitted


def as_dense(matrix):
    """A weight matrix as an array, in which form it is trained."""
    return matrix.toarray() if issparse(matrix) else np.asarray(matrix)


class SparsifyMixin:
    """The two methods of scikit-learn's linear models for their `coef_`."""

    def sparsify(self) -> Self:
        """Convert `coefs_` to sparse matrices.

        Predictions take less time if at least about 90% of the weights are zero, as with a strong
        `l1`; see `sparsity_`. Further training, with `partial_fit` or `warm_start`, makes them
        dense again.

        Returns
        -------
        self : object
            The fitted estimator, with `coefs_` as a list of `scipy.sparse.csr_matrix`.
        """
        check_is_fitted(self)
        self.coefs_ = [csr_matrix(coef) for coef in self.coefs_]
        return self

    def densify(self) -> Self:
        """Convert `coefs_` back to arrays, after `sparsify`.

        Returns
        -------
        self : object
            The fitted estimator, with `coefs_` as a list of ndarray.
        """
        check_is_fitted(self)
        self.coefs_ = [as_dense(coef) for coef in self.coefs_]
        return self

"""Sparse X that leads out of its own memory is refused before anything follows its pointers."""

import numpy as np
import pytest
from scipy import sparse

from skreg import MLPClassifier, MLPRegressor

RNG = np.random.default_rng(0)
X = np.where(RNG.random((60, 5)) < 0.5, RNG.normal(size=(60, 5)), 0.0)
Y = np.arange(60) % 2
ESTIMATORS = [MLPClassifier, MLPRegressor]
N_ENTRIES = np.count_nonzero(X)


def with_pointer(place, value):
    def spoil(matrix):
        matrix.indptr[place] = value

    return spoil


def with_index(value):
    def spoil(matrix):
        matrix.indices[7] = value

    return spoil


def shorten(name):
    def spoil(matrix):
        setattr(matrix, name, getattr(matrix, name)[:-3])

    return spoil


def point_by_floats(matrix):
    matrix.indptr = matrix.indptr.astype(float)


FAULTS = {
    "falls": (with_pointer(3, 0), "indptr that begins at 0, never falls"),
    "jumps": (with_pointer(3, 10**6), "indptr that begins at 0, never falls"),
    "negative": (with_pointer(3, -5), "indptr that begins at 0, never falls"),
    "begins late": (with_pointer(0, 1), "indptr that begins at 0, never falls"),
    "ends late": (with_pointer(-1, 10**7), f"no more than its {N_ENTRIES} entries"),
    "short": (shorten("indptr"), r"indptr of \d+ integers, got int32 of the shape \(\d+,\)"),
    "not integers": (point_by_floats, r"indptr of \d+ integers, got float64"),
    "few data": (shorten("data"), f"no more than its {N_ENTRIES - 3} entries"),
    "few indices": (shorten("indices"), f"no more than its {N_ENTRIES - 3} entries"),
    "index below": (with_index(-1), r"(row|column) indices.*\[0, (5|60)\)"),
    "index beyond": (with_index(60), r"(row|column) indices.*\[0, (5|60)\)"),
}


def refuse(estimator, broken, message):
    with pytest.raises(ValueError, match=message):
        estimator().fit(broken, Y)
    with pytest.raises(ValueError, match=f"X_val: .*{message}"):
        estimator().fit(X, Y, X_val=broken, y_val=Y)
    with pytest.raises(ValueError, match=message):
        estimator(max_iter=1).fit(X, Y).predict(broken)


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("fault", FAULTS)
def test_compressed_rows_that_lead_out_of_their_memory_are_refused(fault, form):
    broken = form(X)
    spoil, message = FAULTS[fault]
    spoil(broken)
    refuse(MLPClassifier, broken, message)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_coordinates_that_lead_out_of_the_matrix_are_refused(estimator, axis):
    broken = sparse.coo_array(X)
    broken.coords[axis][7] = 10**8
    refuse(estimator, broken, f"{('row', 'column')[axis]} indices")


def test_entries_behind_the_last_pointer_are_no_fault():
    roomy = sparse.csr_array(X)
    roomy.data, roomy.indices = np.r_[roomy.data, 7.0], np.r_[roomy.indices, 99]
    fitted = MLPRegressor(max_iter=2, random_state=0).fit(roomy, Y)
    assert np.array_equal(fitted.predict(X), fitted.predict(sparse.csr_array(X)))


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.coo_array])
def test_sparse_rows_of_one_dimension_are_refused(form):
    with pytest.raises(ValueError, match="2D|1D|dimension"):
        MLPRegressor().fit(form(X[0]), Y)

"""X that is broken is refused, and X that needs no check by scikit-learn does without one."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from skreg import MLPClassifier, MLPRegressor
from skreg.neural_network import _checks

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


SOUND = {
    "a row": X[:1],
    "rows": X,
    "float32": X[:3].astype(np.float32),
    "columns first": np.asfortranarray(X),
    "every other": X[::2],
}


@pytest.mark.parametrize("rows", SOUND.values(), ids=SOUND)
def test_sound_arrays_are_predicted_without_checks_of_scikit_learn(rows, monkeypatch):
    mlp = MLPRegressor((3,), random_state=0).fit(X, Y)
    expected = mlp.predict(rows.tolist())
    monkeypatch.setattr(_checks, "validate_data", None)
    np.testing.assert_allclose(mlp.predict(rows), expected, rtol=1e-5)


UNSOUND = {
    "nan": (np.full((1, 5), np.nan), "NaN"),
    "infinity": (np.full((1, 5), np.inf), "infinity"),
    "a vector": (X[0], "2D array"),
    "no rows": (X[:0], "0 sample"),
    "fewer columns": (X[:, :4], "5 features"),
    "text": (np.array([list("abcde")]), "convert"),
    "complex": (X + 0j, "Complex"),
}


@pytest.mark.parametrize(("rows", "message"), UNSOUND.values(), ids=UNSOUND)
def test_unsound_arrays_are_refused_as_scikit_learn_does(rows, message):
    mlp = MLPRegressor((3,), random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=message):
        mlp.predict(rows)


def test_an_array_is_warned_of_where_features_have_names():
    frame = pd.DataFrame(X, columns=list("abcde"))
    mlp = MLPRegressor((3,), random_state=0).fit(frame, Y)
    with pytest.warns(UserWarning, match="valid feature names"):
        mlp.predict(X[:1])


def test_arrays_of_another_byte_order_or_of_integers_are_predicted():
    mlp = MLPRegressor((3,), random_state=0).fit(X, Y)
    np.testing.assert_array_equal(mlp.predict(X.astype(">f8")), mlp.predict(X))
    whole = np.round(X)
    np.testing.assert_array_equal(mlp.predict(whole.astype(int)), mlp.predict(whole))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array(["2020-01-01"], "datetime64[D]"), r"y must be numbers, got datetime64\[D\]: "),
        (np.array(["many"]), "^y must be numbers: could not convert string"),
    ],
)
def test_targets_that_are_no_numbers_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        _checks.as_numbers(y)

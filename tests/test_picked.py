"""Rows that several fits share look like those of an array and are trained on as such."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array

from skreg import MLPClassifier, MLPRegressor
from skreg._training.data import Data
from skreg._training.rows.picked import PickedRows
from skreg._training.scales import advise_on_scales

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(40, 3)).astype(np.float32) * (RNG.random((40, 3)) < 0.6)
Y = TABLE[:, 0] > 0
PLACES = RNG.permutation(40)[:30]
FORMS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "csr": csr_array,
}
parametrize_forms = pytest.mark.parametrize("form", FORMS)


@pytest.mark.parametrize(
    "rows", [slice(2, 7), slice(None, None, 3), np.array([4, 0, 4]), np.arange(30) > 26], ids=str
)
@parametrize_forms
def test_some_rows_are_picked_and_those_of_an_array(form, rows):
    some, wanted = PickedRows(FORMS[form](TABLE), PLACES)[rows], TABLE[PLACES][rows]
    assert isinstance(some, PickedRows)
    assert some.shape == wanted.shape and len(some) == len(wanted)
    assert some.dtype == np.asarray(some).dtype == np.float32
    assert_array_equal(some, wanted)
    assert np.asarray(some, np.float64).dtype == np.float64


@pytest.mark.parametrize("params", [{}, {"shuffle": False}, {"early_stopping": True}], ids=str)
@parametrize_forms
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_networks_learn_from_them_as_from_a_copy(estimator, form, params):
    X, y, weights = FORMS[form](TABLE), Y[PLACES], np.arange(1.0, 31)
    mlp = estimator(4, max_iter=3, batch_size=8, random_state=0, **params)
    picked = mlp.fit(PickedRows(X, PLACES), y, weights)
    predicted, coef = picked.predict(PickedRows(X, PLACES)), picked.coefs_[0]
    mlp.fit(X[PLACES], y, weights)
    assert_array_equal(coef, mlp.coefs_[0])
    assert_array_equal(predicted, mlp.predict(X[PLACES]))


def test_batches_of_an_array_are_copied_by_kernels_and_nothing_else_is():
    picker = PickedRows(np.ascontiguousarray(TABLE), PLACES).picker(8)
    assert picker.form == "picked"
    picked = picker(np.array([3, 1]))
    assert_array_equal(picked.places, PLACES[[3, 1]])
    assert picked.room.shape == (8, 3)


@parametrize_forms
def test_advice_on_scales_is_the_same(form):
    X = FORMS[form](TABLE * 1e4)
    picked, copied = Data(PickedRows(X, PLACES), Y, None), Data(X[PLACES], Y, None)
    assert advise_on_scales(picked, "log_loss") == advise_on_scales(copied, "log_loss") != ""

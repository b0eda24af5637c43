"""What is automatic follows the number of rows."""

import numpy as np
import pytest

from skreg import TabularMLPClassifier, TabularMLPRegressor
from skreg.neural_network._tabular.plan import make_plan, params_of_members

RNG = np.random.default_rng(0)
EXPECTED = {  # rows to batch size, epochs and warmup
    63: ("auto", 256, 4),
    64: (32, 256, 4),
    1_499: (32, 213, 4),
    1_500: (128, 213, 4),
    20_000: (128, 32, 4),
    99_999: (128, 32, 4),
    100_000: (256, 32, 4),
    250_000: (256, 12, 3),
    1_000_000: (512, 8, 2),
    50_000_000: (512, 8, 2),
}


@pytest.mark.parametrize("n_rows", EXPECTED)
def test_batches_grow_and_epochs_fall_with_the_rows(n_rows):
    plan = make_plan(TabularMLPClassifier(), n_rows)
    assert (plan.batch_size, plan.max_iter, plan.warmup) == EXPECTED[n_rows]
    for params in params_of_members(TabularMLPClassifier(), TabularMLPClassifier._member, plan, 0):
        assert (
            tuple(params[name] for name in ("batch_size", "max_iter", "warmup"))
            == (EXPECTED[n_rows])
        )


def test_what_is_chosen_stays():
    mlp = TabularMLPClassifier(batch_size=7, max_iter=5, warmup=5)
    plan = make_plan(mlp, 1_000_000)
    assert (plan.batch_size, plan.max_iter, plan.warmup) == (7, 5, 5)
    assert make_plan(TabularMLPClassifier(warmup=1), 1_000_000).warmup == 1


@pytest.mark.parametrize("params", [{}, {"validation_fraction": 0.25}, {"calibration": None}])
def test_no_probability_is_surer_than_the_rows_left_out_allow(params):
    X = np.arange(120.0)[:, np.newaxis]
    fitted = TabularMLPClassifier("16", max_iter=60, random_state=0, **params).fit(X, X[:, 0] > 59)
    assert fitted.doubt_ == (0 if params else 1 / 121)
    assert (fitted.predict_proba([[0.0], [119.0]]).min() >= 1 / 242) == (not params)


@pytest.mark.parametrize("n_rows, n_units", [(100, 128), (1500, 256)])
def test_classifiers_of_small_tables_are_small(n_rows, n_units):
    X = RNG.normal(size=(n_rows, 1))
    classifier = TabularMLPClassifier(n_members=1, max_iter=1).fit(X, X[:, 0] > 0)
    regressor = TabularMLPRegressor(n_members=1, max_iter=1).fit(X, X[:, 0])
    for mlp, units in ((classifier, n_units), (regressor, 256)):
        assert [coef.shape[1] for coef in mlp.estimators_[0].coefs_] == [units, units, units, 1]


def test_warm_start_keeps_the_units_whatever_suits_the_rows_now():
    X = RNG.normal(size=(1500, 1))
    mlp = TabularMLPClassifier(n_members=1, max_iter=1, warm_start=True)
    for n_rows in (100, 1500):
        mlp.fit(X[:n_rows], X[:n_rows, 0] > 0)
        assert mlp.estimators_[0].coefs_[0].shape[1] == 128


def test_members_of_small_tables_stop_where_no_better_epoch_comes():
    X, noise = RNG.normal(size=(120, 4)), RNG.random(120) < 0.5
    params = {"hidden_layer_sizes": "32", "n_members": 2, "random_state": 0}
    mlp = TabularMLPClassifier(**params).fit(X, noise)
    for member in mlp.estimators_:
        assert 33 <= member.n_iter_ == np.argmin(member.validation_loss_curve_) + 34 < 256
    for others in ({"early_stopping": False}, {"n_iter_no_change": np.inf}):
        mlp = TabularMLPClassifier(**params, **others).fit(X, noise)
        assert [member.n_iter_ for member in mlp.estimators_] == [256, 256]
    for member in TabularMLPRegressor(**params).fit(X, noise.astype(float)).estimators_:
        assert member.n_iter_ >= 129

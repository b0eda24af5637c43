"""Networks for tables: a frame in, calibrated predictions out."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg import MLPClassifier, TabularMLPClassifier, TabularMLPRegressor
from skreg._kernels.losses import LOSSES, REGRESSION_LOSSES
from skreg.neural_network._tabular import base, encoding

RNG = np.random.default_rng(0)
N = 120
FRAME = pd.DataFrame(
    {
        "size": np.where(RNG.random(N) < 0.1, np.nan, RNG.lognormal(10, 2, N)),
        "rooms": RNG.integers(1, 6, N),
        "kind": pd.Categorical(RNG.choice(["flat", "house", None], N)),
        "city": RNG.choice(["Rome", "Bonn", "Oslo"], N),
        "lift": RNG.random(N) < 0.5,
        "years": pd.array(RNG.integers(0, 99, N), dtype="Int64"),
        "same": 1.0,
    }
)
PRICE = 1e5 * (FRAME["rooms"] + 2 * FRAME["lift"]).to_numpy(float)
SOLD = np.where(FRAME["lift"] & (FRAME["rooms"] > 2), "yes", "no")
ESTIMATORS = [TabularMLPClassifier, TabularMLPRegressor]


def make(estimator, **params):
    small = {"hidden_layer_sizes": "16", "n_members": 2, "max_iter": 4, "random_state": 0}
    return estimator(**{**small, **params})


def targets(estimator):
    return SOLD if estimator is TabularMLPClassifier else PRICE


def outputs(fitted, X):
    return getattr(fitted, "predict_proba", fitted.predict)(X)


def doubted(powers, doubt):
    return (1 - doubt) * powers / powers.sum(axis=1, keepdims=True) + doubt / powers.shape[1]


def as_polars(frame):
    columns = {name: [None if pd.isna(v) else v for v in frame[name]] for name in frame}
    return pl.DataFrame(columns)


@parametrize_with_checks([make(estimator, max_iter=40) for estimator in ESTIMATORS])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_table_without_rows_is_refused(estimator):
    fitted = make(estimator).fit(FRAME, targets(estimator))
    with pytest.raises(ValueError, match="0 sample"):
        fitted.predict(FRAME[:0])


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("form", [pd.DataFrame, as_polars])
def test_tables_are_taken_as_they_come(form, estimator):
    X, y = form(FRAME), targets(estimator)
    fitted = make(estimator, max_iter=40).fit(X, y)
    assert fitted.score(X, y) > 0.9
    assert_array_equal(fitted.feature_names_in_, FRAME.columns)
    assert fitted.n_features_in_ == len(FRAME.columns)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_results_do_not_depend_on_threads(estimator):
    y = targets(estimator)
    one, two = (make(estimator, n_members=3, n_jobs=n).fit(FRAME, y) for n in (1, 2))
    assert_array_equal(outputs(one, FRAME), outputs(two, FRAME))
    assert_array_equal(one.oof_predictions_ is None, two.oof_predictions_ is None)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_predictions_are_votes_of_members_over_one_encoding(estimator):
    fitted = make(estimator).fit(FRAME, targets(estimator))
    Z = fitted.encoder_.transform(FRAME)
    mean = np.tensordot(fitted.votes_, [outputs(m, Z) for m in fitted.estimators_], axes=1)
    if estimator is TabularMLPClassifier:
        mean = doubted(mean ** (1 / fitted.temperature_), fitted.doubt_)
    assert fitted.votes_.sum() == pytest.approx(1)
    assert_allclose(outputs(fitted, FRAME), mean, rtol=1e-5)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_blocks_of_rows_are_predicted_as_all_rows_at_once(estimator, monkeypatch):
    fitted = make(estimator).fit(FRAME, targets(estimator))
    whole = outputs(fitted, FRAME)
    monkeypatch.setattr(encoding, "_BLOCK", 50 * fitted.estimators_[0].n_features_in_)
    in_blocks = outputs(fitted, FRAME)
    assert_allclose(in_blocks, whole, rtol=1e-6)
    assert_array_equal(outputs(fitted.set_params(n_jobs=2), FRAME), in_blocks)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_small_tables_leave_every_row_out_once(estimator):
    y = targets(estimator)
    fitted = make(estimator, n_members="auto").fit(FRAME, y)
    assert len(fitted.estimators_) == 8 and len(fitted.oof_predictions_) == N
    assert_array_equal(fitted.votes_, np.full(8, 1 / 8))
    assert all(member.t_ // member.n_iter_ == N - N // 8 for member in fitted.estimators_)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_predictions_for_rows_left_out_are_those_of_members_that_did_not_see_them(estimator):
    y, folds = targets(estimator), KFold(2, shuffle=True, random_state=0)
    fitted = make(estimator, validation_fraction=folds).fit(FRAME, y)
    Z = fitted.encoder_.transform(FRAME)
    for i, (training, left_out) in enumerate(folds.split(FRAME)):
        own = outputs(fitted.estimators_[i], Z[left_out])
        if estimator is TabularMLPClassifier:
            own_temperature = fitted.temperature_ ** (4 / 3)  # of which a mean of two keeps 3/4
            own = doubted(own ** (1 / own_temperature), fitted.doubt_)
        assert_allclose(fitted.oof_predictions_[left_out], own.clip(None, PRICE.max()), rtol=1e-4)
        assert fitted.estimators_[i].t_ == len(training) * fitted.estimators_[i].n_iter_


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("how", [0.25, ShuffleSplit(1, test_size=0.25, random_state=0)])
def test_a_common_share_decides_on_votes(how, estimator):
    weak = [{}, {"learning_rate_init": 1e-9, "max_iter": 1}]
    fitted = make(estimator, validation_fraction=how, diversity=weak, max_iter=60)
    fitted.fit(FRAME, targets(estimator))
    assert fitted.votes_[0] > 0.8
    assert fitted.oof_predictions_ is None


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
def test_every_loss_of_numbers_can_vote(loss):
    y = np.column_stack([PRICE, PRICE + 1])
    fitted = make(TabularMLPRegressor, loss=loss, validation_fraction=0.2).fit(FRAME, y)
    assert fitted.predict(FRAME).shape == (N, 2)
    assert fitted.votes_.sum() == pytest.approx(1)


def test_a_loss_without_a_metric_in_scikit_learn_votes_by_absolute_errors(monkeypatch):
    monkeypatch.setitem(LOSSES, "mine", LOSSES["squared_error"])
    regressor = TabularMLPRegressor(loss="mine")
    assert regressor._evaluate(np.zeros(2), np.array([1.0, -3.0]), None) == 2.0


@pytest.mark.parametrize("n_outputs", [(), (1,), (3,)])
def test_the_squared_error_that_votes_are_chosen_by_is_that_of_scikit_learn(n_outputs):
    rng, loss = np.random.default_rng(0), TabularMLPRegressor()._evaluate
    for n in (1, 9, 40, 1007):
        y, predictions = rng.normal(size=(2, n, *n_outputs))
        for weights in (None, rng.random(n)):
            wanted = mean_squared_error(y, predictions, sample_weight=weights)
            assert loss(y, predictions, weights) == wanted
    with pytest.raises(ValueError, match="contains NaN"):
        loss(y, np.where(predictions > 1, np.nan, predictions), weights)


def test_members_go_from_weak_to_strong_regularization():
    fitted = make(TabularMLPClassifier, n_members=5, l2=1.0, dropout=0.6).fit(FRAME, SOLD)
    members = fitted.estimators_
    assert_allclose([m.dropout for m in members], [0.6, 0.45, 0.9, 0.9, 0.6])
    assert_allclose([m.l2[0] for m in members], [1, 0, 10 / 3, 10, 1])
    assert_allclose([m.l2[1] / 0.1 for m in members], [1, 0, 10 / 3, 10, 1])
    assert len({m.random_state for m in members}) == 5


def test_members_can_be_told_apart_by_lists_or_by_random_numbers_alone():
    told = make(TabularMLPClassifier, diversity=[{"l2": 0.5}, {"activation": "tanh"}])
    told.fit(FRAME, SOLD)
    assert [m.l2 for m in told.estimators_] == [0.5, [3e-4, pytest.approx(3e-5)]]
    assert [m.activation for m in told.estimators_] == ["silu", "tanh"]
    alike = make(TabularMLPClassifier, diversity=None).fit(FRAME, SOLD).estimators_
    assert alike[0].get_params() | {"random_state": 0} == alike[1].get_params() | {
        "random_state": 0
    }


def test_predictions_stay_in_the_range_of_the_training_targets_unless_told():
    X, y = np.linspace(0, 1, 60)[:, np.newaxis], np.linspace(5, 9, 60)
    far = np.array([[100.0], [-100.0]])
    params = {"hidden_layer_sizes": "linear", "max_iter": 100, "l2": 0.0, "learning_rate_init": 0.1}
    inside, free = (
        make(TabularMLPRegressor, clip_predictions=clip, **params).fit(X, y)
        for clip in (True, False)
    )
    assert_allclose(inside.predict(far), np.clip(free.predict(far), 5, 9), atol=1e-6)
    assert free.predict(far).max() > 9


def test_without_calibration_probabilities_are_the_means_of_members():
    fitted = make(TabularMLPClassifier, calibration=None).fit(FRAME, SOLD)
    assert fitted.temperature_ == 1 and fitted.doubt_ == 0
    Z = fitted.encoder_.transform(FRAME)
    mean = np.mean([m.predict_proba(Z) for m in fitted.estimators_], axis=0)
    assert_allclose(fitted.predict_proba(FRAME), mean, rtol=1e-5)


def test_calibration_lowers_the_log_loss_of_members_that_are_too_sure():
    X = RNG.normal(size=(900, 5))
    y = (X[:, 0] + RNG.normal(size=900) > 0).astype(int)
    losses = []
    for calibration in (None, "temperature"):
        weak = {"dropout": 0.0, "l2": 0.0, "max_iter": 60, "validation_fraction": 0.3}
        mlp = make(TabularMLPClassifier, early_stopping=False, calibration=calibration, **weak)
        proba = mlp.fit(X[:450], y[:450]).predict_proba(X[450:])
        losses.append(-np.log(proba[np.arange(450), y[450:]]).mean())
    assert mlp.temperature_ > 1
    assert losses[1] < losses[0]


@pytest.mark.parametrize("how", ["auto", 0.3])
def test_class_weights_are_as_good_as_sample_weights_wherever_rows_decide(how):
    X = FRAME[["kind", "city", "lift"]].astype("category")  # whose encoding has no use for weights
    y = np.where(RNG.random(N) < 0.3, "yes", SOLD)
    weak = {"dropout": 0.0, "l2": 0.0, "learning_rate_init": 0.1, "max_iter": 40}
    mlp = make(TabularMLPClassifier, validation_fraction=how, early_stopping=False, **weak)
    by_row = clone(mlp).fit(X, y, sample_weight=np.where(y == "yes", 5.0, 1.0))
    by_class = mlp.set_params(class_weight={"yes": 5.0, "no": 1.0}).fit(X, y)
    assert by_row.temperature_ > 1
    assert by_class.temperature_ == pytest.approx(by_row.temperature_)
    assert_allclose(by_class.votes_, by_row.votes_)
    assert_allclose(by_class.predict_proba(X), by_row.predict_proba(X), rtol=1e-4)


def test_a_class_that_a_member_did_not_see_is_improbable_and_finite():
    y = SOLD.copy().astype(object)
    y[:2] = "maybe"
    fitted = make(TabularMLPClassifier, n_members="auto", max_iter=20).fit(FRAME, y)
    proba = fitted.predict_proba(FRAME)
    assert_array_equal(fitted.classes_, ["maybe", "no", "yes"])
    assert np.isfinite(np.log(proba)).all() and proba[:, 0].mean() < 0.2


def test_rows_of_weight_zero_count_for_nothing():
    weights = (np.arange(N) % 3 > 0).astype(float)
    spoiled = np.where(weights > 0, PRICE, 1e9)
    fitted = [
        make(TabularMLPRegressor).fit(FRAME, y, sample_weight=weights) for y in (PRICE, spoiled)
    ]
    assert_allclose(*(each.predict(FRAME) for each in fitted))


def test_few_rows_are_all_trained_on():
    X, y = FRAME[:10], SOLD[:10]
    fitted = make(TabularMLPClassifier).fit(X, y)
    assert fitted.temperature_ == 1
    assert fitted.oof_predictions_ is None
    assert all(m.t_ == 10 * m.n_iter_ for m in fitted.estimators_)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_warm_start_goes_on_with_every_member(estimator):
    y, constant = targets(estimator), {"learning_rate": "constant", "early_stopping": False}
    whole = make(estimator, max_iter=6, **constant).fit(FRAME, y)
    parts = make(estimator, max_iter=3, warm_start=True, **constant).fit(FRAME, y).fit(FRAME, y)
    assert_array_equal(outputs(whole, FRAME), outputs(parts, FRAME))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_lbfgs_trains_members_without_a_warning(estimator):
    mlp = make(estimator, solver="lbfgs", max_iter=300, early_stopping=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert mlp.fit(FRAME, targets(estimator)).score(FRAME, targets(estimator)) > 0.9


@pytest.mark.parametrize(
    "params", [{"scoring": "r2", "early_stopping": False}, {"delta": 2.0}, {"input_dropout": 0.1}]
)
def test_a_parameter_without_effect_is_warned_of_once(params):
    mlp = make(TabularMLPRegressor, solver="lbfgs", n_members=3, **params)
    with pytest.warns(UserWarning, match=f"Without effect in this fit: {next(iter(params))}=") as w:
        mlp.fit(FRAME, PRICE)
    assert sum("Without effect" in str(each.message) for each in w) == 1


def test_a_scoring_that_chooses_the_epoch_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        make(TabularMLPRegressor, scoring="r2", validation_fraction=0.2, early_stopping=True).fit(
            FRAME, PRICE
        )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_fitted_estimators_can_be_pickled_and_cloned(estimator):
    fitted = make(estimator).fit(FRAME, targets(estimator))
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(outputs(again, FRAME), outputs(fitted, FRAME))
    assert not hasattr(clone(fitted), "estimators_")


def test_a_search_finds_parameters_of_members():
    grid = {"tabularmlpclassifier__dropout": [0.0, 0.5], "tabularmlpclassifier__n_bins": [4]}
    search = GridSearchCV(make_pipeline(make(TabularMLPClassifier, max_iter=20)), grid, cv=2)
    assert search.fit(FRAME, SOLD).best_score_ > 0.7


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_fit_that_fails_changes_nothing(estimator):
    fitted = make(estimator).fit(FRAME, targets(estimator))
    before = outputs(fitted, FRAME)
    with pytest.raises(ValueError):
        fitted.set_params(diversity=[{"l2": -1.0}]).fit(FRAME[::-1], targets(estimator))
    assert_array_equal(outputs(fitted, FRAME), before)


BAD_TABLES = {
    "text": (FRAME.assign(text=[f"a story {i}" for i in range(N)]), "text"),
    "dates": (FRAME.assign(day=pd.date_range("2020-01-01", periods=N)), "day"),
    "infinite": (FRAME.assign(size=np.inf), "size|infinite|infinity"),
    "constant": (FRAME[["same"]], "constant"),
    "no columns": (FRAME[[]], "0 feature|no column|at least"),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("bad", BAD_TABLES)
def test_tables_that_cannot_be_learned_from_are_refused(bad, estimator):
    X, message = BAD_TABLES[bad]
    with pytest.raises(ValueError, match=message):
        make(estimator).fit(X, targets(estimator))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_errors_and_warnings_name_the_estimator_and_not_its_encoder(estimator):
    y = SOLD if estimator is TabularMLPClassifier else PRICE
    with pytest.raises(ValueError, match=f"0 feature.* required by {estimator.__name__}"):
        make(estimator).fit(FRAME[[]], y)
    mlp = make(estimator, max_iter=1).fit(FRAME[["rooms", "years"]], y)
    with pytest.warns(UserWarning, match=f"valid feature names, but {estimator.__name__} was"):
        mlp.predict(np.ones((2, 2)))
    with pytest.raises(ValueError, match=f"3 features, but {estimator.__name__} is expecting 2"):
        mlp.predict(np.ones((2, 3)))
    assert list(mlp.encoder_.feature_names_in_) == ["rooms", "years"]
    assert mlp.encoder_.n_features_in_ == 2


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_other_columns_are_refused_in_predictions(estimator):
    fitted = make(estimator).fit(FRAME, targets(estimator))
    for other in (FRAME[FRAME.columns[::-1]], FRAME.rename(columns={"city": "town"})):
        with pytest.raises(ValueError, match="feature names"):
            fitted.predict(other)
    with pytest.raises((ValueError, TypeError), match="rooms"):
        fitted.predict(FRAME.assign(rooms="many"))


BAD_PARAMS = [
    ({"n_members": 0}, "n_members"),
    ({"diversity": "colour"}, "diversity"),
    ({"diversity": [{"no": 1}]}, "diversity must be"),
    ({"diversity": []}, "diversity"),
    ({"diversity": [3]}, "diversity"),
    ({"diversity": [{"normalization": "bach"}]}, r"diversity\[0\]: .* Did you mean 'batch'"),
    ({"diversity": [{}, {"augmentation": 3}]}, r"diversity\[1\]: .*augmentation"),
    ({"diversity": [{}, {"normalization": "batch", "solver": "lbfgs"}]}, "mini-batches"),
    ({"validation_fraction": 1.5}, "validation_fraction"),
    ({"validation_fraction": KFold(N)}, None),
    ({"dtype": np.int32}, "dtype"),
]


@pytest.mark.parametrize(("params", "message"), BAD_PARAMS)
def test_bad_parameters_are_named(params, message, monkeypatch):
    mlp = make(TabularMLPRegressor, **params)
    if message is None:
        assert mlp.fit(FRAME, PRICE).votes_.sum() == pytest.approx(1)
        return
    monkeypatch.setattr(base, "fit_members", None)  # errors come before any training
    with pytest.raises((ValueError, TypeError), match=message):
        mlp.fit(FRAME, PRICE)


def test_several_labels_per_row_are_refused():
    with pytest.raises(ValueError, match="several labels per row"):
        make(TabularMLPClassifier).fit(FRAME, np.eye(3, dtype=int)[np.arange(N) % 3])


BAD_TARGETS = [
    (TabularMLPClassifier, pd.Series(["a", None] * (N // 2)), "y has missing labels, 60 of 120"),
    (TabularMLPRegressor, ["a", "b"] * (N // 2), "y must be numbers: could not convert .*'a'"),
    (TabularMLPRegressor, np.array([1.0, None] * (N // 2)), "Input y contains NaN"),
    (TabularMLPRegressor, pd.date_range("2020", periods=N), "y must be numbers, got datetime64"),
    (TabularMLPRegressor, PRICE[1:], r"numbers of samples: \[120, 119\]"),
]


@pytest.mark.parametrize(("estimator", "y", "message"), BAD_TARGETS)
def test_targets_of_another_kind_are_refused_by_name(estimator, y, message):
    with pytest.raises(ValueError, match=message):
        make(estimator).fit(FRAME, y)


def test_numbers_written_as_strings_are_targets_as_in_scikit_learn():
    written = make(TabularMLPRegressor).fit(FRAME, PRICE.astype(str)).predict(FRAME)
    assert_array_equal(written, make(TabularMLPRegressor).fit(FRAME, PRICE).predict(FRAME))


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("X", "advice"), [(dict(FRAME), "DataFrame"), (csr_array(np.eye(N)), "MLP")]
)
def test_what_is_no_table_is_refused_before_lengths_are_compared(X, advice, estimator):
    with pytest.raises(TypeError, match=advice):
        make(estimator).fit(X, targets(estimator)[1:])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_targets_that_are_not_finite_are_refused(bad):
    with pytest.raises(ValueError, match="y contains"):
        make(TabularMLPRegressor).fit(FRAME, np.where(np.arange(N) == 3, bad, PRICE))


def test_defaults_beat_a_single_network_on_small_tables():
    X, y = load_breast_cancer(return_X_y=True)
    mlp = TabularMLPClassifier("64", max_iter=20, random_state=0).fit(X[:300], y[:300])
    assert mlp.score(X[300:], y[300:]) > 0.95
    single = MLPClassifier("64", max_iter=20, random_state=0).fit(X[:300], y[:300])
    assert mlp.score(X[300:], y[300:]) > single.score(X[300:], y[300:])


def test_predictions_for_rows_left_out_are_honest():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    mlp = TabularMLPRegressor("32", max_iter=20, random_state=0).fit(X, y)
    errors = mlp.oof_predictions_ - y
    assert 0.3 < 1 - np.var(errors) / np.var(y) < 0.6

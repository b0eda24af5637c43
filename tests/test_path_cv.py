"""Networks whose penalties are chosen by cross-validation."""

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    RepeatedKFold,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skreg.augmentation import GaussianNoise
from skreg.model_selection._path.base import PathCV
from skreg.neural_network._aliases import PARAMETERS
from skreg.neural_network._temperature import find_temperature

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 5))
LABELS = np.array(["low", "mid", "top"])[np.digitize(X[:, 0], [-0.4, 0.4])]
TARGETS = 3 * X[:, 0] + 10
BOTH = [(MLPClassifierCV, LABELS), (MLPRegressorCV, TARGETS)]
parametrize_both = pytest.mark.parametrize(("estimator", "y"), BOTH)
SMALL = {
    "hidden_layer_sizes": 6,
    "learning_rate_init": 0.02,
    "max_iter": 20,
    "l1s": [0.1, 1e-3],
    "cv": 3,
    "random_state": 0,
}


def make(estimator=MLPClassifierCV, **params):
    return estimator(**{**SMALL, **params})


@parametrize_with_checks(
    # With fewer and shorter fits than by default, which take ten times as long.
    [cls(l1s=2, cv=2, max_iter=20, learning_rate_init=0.02) for cls, _ in BOTH]
)
def test_checks(estimator, check):
    check(estimator)


@parametrize_both
def test_it_has_every_parameter_of_the_plain_network_and_its_defaults(estimator, y):
    plain = estimator._plain().get_params()
    assert plain.items() <= estimator().get_params().items()


@parametrize_both
def test_after_fit_it_has_and_does_what_the_plain_network_does(estimator, y):
    mlp, plain = make(estimator).fit(X, y), estimator._plain(max_iter=1).fit(X, y)
    fitted = [name for name in dir(plain) if name.endswith("_") and name[0] != "_"]
    assert all(hasattr(mlp, name) for name in fitted)
    assert mlp.score(X, y) > 0.6
    assert mlp.predict(X[:3]).shape == (3,)


@parametrize_both
def test_the_network_is_that_of_a_path_on_all_rows(estimator, y):
    l1s, how = [0.1, 0.01, 1e-3], {"path_max_iter": 10, "one_standard_error": True}
    mlp = make(estimator, l1s=l1s, **how).fit(X, y)
    plain = estimator._plain(6, learning_rate_init=0.02, max_iter=20)
    plain.set_params(random_state=np.random.RandomState(0).randint(np.iinfo(np.int32).max))
    plain.set_params(l1=1e-3).fit(X, y)
    for l1 in [0.01, 0.1]:
        if l1 <= mlp.l1_:
            start = plain
            plain = clone(start).set_params(l1=l1, max_iter=10, warm_start=True)
            plain.coefs_, plain.intercepts_ = start.coefs_, start.intercepts_
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                plain.fit(X, y)
    assert mlp.l1_ > 1e-3
    assert_allclose(mlp.predict(X[:5]), plain.predict(X[:5])) if y is TARGETS else None
    assert_array_equal(mlp.coefs_[0], plain.coefs_[0])


@parametrize_both
def test_without_a_path_scores_are_those_of_scikit_learn(estimator, y):
    mlp = make(estimator, path_max_iter=None, random_state=0, refit=False).fit(X, y)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    for i, l1 in enumerate(mlp.l1s_):
        plain = estimator._plain(6, l1=l1, learning_rate_init=0.02, max_iter=20)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            scores = cross_val_score(plain.set_params(random_state=seed), X, y, cv=3)
        assert_allclose(mlp.scores_[:, i, 0, 0], scores)


def test_scores_and_the_table_have_the_documented_shapes_and_agree():
    mlp = make(l2s=[1e-2, 1e-4], dropouts=[0.2, 0.1, 0.0], one_standard_error=True).fit(X, LABELS)
    assert mlp.scores_.shape == (mlp.n_splits_, *map(len, (mlp.l1s_, mlp.l2s_, mlp.dropouts_)))
    assert mlp.scores_.shape == (3, 2, 2, 3)
    assert_allclose(mlp.path_["mean_score"], mlp.scores_.mean(axis=0).ravel())
    chosen = [mlp.path_[name] == getattr(mlp, f"{name}_") for name in ("l1", "l2", "dropout")]
    (best,) = mlp.path_["mean_score"][np.all(chosen, axis=0)]
    assert mlp.best_score_ == best
    assert np.all(mlp.path_["n_iter"] <= 20)


def test_strong_penalties_leave_few_weights():
    mlp = make(l1s=4, max_iter=250).fit(X, LABELS)
    assert mlp.path_["sparsity"][0] == 1 > mlp.path_["sparsity"][-1]
    assert mlp.l1_ < mlp.l1s_[0]


@parametrize_both
@pytest.mark.parametrize("params", [{}, {"solver": "lbfgs"}, {"augmentation": GaussianNoise(0.1)}])
def test_results_do_not_depend_on_the_number_of_threads(estimator, y, params):
    one, two = (make(estimator, l2s=[1e-2, 1e-4], n_jobs=n, **params).fit(X, y) for n in (1, 2))
    assert_array_equal(one.scores_, two.scores_)
    assert_array_equal(one.oof_predictions_, two.oof_predictions_)
    assert_array_equal(one.coefs_[0], two.coefs_[0])


@parametrize_both
def test_sparse_rows_give_the_results_of_dense_ones(estimator, y):
    sparse, dense = (make(estimator).fit(form(X), y) for form in (csr_array, np.asarray))
    assert_allclose(sparse.scores_, dense.scores_, rtol=1e-6)
    assert_allclose(sparse.coefs_[0], dense.coefs_[0], rtol=1e-5, atol=1e-7)


def test_predictions_of_rows_left_out_are_those_that_the_score_is_of():
    mlp = make(scoring="neg_log_loss", cv=KFold(3, shuffle=True)).fit(X, LABELS)
    assert mlp.oof_predictions_.shape == (90, 3)
    assert_allclose(-log_loss(LABELS, mlp.oof_predictions_), mlp.best_score_, rtol=0.05)
    mlp = make(MLPRegressorCV, cv=RepeatedKFold(n_splits=3, n_repeats=2)).fit(X, TARGETS)
    assert mlp.oof_predictions_.shape == (90,)
    assert np.corrcoef(mlp.oof_predictions_, TARGETS)[0, 1] > 0.8


def test_intervals_come_from_the_errors_of_rows_left_out():
    mlp = make(MLPRegressorCV, dropouts=[0.2, 0.1]).fit(X, TARGETS)
    assert_allclose(mlp.conformity_scores_, np.sort(np.abs(TARGETS - mlp.oof_predictions_)))
    _, intervals = mlp.predict_interval(X)
    assert_allclose(np.diff(intervals[..., 0]).ravel(), 2 * mlp.conformity_scores_[81])
    assert mlp.predict_std_parts(X)[0].mean() > 0
    weights = 1 + np.arange(90) % 2
    weighted = make(MLPRegressorCV, cv=KFold(3)).fit(X, TARGETS, sample_weight=weights)
    errors = TARGETS - weighted.oof_predictions_
    assert_allclose(weighted.noise_variance_, np.average(errors**2, weights=weights))


def test_predicted_variances_are_scaled_to_the_errors_of_rows_left_out():
    mlp = make(MLPRegressorCV, loss="gaussian", l1s=None).fit(X, TARGETS)
    assert mlp.noise_variance_ is None
    assert_allclose(mlp.noise_factor_, np.mean(mlp.conformity_scores_**2))
    _, intervals = mlp.predict_interval(X)
    widths = np.diff(intervals[..., 0]).ravel()
    variance = mlp.predict_std_parts(X)[1] ** 2 / mlp.noise_factor_
    assert widths.std() > 0
    assert_allclose(widths, 2 * mlp.conformity_scores_[81] * np.sqrt(variance), rtol=1e-5)


def test_some_rows_left_out_are_enough_for_intervals_and_a_temperature():
    cv = [(np.arange(60), np.arange(60, 90))]
    mlp = make(MLPRegressorCV, cv=cv).fit(X, TARGETS)
    assert mlp.conformity_scores_.shape == (30,)
    mlp = make(cv=cv, calibration="temperature", l2=0.0, learning_rate_init=0.5, max_iter=60)
    assert mlp.fit(X, RNG.permutation(LABELS)).temperature_ > 1


@pytest.mark.parametrize("n_classes", [2, 3, "labels"])
def test_the_temperature_comes_from_rows_left_out(n_classes):
    sure = {"l1s": None, "l2": 0.0, "max_iter": 80, "learning_rate_init": 0.1}
    y = RNG.integers(0, 2, (90, 2)) if n_classes == "labels" else RNG.integers(0, n_classes, 90)
    plain, calibrated = (make(calibration=c, **sure).fit(X, y) for c in (None, "temperature"))
    assert plain.temperature_ == 1 < calibrated.temperature_
    assert_array_equal(plain.oof_predictions_, calibrated.oof_predictions_)
    assert_array_equal(plain.predict(X), calibrated.predict(X))
    proba = plain.oof_predictions_
    pairs = np.stack([1 - proba, proba], axis=2).reshape(-1, 2) if n_classes == "labels" else proba
    expected = find_temperature(np.log(pairs), y.ravel())
    assert calibrated.temperature_ == pytest.approx(expected, rel=1e-3)


def test_rows_that_no_fold_leaves_out_have_no_prediction():
    mlp = make(cv=[(np.arange(60), np.arange(60, 90))]).fit(X, LABELS)
    assert mlp.oof_predictions_ is None
    assert mlp.scores_.shape == (1, 2, 1, 1)


def test_weights_count_in_scores_as_repetition_does():
    weights = RNG.integers(1, 3, 90)
    folds = list(StratifiedKFold(3).split(X, LABELS))
    number = np.repeat(np.arange(90), weights)
    repeated = [tuple(np.flatnonzero(np.isin(number, part)) for part in fold) for fold in folds]
    weighted = make(cv=folds).fit(X, LABELS, sample_weight=weights)
    other = make(cv=repeated).fit(X[number], LABELS[number])
    assert_allclose(weighted.scores_, other.scores_, rtol=1e-6)


def test_class_weights_train_but_do_not_score():
    mlp = make(class_weight={"low": 100.0}, refit=False).fit(X, LABELS)
    truth = mlp.oof_predictions_.argmax(axis=1)
    predicted = np.unique(LABELS)[truth]
    assert np.mean(predicted == "low") > 1.3 * np.mean(LABELS == "low")
    assert_allclose(accuracy_score(LABELS, predicted), mlp.best_score_)


def test_indicators_of_labels_and_several_targets_are_predicted():
    indicators = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1).astype(int)
    mlp = make().fit(X, indicators)
    assert mlp.predict(X).shape == mlp.oof_predictions_.shape == (90, 2)
    mlp = make(MLPRegressorCV).fit(X, X[:, :2])
    assert mlp.predict(X).shape == mlp.oof_predictions_.shape == (90, 2)


def test_groups_split_folds_and_the_validation_sets_within():
    groups = np.arange(90) // 3
    fold, within = GroupKFold(3), GroupShuffleSplit(1, test_size=0.2, random_state=0)
    mlp = make(cv=fold, early_stopping=True, validation_fraction=within)
    mlp.fit(X, LABELS, groups=groups)
    assert mlp.best_score_ > 0.5
    assert len(mlp.validation_scores_) == mlp.n_iter_
    with pytest.raises(ValueError, match="needs groups"):
        make(cv=3, early_stopping=True, validation_fraction=within).fit(X, LABELS)


def test_names_of_features_are_those_of_the_frame():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcde"))
    mlp = make().fit(frame, LABELS)
    assert mlp.feature_names_in_.tolist() == list("abcde")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mlp.predict(frame)


@pytest.mark.parametrize(
    ("estimator", "y", "methods"),
    [
        (MLPClassifierCV, LABELS, ["predict", "predict_proba", "sample_proba"]),
        (MLPRegressorCV, TARGETS, ["predict", "predict_std_parts", "sample_y", "predict_interval"]),
    ],
)
def test_without_refit_there_are_scores_but_no_predictions(estimator, y, methods):
    mlp = make(estimator).fit(X, y).set_params(refit=False).fit(X, y)
    assert mlp.l1_ in SMALL["l1s"] and len(mlp.oof_predictions_) == 90
    assert not hasattr(mlp, "coefs_")
    for method in methods:
        with pytest.raises(NotFittedError, match="fitted with refit=False"):
            getattr(mlp, method)(X)


def test_warm_start_goes_on_with_the_network_of_the_last_call():
    mlp = make(l1s=[1e-3], warm_start=True).fit(X, LABELS)
    losses = [mlp.loss_]
    for _ in range(2):
        losses.append(mlp.fit(X, LABELS).loss_)
    assert losses[0] > losses[1] > losses[2]
    assert make(l1s=[1e-3]).fit(X, LABELS).fit(X, LABELS).loss_ == losses[0]


def test_spreads_are_of_the_dropout_that_was_chosen():
    mlp = make(l1s=None, dropouts=[0.5, 0.4]).fit(X, LABELS)
    assert mlp._rates() == (0.0, mlp.dropout_)


@parametrize_both
def test_pickled_and_cloned_it_is_the_same(estimator, y):
    mlp = make(estimator).fit(X, y)
    assert_array_equal(pickle.loads(pickle.dumps(mlp)).predict(X), mlp.predict(X))
    assert_array_equal(clone(mlp).fit(X, y).scores_, mlp.scores_)


def test_one_standard_error_chooses_stronger_penalties():
    noisy = TARGETS + np.random.default_rng(4).normal(size=90)
    mlp = make(MLPRegressorCV, l1s=[0.1, 0.05, 0.02, 0.01, 1e-3], max_iter=60).fit(X, noisy)
    best, scores = mlp.l1s_ == mlp.l1_, mlp.scores_[:, :, 0, 0]
    lowest = mlp.best_score_ - scores[:, best].std(ddof=1) / np.sqrt(3)
    chosen = mlp.set_params(one_standard_error=True).fit(X, noisy).l1_
    assert chosen == mlp.l1s_[scores.mean(axis=0) >= lowest].max() > mlp.l1s_[best]


@parametrize_both
@pytest.mark.parametrize(
    "params",
    [
        {"l1s": 1},
        {"l1s": []},
        {"l2s": [-1.0]},
        {"dropouts": [1.0]},
        {"l1s": "many"},
        {"path_max_iter": 0},
        {"cv": "five"},
        {"n_jobs": 1.5},
        {"solver": "lbfgs", "dropouts": 3},
        {"hidden_layer_sizes": 0},
    ],
    ids=str,
)
def test_bad_parameters_are_refused_before_any_fit(estimator, y, params, monkeypatch):
    monkeypatch.setattr("skreg.model_selection._path.base.check_rows", None)
    with pytest.raises(ValueError, match=list(params)[-1]):
        make(estimator, **params).fit(X, y)


def test_a_failed_fit_leaves_all_as_it_was():
    mlp = make().fit(X, LABELS)
    before = dict(vars(mlp))
    mlp.set_params(scoring=lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mlp.fit(X, LABELS)
    assert vars(mlp) == {**before, "scoring": mlp.scoring}


def test_all_scores_that_are_not_finite_are_an_error():
    with pytest.raises(ValueError, match="No network has a finite score"):
        make(scoring=lambda *_: np.nan).fit(X, LABELS)


def test_it_has_no_partial_fit_and_says_why():
    assert not hasattr(make(), "partial_fit")
    with pytest.raises(AttributeError, match="has no partial_fit, as cross-validation"):
        make().partial_fit(X, LABELS)


def test_scoring_and_a_path_of_few_epochs_are_nothing_to_warn_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(scoring="accuracy", l1s=4, tol=0.05, path_max_iter=9).fit(X, LABELS)


@pytest.mark.parametrize("params", [{"l1": 0.5}, {"dropout": 0.2, "dropouts": [0.1]}], ids=str)
def test_a_strength_that_was_set_but_is_replaced_is_warned_of(params):
    name, value = next(iter(params.items()))
    needs = rf"^Without effect in this fit: {name}={value} \(needs {name}s=None\)\.$"
    with pytest.warns(UserWarning, match=needs):
        make(**params, max_iter=300, tol=0.05).fit(X, LABELS)


def test_features_that_need_scaling_are_warned_of_once():
    with pytest.warns(ConvergenceWarning, match="Scale X") as caught:
        make(learning_rate_init=1e-3).fit(X * 1e4, LABELS)
    assert len(caught) == 1 and caught[0].filename == __file__


def test_networks_that_diverge_are_warned_of_once():
    with pytest.warns(ConvergenceWarning, match=r"of 6 networks: Training diverged") as caught:
        make(l1s=[1e-3, 1e-4], learning_rate_init=1e4, solver="sgd", refit=False).fit(
            X * 1e3, LABELS
        )
    assert len(caught) == 1 and caught[0].filename == __file__


def test_parameters_of_other_libraries_are_still_explained():
    assert issubclass(MLPClassifierCV, PathCV)
    name = next(iter(PARAMETERS))
    with pytest.raises(TypeError, match=r"MLPClassifierCV\(\) .* Did you mean"):
        MLPClassifierCV(**{name: 1})


def test_plain_networks_are_no_paths():
    assert not isinstance(MLPClassifier(), PathCV) and not isinstance(MLPRegressor(), PathCV)

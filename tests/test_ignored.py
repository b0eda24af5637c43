"""Parameters that cannot act: a fit does without them, and warns where a wish is not fulfilled."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.utils import get_tags

from skreg import MLPClassifier, MLPRegressor
from skreg.augmentation import GaussianNoise
from skreg.neural_network._ignored import NEEDS, STOCHASTIC

ESTIMATORS = [MLPClassifier, MLPRegressor]
X, Y = make_classification(40, 5, random_state=0)
WITHOUT = "Without effect in this fit: "
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS)


def warnings_of(mlp, **given):
    """The texts of all UserWarnings of a fit but those of convergence."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mlp.fit(X, Y, **given)
    assert {each.filename for each in caught} <= {__file__}
    return [str(each.message) for each in caught if each.category is UserWarning]


NOISE = {
    "dropout": 0.5,
    "input_dropout": 0.5,
    "augmentation": GaussianNoise(),
    "weight_decay": 0.1,
    "group_l1": 0.1,
    "max_norm": 1.0,
    "weight_averaging": 0.9,
}


@pytest.mark.parametrize("name", NOISE)
@parametrize_estimators
def test_noise_with_lbfgs_is_left_out_with_a_warning(estimator, name):
    plain = estimator((3,), solver="lbfgs", max_iter=5, random_state=0)
    expected = plain.fit(X, Y).coefs_
    mlp = estimator(**{**plain.get_params(), name: NOISE[name]})
    needs = f"{WITHOUT}{name}={NOISE[name]} (needs {STOCHASTIC})."
    assert warnings_of(mlp) == [needs]
    for coef, other in zip(mlp.coefs_, expected, strict=True):
        np.testing.assert_array_equal(coef, other)


@pytest.mark.parametrize("dropout", [0.5, (0.0, 0.5)], ids=str)
def test_all_that_cannot_act_is_in_one_warning(dropout):
    mlp = MLPRegressor((3, 3), solver="lbfgs", max_iter=2, dropout=dropout, quantile=0.9)
    need = f"(needs {STOCHASTIC})"
    assert warnings_of(mlp) == [
        f"{WITHOUT}dropout={dropout} {need}, quantile=0.9 (needs loss='quantile')."
    ]


def test_augmentation_that_is_left_out_does_not_mind_sparse_rows():
    mlp = MLPRegressor(solver="lbfgs", augmentation=GaussianNoise(), max_iter=2)
    assert get_tags(mlp).input_tags.sparse
    with pytest.warns(UserWarning, match="augmentation"):
        assert mlp.fit(csr_array(X), Y).augmentation_ is None


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("units", [(), "linear", []], ids=str)
@parametrize_estimators
def test_dropout_without_hidden_layers_is_nothing(estimator, units, solver):
    mlp = estimator(units, solver=solver, dropout=0.5, max_iter=3, random_state=0)
    assert warnings_of(mlp) == []
    assert [coef.shape for coef in mlp.coefs_] == [(5, 1)]
    twin = estimator(units, solver=solver, max_iter=3, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(mlp.coefs_[0], twin.coefs_[0])


def test_rates_for_layers_that_do_not_exist_stay_an_error():
    for solver in ("adam", "lbfgs"):
        with pytest.raises(ValueError, match=r"dropout .* one per hidden layer \(0\)"):
            MLPRegressor("linear", solver=solver, dropout=(0.5,)).fit(X, Y)


@parametrize_estimators
def test_a_search_over_solvers_layers_and_noise_ends(estimator):
    grid = {
        "solver": ["adam", "lbfgs"],
        "hidden_layer_sizes": ["linear", "3"],
        "dropout": [0.0, 0.3],
        "augmentation": [None, GaussianNoise()],
    }
    mlp = estimator(max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        search = GridSearchCV(mlp, grid, cv=2, error_score="raise", refit=False).fit(X, Y)
    assert len(search.cv_results_["params"]) == 16


UNFULFILLED = [
    (MLPRegressor, {"quantile": 0.9}, {}),
    (MLPRegressor, {"quantile": 0.9, "loss": "huber"}, {}),
    (MLPRegressor, {"delta": 2.0, "loss": "quantile"}, {}),
    (MLPClassifier, {"scoring": "roc_auc"}, {}),
    (MLPRegressor, {"scoring": "loss"}, {}),
    (MLPClassifier, {"validation_fraction": 0.2}, {}),
    (MLPClassifier, {"validation_fraction": 0.2}, {"X_val": X, "y_val": Y}),
    (MLPClassifier, {"validation_fraction": KFold()}, {}),
    (
        MLPRegressor,
        {"validation_fraction": KFold(), "early_stopping": True},
        {"X_val": X, "y_val": Y},
    ),
]
FULFILLED = [
    (MLPRegressor, {"quantile": 0.9, "loss": "quantile"}, {}),
    (MLPRegressor, {"quantile": 0.5, "delta": 1}, {}),
    (MLPRegressor, {"delta": 2.0, "loss": "huber"}, {}),
    (MLPClassifier, {"scoring": "roc_auc"}, {"X_val": X, "y_val": Y}),
    (MLPClassifier, {"scoring": "roc_auc", "early_stopping": True}, {}),
    (MLPClassifier, {"validation_fraction": 0.2, "early_stopping": True}, {}),
    (MLPClassifier, {"validation_fraction": KFold(), "early_stopping": True}, {}),
    (MLPClassifier, {"dropout": 0.2, "input_dropout": 0.2, "augmentation": GaussianNoise()}, {}),
    (MLPClassifier, {"dropout": [0.0], "input_dropout": 0, "solver": "lbfgs"}, {}),
]


@pytest.mark.parametrize(("estimator", "params", "given"), UNFULFILLED, ids=str)
def test_a_wish_that_is_not_fulfilled_is_named(estimator, params, given):
    (text,) = warnings_of(estimator((3,), max_iter=1, **params), **given)
    name, value = next(iter(params.items()))
    assert text == f"{WITHOUT}{name}={value!r} (needs {NEEDS[name].words})."


@pytest.mark.parametrize(("estimator", "params", "given"), FULFILLED, ids=str)
def test_what_acts_or_is_a_default_is_not_warned_of(estimator, params, given):
    assert warnings_of(estimator((3,), max_iter=1, **params), **given) == []


def test_a_warning_made_an_error_comes_before_the_training():
    mlp = MLPRegressor(quantile=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises(UserWarning, match="Without effect"):
            mlp.fit(X, Y)
    assert not hasattr(mlp, "coefs_")


def test_partial_fit_does_not_warn_with_every_call():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        MLPRegressor(scoring="r2", validation_fraction=0.2, quantile=0.9).partial_fit(X, Y)


def test_partial_fit_says_in_the_first_call_that_a_splitter_cannot_act():
    mlp = MLPRegressor((3,), early_stopping=True, validation_fraction=KFold())
    with pytest.warns(UserWarning, match=r"validation_fraction=KFold\(.*needs fit"):
        mlp.partial_fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        mlp.partial_fit(X, Y)
    assert mlp.t_ == 80

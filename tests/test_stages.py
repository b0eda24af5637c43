"""Training in stages is training that never stopped."""

import pickle

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

from skreg import MLPClassifier, MLPRegressor, TabularMLPClassifier, TabularMLPRegressor
from skreg._training.schedules import SCHEDULES
from skreg._training.stages import Stage
from skreg.augmentation import GaussianNoise

N_EPOCHS = 7
STAGES = 2, 3, 7
X_CLASS, Y_CLASS = make_classification(90, 6, n_informative=4, n_classes=3, random_state=0)
X_REG, Y_REG = make_regression(90, 6, noise=1.0, random_state=0)
OF_NETWORK = {"hidden_layer_sizes": (5,), "batch_size": 32, "max_iter": N_EPOCHS, "random_state": 0}
SWITCHES = [
    *({"learning_rate": schedule, "warmup": 1} for schedule in SCHEDULES),
    {"dropout": 0.3, "dropout_schedule": "flat_cosine", "weight_averaging": 0.9},
    {"early_stopping": True, "n_iter_no_change": 2, "tol": 1e-3},
    {"early_stopping": True, "n_iter_no_change": 1, "tol": 1e3},  # over within a stage
    {"normalization": "batch", "l1": 1e-3, "solver": "sgd", "augmentation": GaussianNoise(0.1)},
    {"solver": "lbfgs"},
]


def fit_in_stages(estimator, X, y, stages=STAGES):
    ends = ()
    for n_epochs in stages:
        with Stage(n_epochs, pickle.loads(pickle.dumps(ends))) as stage:
            fitted = clone(estimator).fit(X, y)
        ends = stage.ends
    return fitted, stage


def assert_same(one, other):
    """That two networks are the same in all that was learned and recorded."""
    for name in vars(one):
        if name.endswith("_") and name not in ("coefs_", "intercepts_", "augmentation_"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    np.testing.assert_array_equal(one._training_state["theta"], other._training_state["theta"])
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("switch", SWITCHES, ids=str)
def test_a_network_in_stages_is_that_of_one_fit(switch):
    network = MLPClassifier(**OF_NETWORK, **switch)
    fitted, stage = fit_in_stages(network, X_CLASS, Y_CLASS)
    assert_same(fitted, network.fit(X_CLASS, Y_CLASS))
    assert stage.is_over


def test_a_stage_ends_at_its_epoch_without_a_warning(recwarn):
    network = MLPRegressor(**OF_NETWORK)
    fitted, stage = fit_in_stages(network, X_REG, Y_REG, (2, 4))
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 4
    assert not stage.is_over
    assert not [w for w in recwarn if issubclass(w.category, ConvergenceWarning)]


def test_what_a_network_warns_of_in_the_end_is_that_of_one_fit():
    network = MLPRegressor(**OF_NETWORK)
    with pytest.warns(ConvergenceWarning) as whole:
        network.fit(X_REG, Y_REG)
    with pytest.warns(ConvergenceWarning) as staged:
        fit_in_stages(network, X_REG, Y_REG)
    assert [str(w.message) for w in staged] == [str(w.message) for w in whole]


@pytest.mark.filterwarnings("ignore:.*random_state.*:FutureWarning")  # of TargetEncoder
@pytest.mark.parametrize(
    "estimator",
    [
        make_pipeline(StandardScaler(), MLPRegressor(**OF_NETWORK)),
        make_pipeline(GaussianNoise(0.1, random_state=0), MLPRegressor(**OF_NETWORK)),
        make_pipeline(TargetEncoder(random_state=0), MLPRegressor(**OF_NETWORK)),
        TransformedTargetRegressor(MLPRegressor(**OF_NETWORK), transformer=StandardScaler()),
        BaggingClassifier(MLPClassifier(**OF_NETWORK), n_estimators=2, random_state=0),
    ],
    ids=str,
)
def test_networks_inside_other_estimators_go_on(estimator):
    X = np.round(X_REG)
    y = Y_CLASS if isinstance(estimator, BaggingClassifier) else Y_REG
    fitted, stage = fit_in_stages(estimator, X, y)
    np.testing.assert_array_equal(fitted.predict(X), clone(estimator).fit(X, y).predict(X))
    assert stage.is_over


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"finish_on_all_rows": True}])
def test_an_ensemble_in_stages_is_that_of_one_fit(params, n_jobs):
    small = {"hidden_layer_sizes": 4, "n_members": 3, "max_iter": N_EPOCHS, "random_state": 0}
    ensemble = TabularMLPRegressor(validation_fraction=0.2, **small, **params)
    fitted, stage = fit_in_stages(ensemble.set_params(n_jobs=n_jobs), X_REG, Y_REG)
    whole = ensemble.set_params(n_jobs=1).fit(X_REG, Y_REG)
    np.testing.assert_array_equal(fitted.predict(X_REG), whole.predict(X_REG))
    np.testing.assert_array_equal(fitted.votes_, whole.votes_)
    assert fitted.n_iter_ == whole.n_iter_
    assert stage.is_over


def test_an_ensemble_is_not_finished_before_its_last_stage():
    params = {"hidden_layer_sizes": 4, "n_members": 2, "max_iter": N_EPOCHS, "random_state": 0}
    ensemble = TabularMLPClassifier(validation_fraction=0.2, finish_on_all_rows=True, **params)
    fitted, stage = fit_in_stages(ensemble, X_CLASS, Y_CLASS, (2, 3))
    assert [len(member.loss_curve_) for member in fitted.estimators_] == [3, 3]
    bare = clone(ensemble).set_params(finish_on_all_rows=False)
    fitted_bare, _ = fit_in_stages(bare, X_CLASS, Y_CLASS, (2, 3))
    np.testing.assert_array_equal(fitted.predict(X_CLASS), fitted_bare.predict(X_CLASS))
    assert not stage.is_over


def test_a_failed_fit_leaves_no_stage_behind():
    with pytest.raises(ValueError, match="NaN"), Stage(2) as stage:
        MLPRegressor(**OF_NETWORK).fit(X_REG * np.nan, Y_REG)
    assert stage.ends == []
    assert MLPRegressor(**OF_NETWORK).fit(X_REG, Y_REG).n_iter_ == N_EPOCHS


def test_other_threads_do_not_see_a_stage():
    network = MLPRegressor(**OF_NETWORK)
    with Stage(2) as stage:
        fits = Parallel(2, require="sharedmem")(
            delayed(clone(network).fit)(X_REG, Y_REG) for _ in range(2)
        )
    assert [fitted.n_iter_ for fitted in fits] == [N_EPOCHS] * 2
    assert stage.ends == []

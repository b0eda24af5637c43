"""In the company of scikit-learn and scikit-optimize: pipelines, searches, containers, pickles."""

import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import skopt
from scipy.stats import loguniform, uniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, make_classification
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from skopt.space import Categorical, Real

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import SCHEDULES

ESTIMATORS = [MLPClassifier, MLPRegressor]
X, Y = make_classification(80, 6, n_informative=4, random_state=0)
GRID = {"mlpclassifier__l1": [0.0, 0.1], "mlpclassifier__dropout": [0.0, 0.5]}


def scaled(**params):
    mlp = MLPClassifier(**{"hidden_layer_sizes": (8,), "max_iter": 8, "random_state": 0, **params})
    return make_pipeline(StandardScaler(), mlp)


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(scaled(), GRID, cv=2),
        RandomizedSearchCV(
            scaled(),
            {"mlpclassifier__l2": loguniform(1e-6, 1), "mlpclassifier__dropout": uniform(0, 0.9)},
            n_iter=3,
            cv=2,
            random_state=0,
        ),
        HalvingGridSearchCV(scaled(), GRID, cv=2, random_state=0),
        HalvingGridSearchCV(
            scaled(),
            GRID,
            cv=2,
            random_state=0,
            resource="mlpclassifier__max_iter",
            max_resources=8,
        ),
    ],
    ids=["grid", "randomized", "halving_rows", "halving_epochs"],
)
def test_searches_fit_and_predict(search):
    search = clone(search).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(X).shape == Y.shape


CHOICES = [
    ("activation", list(ACTIVATIONS)),
    ("activation", [["relu"], ("tanh",)]),
    ("learning_rate", list(SCHEDULES)),
    ("solver", [*OPTIMIZERS, "lbfgs"]),
    ("n_restarts", [0, 1]),
    ("warmup", [0, 2]),
    ("clip_norm", [None, 0.1]),
    ("l1", [0.01, (0.0, 0.1)]),
    ("l2", [0.01, [0.0, 0.1]]),
    ("class_weight", [None, "balanced", {0: 2.0}]),
    ("label_smoothing", [0.0, 0.2]),
]


@pytest.mark.parametrize(("name", "values"), CHOICES)
def test_searches_try_every_value_of_a_parameter(name, values):
    grid = {f"mlpclassifier__{name}": values}
    search = GridSearchCV(scaled(), grid, cv=2, error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == len(values)
    assert (
        clone(search.best_estimator_)[-1].get_params()[name]
        == search.best_params_[f"mlpclassifier__{name}"]
    )


def test_searches_over_losses():
    mlp = MLPRegressor((4,), max_iter=3, random_state=0)
    losses = {"loss": REGRESSION_LOSSES}
    search = GridSearchCV(mlp, losses, cv=2, error_score="raise").fit(X, np.exp(X[:, 0]))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_bayes_search_over_every_kind_of_parameter():
    space = {
        "mlpclassifier__l1": Real(1e-6, 1e-1, "log-uniform"),
        "mlpclassifier__l2": Real(1e-6, 1e-1, "log-uniform"),
        "mlpclassifier__dropout": Real(0.0, 0.6),
        "mlpclassifier__hidden_layer_sizes": Categorical(["8", "16-8"]),
        "mlpclassifier__activation": Categorical(["relu", "tanh"]),
    }
    search = skopt.BayesSearchCV(scaled(), space, n_iter=4, cv=2, random_state=0).fit(X, Y)
    assert set(search.best_params_) == set(space)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(X).shape == Y.shape


def test_cross_validation_is_the_same_for_any_backend_and_number_of_jobs():
    def scores(n_jobs, backend):
        with joblib.parallel_backend(backend):
            mlp = scaled(dropout=0.2, l1=1e-3)
            return cross_validate(mlp, X, Y, cv=4, n_jobs=n_jobs, return_estimator=True)

    expected = scores(1, "threading")
    for n_jobs, backend in [(2, "threading"), (2, "loky"), (4, "threading")]:
        got = scores(n_jobs, backend)
        np.testing.assert_array_equal(got["test_score"], expected["test_score"])
        for one, other in zip(got["estimator"], expected["estimator"]):
            np.testing.assert_array_equal(one[-1].coefs_[0], other[-1].coefs_[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_dtype_of_training_is_that_of_the_data(estimator, dtype):
    mlp = estimator(max_iter=3, random_state=0).fit(X.astype(dtype), Y)
    assert {part.dtype for part in [*mlp.coefs_, *mlp.intercepts_]} == {np.dtype(dtype)}
    predicted = mlp.predict_proba(X) if estimator is MLPClassifier else mlp.predict(X)
    assert predicted.dtype == dtype


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_containers_and_memory_layouts_give_the_same_network(estimator, solver, tmp_path):
    X32 = X.astype(np.float32)
    names = [f"x{j}" for j in range(6)]
    joblib.dump(X32, tmp_path / "X.joblib")
    memmap = joblib.load(tmp_path / "X.joblib", mmap_mode="r")
    read_only = X32.copy()
    read_only.flags.writeable = False
    expected = estimator(max_iter=5, solver=solver, random_state=0).fit(X32, Y)
    for given in [
        pd.DataFrame(X32, columns=names),
        pl.DataFrame(X32, schema=names),
        np.asfortranarray(X32),
        np.repeat(X32, 2, axis=1)[:, ::2],
        memmap,
        read_only,
    ]:
        mlp = estimator(max_iter=5, solver=solver, random_state=0).fit(given, Y)
        np.testing.assert_array_equal(mlp.coefs_[0], expected.coefs_[0])
        np.testing.assert_array_equal(mlp.predict(given), expected.predict(X32))
    np.testing.assert_array_equal(memmap, X32)


def test_labels_of_any_type_come_back():
    names = np.array(["no", "yes"], dtype=object)[Y]
    mlp = MLPClassifier(max_iter=50, random_state=0).fit(X, names)
    assert mlp.classes_.tolist() == ["no", "yes"]
    assert set(mlp.predict(X)) <= {"no", "yes"}
    assert MLPClassifier(max_iter=3).fit(X, Y.astype(bool)).predict(X).dtype == bool
    assert MLPClassifier(max_iter=3).fit(pd.DataFrame(X), pd.Series(names)).score(X, names) >= 0


def test_probabilities_agree_with_predictions_and_logarithms():
    X_iris, y_iris = load_iris(return_X_y=True)
    mlp = MLPClassifier(random_state=0).fit(X_iris, y_iris)
    proba = mlp.predict_proba(X_iris)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(mlp.predict(X_iris), proba.argmax(axis=1))
    np.testing.assert_allclose(np.exp(mlp.predict_log_proba(X_iris)), proba)


@pytest.mark.parametrize("solver", [*OPTIMIZERS, "lbfgs"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_pickles_and_memory_mapped_models_predict_the_same(estimator, solver, tmp_path):
    mlp = estimator(max_iter=5, solver=solver, random_state=0).fit(X, Y)
    joblib.dump(mlp, tmp_path / "mlp.joblib")
    for copy in [
        pickle.loads(pickle.dumps(mlp)),
        joblib.load(tmp_path / "mlp.joblib", mmap_mode="r"),
    ]:
        np.testing.assert_array_equal(copy.predict(X), mlp.predict(X))
        copy.set_params(warm_start=True).fit(X, Y)


def test_fitted_attributes_are_plain():
    mlp = MLPClassifier(max_iter=3, early_stopping=True).fit(X, Y)
    plain = (np.ndarray, list, tuple, dict, str, int, float, type(None), np.generic)
    fitted = {name: value for name, value in vars(mlp).items() if name.endswith("_")}
    assert all(isinstance(value, plain) for value in fitted.values())
    assert all(isinstance(value, plain) for value in mlp._training_state.values())


def test_the_attributes_of_scikit_learn_are_there():
    from sklearn import neural_network

    twin = neural_network.MLPClassifier(max_iter=3).fit(X, Y)
    ours = MLPClassifier(max_iter=3).fit(X, Y)
    fitted = {name for name in vars(twin) if name.endswith("_") and not name.startswith("_")}
    assert fitted <= {name for name in dir(ours) if hasattr(ours, name)}
    assert ours.n_layers_ == twin.n_layers_ and ours.t_ == twin.t_ and ours.n_iter_ == twin.n_iter_
    assert [coef.shape for coef in ours.coefs_] == [coef.shape for coef in twin.coefs_]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_defaults_are_those_of_scikit_learn(estimator):
    from sklearn import neural_network

    theirs = getattr(neural_network, estimator.__name__)().get_params()
    ours = estimator().get_params()
    assert {name: ours[name] for name in ours if name in theirs} == {
        name: theirs[name] for name in theirs if name in ours
    }
    assert set(theirs) - set(ours) == {"alpha"}


def test_feature_names_are_kept_and_checked():
    frame = pd.DataFrame(X, columns=list("abcdef"))
    mlp = MLPClassifier(max_iter=2).fit(frame, Y)
    assert mlp.feature_names_in_.tolist() == list("abcdef")
    with pytest.raises(ValueError, match="feature names should match"):
        mlp.predict(frame[list("fedcba")])


def test_set_output_passes_frames_through_a_pipeline():
    for kind in ["pandas", "polars"]:
        pipeline = scaled().set_output(transform=kind)
        assert pipeline.fit(pd.DataFrame(X, columns=list("abcdef")), Y).predict(X).shape == Y.shape


def test_metadata_routing_hands_on_sample_weight():
    weights = np.linspace(0, 2, 80)
    expected = MLPClassifier(max_iter=5, random_state=0).fit(X, Y, sample_weight=weights)
    with config_context(enable_metadata_routing=True):
        mlp = MLPClassifier(max_iter=5, random_state=0)
        search = GridSearchCV(
            mlp.set_fit_request(sample_weight=True).set_score_request(sample_weight=True),
            {"l2": [1e-4]},
            cv=2,
        ).fit(X, Y, sample_weight=weights)
    np.testing.assert_array_equal(search.best_estimator_.coefs_[0], expected.coefs_[0])


def test_the_html_repr_links_to_the_documentation():
    html = MLPClassifier(l1=0.5)._repr_html_()
    assert "api/generated/skreg.MLPClassifier.html" in html
    assert "l1" in html


def test_verbose_prints_a_line_per_epoch(capsys):
    MLPClassifier(max_iter=3, verbose=True, early_stopping=True).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all("validation loss" in line and "score" in line for line in lines)


@pytest.mark.parametrize("hidden", [(12, 6), [12, 6], np.array([12, 6]), "12-6"])
def test_ways_to_give_hidden_layers_mean_the_same(hidden):
    mlp = MLPClassifier(hidden, max_iter=2).fit(X, Y)
    assert [coef.shape for coef in mlp.coefs_] == [(6, 12), (12, 6), (6, 1)]


def test_early_stopping_keeps_the_best_weights():
    X, y = load_breast_cancer(return_X_y=True)
    mlp = MLPClassifier(early_stopping=True, learning_rate_init=0.05, random_state=0).fit(X, y)
    assert mlp.best_validation_score_ == max(mlp.validation_scores_)
    curves = zip(mlp.validation_scores_, -np.array(mlp.validation_loss_curve_))
    best_epoch = 1 + max(enumerate(curves), key=lambda pair: pair[1])[0]
    until_then = clone(mlp).set_params(max_iter=best_epoch).fit(X, y)
    assert best_epoch < mlp.n_iter_, "the best epoch must not be the last for this test"
    np.testing.assert_array_equal(mlp.coefs_[0], until_then.coefs_[0])


def test_regularization_does_what_it_is_for():
    X_train, y_train = (part[:200] for part in load_digits(return_X_y=True))

    def fit(**params):
        params = {"l2": 0, "random_state": 0, **params}
        return MLPClassifier((64,), learning_rate_init=0.01, **params).fit(X_train / 16, y_train)

    plain, sparse, shrunk = fit(), fit(l1=3e-3), fit(l2=1e-1)
    assert plain.sparsity_.max() == 0 and sparse.sparsity_.min() > 0.2
    assert np.linalg.norm(shrunk.coefs_[0]) < 0.5 * np.linalg.norm(plain.coefs_[0])
    dropped = [fit(dropout=0.5, random_state=seed) for seed in range(5)]
    without_dropout = [log_loss(y_train, mlp.predict_proba(X_train / 16)) for mlp in dropped]
    ratios = [mlp.loss_ / loss for mlp, loss in zip(dropped, without_dropout)]
    assert np.median(ratios) > 5

"""Scores of fitted networks are those of scikit-learn's cross-validation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from skreg import MLPClassifier, MLPRegressor
from skreg.neural_network._judging import judge

RNG = np.random.default_rng(0)
X, X_NEW = RNG.normal(size=(60, 4)), RNG.normal(size=(30, 4))
LABELS, TARGETS = (X[:, 0] > 0).astype(int), 10 * X[:, 0] + 5
NEW_LABELS, NEW_TARGETS = (X_NEW[:, 0] > 0).astype(int), 10 * X_NEW[:, 0] + 5
WEIGHTS = RNG.integers(1, 4, 30).astype(float)
SMALL = {"hidden_layer_sizes": 5, "max_iter": 4, "learning_rate_init": 0.02, "random_state": 0}


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("params", [{}, {"normalization": "batch"}], ids=str)
def test_the_score_is_that_of_the_scoring(params, weights):
    mlp = MLPClassifier(**SMALL, **params, class_weight="balanced").fit(X, LABELS)
    truth, proba = (NEW_LABELS,), mlp.predict_proba(X_NEW)
    wanted = {
        None: accuracy_score(*truth, mlp.predict(X_NEW), sample_weight=weights),
        "neg_log_loss": -log_loss(*truth, proba, sample_weight=weights),
        "loss": -log_loss(*truth, proba, sample_weight=weights),
    }
    for scoring, score in wanted.items():
        mlp.set_params(scoring=scoring)
        assert_allclose(judge(mlp, X_NEW, NEW_LABELS, weights), score, rtol=1e-6)


def test_the_loss_of_a_regression_is_in_units_of_the_scaled_targets():
    mlp = MLPRegressor(**SMALL).fit(X, TARGETS).set_params(scoring="loss")
    error = mean_squared_error(NEW_TARGETS, mlp.predict(X_NEW)) / mlp.target_scale_[0] ** 2
    assert_allclose(judge(mlp, X_NEW, NEW_TARGETS, None), -error / 2, rtol=1e-6)
    mlp.set_params(scoring=None)
    assert_allclose(judge(mlp, X_NEW, NEW_TARGETS, None), r2_score(NEW_TARGETS, mlp.predict(X_NEW)))

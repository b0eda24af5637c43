"""Sample weights beyond one batch, and with dropout: equivalent to repetition in expectation."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_classification

from skreg import MLPClassifier, MLPRegressor

N_SEEDS = 60
X, Y = make_classification(60, 6, n_informative=4, flip_y=0.2, random_state=0)
COUNTS = np.random.default_rng(0).integers(0, 3, 60) + 3 * Y
PROBE = np.random.default_rng(1).standard_normal((5, 6))
SWITCHES = [
    {"dropout": 0.3},
    {"input_dropout": 0.2},
    {"dropout": 0.3, "n_batches": 4},
    {"n_batches": 4},
]


def predictions(estimator, X, y, sample_weight=None, *, n_batches=1, **params):
    """Predictions (n_seeds, n_probes), with as many batches per epoch for any number of rows.

    By small steps without momentum: the mean gradient is what weights and repetition share, its
    variance is not, and larger or normalized steps would carry that into the mean of the weights.
    """
    params |= {"batch_size": -(-len(X) // n_batches), "learning_rate_init": 0.002 / n_batches}
    params |= {"solver": "sgd", "momentum": 0.0, "max_iter": 10}

    def predict(seed):
        mlp = estimator((8,), random_state=seed, **params)
        mlp.fit(X, y, sample_weight=sample_weight)
        return mlp.predict_proba(PROBE)[:, 1] if hasattr(mlp, "classes_") else mlp.predict(PROBE)

    return np.array([predict(seed) for seed in range(N_SEEDS)])


@pytest.mark.parametrize("params", SWITCHES, ids=str)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_weights_and_repetition_have_the_same_mean(estimator, params):
    rows = np.repeat(np.arange(60), COUNTS)
    weighted = predictions(estimator, X, Y, COUNTS, **params)
    repeated = predictions(estimator, X[rows], Y[rows], **params)
    unweighted = predictions(estimator, X, Y, **params)
    p_values = stats.ttest_rel(weighted, repeated).pvalue
    assert p_values.min() > 1e-3 / p_values.size
    assert stats.ttest_rel(weighted, unweighted).pvalue.min() < 1e-6  # the test has power


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_the_scale_of_all_weights_does_not_matter(estimator):
    one = estimator(max_iter=5, random_state=0).fit(X, Y, sample_weight=np.full(60, 4.0))
    other = estimator(max_iter=5, random_state=0).fit(X, Y)
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-12)


def test_batches_without_any_weight_are_harmless():
    weights = np.r_[np.zeros(40), np.ones(20)]
    mlp = MLPClassifier(batch_size=10, shuffle=False, max_iter=3, random_state=0)
    assert np.isfinite(mlp.fit(X, Y, sample_weight=weights).loss_)

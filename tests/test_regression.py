"""What all regressors share: levels of quantiles, the score, and what targets may be."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import d2_pinball_score, make_scorer, r2_score
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError

from skreg import MLPRegressor, TabularMLPRegressor
from skreg.neural_network._regression import levels_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = np.stack([X[:, 0] + 0.3 * RNG.normal(size=60), 100 * X[:, 1]], axis=1)
WEIGHTS = RNG.uniform(size=60)
LEVELS = [0.2, 0.5, 0.7]
FAST = {"max_iter": 5, "random_state": 0, "learning_rate_init": 0.02}
ESTIMATORS = [MLPRegressor, TabularMLPRegressor]
parametrize_estimators = pytest.mark.parametrize("estimator", ESTIMATORS)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("y", [Y[:, 0], Y], ids=["one", "two"])
@parametrize_estimators
def test_the_score_of_a_list_is_the_mean_d2_of_its_quantiles(estimator, y):
    mlp = estimator((4,), loss="quantile", quantile=LEVELS, **FAST).fit(X, y)
    expected = [
        d2_pinball_score(y, mlp.predict(X)[..., j], alpha=level, sample_weight=WEIGHTS)
        for j, level in enumerate(LEVELS)
    ]
    assert mlp.score(X, y, WEIGHTS) == pytest.approx(np.mean(expected))
    alone = clone(mlp).set_params(quantile=0.7).fit(X, y)
    assert alone.score(X, y) == r2_score(y, alone.predict(X))


@pytest.mark.parametrize(
    "quantile", [[], [0.0, 0.5], [0.5, 1.0], [0.5, 0.2], [0.5, 0.5], [[0.2, 0.5]], ["a"], [np.nan]]
)
@parametrize_estimators
def test_levels_that_are_not_increasing_numbers_inside_0_and_1_are_refused(estimator, quantile):
    with pytest.raises(InvalidParameterError, match="quantile must be one number .* list of such"):
        estimator((4,), loss="quantile", quantile=quantile, **FAST).fit(X, Y)


def test_only_a_list_of_the_loss_quantile_has_levels():
    assert levels_of(MLPRegressor(loss="quantile", quantile=0.3)) is None
    assert levels_of(MLPRegressor(loss="gaussian", quantile=LEVELS)) is None
    for quantile in (LEVELS, tuple(LEVELS), np.array(LEVELS)):
        assert levels_of(MLPRegressor(loss="quantile", quantile=quantile)) is quantile


@parametrize_estimators
def test_tags_tell_what_targets_may_be(estimator):
    assert get_tags(estimator(loss="gaussian")).target_tags.multi_output
    assert get_tags(estimator(loss="gamma")).target_tags.positive_only
    assert not get_tags(estimator(loss="quantile", quantile=LEVELS)).target_tags.multi_output


def test_a_scorer_of_quantiles_can_stop_training():
    def coverage(y, predicted):
        return -abs(np.mean((predicted[:, 0] <= y) & (y <= predicted[:, 2])) - 0.5)

    mlp = MLPRegressor((4,), loss="quantile", quantile=LEVELS, early_stopping=True, **FAST)
    mlp.set_params(scoring=make_scorer(coverage)).fit(X, Y[:, 0], X_val=X, y_val=Y[:, 0])
    assert mlp.best_validation_score_ == coverage(Y[:, 0], mlp.predict(X))


def test_the_number_of_levels_cannot_change_while_training_goes_on():
    mlp = MLPRegressor((4,), loss="quantile", quantile=LEVELS, warm_start=True, **FAST)
    mlp.fit(X, Y).set_params(quantile=LEVELS[:2])
    with pytest.raises(ValueError, match="coefs_ must have the shapes"):
        mlp.fit(X, Y)
    assert mlp.set_params(quantile=LEVELS).fit(X, Y).predict(X).shape == (60, 2, 3)

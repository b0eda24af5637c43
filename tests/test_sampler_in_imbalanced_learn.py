"""The sampler among those of imbalanced-learn: its checks, pipelines, ensembles and routing."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from skreg import MLPClassifier, MLPRegressor
from skreg.augmentation import (
    AugmentationSampler,
    BaseAugmenter,
    CutMix,
    GaussianNoise,
    Mixup,
    SwapNoise,
)
from tests.unequal_classes import COUNTS, LABELS, TARGETS, N, X, make

imblearn_checks = pytest.importorskip("imblearn.utils.estimator_checks")
pipeline = pytest.importorskip("imblearn.pipeline")
ensemble = pytest.importorskip("imblearn.ensemble")

SAMPLERS = [
    AugmentationSampler(GaussianNoise(), random_state=0),
    AugmentationSampler(GaussianNoise(), sampling_strategy="auto", random_state=0),
    AugmentationSampler(SwapNoise(), sampling_strategy="auto", random_state=0),
    AugmentationSampler(CutMix(), n_copies="balanced", random_state=0),
]


def expected_to_fail(sampler):
    """Names of checks of imbalanced-learn, with the reason why they fail."""
    reasons = {
        "check_samplers_pandas_sparse": "augmenters take no sparse X, whose zeros they would fill"
    }
    if sampler.sampling_strategy is None:
        reasons["check_samplers_one_label"] = "copies are counted by row, or one class is balanced"
    if sampler.n_copies == 1 and sampler.sampling_strategy is None:
        reasons["check_target_type"] = "copies of all rows need no classes: y may be continuous"
    return reasons


@imblearn_checks.parametrize_with_checks(SAMPLERS, expected_failed_checks=expected_to_fail)
def test_checks_of_imbalanced_learn(estimator, check):
    check(estimator)


@sklearn.utils.estimator_checks.parametrize_with_checks(SAMPLERS[:1])
def test_checks_of_scikit_learn(estimator, check):
    check(estimator)


class Counting(BaseAugmenter):
    """Counts the rows that it has drawn."""

    n_drawn = 0

    def _draw(self, rng):
        type(self).n_drawn += rng.n_rows

    def _apply(self, X, draw):
        return X + 0.001


def test_inside_the_pipeline_of_imbalanced_learn_rows_are_resampled_in_fit_only():
    pipeline = pytest.importorskip("imblearn.pipeline")
    Counting.n_drawn = 0
    model = LogisticRegression(max_iter=500)
    piped = pipeline.make_pipeline(make(Counting(), "balanced"), model).fit(X, LABELS)
    assert Counting.n_drawn == 3 * COUNTS[0] - N
    X_more, y_more = make(Counting(), "balanced").fit_resample(X, LABELS)
    expected = clone(model).fit(X_more, y_more)
    Counting.n_drawn = 0
    assert_array_equal(piped.predict_proba(X), expected.predict_proba(X))
    assert piped.score(X, LABELS) == expected.score(X, LABELS)
    assert Counting.n_drawn == 0


def test_inside_the_pipeline_of_imbalanced_learn_with_a_regressor_targets_are_mixed():
    pipeline = pytest.importorskip("imblearn.pipeline")
    mlp = MLPRegressor((4,), max_iter=5, random_state=0)
    sampler = make(Mixup(1.0), 3)
    piped = pipeline.make_pipeline(sampler, mlp).fit(X, TARGETS)
    X_more, y_more = clone(sampler).fit_resample(X, TARGETS)
    assert (~np.isin(y_more, TARGETS)).sum() > N
    assert_array_equal(piped.predict(X), clone(mlp).fit(X_more, y_more).predict(X))


def test_a_search_finds_parameters_of_the_sampler_and_of_its_augmenter():
    pipeline = pytest.importorskip("imblearn.pipeline")
    mlp = MLPClassifier((4,), max_iter=3, random_state=0)
    piped = pipeline.Pipeline([("more", make(n_copies="balanced")), ("mlp", mlp)])
    grid = {
        "more__n_copies": [1, "balanced", {2: 3}],
        "more__augmenter__sigma": [0.1, 10.0],
    }
    search = GridSearchCV(piped, grid, cv=3, error_score="raise").fit(X, LABELS)
    assert len(search.cv_results_["params"]) == 6
    assert search.predict(X).shape == LABELS.shape
    search = GridSearchCV(piped, {"more__augmenter": [Mixup(), SwapNoise()]}, cv=3).fit(X, LABELS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_without_labels_a_pipeline_passes_none_on():
    piped = pipeline.make_pipeline(make(n_copies=2), pipeline.make_pipeline("passthrough"))
    X_more, y_more = piped[0].fit_resample(X)
    assert y_more is None
    assert X_more.shape == (3 * N, 4)


@pytest.mark.parametrize(
    ("params", "sizes"),
    [({}, [40, 40]), ({"n_copies": 2}, [120, 36])],
    ids=["its strategy", "that of the sampler"],
)
def test_inside_balanced_bagging_each_bag_is_resampled(params, sizes):
    two = LABELS < 2
    bags = ensemble.BalancedBaggingClassifier(
        DecisionTreeClassifier(),
        n_estimators=3,
        bootstrap=False,
        sampler=make(**params),
        random_state=0,
    ).fit(X[two], LABELS[two])
    assert bags.score(X[two], LABELS[two]) == 1
    for bag in bags.estimators_:
        assert_array_equal(bag[0].fit_resample(X[two], LABELS[two])[1].size, sum(sizes))
        drawn = bag[0].fit_resample(X[two], LABELS[two])[1]
        assert_array_equal(np.bincount(drawn), sizes)
    first, second = (bag[0].fit_resample(X[two], LABELS[two])[0] for bag in bags.estimators_[:2])
    assert not np.array_equal(first, second)


def test_what_is_optional_is_not_imported_and_weights_are_not_routed_without_imbalanced_learn():
    code = (
        "import sys, numpy as np, skreg.inspection\n"
        "from skreg.augmentation import AugmentationSampler, GaussianNoise\n"
        "sampler = AugmentationSampler(GaussianNoise())\n"
        "sampler.fit_resample(np.eye(4), [0, 0, 1, 1])\n"
        "assert not {'imblearn', 'matplotlib'} & set(sys.modules)\n"
        "import imblearn\n"
        "assert not hasattr(sampler, 'set_fit_resample_request')\n"
        "assert sampler.get_metadata_routing().fit_resample.requests == {}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_weights_are_not_routed_where_imbalanced_learn_was_imported_first():
    class Later(AugmentationSampler):
        """Defined when scikit-learn knows `fit_resample` for sure."""

    sampler = Later(GaussianNoise(), random_state=0)
    assert not hasattr(sampler, "set_fit_resample_request")
    assert not hasattr(sampler, "set_fit_request")
    assert sampler.get_metadata_routing().fit_resample.requests == {}
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=False)
        with pytest.raises(TypeError, match="sample_weight"):
            pipeline.make_pipeline(sampler, model).fit(X, LABELS, sample_weight=np.ones(N))

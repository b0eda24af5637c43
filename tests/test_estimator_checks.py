"""scikit-learn's own checks, on the defaults and on an instance of each switch."""

import numpy as np
import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.losses import REGRESSION_LOSSES
from skreg._kernels.normalizations import NORMALIZATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg.augmentation import Compose, GaussianNoise, Mixup, SwapNoise

ESTIMATORS = [MLPClassifier, MLPRegressor]
SOLVERS = [*OPTIMIZERS, "lbfgs"]
EARLY = {"early_stopping": True, "learning_rate_init": 0.02}
# What the checks can tell apart: a switch of its own where it changes how data are checked, split
# or stored, and several at once where each is a number or a row of a table with tests of its own.
SWITCHES = [
    {},
    *({"solver": solver} for solver in OPTIMIZERS),
    # Without a penalty, it may go on until two probabilities are rounded to the same number.
    {"solver": "lbfgs", "random_state": 0},
    *({"l1": 1e-3, "solver": solver} for solver in SOLVERS),
    {"hidden_layer_sizes": (20,) * len(ACTIVATIONS), "activation": list(ACTIVATIONS)},
    {"learning_rate": "adaptive", "solver": "sgd"},
    {"learning_rate": "invscaling", "solver": "sgd", "power_t": 0.1, "warmup": 2},
    {"learning_rate": "cosine", "n_restarts": 2, "clip_norm": 0.5, "shuffle": False},
    {"hidden_layer_sizes": (), "solver": "lbfgs"},
    {"hidden_layer_sizes": "20-10", "nesterovs_momentum": False, "solver": "sgd"},
    {"hidden_layer_sizes": (30, 20), "l1": (1e-3, 0.0, 1e-4), "l2": (0.0, 1e-2, 1e-3)},
    {"group_l1": 1e-3, "max_norm": 3.0, "weight_decay": 1e-2, "dropout_schedule": "flat_cosine"},
    {"solver": "sgd", "group_l1": 1e-3, "max_norm": 3.0, "weight_averaging": 0.9},
    EARLY,
    {**EARLY, "solver": "lbfgs", "scoring": "loss"},
    {"hidden_layer_sizes": (30, 20), "dropout": (0.1, 0.2), "input_dropout": 0.1, "l1": 1e-3},
    {"augmentation": Compose([GaussianNoise(), SwapNoise()])},
    {"augmentation": Mixup()},
    *({"normalization": normalization} for normalization in NORMALIZATIONS),
]
LABELS = [-1, 0, 1, 2, 3, "one", "two", "three", "a", "b"]  # of the checks
SWITCHES_OF_ONE = {
    MLPClassifier: [
        {"class_weight": "balanced", "label_smoothing": 0.1},
        {"class_weight": {label: 1 + 0.1 * i for i, label in enumerate(LABELS)}},
        {**EARLY, "calibration": "temperature"},
    ],
    MLPRegressor: [
        *({"loss": loss} for loss in REGRESSION_LOSSES),
        {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]},
        {**EARLY, "scoring": "neg_mean_absolute_error"},
    ],
}


def instances():
    """One of each switch; a switch that is the default has been tried with the first."""
    return [
        estimator(**switch)
        for estimator in ESTIMATORS
        for switch in SWITCHES + SWITCHES_OF_ONE[estimator]
        if not switch or estimator(**switch).get_params() != estimator().get_params()
    ]


def expected_failures(estimator):
    """Where sample weights cannot equal repetition, or predictions have another shape than y."""
    return {**_equivalence_of_weights(estimator), **_shape_of_predictions(estimator)}


def _shape_of_predictions(estimator):
    names = ["regressors_train", "estimator_sparse_array", "estimator_sparse_matrix"]
    has_list = np.ndim(getattr(estimator, "quantile", 0)) > 0
    return {f"check_{name}": "a column for each quantile" for name in names if has_list}


def _equivalence_of_weights(estimator):
    if np.any(estimator.dropout) or estimator.input_dropout:
        reason = "masks are drawn by place in the batch; see test_dropout_and_weights.py"
    elif estimator.augmentation is not None:
        reason = "rows are changed by their place in the epoch, each repetition in its own way"
    elif estimator.early_stopping:
        reason = "rows are held out at random, each repetition on its own"
    else:
        return {}
    name = "check_sample_weight_equivalence_on_{}_data"
    return {name.format(form): reason for form in ("dense", "sparse")}


@pytest.mark.filterwarnings("ignore:image_shape=None and")
@parametrize_with_checks(instances(), expected_failed_checks=expected_failures)
def test_checks(estimator, check):
    check(estimator)


def test_nothing_is_expected_to_fail_by_default():
    assert all(expected_failures(estimator()) == {} for estimator in ESTIMATORS)


@pytest.mark.parametrize(
    "check", ["check_param_validation", "check_dataframe_column_names_consistency"]
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_checks_that_are_no_longer_yielded(estimator, check):
    getattr(estimator_checks, check)(estimator.__name__, estimator())

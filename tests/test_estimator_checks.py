"""scikit-learn's own checks, on the defaults and on an instance of each switch."""

import numpy as np
import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.activations import ACTIVATIONS
from skreg._kernels.optimizers import OPTIMIZERS
from skreg._training.schedules import SCHEDULES
from skreg.augmentation import Compose, GaussianNoise, Mixup, RandomAffine, SwapNoise

ESTIMATORS = [MLPClassifier, MLPRegressor]
SWITCHES = [
    {},
    *({"solver": solver} for solver in [*OPTIMIZERS, "lbfgs"]),
    *({"l1": 1e-3, "solver": solver} for solver in [*OPTIMIZERS, "lbfgs"]),
    *({"activation": activation} for activation in ACTIVATIONS),
    *({"learning_rate": schedule, "solver": "sgd", "power_t": 0.1} for schedule in SCHEDULES),
    {"hidden_layer_sizes": (), "solver": "lbfgs"},
    {"hidden_layer_sizes": "20-10"},
    {"nesterovs_momentum": False, "solver": "sgd"},
    {"shuffle": False},
    {"dropout": 0.2},
    {"input_dropout": 0.1},
    {"dropout": 0.2, "l1": 1e-3},
    {"augmentation": Compose([RandomAffine(), GaussianNoise(), SwapNoise()])},
    {"augmentation": Mixup()},
]


def instances(switches):
    return [estimator(**switch) for estimator in ESTIMATORS for switch in switches]


def equivalence_of_weights(estimator):
    """Where sample weights cannot equal repetition; nothing else is expected to fail."""
    if np.any(estimator.dropout) or estimator.input_dropout:
        reason = "masks are drawn by place in the batch; see test_dropout_and_weights.py"
    elif estimator.augmentation is not None:
        reason = "rows are changed by their place in the epoch, each repetition in its own way"
    elif estimator.learning_rate == "invscaling":
        reason = "the rate falls with the number of rows, as in scikit-learn"
    else:
        return {}
    return {"check_sample_weight_equivalence_on_dense_data": reason}


@pytest.mark.filterwarnings("ignore:image_shape=None and")
@parametrize_with_checks(instances(SWITCHES), expected_failed_checks=equivalence_of_weights)
def test_checks(estimator, check):
    check(estimator)


def test_nothing_is_expected_to_fail_by_default():
    assert all(equivalence_of_weights(estimator()) == {} for estimator in ESTIMATORS)


@pytest.mark.parametrize(
    "check", ["check_param_validation", "check_dataframe_column_names_consistency"]
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_checks_that_are_no_longer_yielded(estimator, check):
    getattr(estimator_checks, check)(estimator.__name__, estimator())

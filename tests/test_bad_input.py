"""Bad input: a clear error that names the parameter, before any work, with nothing lost."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError

from skreg import MLPClassifier, MLPRegressor
from skreg._kernels.losses import LOSSES
from skreg._kernels.optimizers import OPTIMIZERS
from skreg.augmentation import (
    AugmentationSampler,
    Compose,
    CutMix,
    FeatureDropout,
    GaussianNoise,
    Mixup,
    RandomErasing,
    ScaleJitter,
    SwapNoise,
)

ESTIMATORS = [MLPClassifier, MLPRegressor]
SOLVERS = [*OPTIMIZERS, "lbfgs"]
X, Y = make_classification(60, 5, random_state=0)
LABELS = np.stack([Y, 1 - Y], axis=1)
NAN = np.where(np.arange(60) == 7, np.nan, 1.0)
INF = np.where(np.arange(60) == 7, np.inf, 1.0)

BAD_PARAMETERS = [
    ("hidden_layer_sizes", "256x128", "joined by '-'"),
    ("hidden_layer_sizes", "", "joined by '-'"),
    ("hidden_layer_sizes", "-3", "joined by '-'"),
    ("hidden_layer_sizes", "10-", "joined by '-'"),
    ("hidden_layer_sizes", "10-0", "at least 1"),
    ("hidden_layer_sizes", 0, "in the range [1, inf)"),
    ("hidden_layer_sizes", (10, 0), "at least 1"),
    ("hidden_layer_sizes", (10, -5), "at least 1"),
    ("hidden_layer_sizes", (10, 2.5), "integers"),
    ("hidden_layer_sizes", 2.5, "hidden_layer_sizes"),
    ("activation", "rleu", "'relu'"),
    ("activation", ["relu", "rleu"], "'relu'"),
    ("activation", ["relu", None], "got None"),
    ("activation", ["relu"], "one per hidden layer (2)"),
    ("activation", ("relu",) * 3, "one per hidden layer (2)"),
    ("activation", None, "'relu'"),
    ("solver", "newton", "'lbfgs'"),
    ("l1", -1e-3, "[0.0, inf)"),
    ("l1", "a bit", "float"),
    ("l1", np.nan, "[0.0, inf)"),
    ("l1", (0.1, 0.2), "one per layer (3, that of the outputs last)"),
    ("l1", (0.1, 0.2, -0.1), "[0, inf)"),
    ("l2", -1e-3, "[0.0, inf)"),
    ("l2", None, "float"),
    ("l2", [0.1] * 4, "one per layer (3, that of the outputs last)"),
    ("l2", (0.1, np.nan, 0.1), "[0, inf)"),
    ("l2", (0.1, np.inf, 0.1), "[0, inf)"),
    ("l2", (0.1, "0.2", 0.1), "[0, inf)"),
    ("weight_decay", -1e-3, "[0.0, inf)"),
    ("weight_decay", (0.1, 0.2), "one per layer (3, that of the outputs last)"),
    ("weight_decay_schedule", "cosine", "'flat_cosine'"),
    ("group_l1", -1e-3, "[0.0, inf)"),
    ("group_l1", (0.1, 0.0, 0.0), "float"),
    ("max_norm", 0.0, "(0.0, inf)"),
    ("max_norm", (1.0, 2.0), "one per layer (3, that of the outputs last)"),
    ("max_norm", (1.0, 0.0, np.inf), "(0, inf]"),
    ("dropout", 1.0, "[0.0, 1.0)"),
    ("dropout", -0.1, "[0.0, 1.0)"),
    ("dropout", (0.1, 0.2, 0.3), "one per hidden layer (2)"),
    ("dropout", (0.1, 1.0), "[0, 1)"),
    ("dropout", (0.1, "0.2"), "[0, 1)"),
    ("dropout", (0.1, np.nan), "[0, 1)"),
    ("input_dropout", 1.0, "[0.0, 1.0)"),
    ("input_dropout", (0.1,), "float"),
    ("dropout_schedule", "cosine", "'flat_cosine'"),
    ("normalization", "bach", "'batch'"),
    ("augmentation", "affine", "'augment'"),
    ("batch_size", 0, "[1, inf)"),
    ("batch_size", "all", "'auto'"),
    ("learning_rate", "linear", "'constant'"),
    ("learning_rate_init", 0.0, "(0.0, inf)"),
    ("power_t", -1.0, "[0.0, inf)"),
    ("n_restarts", -1, "[0, inf)"),
    ("n_restarts", 1.5, "int"),
    ("warmup", -1, "[0, inf)"),
    ("warmup", 0.1, "int"),
    ("clip_norm", 0.0, "(0.0, inf)"),
    ("clip_norm", "1", "float"),
    ("max_iter", 0, "[1, inf)"),
    ("max_iter", 1.5, "int"),
    ("shuffle", "yes", "bool"),
    ("random_state", "seed", "random_state"),
    ("tol", -1.0, "[0.0, inf)"),
    ("verbose", "very", "verbose"),
    ("warm_start", None, "bool"),
    ("momentum", 1.1, "[0.0, 1.0]"),
    ("nesterovs_momentum", 3, "bool"),
    ("early_stopping", "auto", "bool"),
    ("validation_fraction", 0.0, "(0.0, 1.0)"),
    ("validation_fraction", 1.0, "(0.0, 1.0)"),
    ("scoring", "acuracy", "'loss'"),
    ("scoring", 3, "callable"),
    ("beta_1", 1.0, "[0.0, 1.0)"),
    ("beta_2", 1.0, "[0.0, 1.0)"),
    ("epsilon", 0.0, "(0.0, inf)"),
    ("weight_averaging", 1.0, "[0.0, 1.0)"),
    ("n_iter_no_change", 0, "[1, inf)"),
    ("max_fun", 0, "[1, inf)"),
]
BAD_PARAMETERS_OF_ONE = {
    MLPClassifier: [
        ("class_weight", "balance", "'balanced'"),
        ("class_weight", 2.0, "dict"),
        ("class_weight", {0: -1.0, 1: 1.0}, "at least 0"),
        ("class_weight", {0: np.nan, 1: 1.0}, "finite"),
        ("class_weight", {0: np.inf, 1: 1.0}, "finite"),
        ("class_weight", {0: 1.0, 2: 1.0}, "class_weight must be of the classes [0, 1], got {0"),
        ("class_weight", {"0": 1.0, "1": 1.0}, "of the classes [0, 1], got {'0'"),
        ("class_weight", {0: 0.0, 1: 0.0}, "leave no sample"),
        ("class_weight", ["balanced"] * 2, "one entry per label (1), got 2"),
        ("class_weight", [], "one entry per label (1), got 0"),
        ("label_smoothing", 1.0, "[0.0, 1.0)"),
        ("label_smoothing", -0.1, "[0.0, 1.0)"),
        ("label_smoothing", None, "float"),
        ("calibration", "isotonic", "'temperature'"),
    ],
    MLPRegressor: [
        ("loss", "squared_eror", "'squared_error'"),
        ("loss", "log_loss", "'squared_error'"),
        ("delta", 0.0, "(0.0, inf)"),
        ("delta", None, "float"),
        ("quantile", 0.0, "(0.0, 1.0)"),
        ("quantile", 1.0, "(0.0, 1.0)"),
        ("quantile", (0.9, 0.1), "increasing order"),
        ("target_scaling", "standard", "bool"),
    ],
}
BAD_PARAMETERS_OF = [
    (estimator, *bad)
    for estimator in ESTIMATORS
    for bad in BAD_PARAMETERS + BAD_PARAMETERS_OF_ONE[estimator]
]


@pytest.mark.parametrize(("estimator", "name", "value", "wanted"), BAD_PARAMETERS_OF)
def test_a_bad_parameter_is_named_with_what_was_wanted(estimator, name, value, wanted):
    params = {"hidden_layer_sizes": (4, 3), name: value}
    with pytest.raises(ValueError, match=re.escape(wanted)) as error:
        estimator(**params).fit(X, Y)
    assert name in str(error.value)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_parameter_has_a_bad_value_above(estimator):
    tried = {name for cls, name, _, _ in BAD_PARAMETERS_OF if cls is estimator}
    assert tried == set(estimator._parameter_constraints) == set(estimator().get_params())


@pytest.mark.parametrize(
    "outer",
    [
        lambda augmenter: MLPClassifier(augmentation=augmenter, max_iter=1).fit,
        lambda augmenter: MLPRegressor(augmentation=augmenter).partial_fit,
        lambda augmenter: Compose([ScaleJitter(), augmenter]).fit,
        lambda augmenter: Compose([("own", augmenter)]).fit_transform,
        lambda augmenter: AugmentationSampler(augmenter).fit_resample,
    ],
    ids=["classifier", "regressor", "fit", "fit_transform", "sampler"],
)
@pytest.mark.parametrize("sigma", [-1, "much"])
def test_a_bad_parameter_of_a_part_is_named(outer, sigma):
    with pytest.raises(ValueError, match="'sigma' parameter of GaussianNoise"):
        outer(GaussianNoise(sigma))(X, Y)


@pytest.mark.parametrize("augmentation", [3, "noise", [GaussianNoise()], MLPRegressor()], ids=str)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_what_is_no_augmenter_is_refused(estimator, augmentation):
    with pytest.raises(ValueError, match="'augmentation' parameter of .*'augment'"):
        estimator(augmentation=augmentation).fit(X, Y)


BAD_AUGMENTERS = [
    (GaussianNoise(sigma=-0.1), "sigma", "[0.0, inf)"),
    (GaussianNoise(sigma="much"), "sigma", "float"),
    (GaussianNoise(sigma=np.nan), "sigma", "[0.0, inf)"),
    (FeatureDropout(rate=1.1), "rate", "[0.0, 1.0]"),
    (FeatureDropout(rate=-0.1), "rate", "[0.0, 1.0]"),
    (SwapNoise(rate=2), "rate", "[0.0, 1.0]"),
    (SwapNoise(rate=None), "rate", "float"),
    (ScaleJitter(sigma=-1.0), "sigma", "[0.0, inf)"),
    (ScaleJitter(per_feature="yes"), "per_feature", "bool"),
    (Mixup(alpha=-0.2), "alpha", "[0.0, inf)"),
    (CutMix(alpha=(0.1, 0.2)), "alpha", "float"),
    (CutMix(image_shape=5), "image_shape", "array-like"),
    (CutMix(image_shape=(2, 3)), "image_shape", "6 numbers, but X has 5 features"),
    (CutMix(image_shape=(5,)), "image_shape", "(height, width)"),
    (Compose(augmenters=None), "augmenters", "list"),
    (Compose([SwapNoise(), None]), "augmenters", "passthrough"),
    (Compose([Mixup(), ("noise", None)]), "augmenters", "passthrough"),
    *((cls(probability=1.5), "probability", "[0.0, 1.0]") for cls in (GaussianNoise, Mixup)),
    *((cls(random_state="seed"), "random_state", "RandomState") for cls in (SwapNoise, CutMix)),
]


@pytest.mark.parametrize(("augmenter", "name", "wanted"), BAD_AUGMENTERS, ids=repr)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_a_bad_parameter_of_an_augmenter_is_named(augmenter, name, wanted, method):
    with pytest.raises(ValueError, match=re.escape(wanted)) as error:
        getattr(augmenter, method)(X, Y)
    assert name in str(error.value)


BAD_DATA = [
    ({"X": np.where(np.arange(5) == 2, np.nan, X)}, "Input X contains NaN"),
    ({"X": np.where(np.arange(5) == 2, np.inf, X)}, "Input X contains infinity"),
    ({"X": X[:, 0]}, "Expected 2D array"),
    ({"X": X[:-1]}, "inconsistent numbers of samples"),
    ({"X": X[:0], "y": Y[:0]}, "0 sample"),
    ({"X": X[:, :0]}, "0 feature"),
    ({"X": X.astype(complex)}, "Complex data not supported"),
    ({"X": X.astype(str).astype(object) + "a"}, "could not convert string to float"),
    ({"y": NAN}, "Input y contains NaN|Unknown label type"),
    ({"y": INF}, "Input y contains infinity|Unknown label type"),
    ({"y": None}, "requires y to be passed"),
    ({"sample_weight": NAN}, "Input sample_weight contains NaN"),
    ({"sample_weight": INF}, "Input sample_weight contains infinity"),
    (
        {"sample_weight": np.zeros(60)},
        "[Ss]ample.weights? must contain.*non-zero|never",
    ),
    ({"sample_weight": np.arange(60) - 1.0}, "Negative values in data passed to `sample_weight`"),
    ({"sample_weight": np.ones(59)}, "sample_weight.shape == (59,), expected (60,)"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_DATA)
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_bad_data_is_named(estimator, method, bad, message):
    first = {"classes": [0, 1]} if (estimator, method) == (MLPClassifier, "partial_fit") else {}
    message = message if "|" in message else re.escape(message)
    with pytest.raises(ValueError, match=message):
        getattr(estimator(), method)(**{"X": X, "y": Y, **first, **bad})


TABLE = pd.DataFrame({"pet": ["cat", "dog"] * 30}, dtype=object)


@pytest.mark.parametrize("method", ["fit", "predict"])
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("bad", [TABLE, X * np.nan], ids=["strings", "missing"])
def test_who_has_a_table_is_told_of_the_estimator_for_tables(estimator, bad, method):
    mlp = estimator(2, max_iter=1)
    if method == "predict":
        mlp.fit(bad.replace({"cat": 0, "dog": 1}) if bad is TABLE else X, Y)
    with pytest.raises(ValueError) as error:
        getattr(mlp, method)(bad, *([Y] if method == "fit" else []))
    (note,) = error.value.__notes__
    assert note.startswith(f"Tabular{estimator.__name__} takes tables with categories and missing")


@pytest.mark.parametrize("frame", [X, pd.DataFrame(X)], ids=type)
def test_labels_in_place_of_numbers_are_told_of_the_classifier(frame):
    with pytest.raises(ValueError, match="could not convert string") as error:
        MLPRegressor().fit(frame, pd.Series(["a"] * 60, dtype=object))
    assert error.value.__notes__ == ["The strings are in y. MLPClassifier predicts labels."]


def test_sparse_targets_of_a_regressor_are_a_type_error():
    with pytest.raises(TypeError, match="[Ss]parse y"):
        MLPRegressor().fit(X, csr_array(LABELS))
    with pytest.raises(TypeError, match="y_val.*[Ss]parse"):
        MLPRegressor().fit(X, LABELS, X_val=X, y_val=csr_array(LABELS))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_sparse_input_with_augmentation_is_a_type_error(estimator):
    with pytest.raises(TypeError, match="augmentation needs dense X"):
        estimator(augmentation=GaussianNoise()).fit(csr_array(X), Y)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_sparse_input_must_be_finite(estimator, value):
    bad = csr_array(X)
    bad.data[7] = value
    with pytest.raises(ValueError, match="Input X contains"):
        estimator().fit(bad, Y)


VALIDATION = {"X_val": X[:20], "y_val": Y[:20], "sample_weight_val": np.ones(20)}
BAD_VALIDATION = [
    ({"y_val": None}, "X_val and y_val must be given together.*missing: y_val"),
    ({"X_val": None}, "X_val and y_val must be given together.*missing: X_val"),
    ({"X_val": None, "y_val": None}, "sample_weight_val only with them; missing: X_val, y_val"),
    ({"X_val": X[:20, :4]}, "X_val: X has 4 features.*expecting 5"),
    ({"X_val": X[0]}, "X_val: Expected 2D array"),
    ({"X_val": X[:0], "y_val": Y[:0]}, "X_val: .*0 sample"),
    ({"X_val": X[:20] * np.nan}, "X_val: Input X contains NaN"),
    ({"X_val": X[:20] * np.inf}, "X_val: Input X contains infinity"),
    ({"X_val": X[:20].astype(str).astype(object) + "a"}, "X_val: could not convert"),
    ({"y_val": Y[:19]}, "y_val: .*inconsistent numbers of samples"),
    ({"y_val": NAN[:20]}, "y_val: Input y contains NaN"),
    ({"y_val": np.eye(20)[:, :3]}, "y_val: "),
    ({"sample_weight_val": np.ones(60)}, r"sample_weight_val.shape == \(60,\), expected \(20,\)"),
    ({"sample_weight_val": np.zeros(20)}, "sample_weight_val.*non-zero"),
    ({"sample_weight_val": np.arange(20) - 1.0}, "Negative values.*`sample_weight_val`"),
    ({"sample_weight_val": NAN[:20]}, "Input sample_weight_val contains NaN"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_VALIDATION)
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_bad_validation_data_are_named(estimator, method, bad, message):
    first = {"classes": [0, 1]} if (estimator, method) == (MLPClassifier, "partial_fit") else {}
    mlp = estimator()
    with pytest.raises(ValueError, match=message):
        getattr(mlp, method)(X, Y, **first, **{**VALIDATION, **bad})
    assert vars(mlp) == vars(estimator())


@pytest.mark.parametrize("early_stopping", [False, True])
def test_classes_to_validate_on_must_be_known(early_stopping):
    with pytest.raises(ValueError, match=r"y_val: y has classes \[2\].*known classes \[0 1\]"):
        MLPClassifier(early_stopping=early_stopping).fit(X, Y, X_val=X, y_val=Y + 1)
    with pytest.raises(ValueError, match="y_val: .*not be a multilabel indicator"):
        MLPClassifier(early_stopping=early_stopping).fit(X, Y, X_val=X, y_val=np.eye(2)[Y])


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_columns_to_validate_on_must_have_the_names_of_the_features(estimator):
    frame = pd.DataFrame(X, columns=list("abcde"))
    with pytest.raises(ValueError, match="X_val: The feature names should match"):
        estimator().fit(frame, Y, X_val=frame[list("edcba")], y_val=Y)


def not_a_number(mlp, X, y):
    return np.nan


def name_only(mlp, X, y):
    return "good"


def two_numbers(mlp, X, y):
    return np.array([0.5, 0.7])


def nothing(mlp, X, y):
    return None


@pytest.mark.parametrize("scoring", [name_only, two_numbers, nothing])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_scorer_that_returns_no_number_is_an_error(estimator, solver, scoring):
    mlp = estimator(early_stopping=True, scoring=scoring, solver=solver)
    with pytest.raises(ValueError, match="scoring must return one number, got"):
        mlp.fit(X, Y)
    assert not hasattr(mlp, "n_iter_")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_scores_that_are_never_a_number_are_no_success(estimator):
    mlp = estimator(early_stopping=True, scoring=not_a_number, max_iter=5, random_state=0)
    with pytest.raises(ValueError, match="scoring"):
        mlp.fit(X, Y)


@pytest.mark.parametrize("solver", SOLVERS)
def test_what_a_scorer_raises_reaches_the_user_and_nothing_is_lost(solver):
    class TooLateError(Exception):
        pass

    def fails_at_the_third(mlp, X, y):
        calls.append(mlp)
        if len(calls) == 3:
            raise TooLateError
        return 0.5

    calls = []
    mlp = MLPRegressor((4,), solver=solver, random_state=0, max_iter=5).fit(X, Y)
    before = dict(vars(mlp))
    mlp.set_params(early_stopping=True, scoring=fails_at_the_third)
    with pytest.raises(TooLateError) as raised:
        mlp.fit(X, Y)
    assert "scoring=<function" in raised.value.__notes__[0]
    assert vars(mlp) == {**before, "early_stopping": True, "scoring": fails_at_the_third}


RANGES = [(name, loss.targets) for name, loss in LOSSES.items() if loss.targets != "any"]
OUTSIDE = {"non-negative": [-1e-9, -3.0], "positive": [0.0, -1e-9]}


@pytest.mark.parametrize(("loss", "targets"), RANGES)
@pytest.mark.parametrize("several", [False, True], ids=["one output", "several outputs"])
def test_targets_outside_of_the_range_of_a_loss_are_refused_before_any_work(loss, targets, several):
    good = np.stack([Y + 1.0, Y + 2.0], axis=1) if several else Y + 1.0
    mlp = MLPRegressor((4,), loss=loss, max_iter=2, random_state=0).fit(X, good)
    before = dict(vars(mlp))
    for value in OUTSIDE[targets]:
        bad = good.copy()
        bad[7] = value
        message = f"loss='{loss}' needs y of {targets} numbers, got {value}"
        with pytest.raises(ValueError, match=message):
            mlp.fit(X, bad)
        with pytest.raises(ValueError, match=message):
            mlp.partial_fit(X, bad)
        with pytest.raises(ValueError, match=f"y_val: {message}"):
            mlp.fit(X, good, X_val=X, y_val=bad)
        assert vars(mlp) == before


def test_counts_of_zero_are_in_the_range_of_poisson():
    assert MLPRegressor(loss="poisson", max_iter=2).fit(X, Y).predict(X).min() > 0


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        (["balanced"], r"one entry per label \(2\), got 1"),
        (["balanced", "balance"], "class_weight"),
        (["balanced", 2.0], "class_weight"),
        ([{0: 1.0, 1: -1.0}, "balanced"], "at least 0"),
        ({0: 1.0, 2: 1.0}, r"of the classes \[0, 1\], got"),
        ([{0: 0.0}, {0: 0.0}], "leave no sample"),
    ],
)
def test_bad_class_weights_of_labels_are_refused(class_weight, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(class_weight=class_weight).fit(X, LABELS)


def test_class_weights_and_sample_weights_may_not_leave_nothing():
    with pytest.raises(ValueError, match="class_weight and sample_weight leave no sample"):
        MLPClassifier(class_weight={0: 0.0}).fit(X, Y, sample_weight=1.0 - Y)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_predict_before_fit_says_so(estimator):
    with pytest.raises(NotFittedError):
        estimator().predict(X)


def test_one_class_in_a_batch_of_partial_fit_is_fine():
    mlp = MLPClassifier().partial_fit(X, np.ones(60, int), classes=[0, 1])
    assert mlp.predict_proba(X).shape == (60, 2)


def test_classes_that_partial_fit_has_not_been_told_of():
    mlp = MLPClassifier()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        mlp.partial_fit(X, Y)
    with pytest.raises(ValueError, match=r"classes \[2\] that are not among .*\[0 1\]"):
        mlp.partial_fit(X, Y + 1, classes=[0, 1])
    mlp.partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match=r"classes \[2\]"):
        mlp.partial_fit(X, Y + 1)
    with pytest.raises(ValueError, match="is not the same as on last call"):
        mlp.partial_fit(X, Y, classes=[0, 1, 2])


def test_warm_start_needs_the_same_classes():
    mlp = MLPClassifier(warm_start=True, max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match=r"classes \[2\]"):
        mlp.fit(X, Y + 1)
    with pytest.raises(ValueError, match="same classes as in the previous call"):
        mlp.fit(X, np.zeros(60, int))


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_the_architecture_cannot_change_between_calls(method):
    mlp = MLPRegressor((4,), warm_start=True, max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match=r"coefs_ must.*\(5, 3, 1\) units.*hidden_layer_sizes"):
        getattr(mlp.set_params(hidden_layer_sizes=3), method)(X, Y)
    with pytest.raises(ValueError, match="5 features|is expecting 5"):
        getattr(mlp, method)(X[:, :4], Y)


@pytest.mark.parametrize("class_weight", [None, "balanced", ["balanced"] * 2], ids=str)
def test_several_multiclass_outputs_are_refused(class_weight):
    mlp = MLPClassifier(class_weight=class_weight)
    with pytest.raises(ValueError, match="[Mm]ulti-?output"):
        mlp.fit(X, np.stack([Y, Y + 2], axis=1))
    with pytest.raises(ValueError, match="[Mm]ulti-?output"):
        mlp.partial_fit(X, np.stack([Y, Y + 2], axis=1), classes=[0, 1, 2, 3])


def test_continuous_labels_are_refused():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        MLPClassifier().fit(X, X[:, 0])


def test_partial_fit_needs_a_stochastic_solver():
    assert not hasattr(MLPRegressor(solver="lbfgs"), "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit") as error:
        MLPClassifier(solver="lbfgs").partial_fit(X, Y)
    assert "'lbfgs' is not one" in str(error.value.__cause__)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_early_stopping_with_too_few_rows_says_so(estimator):
    message = "at least 3 samples with a positive weight.*got 2 of {} samples. Pass X_val"
    weights, few = np.zeros(60), [0, 30]
    weights[few] = 1.0
    with pytest.raises(ValueError, match=message.format(60)):
        estimator(early_stopping=True).fit(X, Y, sample_weight=weights)
    with pytest.raises(ValueError, match=message.format(2)):
        estimator(early_stopping=True).fit(X[few], [0, 1])
    estimator(early_stopping=True, max_iter=2).fit(X[few], [0, 1], X_val=X, y_val=Y)


def test_a_batch_size_beyond_the_rows_is_clipped_with_a_warning():
    with pytest.warns(UserWarning, match="batch_size=100, larger than the 60"):
        MLPRegressor(batch_size=100, max_iter=1).fit(X, Y)


def test_a_column_of_targets_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning):
        mlp = MLPRegressor(max_iter=1).fit(X, Y[:, None])
    assert mlp.predict(X).shape == (60,)


FAILURES = [
    {"X": X[:, :3]},
    {"y": X[:, 0]},
    {"sample_weight": np.zeros(60)},
]


@pytest.mark.parametrize("bad", FAILURES, ids=lambda bad: next(iter(bad)))
@pytest.mark.parametrize("warm_start", [False, True])
def test_a_failed_fit_loses_nothing(bad, warm_start):
    mlp = MLPClassifier(max_iter=5, random_state=0, warm_start=warm_start).fit(X, Y)
    twin = clone(mlp).fit(X, Y)
    arguments = {"X": X, "y": Y, **bad}
    if not warm_start and bad.keys() == {"X"}:
        arguments["y"] = X[:, 0]  # else a new fit with fewer features is fine
    with pytest.raises(ValueError, match=r"class|feature|weight"):
        mlp.fit(**arguments)
    np.testing.assert_array_equal(mlp.predict_proba(X), twin.predict_proba(X))
    assert mlp.n_features_in_ == 5
    assert vars(mlp).keys() == vars(twin).keys()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", OPTIMIZERS)
def test_divergence_keeps_the_last_finite_weights_and_names_the_rate(solver, dtype):
    rate = 1e4 if solver == "sgd" else np.finfo(dtype).max ** 0.75
    mlp = MLPRegressor(solver=solver, learning_rate_init=rate, random_state=0, max_iter=30)
    huge = (X * 1e3).astype(dtype)
    with pytest.warns(ConvergenceWarning, match="diverged.*learning_rate_init"):
        mlp.fit(huge, Y)
    assert all(np.isfinite(part).all() for part in [*mlp.coefs_, *mlp.intercepts_])
    assert mlp.n_iter_ < 30
    assert mlp.set_params(warm_start=True, learning_rate_init=1e-9).fit(huge, Y).n_iter_ >= 1


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_a_last_step_that_diverges_is_undone(loss):
    mlp = MLPRegressor(loss=loss, learning_rate_init=1e160, batch_size=60, random_state=0)
    for _ in range(2):  # the first step is the last one, of `fit` and of each `partial_fit`
        with pytest.warns(ConvergenceWarning, match="diverged.*learning_rate_init"):
            mlp.set_params(max_iter=1).fit(X, 1000.0 * (Y + 1))
        assert np.isfinite(mlp.predict(X)).all()
        with pytest.warns(ConvergenceWarning, match="diverged"):
            mlp.partial_fit(X, 1000.0 * (Y + 1))


@pytest.mark.parametrize("size", [10**11, 10**30, "99999999999999999999", (10**10, 10**10)])
def test_layers_that_do_not_fit_into_memory_are_named(size):
    with pytest.raises(ValueError, match=r"hidden_layer_sizes must fit into memory.*GiB"):
        MLPClassifier(size).fit(X, Y)


@pytest.mark.parametrize("weight", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["sample_weight", "sample_weight_val"])
def test_one_weight_for_all_rows_must_be_finite(name, weight):
    with pytest.raises(ValueError, match=f"{name} must be finite, got {weight}"):
        MLPRegressor().fit(X, Y, X_val=X, y_val=Y, **{name: weight})


@pytest.mark.parametrize("classes", [[], np.array([]), [[0, 1], [1, 0]], 3])
def test_classes_must_be_a_vector(classes):
    with pytest.raises(ValueError, match="classes must be a vector"):
        MLPClassifier().partial_fit(X, Y, classes=classes)


def test_a_solver_that_does_not_exist_is_named_by_partial_fit():
    with pytest.raises(ValueError, match="'solver' parameter.*'adams'"):
        MLPClassifier(solver="adams").partial_fit(X, Y, classes=[0, 1])


def test_no_warning_beyond_convergence_in_an_ordinary_fit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        MLPClassifier(max_iter=5).fit(X, Y).predict(X)


@pytest.mark.parametrize("scale", [1e-310, 1e-40, 1e307, 1.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_only_ratios_of_weights_matter_however_extreme(solver, dtype, scale):
    weights = (1 + np.arange(60) % 3) * scale
    mlp = MLPRegressor((4,), solver=solver, max_iter=5, random_state=0)
    expected = clone(mlp).fit(X.astype(dtype), Y, sample_weight=1 + np.arange(60) % 3)
    mlp.fit(X.astype(dtype), Y, sample_weight=weights)
    rtol = 1e-4 if dtype == np.float32 or scale == 1e-310 else 1e-9
    np.testing.assert_allclose(mlp.coefs_[0], expected.coefs_[0], rtol=rtol, atol=rtol / 100)


def test_a_rate_that_vanishes_is_no_divergence():
    for params in ({"power_t": 20}, {"power_t": 400}, {"learning_rate_init": 1e-46}):
        mlp = MLPRegressor(solver="sgd", learning_rate="invscaling", max_iter=5, **params)
        assert mlp.fit(X.astype(np.float32), Y).n_iter_ == 5


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_loss_that_is_infinite_from_the_start_does_not_blame_the_rate(solver):
    mlp = MLPRegressor(solver=solver, max_iter=5, target_scaling=False)
    with pytest.warns(ConvergenceWarning, match="initial weights is not finite.*: scale y"):
        mlp.fit(X.astype(np.float32), Y * 1e30)


def test_targets_beyond_the_dtype_are_refused():
    with pytest.raises(ValueError, match="y has values too large for float32"):
        MLPRegressor(target_scaling=False).fit(X.astype(np.float32), Y * 1e50)


def test_constants_at_the_edge_of_float32_do_no_harm():
    for params in (
        {"epsilon": 1e-50, "l2": 0.0},
        {"beta_1": 1 - 1e-12},
        {"beta_2": 1 - 1e-12},
        {"dropout": 1 - 1e-12},
    ):
        mlp = MLPRegressor((4,), max_iter=3, **params).fit(
            X.astype(np.float32) * [1, 1, 1, 1, 0], Y
        )
        assert np.isfinite(mlp.predict(X)).all()


def test_numbers_in_arrays_without_dimensions_are_numbers():
    mlp = MLPRegressor(np.array(5), dropout=np.array(0.5), max_iter=1).fit(X, Y)
    assert mlp.coefs_[0].shape == (5, 5)


def test_a_series_as_X_is_refused_by_its_shape():
    with pytest.raises(ValueError, match="Expected 2D|Expected a 2-dimensional"):
        MLPRegressor().fit(pd.Series(X[:, 0]), Y)


def test_a_warning_made_an_error_does_not_undo_the_training():
    mlp = MLPRegressor(max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            mlp.fit(X, Y)
    assert mlp.predict(X).shape == Y.shape


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_warning_made_an_error_does_not_undo_partial_fit(estimator):
    first = {"classes": [0, 1]} if estimator is MLPClassifier else {}
    mlp = estimator().partial_fit(X * 1e3, Y, **first)
    assert mlp.set_params(learning_rate_init=1e300).n_iter_ == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        with pytest.raises(ConvergenceWarning):
            mlp.partial_fit(X * 1e3, Y)
    assert mlp.n_iter_ == 0  # published, though its only epoch was undone


WARNED_OF = {
    "Maximum iterations": lambda: MLPRegressor(max_iter=2).fit(X, Y),
    "Without effect": lambda: MLPRegressor(quantile=0.9, max_iter=1).fit(X, Y),
    "batch_size=99": lambda: MLPRegressor(batch_size=99, max_iter=1).fit(X, Y),
    "X_val does not seem": lambda: MLPRegressor(max_iter=1).fit(X, Y, X_val=1e3 * X, y_val=Y),
    "cannot change y": lambda: Mixup().fit_transform(X, X[:, 0]),
    "no square image": lambda: RandomErasing().fit(X),
}


@pytest.mark.parametrize("text", WARNED_OF)
def test_warnings_point_to_the_line_that_called_skreg(text):
    with pytest.warns(UserWarning, match=text) as caught:
        WARNED_OF[text]()
    assert {each.filename for each in caught if text in str(each.message)} == {__file__}


FIXED = ("hidden_layer_sizes", "random_state", "solver")  # or errors of another kind
SET_LATER = [row for row in BAD_PARAMETERS if row[0] not in FIXED]


@pytest.mark.parametrize(("name", "value", "wanted"), SET_LATER)
def test_a_bad_parameter_that_is_set_between_calls_of_partial_fit_is_named(name, value, wanted):
    mlp = MLPRegressor((4, 3)).partial_fit(X, Y)
    if name not in mlp.get_params():
        mlp = MLPClassifier((4, 3)).partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match=re.escape(wanted)) as error:
        mlp.set_params(**{name: value}).partial_fit(X, Y)
    assert name in str(error.value)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_not_predicted_from_outputs_that_are_not_finite(classes, method):
    mlp = MLPClassifier((4,), max_iter=2).fit(X.astype(np.float32), np.arange(60) % classes)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="not finite: scale X"):
        getattr(mlp, method)(np.full((2, 5), 1e300))


def test_strings_as_targets_to_validate_on_are_named():
    with pytest.raises((TypeError, ValueError), match="y_val"):
        MLPRegressor().fit(X, Y, X_val=X, y_val=np.array(["a", "b"])[Y])


def test_weights_too_large_for_a_product_are_refused():
    with pytest.raises(ValueError, match="class_weight times sample_weight is too large"):
        MLPClassifier(class_weight={0: 10.0}).fit(X, Y, sample_weight=np.full(60, 1e308))

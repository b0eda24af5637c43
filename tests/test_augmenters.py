"""What all augmenters promise, each with noise on and with noise off."""

import inspect
import pickle
import re

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from skreg.augmentation import (
    AugmentationSampler,
    BaseAugmenter,
    Compose,
    GaussianNoise,
    RowGenerator,
)
from skreg.augmentation import _base as base_module
from tests.augmenters import (
    CLASSES,
    KINDS,
    PUBLIC,
    documented,
    name_of,
    noisy,
    parameters,
    still,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:image_shape=None and"),
    pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names"),
]

N, N_FEATURES = 203, 36
X = np.random.default_rng(0).uniform(1, 2, (N, N_FEATURES))
Y = np.eye(3)[np.arange(N) % 3]
NOISY = [noisy(cls) for cls in CLASSES]
STILL = [instance for cls in CLASSES for instance in still(cls)]
FEW = [noisy(cls) for cls in KINDS] + [GaussianNoise(0)]  # for what is done by the base class
all_noisy = pytest.mark.parametrize("augmenter", NOISY, ids=name_of)
all_still = pytest.mark.parametrize("augmenter", STILL, ids=name_of)
few = pytest.mark.parametrize("augmenter", FEW, ids=name_of)
all_classes = pytest.mark.parametrize("cls", CLASSES, ids=name_of)

NOT_YIELDED = [
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_dataframe_column_names_consistency",
    "check_n_features_in_after_fitting",
]
SKIPPED_BY_THE_TAG = [
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_pipeline_consistency",
]
SHORTENED_BY_THE_TAG = ["check_transformer_general", "check_transformer_data_not_an_array"]


@parametrize_with_checks([cls() for cls in CLASSES] + [noisy(Compose)])
def test_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", SHORTENED_BY_THE_TAG)
@all_still
def test_checks_of_augmenters_that_change_nothing(augmenter, check):
    getattr(estimator_checks, check)(type(augmenter).__name__, clone(augmenter))


@pytest.mark.parametrize("check", NOT_YIELDED)
@few
def test_checks_that_are_no_longer_yielded(augmenter, check):
    getattr(estimator_checks, check)(type(augmenter).__name__, clone(augmenter))


@all_noisy
def test_parameters_are_validated(augmenter):
    estimator_checks.check_param_validation(type(augmenter).__name__, clone(augmenter))


def declared_deterministic(augmenter):
    """The same with the tag that makes scikit-learn run the checks."""

    class Declared(type(augmenter)):
        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.non_deterministic = False
            return tags

    return Declared(**augmenter.get_params(deep=False))


@pytest.mark.parametrize("check", SKIPPED_BY_THE_TAG)
@few
def test_checks_that_the_tag_makes_scikit_learn_skip(augmenter, check):
    declared = declared_deterministic(augmenter)
    getattr(estimator_checks, check)(type(augmenter).__name__, declared)


@all_noisy
def test_augmenters_that_change_rows_are_tagged_and_do(augmenter):
    assert get_tags(augmenter).non_deterministic is True
    assert not np.array_equal(clone(augmenter).fit_transform(X), X)


@all_still
def test_augmenters_that_change_nothing_are_not_tagged_and_do_not(augmenter):
    assert get_tags(augmenter).non_deterministic is False
    augmenter = clone(augmenter)
    assert_array_equal(augmenter.fit_transform(X, np.arange(N) % 3), X)
    for part, same in zip(augmenter.augment(X, Y, 0), (X, Y)):
        assert_array_equal(part, same)


@all_noisy
def test_transform_returns_rows_untouched(augmenter):
    augmenter = clone(augmenter).fit(X)
    assert_array_equal(augmenter.transform(X), X)
    assert_array_equal(augmenter.transform(X[::-1] + 7.0), X[::-1] + 7.0)


@all_noisy
def test_fit_transform_is_reproducible(augmenter):
    expected = clone(augmenter).fit_transform(X)
    augmenter = clone(augmenter)
    assert_array_equal(augmenter.fit_transform(X), expected)
    assert_array_equal(augmenter.fit_transform(X), expected)
    assert_array_equal(augmenter.fit_transform(X.tolist()), expected)
    assert_allclose(augmenter.fit_transform(np.asfortranarray(X)), expected, rtol=1e-12)


@all_classes
def test_another_random_state_is_another_draw(cls):
    augmenter = noisy(cls, probability=0.5)  # RandomFlip at 1 draws nothing else
    drawn = augmenter.fit_transform(X)
    assert not np.array_equal(clone(augmenter).set_params(random_state=1).fit_transform(X), drawn)
    augmenter.set_params(random_state=None)
    assert not np.array_equal(augmenter.fit_transform(X), augmenter.fit_transform(X))
    augmenter.set_params(random_state=np.random.RandomState(0))
    assert_array_equal(augmenter.fit_transform(X), drawn)
    assert not np.array_equal(augmenter.fit_transform(X), drawn)


@all_classes
def test_the_generator_given_to_augment_determines_the_draw(cls):
    augmenter = noisy(cls, probability=0.5).fit(X)
    drawn = augmenter.augment(X, Y, RowGenerator(5, N))
    again = augmenter.augment(X, Y, RowGenerator(5, N))
    for part, same in zip(drawn, again):
        assert_array_equal(part, same)
    others = [RowGenerator(6, N), RowGenerator(5, N, step=1), 5, np.random.default_rng(1)]
    for other in others:
        assert not np.array_equal(augmenter.augment(X, Y, other)[0], drawn[0])
    one, other = (augmenter.augment(X, None, np.random.default_rng(1)) for _ in range(2))
    assert_array_equal(one[0], other[0])
    assert one[1] is None


@all_classes
def test_probability_is_the_share_of_rows_that_change_and_the_others_stay_bitwise(cls):
    probability = 0.3
    always = noisy(cls).fit(X).augment(X, Y, RowGenerator(1, N))
    X_new, Y_new = noisy(cls, probability=probability).fit(X).augment(X, Y, RowGenerator(1, N))
    changed = (X_new != X).any(axis=1)
    assert_array_equal(X_new[changed], always[0][changed])
    assert_array_equal(Y_new[changed], always[1][changed])
    assert_array_equal(X_new[~changed], X[~changed])
    assert_array_equal(Y_new[~changed], Y[~changed])
    n = (always[0] != X).any(axis=1).sum()  # crops by nothing change nothing either
    assert abs(changed.sum() - n * probability) < 5 * np.sqrt(n * probability * (1 - probability))


@all_classes
def test_a_draw_is_the_same_for_any_size_of_block(cls, monkeypatch):
    augmenter = noisy(cls, probability=0.7)
    expected = augmenter.fit_transform(X)
    monkeypatch.setattr(base_module, "_BLOCK_BYTES", 7 * N_FEATURES * 8)
    assert_array_equal(augmenter.fit_transform(X), expected)


@all_noisy
def test_draws_in_threads_are_those_one_after_the_other(augmenter):
    seeds = range(4)
    instances = [clone(augmenter).set_params(random_state=seed) for seed in seeds]
    expected = [clone(instance).fit_transform(X) for instance in instances]
    tasks = [joblib.delayed(instance.fit_transform)(X) for instance in instances]
    drawn = joblib.Parallel(2, backend="threading")(tasks)
    shared = clone(augmenter).fit(X)
    alone = [shared.augment(X, Y, RowGenerator(seed, N))[0] for seed in seeds]
    tasks = [joblib.delayed(shared.augment)(X, Y, RowGenerator(seed, N)) for seed in seeds]
    together = joblib.Parallel(2, backend="threading")(tasks)
    for seed in seeds:
        assert_array_equal(drawn[seed], expected[seed])
        assert_array_equal(together[seed][0], alone[seed])


def read_only(array):
    array = array.copy()
    array.setflags(write=False)
    return array


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("augmenter", [*NOISY, GaussianNoise(0)], ids=name_of)
def test_nothing_given_is_changed_and_may_be_read_only(augmenter, dtype, tmp_path):
    X_given, Y_given = X.astype(dtype), Y.astype(dtype)
    augmenter = clone(augmenter)
    expected = augmenter.fit_transform(X_given)
    drawn = augmenter.augment(X_given, Y_given, 3)
    assert_array_equal(X_given, X.astype(dtype))
    assert_array_equal(Y_given, Y)
    X_given.tofile(tmp_path / "X.bin")
    memmap = np.memmap(tmp_path / "X.bin", dtype, mode="r", shape=X.shape)
    for same in (read_only(X_given), memmap):
        assert_array_equal(augmenter.fit_transform(same), expected)
        assert_array_equal(augmenter.transform(same), X_given)
        for part, wanted in zip(augmenter.augment(same, read_only(Y_given), 3), drawn):
            assert_array_equal(part, wanted)


@pytest.mark.parametrize("order", ["C", "F"])
@all_classes
def test_a_probability_below_one_leaves_read_only_rows_alone(cls, order):
    rows = np.asarray(X, order=order)
    rows.setflags(write=False)
    drawn = noisy(cls, probability=0.5).fit(X).augment(rows, read_only(Y), 3)
    for part, wanted in zip(drawn, noisy(cls, probability=0.5).fit(X).augment(X, Y, 3)):
        assert_allclose(part, wanted, rtol=1e-12)


DTYPES = [
    (np.float32, np.float32),
    (np.uint8, np.float32),
    (np.float64, np.float64),
    (np.int32, np.float64),
    (np.int64, np.float64),
    (bool, np.float64),
]


@pytest.mark.parametrize(("given", "wanted"), DTYPES, ids=lambda dtype: dtype.__name__)
@few
def test_float32_stays_and_uint8_becomes_float32(augmenter, given, wanted):
    rows = (100 * (X - 1)).astype(given)
    augmenter = clone(augmenter).set_params(random_state=0)
    assert augmenter.fit_transform(rows).dtype == wanted
    assert augmenter.transform(rows).dtype == wanted
    assert_array_equal(augmenter.transform(rows), rows)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float64, np.float32)], ids=str)
@all_noisy
def test_augment_returns_the_dtypes_given(augmenter, dtypes):
    X_given, Y_given = X.astype(dtypes[0]), Y.astype(dtypes[1])
    X_new, Y_new = clone(augmenter).fit(X_given).augment(X_given, Y_given, 0)
    assert (X_new.dtype, Y_new.dtype) == dtypes
    X_new, Y_new = clone(augmenter).fit(X).augment(X_given, Y_given, 0)  # in another than fit saw
    assert (X_new.dtype, Y_new.dtype) == dtypes


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@few
def test_frames_of_float32_and_uint8_are_drawn_as_arrays_are(augmenter, frame, dtype):
    rows = (100 * X).astype(dtype)
    names = [f"pixel{j}" for j in range(N_FEATURES)]
    given = frame(dict(zip(names, rows.T)))
    augmenter = clone(augmenter)
    expected = augmenter.fit_transform(rows)
    drawn = augmenter.fit_transform(given)
    assert drawn.dtype == np.float32
    assert_allclose(drawn, expected, rtol=1e-5)  # frames have another order in memory
    assert augmenter.get_feature_names_out().tolist() == names


@all_noisy
def test_float32_is_close_to_float64(augmenter):
    drawn = clone(augmenter).fit_transform(X.astype(np.float32))
    expected = clone(augmenter).fit_transform(X.astype(np.float32).astype(np.float64))
    assert np.isclose(drawn, expected, rtol=1e-3, atol=1e-3).mean() > 0.999


@all_noisy
def test_a_failed_fit_loses_nothing(augmenter):
    augmenter = clone(augmenter)
    with pytest.raises(ValueError, match="infinity"):
        augmenter.fit(np.where(X > 1.9, np.inf, X))
    assert vars(augmenter).keys() == set(augmenter.get_params(deep=False))
    augmenter.fit(X)
    before = vars(augmenter).copy()
    for bad in (np.where(X > 1.9, np.inf, X), X[:, 0], X[:0], X[:, :5].astype(complex)):
        for method in (augmenter.fit, augmenter.fit_transform):
            with pytest.raises(ValueError, match="infinity|2D array|0 sample|Complex"):
                method(bad)
            assert vars(augmenter) == before
    with pytest.raises(ValueError, match="probability"):
        augmenter.set_params(probability=2.0).fit(X[:, :9])
    assert augmenter.n_features_in_ == N_FEATURES


@all_classes
def test_missing_values_are_taken_where_the_tag_says_so_and_refused_by_name_elsewhere(cls):
    rows = np.where(X > 1.9, np.nan, X)
    augmenter = noisy(cls)
    if get_tags(augmenter).input_tags.allow_nan:
        assert np.isnan(augmenter.fit_transform(rows)).any()
    else:
        with pytest.raises(ValueError, match="X contains NaN"):
            augmenter.fit(rows)


@all_noisy
def test_nothing_but_fit_works_before_fit(augmenter):
    augmenter = clone(augmenter)
    with pytest.raises(NotFittedError):
        augmenter.transform(X)
    with pytest.raises(NotFittedError):
        augmenter.augment(X, Y, 0)


BAD_BLOCKS = [
    ((X[:, :-1], Y), r"X must be of shape \(n_rows, 36\), got \(203, 35\)"),
    ((X[0], Y), r"X must be of shape \(n_rows, 36\), got \(36,\)"),
    ((X, Y[:, 0]), r"Y must be of shape \(n_rows, n_outputs\).*got \(203,\) for 203 rows"),
    ((X, Y[:-1]), r"Y must be of shape \(n_rows, n_outputs\).*got \(202, 3\) for 203 rows"),
    ((X, np.arange(N)), r"indicator of each class"),
]


@pytest.mark.parametrize(("block", "message"), BAD_BLOCKS, ids=[m for _, m in BAD_BLOCKS])
@few
def test_blocks_of_wrong_shapes_are_clear_errors(augmenter, block, message):
    with pytest.raises(ValueError, match=message):
        clone(augmenter).fit(X).augment(*block, 0)


@all_noisy
def test_pickles_draw_the_same_and_clones_are_unfitted(augmenter):
    fitted = clone(augmenter).fit(X)
    copy = pickle.loads(pickle.dumps(fitted))
    for part, same in zip(copy.augment(X, Y, 1), fitted.augment(X, Y, 1)):
        assert_array_equal(part, same)
    twin = clone(fitted)
    assert vars(twin).keys() == set(twin.get_params(deep=False))
    assert repr(twin) == repr(augmenter)
    assert_array_equal(twin.fit_transform(X), clone(augmenter).fit_transform(X))


@pytest.mark.parametrize("cls", PUBLIC, ids=name_of)
def test_every_parameter_of_the_constructor_is_documented(cls):
    assert documented(cls, "Parameters") == parameters(cls)


@pytest.mark.parametrize("cls", [*CLASSES, AugmentationSampler], ids=name_of)
def test_constraints_are_of_the_parameters_of_the_constructor(cls):
    assert set(cls._parameter_constraints) == set(parameters(cls))


@all_classes
def test_documented_attributes_are_those_that_fit_sets(cls):
    augmenter = noisy(cls).fit(pd.DataFrame(X, columns=[f"pixel{j}" for j in range(N_FEATURES)]))
    fitted = {name for name in vars(augmenter) if name.endswith("_")}
    assert fitted == set(documented(cls, "Attributes"))


@all_classes
def test_defaults_of_probability_and_random_state_are_told_in_the_docstring(cls):
    signature = inspect.signature(cls).parameters
    for name in ("probability", "random_state"):
        assert re.search(
            rf"^{name} : .*default={signature[name].default}$", inspect.getdoc(cls), re.M
        )
        assert signature[name].kind is inspect.Parameter.KEYWORD_ONLY


def test_the_classes_found_are_more_than_a_few():
    assert len(CLASSES) >= 13
    assert {Compose, GaussianNoise} <= set(CLASSES)
    assert all(issubclass(cls, BaseAugmenter) for cls in CLASSES)


@pytest.mark.parametrize("cls", CLASSES, ids=name_of)
def test_what_fit_will_not_accept_can_be_shown_all_the_same(cls):
    augmenter = cls()
    for name in augmenter.get_params():
        shown = clone(augmenter).set_params(**{name: "nonsense"})
        assert name in repr(shown)
        assert "nonsense" in shown._repr_html_()


def test_a_generator_for_other_rows_is_refused():
    X = np.ones((5, 4))
    with pytest.raises(ValueError, match="rng is for 3 rows, but X has 5"):
        noisy(CLASSES[0]).fit(X).augment(X, None, RowGenerator(0, 3))


@few
def test_blocks_of_integers_are_refused(augmenter):
    X = np.ones((5, 4), np.uint8)
    with pytest.raises(ValueError, match="X must be float32 or float64, got uint8"):
        clone(augmenter).fit(X).augment(X, None, 0)

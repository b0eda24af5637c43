"""Augmentation inside estimators: drawn anew in every epoch, and whatever else is true of a fit."""

import pickle
import warnings

import joblib
import numpy as np
import pytest
import skopt
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits, make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from skopt.space import Categorical, Real
from threadpoolctl import threadpool_limits

from skreg import MLPClassifier, MLPRegressor
from skreg._training import data as data_module
from skreg.augmentation import (
    BaseAugmenter,
    Compose,
    GaussianNoise,
    Mixup,
    RandomAffine,
    ScaleJitter,
    SwapNoise,
)
from skreg.neural_network._settings import resolve_settings
from tests.augmenters import KINDS, name_of, noisy, still

pytestmark = pytest.mark.filterwarnings("ignore:image_shape=None and")

N, N_EPOCHS = 150, 5
X_CLASS, Y_CLASS = make_classification(N, 9, n_informative=5, n_classes=3, random_state=0)
X_REG, Y_REG = make_regression(N, 9, n_targets=2, noise=1.0, random_state=0)
Y_REG = Y_REG / Y_REG.std()
PROBLEMS = [(MLPClassifier, X_CLASS, Y_CLASS), (MLPRegressor, X_REG, Y_REG)]
both = pytest.mark.parametrize("problem", PROBLEMS, ids=["classifier", "regressor"])
all_kinds = pytest.mark.parametrize("cls", KINDS, ids=name_of)


def make(estimator, augmentation, **params):
    fixed = {"batch_size": 32, "random_state": 3, "max_iter": 5, "n_iter_no_change": 99}
    return estimator((6,), augmentation=augmentation, **{**fixed, **params})


def parts_of(mlp):
    return [*mlp.coefs_, *mlp.intercepts_]


def assert_same_network(one, other):
    for a, b in zip(parts_of(one), parts_of(other), strict=True):
        assert_array_equal(a, b)
    assert one.loss_curve_ == other.loss_curve_


def is_same_network(one, other):
    return all(np.array_equal(a, b) for a, b in zip(parts_of(one), parts_of(other), strict=True))


class Recording(BaseAugmenter):
    """Remembers what it was given and leaves it as it is."""

    calls: list = []  # noqa: RUF012

    def augment(self, X, Y, rng):
        self.calls.append((X.copy(), Y.copy(), rng.random(), self))
        return X, Y


class Shifting(BaseEstimator):
    """Fit, augment and get_params, and nothing else of an augmenter."""

    def __init__(self, shift=0.1):
        self.shift = shift

    def fit(self, X, y=None):
        self.scale_ = X.std(axis=0)
        return self

    def augment(self, X, Y, rng):
        return X + self.shift * self.scale_ * rng.standard_normal(X.shape), Y


class Returning(BaseEstimator):
    """Returns whatever a function makes of X and Y."""

    def __init__(self, function):
        self.function = function

    def fit(self, X, y=None):
        return self

    def augment(self, X, Y, rng):
        return self.function(X, Y)


@pytest.fixture
def calls():
    Recording.calls.clear()
    return Recording.calls


@both
@all_kinds
def test_fits_are_the_same_for_any_size_of_block(cls, problem, monkeypatch):
    estimator, X, y = problem
    expected = make(estimator, noisy(cls, probability=0.8)).fit(X, y)
    for n_bytes in (1, 2 * 32 * X[:1].nbytes):
        monkeypatch.setattr(data_module, "_BLOCK_BYTES", n_bytes)
        mlp = make(estimator, noisy(cls, probability=0.8)).fit(X, y)
        assert is_same_network(mlp, expected)
        assert_allclose(mlp.loss_curve_, expected.loss_curve_, rtol=1e-12)  # a sum over blocks


@all_kinds
def test_fits_are_the_same_in_any_number_of_threads(cls):
    def fit(seed):
        return make(MLPClassifier, noisy(cls), random_state=seed).fit(X_CLASS, Y_CLASS)

    expected = [fit(seed) for seed in range(3)]
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            assert_same_network(fit(0), expected[0])
    together = joblib.Parallel(2, backend="threading")(joblib.delayed(fit)(s) for s in range(3))
    for one, other in zip(together, expected):
        assert_same_network(one, other)


@both
@all_kinds
def test_two_halves_by_warm_start_equal_one_fit(cls, problem):
    estimator, X, y = problem
    params = {"solver": "sgd"} if estimator is MLPRegressor else {}
    at_once = make(estimator, noisy(cls), max_iter=2 * N_EPOCHS, **params).fit(X, y)
    halves = make(estimator, noisy(cls), max_iter=N_EPOCHS, warm_start=True, **params).fit(X, y)
    assert not is_same_network(at_once, halves)
    assert_same_network(at_once, pickle.loads(pickle.dumps(halves)).fit(X, y))


@both
@all_kinds
def test_epochs_by_partial_fit_equal_one_fit(cls, problem):
    estimator, X, y = problem
    at_once = make(estimator, noisy(cls)).fit(X, y)
    first = {"classes": np.unique(y)} if estimator is MLPClassifier else {}
    by_epoch = make(estimator, noisy(cls)).partial_fit(X, y, **first)
    for _ in range(4):
        by_epoch.partial_fit(X, y)
    assert_same_network(at_once, by_epoch)


@all_kinds
def test_augmentation_changes_a_fit_unless_it_changes_nothing(cls):
    plain = make(MLPClassifier, None).fit(X_CLASS, Y_CLASS)
    assert not is_same_network(make(MLPClassifier, noisy(cls)).fit(X_CLASS, Y_CLASS), plain)
    for augmenter in still(cls):
        assert_same_network(make(MLPClassifier, augmenter).fit(X_CLASS, Y_CLASS), plain)


@all_kinds
def test_random_state_of_the_estimator_alone_determines_the_fit(cls):
    one = make(MLPClassifier, noisy(cls, random_state=1)).fit(X_CLASS, Y_CLASS)
    same = make(MLPClassifier, noisy(cls, random_state=2)).fit(X_CLASS, Y_CLASS)
    assert_same_network(one, same)


def test_another_random_state_is_another_draw(calls):
    for seed in (0, 0, 1):
        mlp = make(MLPClassifier, Recording(), max_iter=1, random_state=seed, shuffle=False)
        mlp.fit(X_CLASS, Y_CLASS)
    numbers = [number for _, _, number, _ in calls]
    assert_array_equal(numbers[0], numbers[1])
    assert not np.isin(numbers[2], numbers[0]).any()


@pytest.mark.parametrize("n_bytes", [1, 1 << 20])
def test_each_epoch_and_each_row_of_it_has_numbers_of_its_own(calls, n_bytes, monkeypatch):
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", n_bytes)
    make(MLPClassifier, Recording(), max_iter=4).fit(X_CLASS, Y_CLASS)
    numbers = np.concatenate([number for _, _, number, _ in calls])
    assert numbers.size == 4 * N
    assert np.unique(numbers).size == 4 * N


def test_epochs_of_a_warm_start_go_on_with_new_numbers(calls):
    mlp = make(MLPClassifier, Recording(), max_iter=2, warm_start=True).fit(X_CLASS, Y_CLASS)
    mlp.fit(X_CLASS, Y_CLASS).partial_fit(X_CLASS, Y_CLASS)
    numbers = np.concatenate([number for _, _, number, _ in calls])
    assert np.unique(numbers).size == numbers.size == 5 * N


def test_an_augmenter_is_given_each_row_with_its_indicator_once_per_epoch(calls):
    make(MLPClassifier, Recording(), max_iter=2).fit(X_CLASS, Y_CLASS)
    assert len(calls) == 2
    for X, Y, _, _ in calls:
        order = np.lexsort(X.T)
        assert_array_equal(X[order], X_CLASS[np.lexsort(X_CLASS.T)])
        assert_array_equal(Y[order], np.eye(3)[Y_CLASS][np.lexsort(X_CLASS.T)])


@both
def test_predict_does_not_augment(calls, problem):
    estimator, X, y = problem
    mlp = make(estimator, Recording(), max_iter=1).fit(X, y)
    del calls[:]
    mlp.predict(X)
    mlp.score(X, y)
    assert calls == []
    noised = make(estimator, GaussianNoise(5.0)).fit(X, y)
    assert_array_equal(noised.predict(X), noised.predict(X))


def test_rows_held_out_for_early_stopping_are_not_augmented(calls):
    params = {"early_stopping": True, "validation_fraction": 0.2, "max_iter": 3}
    make(MLPClassifier, Recording(), **params).fit(X_CLASS, Y_CLASS)
    assert [len(X) for X, *_ in calls] == [120] * 3
    plain = make(MLPClassifier, None, **params, learning_rate_init=1e-12).fit(X_CLASS, Y_CLASS)
    noise = make(MLPClassifier, GaussianNoise(50.0), **params, learning_rate_init=1e-12)
    assert noise.fit(X_CLASS, Y_CLASS).validation_scores_ == plain.validation_scores_
    assert noise.loss_curve_ != plain.loss_curve_


def test_augmentation_is_fitted_to_the_rows_trained_on(calls):
    mlp = make(MLPClassifier, GaussianNoise(), early_stopping=True).fit(X_CLASS, Y_CLASS)
    recording = make(MLPClassifier, Recording(), early_stopping=True, max_iter=1)
    recording.fit(X_CLASS, Y_CLASS)
    assert_allclose(mlp.augmentation_.scale_, calls[0][0].std(axis=0))


@both
@all_kinds
def test_a_fitted_clone_is_kept_and_the_given_object_left_alone(cls, problem):
    estimator, X, y = problem
    augmenter = noisy(cls)
    before = vars(augmenter).copy()
    mlp = make(estimator, augmenter, max_iter=1).fit(X, y)
    assert vars(augmenter) == before
    assert mlp.augmentation is augmenter
    assert type(mlp.augmentation_) is cls
    assert mlp.augmentation_ is not augmenter
    assert mlp.augmentation_.n_features_in_ == 9
    assert clone(mlp).augmentation is not augmenter
    assert make(estimator, None, max_iter=1).fit(X, y).augmentation_ is None


def test_partial_fit_keeps_the_augmentation_as_it_was_fitted_until_it_changes():
    mlp = make(MLPClassifier, GaussianNoise(0.1))
    mlp.partial_fit(X_CLASS, Y_CLASS, classes=range(3))
    mlp.partial_fit(10 * X_CLASS, Y_CLASS)
    assert_allclose(mlp.augmentation_.scale_, X_CLASS.std(axis=0))
    mlp.set_params(augmentation__sigma=0.2).partial_fit(10 * X_CLASS, Y_CLASS)
    assert_allclose(mlp.augmentation_.scale_, 10 * X_CLASS.std(axis=0))
    assert mlp.augmentation_.sigma == 0.2
    assert mlp.set_params(augmentation=None).partial_fit(X_CLASS, Y_CLASS).augmentation_ is None


def test_augmentation_may_come_and_go_between_warm_starts():
    mlp = make(MLPClassifier, None, warm_start=True).fit(X_CLASS, Y_CLASS)
    for augmentation in (GaussianNoise(), Mixup(), None):
        mlp.set_params(augmentation=augmentation).fit(X_CLASS, Y_CLASS)
        assert type(mlp.augmentation_) is type(augmentation)
        assert np.isfinite(mlp.predict_proba(X_CLASS)).all()


@both
@all_kinds
def test_rows_of_zero_weight_change_nothing_even_where_rows_are_mixed(cls, problem):
    estimator, X, y = problem
    weights = np.where(np.arange(N) % 3 == 0, 0.0, 1.0 + np.arange(N) % 2)
    without = weights == 0
    other_X = np.where(without[:, None], X[::-1], X)
    other_y = np.where(without.reshape(-1, *[1] * (y.ndim - 1)), y[::-1], y)
    one = make(estimator, noisy(cls)).fit(X, y, sample_weight=weights)
    other = make(estimator, noisy(cls)).fit(other_X, other_y, sample_weight=weights)
    for a, b in zip(parts_of(one), parts_of(other)):
        assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_sample_weights_count_as_they_do_without_augmentation():
    weights = 1.0 + 9.0 * (Y_CLASS == 1)
    params = {"max_iter": 60, "learning_rate_init": 0.01}
    weighted = make(MLPClassifier, Mixup(), **params).fit(X_CLASS, Y_CLASS, sample_weight=weights)
    plain = make(MLPClassifier, Mixup(), **params).fit(X_CLASS, Y_CLASS)
    share = [mlp.predict_proba(X_CLASS)[:, 1].mean() for mlp in (weighted, plain)]
    assert share[0] > share[1] + 0.1


@pytest.mark.parametrize("given", [np.float32, np.uint8, np.float64, np.int64])
@all_kinds
def test_a_fit_has_the_dtype_of_the_data(cls, given):
    rows = (10 * np.abs(X_CLASS)).astype(given)
    mlp = make(MLPClassifier, noisy(cls), max_iter=2).fit(rows, Y_CLASS)
    wanted = np.float32 if given in (np.float32, np.uint8) else np.float64
    assert all(part.dtype == wanted for part in parts_of(mlp))
    assert np.isfinite(mlp.predict_proba(rows)).all()


@all_kinds
def test_data_may_be_read_only_and_are_never_written_to(cls):
    parts = [part.copy() for part in (X_REG, Y_REG, np.ones(N))]
    for part in parts:
        part.setflags(write=False)
    mlp = make(MLPRegressor, noisy(cls, probability=0.5), shuffle=False, max_iter=2)
    mlp.fit(*parts)
    expected = clone(mlp).fit(X_REG.copy(), Y_REG.copy(), np.ones(N))
    assert_same_network(mlp, expected)


def scaled(augmentation=None, **params):
    mlp = make(MLPClassifier, augmentation, **params)
    return Pipeline([("scale", StandardScaler()), ("mlp", mlp)])


def test_a_search_over_parameters_of_the_augmentation_is_the_same_for_any_n_jobs():
    X, y = (part[:120] for part in load_digits(n_class=3, return_X_y=True))
    grid = {"mlp__augmentation__rotation": [0, 20], "mlp__augmentation__probability": [0.5, 1.0]}
    scores = []
    for n_jobs in (1, 2):
        model = scaled(RandomAffine(), learning_rate_init=0.01, max_iter=20)
        search = GridSearchCV(model, grid, cv=2, n_jobs=n_jobs)
        with joblib.parallel_config("threading"):
            search.fit(X, y)
        scores.append(search.cv_results_["mean_test_score"])
        best = search.best_estimator_["mlp"]
        assert best.augmentation_.rotation == search.best_params_["mlp__augmentation__rotation"]
    assert_array_equal(*scores)
    assert np.unique(scores[0]).size > 1


def test_a_search_may_replace_the_augmentation_itself():
    choices = [None, GaussianNoise(0.2), Mixup(), Compose([SwapNoise(), ScaleJitter()])]
    search = GridSearchCV(scaled(), {"mlp__augmentation": choices}, cv=2, error_score="raise")
    search.fit(X_CLASS, Y_CLASS)
    assert len(search.cv_results_["params"]) == 4
    best = search.best_estimator_["mlp"]
    assert type(best.augmentation_) is type(search.best_params_["mlp__augmentation"])


def test_bayes_search_over_parameters_inside_a_composition():
    space = {
        "mlp__augmentation__noise__sigma": Real(1e-2, 1.0, "log-uniform"),
        "mlp__augmentation__mixup__alpha": Real(0.0, 1.0),
        "mlp__augmentation__probability": Categorical([0.5, 1.0]),
    }
    composed = Compose([("noise", GaussianNoise()), Mixup()])
    search = skopt.BayesSearchCV(scaled(composed), space, n_iter=3, cv=2, random_state=0)
    search.fit(X_CLASS, Y_CLASS)
    assert set(search.best_params_) == set(space)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    noise = search.best_estimator_["mlp"].augmentation_.augmenters_[0][1]
    assert noise.sigma == search.best_params_["mlp__augmentation__noise__sigma"]


class Erasing(BaseAugmenter):
    """Leaves nothing of a row."""

    def _draw(self, rng):
        return None

    def _apply(self, X, draw):
        return np.zeros_like(X)


def test_a_step_of_a_pipeline_acts_in_fit_and_scores_are_of_untouched_rows():
    model = make_pipeline(GaussianNoise(1e-9, random_state=0), LogisticRegression(max_iter=500))
    plain = cross_val_score(model[-1], X_CLASS, Y_CLASS)
    assert_allclose(cross_val_score(model, X_CLASS, Y_CLASS), plain)
    erased = make_pipeline(Erasing(), LogisticRegression()).fit(X_CLASS, Y_CLASS)
    assert_array_equal(erased[-1].coef_, 0)  # it has seen nothing
    assert_array_equal(erased[:-1].transform(X_CLASS), X_CLASS)
    model = make_pipeline(SwapNoise(0.3, random_state=0), LogisticRegression(max_iter=500))
    model.fit(X_CLASS, Y_CLASS)
    assert_array_equal(model.predict_proba(X_CLASS), model[-1].predict_proba(X_CLASS))


class Jitter(BaseAugmenter):
    """What a user would write, from the docstring of the base class."""

    def __init__(self, width=0.1, *, probability=1.0, random_state=None):
        super().__init__(probability=probability, random_state=random_state)
        self.width = width

    def _draw(self, rng):
        return rng.uniform(-self.width, self.width, size=(rng.n_rows, self.n_features_in_))

    def _apply(self, X, draw):
        return X + draw


@both
@pytest.mark.parametrize("augmenter", [Jitter(), Shifting(), Jitter(0.5, probability=0.5)], ids=str)
def test_augmenters_written_by_users_work_as_ours_do(augmenter, problem, monkeypatch):
    estimator, X, y = problem
    X = X.astype(np.float32)
    mlp = make(estimator, augmenter).fit(X, y)
    assert not is_same_network(mlp, make(estimator, None).fit(X, y))
    assert mlp.coefs_[0].dtype == np.float32  # though both add float64
    halves = make(estimator, augmenter, max_iter=2, warm_start=True).fit(X, y)
    assert_same_network(halves.set_params(max_iter=3).fit(X, y), mlp)
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", 1)
    assert is_same_network(make(estimator, augmenter).fit(X, y), mlp)
    pickle.loads(pickle.dumps(mlp)).predict(X)


def test_augmenters_written_by_users_follow_the_probability():
    augmenter = Jitter(0.5, probability=0.3, random_state=0)
    changed = (augmenter.fit_transform(X_CLASS) != X_CLASS).any(axis=1)
    assert 0.15 < changed.mean() < 0.45


class ManyKinds(BaseEstimator):
    """Returns copies of what it is given, each block in memory of another kind, or all plain."""

    kinds = (
        np.asfortranarray,
        lambda part: part.astype(np.float64),
        lambda part: np.repeat(part, 2, axis=0)[::2],
        lambda part: np.frombuffer(b"0" + part.tobytes(), part.dtype, offset=1).reshape(part.shape),
    )

    def __init__(self, is_plain=False):
        self.is_plain = is_plain

    def fit(self, X, y=None):
        self.calls_ = 0
        return self

    def augment(self, X, Y, rng):
        self.calls_ += 1
        kind = np.copy if self.is_plain else self.kinds[self.calls_ % len(self.kinds)]
        return kind(X), kind(Y)


@both
def test_blocks_in_memory_of_any_kind_train_as_plain_ones(problem, monkeypatch):
    """Compiled code is called without a look at the types of its arguments."""
    monkeypatch.setattr(data_module, "_BLOCK_BYTES", 1)
    estimator, X, y = problem
    plain, other = (
        make(estimator, ManyKinds(is_plain), batch_size=10).fit(X.astype(np.float32), y)
        for is_plain in (True, False)
    )
    assert_same_network(other, plain)


class Plain:
    """Not even a BaseEstimator."""

    def __init__(self, shift=1.0):
        self.shift = shift

    def get_params(self, deep=True):
        return {"shift": self.shift}

    def fit(self, X, y=None):
        return self

    def augment(self, X, Y, rng):
        return X + self.shift, Y


def test_three_methods_are_enough_of_an_augmenter():
    shifted = make(MLPRegressor, Plain(2.0)).fit(X_REG, Y_REG)
    assert_array_equal(
        make(MLPRegressor, None).fit(X_REG + 2.0, Y_REG).coefs_[0], shifted.coefs_[0]
    )


class Silent(Plain):
    """A `fit` that does not return the augmenter."""

    def fit(self, X, y=None):
        super().fit(X, y)


def test_a_fit_that_returns_nothing_is_enough():
    shifted = make(MLPRegressor, Silent(2.0)).fit(X_REG, Y_REG)
    expected = make(MLPRegressor, Plain(2.0)).fit(X_REG, Y_REG)
    assert_array_equal(shifted.coefs_[0], expected.coefs_[0])


def test_augmenters_that_cannot_be_pickled_work():
    class Local(Plain):
        def augment(self, X, Y, rng):
            return self.shift(X), Y

    shifted = make(MLPRegressor, Local(lambda X: X + 2.0)).fit(X_REG, Y_REG)
    expected = make(MLPRegressor, Plain(2.0)).fit(X_REG, Y_REG)
    assert_array_equal(shifted.coefs_[0], expected.coefs_[0])


@both
def test_rows_without_weight_leave_no_trace_in_the_augmenter(problem):
    estimator, X, y = problem
    weights = np.ones(len(X))
    weights[::3] = 0
    far = np.where(weights[:, None] > 0, X, 1e6)
    mlp = make(estimator, GaussianNoise()).fit(far, y, sample_weight=weights)
    expected = GaussianNoise().fit(X[weights > 0]).scale_
    assert_allclose(mlp.augmentation_.scale_, expected, rtol=1e-6)


def drop_row(X, Y):
    return X[1:], Y[1:]


def drop_column(X, Y):
    return X[:, 1:], Y


def flatten_targets(X, Y):
    return X, Y[:, 0]


def forget_targets(X, Y):
    return X, None


def put_nan(X, Y):
    return np.where(X > 1, np.nan, X), Y


def put_nan_in_the_last_row(X, Y):
    X = X.copy()
    X[-1, -1] = np.nan
    return X, Y


def put_infinity(X, Y):
    X = X.copy()
    X[-1, 0] = np.inf
    return X, Y


def forget_both(X, Y):
    return None


def forget_pair(X, Y):
    return X


def put_more_than_float32_holds(X, Y):
    return np.full(X.shape, 1e200), Y


def put_nan_in_targets(X, Y):
    return X, np.full_like(Y, np.nan)


def put_infinity_in_targets(X, Y):
    return X, np.full_like(Y, np.inf)


WRONG = [
    *(
        (f, r"augmentation must return X and Y of the shapes \(\d+, 9\)")
        for f in (drop_row, drop_column, flatten_targets, forget_targets, forget_both, forget_pair)
    ),
    *(
        (f, "augmentation returned values that are not finite")
        for f in (
            *(put_nan, put_nan_in_the_last_row, put_infinity),
            *(put_nan_in_targets, put_infinity_in_targets),
        )
    ),
]


@pytest.mark.parametrize("problem", [*PROBLEMS], ids=["relu", "tanh"])
@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=[f.__name__ for f, _ in WRONG])
def test_what_is_wrong_with_what_augment_returns_is_told_and_nothing_lost(wrong, message, problem):
    estimator, X, y = problem
    activation = "relu" if estimator is MLPClassifier else "tanh"
    mlp = make(estimator, None, activation=activation, warm_start=True).fit(X, y)
    before = vars(mlp).copy()
    kept = [part.copy() for part in parts_of(mlp)]
    for method in (mlp.fit, mlp.partial_fit):
        with pytest.raises(ValueError, match=message):
            mlp.set_params(augmentation=Returning(wrong))
            method(X, y)
        assert vars(mlp) == {**before, "augmentation": mlp.augmentation}
    for part, same in zip(parts_of(mlp), kept):
        assert_array_equal(part, same)
    mlp.set_params(augmentation=None).fit(X, y)
    unfitted = make(estimator, Returning(wrong), activation=activation)
    with pytest.raises(ValueError, match=message):
        unfitted.fit(X, y)
    assert vars(unfitted).keys() == set(unfitted.get_params(deep=False))


def fortran_ordered(X, Y):
    return np.asfortranarray(X), np.asfortranarray(Y)


def as_float64(X, Y):
    return X.astype(np.float64), Y.astype(np.float64)


def read_only(X, Y):
    X, Y = X.copy(), Y.copy()
    X.setflags(write=False)
    Y.setflags(write=False)
    return X, Y


def as_lists(X, Y):
    return X.tolist(), Y.tolist()


@both
@pytest.mark.parametrize("function", [fortran_ordered, as_float64, read_only, as_lists])
def test_arrays_of_any_kind_may_be_returned(function, problem):
    estimator, X, y = problem
    X = X.astype(np.float32)
    mlp = make(estimator, Returning(function)).fit(X, y)
    assert_same_network(mlp, make(estimator, None).fit(X, y))


def fail(X, Y):
    raise RuntimeError("of the user")


@both
def test_an_error_in_augment_passes_through_and_nothing_is_lost(problem):
    estimator, X, y = problem
    mlp = make(estimator, None, warm_start=True).fit(X, y)
    before = {**vars(mlp), "augmentation": Returning(fail)}
    mlp.set_params(augmentation=before["augmentation"])
    with pytest.raises(RuntimeError, match="of the user"):
        mlp.fit(X, y)
    assert vars(mlp) == before


@pytest.mark.filterwarnings("default:image_shape=None and")
def test_the_warning_about_the_shape_of_images_passes_through():
    mlp = make(MLPClassifier, RandomAffine(), max_iter=1)
    with pytest.warns(UserWarning, match="image_shape=None and 7 features make no square"):
        mlp.fit(X_CLASS[:, :7], Y_CLASS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        mlp.fit(X_CLASS, Y_CLASS)
        mlp.set_params(augmentation__image_shape=(1, 7)).fit(X_CLASS[:, :7], Y_CLASS)


def test_a_wrong_image_shape_is_told_and_nothing_lost():
    mlp = make(MLPClassifier, RandomAffine(), max_iter=1).fit(X_CLASS, Y_CLASS)
    before = vars(mlp).copy()
    with pytest.raises(ValueError, match=r"image_shape=\(4, 4\).*16 numbers, but X has 9 features"):
        mlp.set_params(augmentation__image_shape=(4, 4)).fit(X_CLASS, Y_CLASS)
    assert vars(mlp) == before


def test_a_network_learns_to_see_through_what_it_was_trained_with():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    affine = RandomAffine(rotation=20, scale=0.2, translation=0.1, random_state=0)
    moved = affine.fit_transform(X[1000:])
    mlp = MLPClassifier((64,), max_iter=20, learning_rate_init=0.01, random_state=0)
    plain = mlp.fit(X[:1000], y[:1000]).score(moved, y[1000:])
    mlp.set_params(augmentation=affine).fit(X[:1000], y[:1000])
    assert mlp.score(moved, y[1000:]) > plain + 0.1
    assert mlp.score(X[1000:], y[1000:]) > 0.85


def test_values_beyond_the_dtype_of_training_are_told():
    X = X_REG.astype(np.float32)
    with pytest.raises(ValueError, match="augmentation returned.*not finite in float32"):
        make(MLPRegressor, Returning(put_more_than_float32_holds)).fit(X, Y_REG)


@both
def test_augmentation_is_none_where_there_is_none(problem):
    estimator, X, y = problem
    mlp = make(estimator, GaussianNoise()).fit(X, y)
    assert mlp.augmentation_ is not None
    for solver in ("adam", "lbfgs"):
        assert mlp.set_params(augmentation=None, solver=solver).fit(X, y).augmentation_ is None
        assert estimator(solver=solver, max_iter=1).fit(X, y).augmentation_ is None


def test_augmentations_are_told_apart_by_their_parameters_alone():
    def digest(*sigmas, **parameters):
        parts = [GaussianNoise(sigma, **parameters) for sigma in sigmas]
        return resolve_settings(MLPRegressor(augmentation=Compose(parts))).augmentation_digest

    many = [0.1] * 30
    assert digest(*many, 0.2) != digest(*many, 0.3)
    assert digest(0.1, 0.2) != digest(0.2, 0.1)
    assert digest(0.1, random_state=1) == digest(0.1, random_state=np.random.RandomState(2))

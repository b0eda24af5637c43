"""Right and wrong uses of skreg, for type checkers to tell apart; nothing here is ever called.

A comment names the checkers that must refuse its line. mypy has no types of scikit-learn, whose
classes might have any attribute as far as it can see.
"""

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.model_selection import GroupShuffleSplit  # type: ignore[import-untyped]

from skreg import (
    TRUSTED_TYPES,
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    TabularMLPClassifier,
    TabularMLPClassifierCV,
    TabularMLPRegressor,
    TabularMLPRegressorCV,
)
from skreg.augmentation import (
    AugmentationSampler,
    Compose,
    CutMix,
    GaussianNoise,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RowGenerator,
)
from skreg.export import to_c
from skreg.inspection import LossCurveDisplay, RegularizationPathDisplay, SearchDisplay
from skreg.model_selection import (
    BayesSearchCV,
    EpochHalvingSearchCV,
    param_distributions,
    param_grid,
    regularization_path,
)
from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder


class OwnAugmenter:
    def fit(self, X):
        return self

    def augment(self, X, Y, rng):
        return X, Y

    def get_params(self, deep=True):
        return {}


def right_constructors() -> None:
    MLPClassifier()
    MLPClassifier(64)
    MLPClassifier((64, 32), "relu", dropout=0.3, random_state=0)
    MLPClassifier("64-32", ["tanh", "relu"], l1=[1e-3, 0, 0], l2=np.full(3, 1e-4))
    MLPClassifier(np.array([64]), solver="sgd", batch_size=32, verbose=True)
    MLPClassifier(class_weight="balanced", early_stopping=True, scoring="accuracy")
    MLPClassifier(class_weight={0: 1.0, 1: 2.0}, label_smoothing=0.1)
    MLPClassifier(augmentation=Compose([GaussianNoise(0.1), ("mix", CutMix())]))
    MLPRegressor(loss="huber", delta=2, augmentation=OwnAugmenter())
    MLPRegressor(random_state=np.random.RandomState(0), scoring=lambda mlp, X, y: 0.0)
    MLPRegressor(early_stopping=True, validation_fraction=GroupShuffleSplit())
    MLPClassifierCV((64, 32), l1s=12, l2s=[0.1, 0.01], dropouts=None, cv=3, n_jobs=2)
    MLPRegressorCV(loss="huber", path_max_iter=None, one_standard_error=True, refit=False)
    TabularMLPClassifier("256-128", dropout=0.1, n_members=8, calibration=None, n_jobs=-1)
    TabularMLPRegressor(loss="poisson", diversity=[{"l2": 0.0}], validation_fraction=0.2)
    TabularMLPClassifierCV("64", time_limit=10, class_weight="balanced", max_candidates=4)
    TabularMLPRegressorCV(time_limit=None, param_distributions={"n_bins": [8]}, loss="huber")
    RandomAffine((-5, 5), scale=[0.9, 1.1], fill="reflect", image_shape=(8, 8))
    RandomErasing((0.1, 0.2), np.array([0.5, 2]), fill="random")
    RandomCrop((1, 2), random_state=0)
    AugmentationSampler(GaussianNoise(), n_copies={0: 3}, random_state=0)
    PiecewiseLinearEncoder(8, strategy="tree", passthrough=True)
    SmoothClipScaler(strategy="robust", max_absolute_value=4)
    TableEncoder(8, categorical_features=["city"], dtype=np.float64)
    EpochHalvingSearchCV(MLPClassifier(), {"l2": [0.1]}, cv=GroupShuffleSplit(), min_resources=2)
    BayesSearchCV(MLPClassifier(), {"l2": (1e-4, 0.1)}, n_iter=9, scoring=["r2"], refit="r2")


def right_methods(X: np.ndarray, y: np.ndarray) -> None:
    mlp = MLPClassifier().fit(X, y, sample_weight=np.ones(3), X_val=X, y_val=y)
    shape: tuple[int, ...] = mlp.coefs_[0].shape
    epochs: int = mlp.n_iter_
    losses: list[float] = mlp.loss_curve_
    names: list[str] = mlp.feature_names_in_.tolist()
    print(shape, epochs, losses, names, mlp.classes_.size, mlp.sparsity_.mean(), mlp.max_iter)
    print(mlp.predict_proba(X).sum(axis=1), mlp.score(X, y), mlp.get_params()["l1"])
    chosen = MLPClassifierCV().fit(X, y, np.ones(3), groups=[1, 1, 2])
    print(chosen.scores_.shape, chosen.path_["l1"].size, chosen.best_score_ + 1, chosen.coefs_[0])
    path = regularization_path(X, y, MLPRegressor(), l1s=[0.1], X_val=X, y_val=y)
    RegularizationPathDisplay.from_path(path).plot()
    MLPClassifier().partial_fit(X, y, classes=[0, 1]).set_params(l1=0.1)
    print(to_c(mlp, "model.c", name="net", dtype=np.float32).count("net"), [*TRUSTED_TYPES, "x.y"])
    print(mlp.slim().coefs_[0].size, TabularMLPRegressor().fit(X, y).slim().n_bins)
    MLPRegressor().partial_fit(X, y, sample_weight=np.ones(3)).predict(X).mean()
    y_pred, y_std = TabularMLPRegressor().fit(X, y).predict(X, return_std=True)
    y_pred, intervals = MLPRegressor().predict_interval(X, coverage=[0.5, 0.9])
    print(y_pred.mean(), y_std.mean(), intervals.shape, MLPRegressor().sample_y(X, 3).shape)
    print(MLPClassifier(calibration="temperature").sample_proba(X, n_samples=3).mean())
    print(MLPRegressor(target_scaling=False).fit(X, y).target_scale_.mean())
    print(RandomAffine().fit(X).image_shape_[0], GaussianNoise().fit_transform(X).std())
    print(TabularMLPClassifierCV().fit(X, y).cv_results_["rung"].sum())
    print(TabularMLPClassifier().fit(X, y).predict_proba(X).sum(), TabularMLPRegressor().n_bins)
    MLPClassifier().fit(sparse.csr_array(X), ["a", "b"], X_val=sparse.csr_matrix(X), y_val=["a"])
    MLPRegressor().fit([[1, 2], [3, 4]], (0.5, 1)).predict(sparse.csc_matrix(X))
    rng = RowGenerator(seed=0, n_rows=4, weights=np.ones(4))
    print(rng.uniform(np.zeros((1, 2)), 1, (4, 2)) + rng.random((4, 1), np.float32))
    GaussianNoise().augment(X, None, rng)
    GaussianNoise().augment(X, None, np.random.default_rng(0))
    print(AugmentationSampler(GaussianNoise()).fit_resample(X, y)[0])
    bins: int = PiecewiseLinearEncoder().fit(X, sample_weight=[1, 2]).edges_[0].size
    print(TableEncoder().fit_transform(X, y).shape, TableEncoder().fit(X).categories_[0].size)
    print(bins, SmoothClipScaler().fit(X).inverse_transform(X).mean())


def wrong_constructors() -> None:
    TabularMLPClassifier(n_member=3)  # error: mypy pyright
    TabularMLPRegressor(calibration=None)  # error: mypy pyright
    TabularMLPClassifierCV(max_candidate=3)  # error: mypy pyright
    TabularMLPRegressorCV(calibration=None)  # error: mypy pyright
    MLPClassifierCV(l1=0.1, l1s="many")  # error: mypy pyright
    MLPRegressorCV(class_weight="balanced")  # error: mypy pyright
    MLPClassifier(droput=0.3)  # error: mypy pyright
    MLPClassifier(64, 32)  # error: mypy pyright
    MLPClassifier((64, 32), "relu", "sgd")  # error: mypy pyright
    MLPClassifier(l1="much")  # error: mypy pyright
    MLPClassifier(augmentation="noise")  # error: mypy pyright
    MLPClassifier(coefs_=[])  # error: mypy pyright
    MLPClassifier(loss="huber")  # error: mypy pyright
    MLPRegressor(class_weight="balanced")  # error: mypy pyright
    MLPRegressor(max_iter=None)  # error: mypy pyright
    MLPRegressor(validation_fraction="some")  # error: mypy pyright
    GaussianNoise(sgima=0.1)  # error: mypy pyright
    GaussianNoise("much")  # error: mypy pyright
    RandomAffine(rotation="much")  # error: mypy pyright
    RandomAffine(image_shape=8)  # error: mypy pyright
    AugmentationSampler()  # error: mypy pyright
    AugmentationSampler(GaussianNoise(), copies=3)  # error: mypy pyright
    PiecewiseLinearEncoder(bins=8)  # error: mypy pyright
    SmoothClipScaler("robust")  # error: mypy pyright
    TableEncoder(dtype="float64")  # error: mypy pyright
    EpochHalvingSearchCV(MLPClassifier(), {}, n_candidates="many")  # error: mypy pyright
    BayesSearchCV(MLPClassifier(), {}, iterations=9)  # error: mypy pyright
    SearchDisplay([], [], names="l1")  # error: mypy pyright
    param_grid(MLPClassifier(), include=1)  # error: mypy pyright
    param_distributions(MLPClassifier(), includes="l1")  # error: mypy pyright


def wrong_methods(X: np.ndarray, y: np.ndarray) -> None:
    mlp = MLPClassifier()
    mlp.fit(X, y, sample_weights=np.ones(3))  # error: mypy pyright
    mlp.fit(X)  # error: mypy pyright
    mlp.partial_fit(X, y, clases=[0, 1])  # error: mypy pyright
    mlp.predict(X, y)  # error: mypy pyright
    print(mlp.coef_)  # error: pyright
    MLPClassifierCV().fit(X, y, X_val=X)  # error: mypy pyright
    regularization_path(X, y)  # error: mypy pyright
    print(mlp.coefs_.shape)  # error: mypy pyright
    print(mlp.n_iter_.mean())  # error: mypy pyright
    print(mlp.fit(X, y).oob_score_)  # error: pyright
    print(MLPRegressor().classes_)  # error: pyright
    print(GaussianNoise().image_shape_)  # error: pyright
    LossCurveDisplay.from_estimator(mlp).plot(3)  # error: mypy pyright
    GaussianNoise().fit_transform(X, y, 3)  # error: mypy pyright


def search(X: np.ndarray, y: np.ndarray) -> None:
    grid: dict[str, list] = param_grid(MLPClassifier(), X, include=("l1", "dropout"))
    grid["l1"] = [0.0, 1e-3]
    LossCurveDisplay.from_estimator(MLPClassifier().fit(X, y)).plot()
    halving = EpochHalvingSearchCV(MLPClassifier(), {"l2": [0.1]}).fit(X, y, groups=y)
    SearchDisplay.from_estimator(halving, ["l2"], metric="score").plot(ax=None)

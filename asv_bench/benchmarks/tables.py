"""Seconds and errors of small TabularMLPs on tables that scikit-learn bundles."""

import numpy as np
import pandas as pd
import sklearn.metrics
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split

from skreg import (
    TabularMLPClassifier,
    TabularMLPClassifierCV,
    TabularMLPRegressor,
)

from .common import Compiled

CLASSIFICATION = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
}
QUICK = {"hidden_layer_sizes": "64-64", "max_iter": 32, "random_state": 0}


def load_diabetes_with_gaps():
    """The diabetes table with sex as a category and a tenth of the other values missing."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    is_missing = np.random.default_rng(0).random(X.shape) < 0.1
    return X.mask(is_missing).assign(sex=pd.Categorical(X["sex"] > 0)), y


class _Tabular(Compiled):
    """Fits and predictions on half of the rows each."""

    def fit_halves(self, mlp, X, y, labels=None):
        halves = train_test_split(X, y, test_size=0.5, stratify=labels, random_state=0)
        self.X, self.X_test, self.y, self.y_test = halves
        self.mlp = mlp.fit(self.X, self.y)  # which compiles, if nothing did before

    def time_fit(self, *_):
        """Seconds of a fit of all members."""
        self.mlp.fit(self.X, self.y)

    def time_predict(self, *_):
        """Seconds of `predict` for the other half of the rows."""
        self.mlp.predict(self.X_test)


class Classification(_Tabular):
    """Small tables, on which members have a fold each, and a common share of a tenth."""

    param_names = ("dataset", "validation_fraction")
    params = (list(CLASSIFICATION), ["auto", 0.1])

    def setup(self, dataset, share):
        X, y = CLASSIFICATION[dataset](return_X_y=True)
        self.fit_halves(TabularMLPClassifier(**QUICK, validation_fraction=share), X, y, y)

    def track_error(self, *_):
        """Share of wrong labels among the test rows: less is better."""
        return 1 - self.mlp.score(self.X_test, self.y_test)

    def track_log_loss(self, *_):
        """Log-loss of the test rows: less is better."""
        return sklearn.metrics.log_loss(self.y_test, self.mlp.predict_proba(self.X_test))

    track_error.unit = "error"
    track_log_loss.unit = "loss"


class Regression(_Tabular):
    """A table of numbers, and one with a category and missing values."""

    param_names = ("dataset",)
    params = (["diabetes", "diabetes with gaps"],)

    def setup(self, dataset):
        as_it_is = dataset == "diabetes"
        X, y = load_diabetes(return_X_y=True) if as_it_is else load_diabetes_with_gaps()
        self.fit_halves(TabularMLPRegressor(**QUICK), X, y)

    def track_error(self, *_):
        """Root mean squared error of the test rows by the spread of y: less is better."""
        errors = self.mlp.predict(self.X_test) - self.y_test
        return float(np.sqrt(np.mean(errors**2)) / np.std(self.y_test))

    track_error.unit = "error"


class Search(_Tabular):
    """The defaults and four further candidates, with eight folds and with a common share."""

    param_names = ("validation_fraction",)
    params = (["auto", 0.25],)

    def setup(self, share):
        X, y = load_breast_cancer(return_X_y=True)
        limits = {"time_limit": None, "max_candidates": 4}
        search = TabularMLPClassifierCV(**QUICK, **limits, validation_fraction=share)
        self.fit_halves(search, X, y, y)

    def track_log_loss(self, *_):
        """Log-loss of the test rows: less is better."""
        return sklearn.metrics.log_loss(self.y_test, self.mlp.predict_proba(self.X_test))

    track_log_loss.unit = "loss"

"""Folds that cannot tell anything are refused before any fit."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, StratifiedKFold

from skreg import MLPClassifierCV, MLPRegressorCV

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
LABELS, TARGETS = np.arange(30) % 3, X[:, 0]
GROUPS = np.arange(30) // 5


@pytest.fixture(autouse=True)
def no_fit(monkeypatch):
    """Fails if a network is trained."""

    def fit_all(*args, **kwargs):
        pytest.fail("a network was trained")

    monkeypatch.setattr("skreg.model_selection._path.base.fit_all", fit_all)


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        ({"cv": 11}, {}, r"cv: n_splits=11 cannot be greater than the number of members"),
        ({"cv": KFold(2)}, {"y": np.repeat(["a", "b"], 15)}, r"fold 1 without .* class 'a' \(15"),
        ({"cv": 2}, {"y": [0] * 15 + [1] * 14 + [2]}, r"cv=2 leaves fold . .* class 2 \(1 rows\)"),
        ({"cv": GroupKFold(2)}, {}, r"cv=GroupKFold.* needs groups: pass groups to fit"),
        ({"cv": GroupKFold(2)}, {"groups": [1, 2]}, r"groups: Found input variables with incons"),
        ({"cv": [([0, 1, 2], [2, 3])]}, {}, r"cv: .* rows that are in both parts"),
        ({"cv": [([0, 1, 2], [30])]}, {}, r"cv: it must split into row numbers from 0 to 29"),
        ({"cv": []}, {}, r"cv: it yields no split"),
        ({}, {"sample_weight": [1.0] * 5 + [0.0] * 25}, r"cv: a split must have samples with a p"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:The least populated class")
def test_folds_are_refused(params, given, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifierCV(**params).fit(**{"X": X, "y": LABELS, **given})


def test_folds_of_numbers_are_refused():
    with pytest.raises(ValueError, match=r"cv: .*n_splits=31 greater than .* samples"):
        MLPRegressorCV(cv=31).fit(X, TARGETS)


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
@pytest.mark.parametrize("cv", [StratifiedKFold(3, shuffle=True), LeaveOneGroupOut()], ids=str)
def test_splitters_are_left_as_they_are(cv, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "skreg.model_selection._path.base.make_grid",
        lambda *args, **kwargs: seen.append(1) or 1 / 0,
    )
    before = dict(vars(cv))
    with pytest.raises(ZeroDivisionError):
        MLPClassifierCV(cv=cv).fit(X, LABELS, groups=GROUPS)
    assert seen and vars(cv) == before

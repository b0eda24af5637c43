"""Labels: which classes they are of, and what scikit-learn says of them."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.neural_network import MLPClassifier as PeerClassifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import check_classification_targets

from skreg import MLPClassifier
from skreg.neural_network._labels import check_labels, encode_labels, learn_labels

LABELS = {
    "objects": np.array(["one", "two", "three"], dtype=object),
    "strings": np.array(["one", "two", "three"]),
    "wider strings": np.array(["one", "two", "three"], dtype="<U20"),
    "bool": np.array([False, True, True]),
    "int8": np.array([-3, 0, 5], dtype=np.int8),
    "uint64": np.array([1, 2**63, 7], dtype=np.uint64),
    "float32": np.array([2.0, -1.0, 0.0], dtype=np.float32),
}
CODES = np.random.default_rng(0).integers(0, 3, 60)
X = np.random.default_rng(1).normal(size=(60, 3))
parametrize_labels = pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
few_epochs = {"max_iter": 2, "tol": 0, "n_iter_no_change": 3, "random_state": 0}


def warnings_of(function, *arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*arguments)
    return [str(each.message) for each in caught]


@parametrize_labels
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_classes_are_those_of_scikit_learn_to_the_dtype(labels):
    y = labels[CODES]
    expected = PeerClassifier(max_iter=1).fit(X, y).classes_
    incremental = MLPClassifier(random_state=0).partial_fit(X, y, classes=labels)
    for mlp in (MLPClassifier(**few_epochs).fit(X, y), incremental):
        assert_array_equal(mlp.classes_, expected, strict=True)
        assert mlp.predict(X).dtype == expected.dtype


@parametrize_labels
def test_indicators_are_those_of_a_label_binarizer(labels):
    checked = check_labels(labels[CODES])
    Y = encode_labels(learn_labels(checked), checked, must_have_all=True)
    assert_array_equal(Y, LabelBinarizer().fit_transform(labels[CODES]))


@pytest.mark.parametrize("n", [2, 20, 21, 22, 23, 30, 101], ids=str)
def test_many_classes_are_warned_of_where_scikit_learn_warns(n):
    for n_classes in range(2, n + 1):
        y = np.arange(n) % n_classes
        assert warnings_of(check_labels, y) == warnings_of(check_classification_targets, y)
    assert len(warnings_of(check_labels, np.arange(n))) == (n > 20)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.linspace(0, 1, 60), "Unknown label type: continuous"),
        (np.linspace(0, 1, 120).reshape(60, 2), "Unknown label type: continuous-multioutput"),
        (np.arange(120).reshape(60, 2), "several outputs of several classes"),
        (np.array([None, 1] * 30), r"type NoneType and int\. .* y\.astype\('str'\)"),
        (np.array([True, False], object), r"Unknown label type: .* type bool\. .*astype\('bool'\)"),
        (np.array([0, 1], object), r"objects of type int\. .* y\.astype\('int'\)"),
        (np.array([np.bool_(True)] * 2, object), r"y\.astype\('bool'\)"),
        (np.array([Fraction(1), Fraction(2)]), r"type Fraction\. .* y\.astype\('str'\)"),
    ],
    ids=str,
)
def test_what_is_no_labels_is_refused(y, message):
    with pytest.raises(ValueError, match=message):
        learn_labels(check_labels(y))
